"""Exporting: all records of a collection that meet a query, as a file of any format that can be written."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from forestapi.db.transaction import Transaction
from forestapi.errors import BadRequest, Problem
from forestapi.records._query import Query
from forestapi.services.exporting._editable import export_plots
from forestapi.services.exporting._flow import pour, whole
from forestapi.stats import _as_of as past
from forestapi.store import codes, features
from forestapi.store import exports as store
from forestapi.store.collections import Collection
from geo.formats import Format, FormatError, GeometryAs, Layer, format_of, formats
from geo.text import Text

__all__ = ["Exported", "Wish", "about_file", "export", "export_plots", "form_for", "written_formats"]

CRS = "OGC:CRS84 (EPSG:4326 with the longitude first)"
AREAS = Text(
    "面积单位为平方米：area_m2 在等积投影 EPSG:6933 中计算，geodesic_area_m2 为 WGS84 椭球面面积，credited_m2 为计入该小班的面积"
    "（同一项目内同一块地只计一次）。1 亩 = 2000/3 平方米。",
    "Areas are in square metres: area_m2 in the equal-area projection EPSG:6933, geodesic_area_m2 on the ellipsoid of WGS84,"
    " credited_m2 what is credited to the plot (ground counts once within a programme). 1 mu = 2000/3 m².",
)


class Wish(Struct, frozen=True, kw_only=True):
    """What is to be exported."""

    collection: Collection
    query: Query = Query()
    geometry_as: GeometryAs | None = None
    as_of: str | None = None
    """A time with its zone, the `snapshot` of an answer, or a snapshot's id; None is now."""


class Exported(Struct, kw_only=True):
    """What was written."""

    file: str
    format: str
    rows: int
    about: dict[str, Any]


def written_formats() -> dict[str, Format]:
    """List the formats that can be written, by name."""
    return {name: form for name, form in formats().items() if form.write}


def form_for(path: Path, name: str | None = None, geometry_as: str | None = None) -> Format:
    """Choose a format by name, else by the suffix of the file.

    Raises:
        BadRequest: there is none, it is only read, or it has no such way to write geometries.

    """
    try:
        form = format_of(path, name)
    except FormatError as error:
        raise _refused("f", error.text) from error
    if form.write is None:
        listed = ", ".join(written_formats())
        raise _refused("f", Text(f"格式 {form.name} 只能读取；可用：{listed}。", f"The format {form.name} is only read; there are: {listed}."))
    if geometry_as is not None and geometry_as not in form.geometry_as:
        listed = " " + ", ".join(form.geometry_as) if form.geometry_as else " –"
        raise _refused("geometry", Text(f"{form.name} 的 geometry 可用：{listed}。", f"For {form.name} geometry is one of:{listed}."))
    return form


def _refused(field: str, text: Text) -> BadRequest:
    return BadRequest(text, problems=[Problem(field=field, message=text)])


async def export(tx: Transaction, wish: Wish, path: Path, form: Format, licence: str = "") -> Exported:
    """Write what is wished for into a file, which appears only once it is whole.

    Args:
        tx: a read-only transaction, which sees one moment throughout.
        wish: which records.
        path: the file; one that is there is replaced.
        form: the format, from `form_for`.
        licence: under which the operator gives the data away.

    Raises:
        BadRequest: the filter cannot be applied or takes too long, it names a code that there is not, or the format cannot hold the rows.
        NotFound: there is no such snapshot.

    """
    collection, noun = wish.collection, wish.collection.noun
    about = await _about(tx, wish, licence)
    then = await past.resolve(tx, wish.as_of) if wish.as_of else None
    if then is None:
        await codes.check(tx, wish.query.equals)
    noun = store.of_the_past(noun) if then else noun
    columns = await store.columns(tx, noun)
    statement = past.at(store.statement(tx, noun, wish.query, columns), then)
    await tx.run("select set_config('idle_in_transaction_session_timeout', '0', true)")  # writing takes its time
    assert form.write is not None
    with whole(path) as partial:
        async with features.budget(tx, wish.query, None):
            count = await pour(tx, statement, columns, lambda rows: form.write(partial, Layer(  # type: ignore[misc]
                name=collection.name, rows=rows, key=noun.key, geometry_type=collection.geometry_type,
                is_sparse=collection.is_sparse, about=about, geometry_as=wish.geometry_as,
            )))  # fmt: skip
    return Exported(file=path.name, format=form.name, rows=count, about=about)


async def _about(tx: Transaction, wish: Wish, licence: str) -> dict[str, Any]:
    now, snapshot = await past.moment(tx)
    then = await past.resolve(tx, wish.as_of) if wish.as_of else None
    title = wish.collection.title
    return {
        "title": f"{title.zh} {title.en}",
        "collection": wish.collection.name,
        "crs": CRS,
        "area_method": f"{AREAS.zh} {AREAS.en}",
        "as_of": then or now.isoformat(),
        "snapshot": snapshot if then is None else then if "@" in then else None,
        "licence": licence or None,
        "filters": dict(_filters(wish.query)),
    }


def _filters(query: Query) -> Iterable[tuple[str, str]]:
    for name, values in query.equals.items():
        yield name, ",".join(values)
    if query.bbox:
        yield "bbox", ",".join(map(repr, query.bbox))
    if query.interval:
        yield "datetime", "/".join(str(day or "..") for day in query.interval)
    if query.where:
        yield "filter", query.where.given
        yield "filter-lang", query.where.language


async def about_file(exported: Exported, path: Path) -> Path:
    """Write down beside a file what it says of itself, for formats that have no place for it."""
    beside = path.with_name(f"{path.name}.about.json")
    await asyncio.to_thread(beside.write_bytes, msgspec.json.format(msgspec.json.encode(exported.about)))
    return beside
