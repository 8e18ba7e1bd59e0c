"""The demonstration "Ant Forest, end of 2018": made up from a seed, and taken in like anybody's data.

The figures that were announced in January 2019 (760,000 mu, 180,000 person-times) follow here from rows:
plots whose union has that area, shifts of that number. Every answer that rests on them says that they are
synthetic.
"""

from collections.abc import Callable, Sequence
from datetime import date

import asyncpg
import shapely

from forestapi.db.pool import open_pool
from forestapi.db.transaction import Transaction, transaction
from forestapi.records import Document, Noun, nouns
from forestapi.rules import Batch
from forestapi.services import releasing
from forestapi.services.admitting import admit
from forestapi.services.batches import WGS84
from forestapi.services.demo import counties, ledger
from forestapi.settings import Settings

ACTOR = "demonstration"
BATCH = 10_000
AS_OF = date(2018, 12, 31)

Progress = Callable[[int, int, str], None]
"""Called with the records done, the records in all, and the noun that is being loaded."""


class DemonstrationRefused(RuntimeError):
    """The ledger did not take a record of the demonstration; the message names the rule."""


async def load(settings: Settings, progress: Progress) -> None:
    """Load the demonstration in one transaction, and release its work; loading it again changes nothing.

    Regions that are there already keep their boundaries and names.

    Raises:
        DemonstrationRefused: a rule held or refused a record; nothing is loaded.

    """
    made = ledger.make()
    pool = await open_pool(settings)
    try:
        await _load(pool, made, progress)
        await _release(pool, settings)
    finally:
        await pool.close()


async def release(settings: Settings) -> None:
    """Release the work of a demonstration that is there, as far as it is not yet."""
    pool = await open_pool(settings)
    try:
        await _release(pool, settings)
    finally:
        await pool.close()


async def _release(pool: asyncpg.Pool, settings: Settings) -> None:
    async with transaction(pool, ACTOR, timeout_s=0) as tx:
        await releasing.make(tx, settings.release_after_days, programme=ledger.PROGRAMME["code"])


async def _load(pool: asyncpg.Pool, made: ledger.Demonstration, progress: Progress) -> None:
    known = nouns()
    total = sum(len(next(iter(columns.values()))) for columns in made.columns.values())
    done = 0
    async with transaction(pool, ACTOR, timeout_s=0) as tx:
        await _regions(tx, known["regions"])
        await _take(tx, known["programmes"], [dict(ledger.PROGRAMME)], None)
        judging = {"plots": _plots(made), "shifts": _shifts(made)}
        for name, columns in made.columns.items():
            rows = list(zip(*columns.values(), strict=True))
            for start in range(0, len(rows), BATCH):
                progress(done, total, name)
                part = slice(start, start + BATCH)
                documents = [dict(zip(columns, row, strict=True)) for row in rows[part]]
                await _take(tx, known[name], documents, judging[name](part) if name in judging else None)
                done += len(documents)
        progress(done, total, "credit")
        await tx.settle()
    progress(total, total, "credit")


async def _regions(tx: Transaction, noun: Noun) -> None:
    documents, boundaries = counties.regions()
    there = {row["code"] for row in await tx.rows("select code from forest.region")}
    new = [i for i, document in enumerate(documents) if document["code"] not in there]
    if new:
        batch = Batch(rows=new, geometry=boundaries[new])
        await _take(tx, noun, [documents[i] for i in new], batch)


def _plots(made: ledger.Demonstration) -> Callable[[slice], Batch]:
    """Show plots to the rules as an import of them would; its regions are the outlines of our own."""
    regions = shapely.union_all(counties.outlines())

    def batch(part: slice) -> Batch:
        boundaries = made.boundaries[part]
        return Batch(
            rows=range(part.start + 1, part.start + 1 + len(boundaries)),
            columns={field: values[part] for field, values in made.columns["plots"].items()},
            source=boundaries,
            crs=WGS84,
            geometry=boundaries,
            geometry_type=[boundary.geom_type for boundary in boundaries],
            programme_regions=regions,
            today=AS_OF,
        )

    return batch


def _shifts(made: ledger.Demonstration) -> Callable[[slice], Batch]:
    """Show shifts to the rules, with the workers' years of birth."""
    workers = made.columns["workers"]
    births = dict(zip(workers["id"], workers["birth_year"], strict=True))

    def batch(part: slice) -> Batch:
        columns = {field: values[part] for field, values in made.columns["shifts"].items()}
        columns["birth_year"] = [births[worker] for worker in columns["worker"]]
        rows = range(part.start + 1, part.start + 1 + len(columns["worker"]))
        return Batch(rows=rows, columns=columns, today=AS_OF)

    return batch


async def _take(tx: Transaction, noun: Noun, documents: Sequence[Document], batch: Batch | None) -> None:
    for verdict in await admit(tx, noun, documents, batch):
        if verdict.outcome not in ("created", "updated", "unchanged"):
            reasons = "; ".join(f"{finding.rule}: {finding.message.en}" for finding in verdict.findings)
            raise DemonstrationRefused(f"{noun.name}: {verdict.outcome} ({reasons})")
