"""Features as GeoJSON, written by the database: pages in any order, one feature, counts and extents.

Pages follow the sorted columns and the key, so the thousandth costs what the first costs.
"""

import base64
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from forestapi.access import PUBLIC
from forestapi.db.sql import Sql, all_of
from forestapi.db.transaction import Transaction
from forestapi.errors import BadRequest, Problem
from forestapi.records import Noun
from forestapi.records._query import Query
from forestapi.records._queryables import Queryable, queryables
from forestapi.store import codes, features
from geo import ogc_crs
from geo.ogc_crs import OgcCrs
from geo.text import Text

COUNT_MS = 100
"""How long counting may take; where it takes longer, no count is given."""
EXTENT_MS = 250
TYPES = {"number": "float8", "integer": "float8", "uuid": "uuid", "boolean": "boolean", "date": "date",
         "time": "time", "timestamp": "timestamptz"}  # fmt: skip


class Shape(Struct, frozen=True, kw_only=True):
    """How features are written."""

    properties: tuple[str, ...] | None = None
    """The only properties to give; None is all."""
    has_geometry: bool = True
    crs: OgcCrs = ogc_crs.DEFAULT


class Order(Struct, frozen=True):
    """One property to sort by; what is unknown comes last either way."""

    by: Queryable
    is_descending: bool = False


class Features(Struct, frozen=True):
    """A page: features as JSON texts, and where to go on; None at the end."""

    rows: list[str]
    after: str | None


class One(Struct, frozen=True):
    """One feature, and which version of its record it shows."""

    json: str
    revision: int
    received_at: datetime
    updated_at: datetime


def properties(noun: Noun) -> tuple[str, ...]:
    """List the properties of a feature: what is read of the noun, but for the geometry and an id that the feature has."""
    return tuple(name for name in features.columns(noun) if name not in (noun.geometry, "id"))


def _feature(noun: Noun, tx: Transaction, shape: Shape) -> str:
    """Write the expression of a feature over a row `v` of the noun's view."""
    names = [name for name in properties(noun) if shape.properties is None or name in shape.properties]
    listed = ", ".join(_column(noun, tx, name) for name in names)
    written = f"(select row_to_json(p) from (select {listed}) p)::text" if names else "json_build_object()"
    geometry = f'v."{noun.geometry}"'
    if shape.crs.srid != 4326:
        geometry = f"ST_Transform({geometry}, {shape.crs.srid})"
    if shape.crs.is_flipped:
        geometry = f"ST_FlipCoordinates({geometry})"
    drawn = f"coalesce(ST_AsGeoJSON({geometry}, {shape.crs.decimals}, 0), 'null')" if shape.has_geometry else "'null'"
    return (
        f"""concat('{{"type":"Feature","id":', to_json(v.{noun.key}), ',"geometry":', {drawn},"""
        f""" ',"properties":', {written}, '}}')"""
    )


def _column(noun: Noun, tx: Transaction, name: str) -> str:
    """Select a property; moments in milliseconds, since GDAL keeps seconds as float32 and fails near a whole one."""
    known = queryables(noun, is_public=tx.who is not None and tx.who.role == PUBLIC).get(name)
    if known and known.kind == "timestamp":
        return f'date_trunc(\'milliseconds\', v."{name}") as "{name}"'
    return features.column(noun, tx, name, "v.")


async def page(
    tx: Transaction,
    noun: Noun,
    query: Query,
    shape: Shape,
    *,
    limit: int,
    order: tuple[Order, ...] = (),
    after: str | None = None,
    offset: int = 0,
) -> Features:
    """Read up to `limit` features that meet the query, in order, going on where `after` of a page says.

    Raises:
        BadRequest: the filter cannot be applied or takes too long, or `after` is of no page.

    """
    await codes.check(tx, query.equals | query.named)
    whole = (*order, Order(Queryable(noun.key, "uuid" if noun.key == "id" else "string")))
    start = _beyond(whole, _decoded(after, len(whole))) if after else Sql("true")
    marks = ", ".join(f"v.{one.by.column}::text" for one in whole)
    sorting = ", ".join(f"{_ordered(one)} {'desc' if one.is_descending else 'asc'} nulls last" for one in whole)
    statement = Sql(
        f"select {_feature(noun, tx, shape)} as json, array[{marks}] as mark from forest.{noun.view} v where {{}}"
        f" order by {sorting} limit {{}} offset {{}}",
        all_of([features.conditions(noun, query), features.within(noun, tx), start]),
        limit + 1,
        offset,
    )
    async with features.budget(tx, query):
        rows = await tx.rows(statement)
    more = _encoded(rows[limit - 1]["mark"]) if len(rows) > limit else None
    return Features([row["json"] for row in rows[:limit]], more)


