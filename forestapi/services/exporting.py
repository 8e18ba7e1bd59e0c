"""Exporting a programme's ground as a file that comes back: with id and revision, for QGIS and QField."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
from msgspec import Struct

from forestapi.db.transaction import Transaction
from forestapi.errors import BadRequest, NotFound
from forestapi.records import Document, Noun, nouns
from forestapi.records._query import Query
from forestapi.stats._as_of import moment
from forestapi.store import exports as store
from geo import area
from geo.formats import FormatError, format_of
from geo.text import Text

PAGE_ROWS = 2000
EXPORTED = "forest_export"
"""The layer that says what was exported: so that what is gone from the others is seen when the file comes back."""
_TEXT, _REAL, _INT, _DAY, _BOOL = pa.string(), pa.float64(), pa.int64(), pa.date32(), pa.bool_()
_MOMENT = pa.timestamp("ms", tz="UTC")


class Column(Struct, frozen=True):
    """A column of a layer; one that begins with `forest_` is for reading and is passed over when the file comes back."""

    name: str
    type: Any
    source: str = ""
    """The noun's column, where it is called otherwise."""


LAYERS: dict[str, tuple[Column, ...]] = {
    "plots": (
        Column("id", _TEXT), Column("revision", _INT), Column("number", _TEXT), Column("region", _TEXT),
        Column("compartment", _TEXT), Column("subcompartment", _TEXT), Column("tenure", _TEXT),
        Column("prior_land_class", _TEXT), Column("climate_class", _TEXT), Column("lifecycle", _TEXT),
        Column("accepted_on", _DAY), Column("capture_method", _TEXT), Column("accuracy_m", _REAL),
        Column("declared_area_m2", _REAL), Column("forest_programme", _TEXT, "programme"), Column("forest_area_mu", _REAL, "area_m2"),
        Column("forest_area_m2", _REAL, "area_m2"), Column("forest_credited_m2", _REAL, "credited_m2"),
        Column("forest_planted_on", _DAY, "planted_on"), Column("forest_species", _TEXT, "species"),
        Column("forest_layer", _TEXT, "layer"), Column("forest_layer_key", _TEXT, "layer_key"),
        Column("forest_updated_at", _MOMENT, "updated_at"), Column("forest_is_synthetic", _BOOL, "is_synthetic"),
        Column("forest_attributes", _TEXT, "attributes"),
    ),
    "plantings": (
        Column("id", _TEXT), Column("revision", _INT), Column("plot", _TEXT), Column("kind", _TEXT), Column("started_on", _DAY),
        Column("ended_on", _DAY), Column("lines", _TEXT),
    ),
    "surveys": (
        Column("id", _TEXT), Column("revision", _INT), Column("plot", _TEXT), Column("surveyed_on", _DAY), Column("stage", _TEXT),
        Column("level", _TEXT), Column("sample_holes", _INT), Column("live_holes", _INT), Column("vegetation_cover", _REAL),
        Column("canopy_closure", _REAL), Column("mean_height_m", _REAL), Column("mean_crown_m", _REAL), Column("vigour", _TEXT),
        Column("damage", _TEXT), Column("method", _TEXT), Column("checker", _TEXT), Column("is_independent", _BOOL),
        Column("remarks", _TEXT),
    ),
}  # fmt: skip
"""The layers of an export of plots; the first of them comes back."""
_EXPORTED = pa.schema([("id", _TEXT), ("revision", _INT), ("programme", _TEXT), ("exported_at", _TEXT), ("snapshot", _TEXT)])


class Exported(Struct, kw_only=True):
    """What was written."""

    file: str
    format: str
    layers: dict[str, int]
    """Layer -> rows."""
    as_of: str


async def export_plots(tx: Transaction, programme: str, region: str | None, path: Path, format: str | None = None) -> Exported:
    """Write a programme's plots (of one region, if told) with their plantings and surveys into a file.

    Args:
        tx: a read-only transaction, which sees one moment throughout.
        programme: its code.
        region: the code of a region; what lies in it is written.
        path: where to; a file that is there is replaced.
        format: a name from `geo.formats`; None tells it by the suffix.

    Raises:
        NotFound: there is no such programme.
        BadRequest: the format is none that can be written.

    """
    form = await asyncio.to_thread(_writable, path, format)
    if not await tx.value("select exists (select from forest.programme where code = $1)", programme):
        raise NotFound(Text(f"没有项目 {programme}。", f"There is no programme {programme}."))
    path.unlink(missing_ok=True)
    now, snapshot = await moment(tx)
    plots = Query(equals={"programme": [programme]} | ({"region": [region]} if region else {}))
    counts, exported = {}, []
    for name, columns in LAYERS.items():
        noun = nouns()[name]
        counts[name] = 0
        query = plots if name == "plots" else Query(equals={"programme": [programme]})
        kept = {row["id"] for row in exported}
        await asyncio.to_thread(form.append, path, name, _table(noun, columns, [], []))
        async for records, boundaries in _pages(tx, noun, query):
            if name != "plots":
                records = [record for record in records if record["plot"] in kept]
                boundaries = [None] * len(records)
            else:
                exported += [
                    {"id": r["id"], "revision": r["revision"], "programme": programme, "exported_at": now.isoformat(),
                     "snapshot": snapshot} for r in records
                ]  # fmt: skip
            counts[name] += len(records)
            if records:
                await asyncio.to_thread(form.append, path, name, _table(noun, columns, records, boundaries))
    await asyncio.to_thread(form.append, path, EXPORTED, pa.Table.from_pylist(exported, schema=_EXPORTED))
    return Exported(file=path.name, format=form.name, layers=counts, as_of=now.isoformat())


def _writable(path: Path, format: str | None) -> Any:
    try:
        form = format_of(path, format)
    except FormatError as error:
        raise BadRequest(error.text) from error
    if form.append is None:
        message = Text(f"格式 {form.name} 只能读取；请导出为 .gpkg。", f"The format {form.name} is only read; export to .gpkg.")
        raise BadRequest(message)
    return form


async def _pages(tx: Transaction, noun: Noun, query: Query) -> AsyncIterator[tuple[list[Document], list[bytes | None]]]:
    after = None
    while True:
        page = await store.page(tx, noun, query, limit=PAGE_ROWS, after=after)
        yield [msgspec.json.decode(record) for record in page.records], page.boundaries
        after = page.next_key
        if after is None:
            return


def _table(noun: Noun, columns: tuple[Column, ...], records: list[Document], boundaries: list[bytes | None]) -> pa.Table:
    arrays = [
        pa.array([_value(column, record.get(column.source or column.name)) for record in records], type=column.type)
        for column in columns
    ]
    names = [column.name for column in columns]
    if noun.geometry:
        arrays.append(pa.array(boundaries, type=pa.binary()))
        names.append("geometry")
    return pa.table(arrays, names=names)


def _value(column: Column, value: Any) -> Any:
    """Give a JSON value as the column holds it."""
    if value is None:
        return None
    if column.name == "forest_area_mu":
        return round(value / float(area.M2_PER_MU), 2)
    if column.type is _DAY:
        return date.fromisoformat(value)
    if column.type is _MOMENT:
        return datetime.fromisoformat(value)
    if column.type is _TEXT and not isinstance(value, str):
        return msgspec.json.encode(value).decode()
    return float(value) if column.type is _REAL else value
