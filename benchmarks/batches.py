"""A hundred plots a transaction, judged and admitted as every way in does it, against COPY into the same table."""

import statistics
import time

import shapely

from benchmarks import _data
from benchmarks._benchmark import Benchmark, Context, Figure, load_plots
from forestapi.db.pool import open_pool
from forestapi.db.transaction import transaction
from forestapi.records import nouns
from forestapi.rules import Batch
from forestapi.services import admitting
from forestapi.services.batches import WGS84

ROWS = 100
ROUNDS = 4
BATCHES = 10
COLUMNS = ("id", "programme", "number", "boundary", "capture_method", "lifecycle")


async def run(context: Context) -> list[Figure]:
    """Measure both in turns, beside the same plots, with all triggers and history."""
    base, count = context.sizes.plots, ROUNDS * BATCHES * ROWS
    of = base + 2 * count
    rates, ceilings = [], []
    noun = nouns()["plots"]
    async with context.database("bench_batches") as (connection, settings):
        await load_plots(connection, _data.plots(base, of=of))
        await connection.execute("vacuum analyze")
        # What COPY takes for a geometry is what ST_GeomFromEWKB would read: asyncpg hands the bytes on.
        await connection.set_type_codec("geometry", schema="public", encoder=bytes, decoder=bytes, format="binary")
        pool = await open_pool(settings)
        ours, theirs = _data.plots(count, first=base, of=of), _data.plots(count, first=base + count, of=of)
        wkb = theirs.wkb()
        for turn in range(ROUNDS):
            starts = [(turn * BATCHES + n) * ROWS for n in range(BATCHES)]
            began = time.perf_counter()
            for start in starts:
                part = slice(start, start + ROWS)
                documents = [
                    {name: None for name in noun.columns}
                    | {"id": str(key), "programme": _data.PROGRAMME, "number": str(key), "capture_method": "file",
                       "lifecycle": "planted", "attributes": {}}
                    for key in ours.ids[part]
                ]  # fmt: skip
                batch = Batch(
                    rows=range(1, ROWS + 1), source=shapely.from_wkb(shapely.to_wkb(ours.boundaries[part])), crs=WGS84,
                    columns={name: [document[name] for document in documents] for name in noun.columns},
                )  # fmt: skip
                async with transaction(pool, "bench") as tx:
                    verdicts = await admitting.admit(tx, noun, documents, batch)
                assert all(verdict.outcome == "created" for verdict in verdicts)
            rates.append(BATCHES * ROWS / (time.perf_counter() - began))
            began = time.perf_counter()
            for start in starts:
                rows = [
                    (theirs.ids[i], _data.PROGRAMME, str(theirs.ids[i]), wkb[i], "file", "planted") for i in range(start, start + ROWS)
                ]
                await connection.copy_records_to_table("plot", schema_name="forest", columns=COLUMNS, records=rows)
            ceilings.append(BATCHES * ROWS / (time.perf_counter() - began))
        await pool.close()
    return [
        Figure(name="batches of 100", figure=statistics.median(rates), unit="plots/s", ceiling=statistics.median(ceilings), goal=0.45,
               note=f"beside {base:,} plots; judged by all rules, one transaction each; COPY of 100 into the same table, triggers and"
               " history included, asks no rule"),
    ]  # fmt: skip


BENCHMARK = Benchmark("batches", "A hundred plots at a time, against COPY", run)