async def one(tx: Transaction, noun: Noun, key: str, shape: Shape) -> One | None:
    """Read one feature; None if there is none for this reader."""
    row = await tx.row(
        Sql(
            f"select {_feature(noun, tx, shape)} as json, v.revision, v.received_at, v.updated_at"
            f" from forest.{noun.view} v where {{}}",
            all_of([Sql(f"v.{noun.key} = {{}}", features.key_of(noun, key)), features.within(noun, tx)]),
        )
    )
    return None if row is None else One(row["json"], row["revision"], row["received_at"], row["updated_at"])


async def count(tx: Transaction, noun: Noun, query: Query) -> int | None:
    """Count what meets the query, exactly; None where that takes longer than COUNT_MS."""
    statement = Sql(
        f"select count(*) from forest.{noun.view} where {{}} and {{}}",
        features.conditions(noun, query),
        features.within(noun, tx),
    )
    return await _within_ms(tx, COUNT_MS, statement)


async def extent(tx: Transaction, noun: Noun) -> tuple[list[float] | None, list[date | None]]:
    """Give west, south, east, north of a collection, and its first and last date; None where that takes long.

    The ground is that of the plots (or regions) which its features lie on.
    """
    table = "region" if noun.name == "regions" else "plot"
    box = await _within_ms(
        tx,
        EXTENT_MS,
        Sql(
            f"select array[ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)] from"
            f" (select ST_Extent(boundary) as e from forest.{table}) x where e is not null"
        ),
    )
    dates = None
    if noun.happened:
        found = Sql(f"select array[min({noun.happened}), max({noun.happened})] from forest.{noun.view} where {{}}", features.within(noun, tx))
        dates = await _within_ms(tx, EXTENT_MS, found)
    return box, dates or [None, None]


async def _within_ms(tx: Transaction, milliseconds: int, statement: Sql) -> Any:
    """Run a statement that may be given up without the rest of the transaction being lost."""
    before = await tx.value("select current_setting('statement_timeout')")
    try:
        async with tx.connection.transaction():
            await tx.run("select set_config('statement_timeout', $1, true)", str(milliseconds))
            found = await tx.value(statement)
            await tx.run("select set_config('statement_timeout', $1, true)", before)
            return found
    except asyncpg.QueryCanceledError:
        return None


def _ordered(one: Order) -> str:
    """Write the expression that a property is sorted and compared by."""
    column = f"v.{one.by.column}"
    return f'({column} collate "C")' if one.by.kind == "string" else f"({column}::float8)" if one.by.kind in ("number", "integer") else column


def _beyond(order: tuple[Order, ...], mark: list[str | None]) -> Sql:
    """Write the condition of the rows that come after the one that a page ended with."""
    (first, *rest), (value, *others) = order, mark
    column = _ordered(first)
    kind = TYPES.get(first.by.kind, "text")
    if value is None:
        further, same = Sql("false"), Sql(f"{column} is null")
    else:
        sign = "<" if first.is_descending else ">"
        bound = _typed(value, first.by.kind)
        further = Sql(f"({column} {sign} {{}}::{kind} or {column} is null)" if rest else f"{column} {sign} {{}}::{kind}", bound)
        same = Sql(f"{column} = {{}}::{kind}", bound)
    return Sql("({} or ({} and {}))", further, same, _beyond(tuple(rest), others)) if rest else further


def _typed(text: str, kind: str) -> Any:
    try:
        match kind:
            case "number" | "integer":
                return float(text)
            case "boolean":
                return text == "true"
            case "date":
                return date.fromisoformat(text)
            case "timestamp":
                return datetime.fromisoformat(text)
            case "uuid":
                return UUID(text)
            case "time":
                return datetime.strptime(text, "%H:%M:%S").time()
    except ValueError:
        raise _no_page() from None
    return text


def _encoded(mark: list[str | None]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(mark)).decode().rstrip("=")


def _decoded(text: str, length: int) -> list[str | None]:
    try:
        mark = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=list[str | None])
    except ValueError:
        raise _no_page() from None
    if len(mark) != length or mark[-1] is None or any("\0" in part for part in mark if part):
        raise _no_page()
    return mark


def _no_page() -> BadRequest:
    message = Text("after 不是此列表给出的；请使用 next 链接。", "`after` is of no page of this list; follow its `next`.")
    return BadRequest(message, problems=[Problem(field="after", message=message)])
