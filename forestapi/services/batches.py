"""What the rules need to know about records besides the records: regions, ages, neighbours, thresholds."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
import shapely
from msgspec import Struct
from pyproj import CRS

from forestapi.db.transaction import Transaction
from forestapi.records import Document, Noun
from forestapi.rules import Batch, Shared, Threshold, rules
from forestapi.rules._days import Work
from forestapi.rules._values import date_of
from forestapi.store import shifts as shifts_store
from forestapi.store import surroundings
from forestapi.store import thresholds as thresholds_store
from geo.formats import shape_of

WGS84 = CRS.from_epsg(4326)
REGION_DEGREES = 0.5
"""Some 50 km: a plot with no region of the ledger so near lies far outside all of them."""


async def of_record(tx: Transaction, noun: Noun, record: Struct) -> Batch:
    """Make the batch of one record that came as JSON."""
    return await of_documents(tx, noun, [msgspec.to_builtins(record)])


def plain(noun: Noun, documents: Sequence[Document]) -> Batch:
    """Make the batch of records as they came, whatever their values are; for nouns without geometry."""
    columns = {name: [document.get(name) for document in documents] for name in noun.columns}
    return Batch(rows=range(1, len(documents) + 1), columns=columns)


async def of_documents(tx: Transaction, noun: Noun, documents: Sequence[Document]) -> Batch:
    """Make the batch of records that came as JSON values, all of one programme."""
    columns = {name: [document.get(name) for document in documents] for name in noun.columns}
    rows = range(1, len(documents) + 1)
    if not noun.geometry:
        return Batch(rows=rows, columns=columns)
    shapes = [_shape(document.get(noun.geometry), noun.geometry) for document in documents]
    source = np.full(len(documents), None, dtype=object)
    source[:] = [shapely.from_wkb(shape.wkb) if shape is not None and shape.wkb else None for shape in shapes]
    programme = columns["programme"][0] if noun.name == "plots" and documents else None
    regions = await programme_regions(tx, programme) if programme else None
    return Batch(
        rows=rows, columns=columns, source=source, crs=WGS84, programme_regions=regions,
        geometry_type=[shape and shape.type for shape in shapes],
        problem=[shape and shape.problem for shape in shapes],
        place=[shape and shape.place for shape in shapes],
    )  # fmt: skip


def _shape(boundary: Any, column: str) -> Any:
    return None if boundary is None else shape_of(msgspec.to_builtins(boundary), f"/{column}")


async def complete(tx: Transaction, noun: Noun, documents: Sequence[Document], batch: Batch) -> None:
    """Add to a batch what the ledger knows about its rows: a few queries, however many rows."""
    if not documents or not rules(noun.name):  # type: ignore[arg-type]
        return
    programme = documents[0].get("programme")
    if noun.name == "plots":
        await _complete_plots(tx, documents, batch)
    elif noun.name in ("plantings", "surveys"):
        plots = await surroundings.plots(tx, [str(d["plot"]) for d in documents if d.get("plot")])
        of = [plots.get(str(document.get("plot"))) for document in documents]
        programme = next((plot.programme for plot in of if plot), None)
        batch.facts["programme"] = [plot and plot.programme for plot in of]
        for name in ("area_m2", "programme_starts_on", "planted_on"):
            batch.facts[{"area_m2": "plot_area_m2"}.get(name, name)] = [p and getattr(p, name) for p in of]
    elif noun.name == "shifts":
        await _complete_shifts(tx, documents, batch)
    batch.thresholds = await thresholds(tx, programme)


async def _complete_plots(tx: Transaction, documents: Sequence[Document], batch: Batch) -> None:
    programme = documents[0].get("programme")
    ids = [uuid_of(document.get("id")) for document in documents]
    wkbs: list[bytes | None] = [None] * len(batch)
    for i in (batch.area_m2 > 0).nonzero()[0]:
        wkbs[i] = shapely.to_wkb(batch.geometry[i])
    found = await surroundings.overlaps(tx, ids, wkbs)
    batch.facts["overlaps"] = [[Shared(*each) for each in found.get(i, ())] for i in range(len(batch))]
    batch.columns.setdefault("programme", [programme] * len(batch))
    for name in ("number", "compartment", "subcompartment"):
        batch.columns[name] = [document.get(name) for document in documents]
    named = ("programme", "number", "compartment", "subcompartment")
    alike = await surroundings.numbered_alike(
        tx, [(id, *(batch.columns[name][i] for name in named)) for i, id in enumerate(ids)]
    )
    batch.facts["numbered_alike"] = [alike.get(i) for i in range(len(batch))]
    if programme and batch.programme_regions is None:
        placed = np.isfinite(batch.positions).all(axis=1).nonzero()[0]
        near = await surroundings.plots_cells(tx, programme)
        strangers = await surroundings.far_from_regions(tx, batch.positions[placed].tolist(), REGION_DEGREES)
        batch.facts["plots_near"] = [near] * len(batch)
        batch.facts["is_far_from_regions"] = np.isin(np.arange(len(batch)), placed[list(strangers)]).tolist()


async def _complete_shifts(tx: Transaction, documents: Sequence[Document], batch: Batch) -> None:
    workers, days = batch.column("worker"), batch.column("work_date")
    asked = [(str(d.get("id")), workers[i], date_of(days[i])) for i, d in enumerate(documents)]
    others = await surroundings.other_shifts(tx, asked)
    batch.facts["other_shifts"] = [[Work(*other) for other in others.get(i, ())] for i in range(len(batch))]
    batch.columns["status"] = [document.get("status") for document in documents]
    if "birth_year" not in batch.columns:
        births = await shifts_store.birth_years(tx, {str(worker) for worker in workers if worker})
        batch.columns["birth_year"] = [births.get(str(worker)) for worker in workers]


async def thresholds(tx: Transaction, programme: str | None) -> dict[str, dict[str, Threshold]]:
    """Read what a programme has set for today: rule -> parameter -> threshold."""
    found: dict[str, dict[str, Threshold]] = {}
    if programme:
        for setting in await thresholds_store.in_force(tx, programme):
            found.setdefault(setting.rule, {})[setting.parameter] = Threshold(setting.value, setting.version)
    return found


async def programme_regions(tx: Transaction, programme: str) -> shapely.Geometry | None:
    """Union of the regions that a programme declares (EPSG:4326, prepared); None where it declares none."""
    wkb = await tx.value(
        """select ST_AsBinary(ST_Union(r.boundary)) from forest.programme p
        join forest.region r on p.regions ? r.code where p.code = $1""",
        programme,
    )
    if wkb is None:
        return None
    union = shapely.from_wkb(wkb)
    shapely.prepare(union)
    return union


def uuid_of(value: object) -> UUID | None:
    """Read an id; None if it is none (whoever reads the record says so)."""
    try:
        return UUID(str(value))
    except ValueError:
        return None
