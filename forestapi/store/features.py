"""The one feature store: what is read of any noun, filtered, paged and written as JSON by the database.

Pages follow the key (`where key > last`), so the thousandth costs what the first costs.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
from msgspec import Struct

from forestapi.access import PUBLIC
from forestapi.db.sql import Sql, all_of
from forestapi.db.transaction import Transaction
from forestapi.records import BOOKKEEPING, Noun
from forestapi.records._filter import refused
from forestapi.records._query import Query
from forestapi.records._queryables import queryables
from forestapi.store import codes, scopes
from forestapi.store.cql2 import compile_filter

FILTER_SECONDS = 1.8
"""How long a list, a page of features or a tile with a filter may take the database."""


class Page(Struct, frozen=True):
    """Rows as JSON texts, and the key to go on after; None at the end."""

    rows: list[str]
    next_key: str | None


def columns(noun: Noun) -> tuple[str, ...]:
    """List what a client reads of a noun, in order."""
    written = tuple(name for name in noun.columns if name != "identity")
    return tuple(dict.fromkeys((*written, *noun.derived, *BOOKKEEPING)))


def selected_columns(noun: Noun, tx: Transaction) -> str:
    """Write the columns for a statement's text; a geometry becomes GeoJSON, to a tenth of a millimetre.

    What is the staff's only is not read for the public, whose role in the database could not read it either.
    """
    return ", ".join(
        f'ST_AsGeoJSON("{name}", 9, 0)::json as "{name}"' if name == noun.geometry else column(noun, tx, name)
        for name in columns(noun)
    )


def column(noun: Noun, tx: Transaction, name: str, prefix: str = "") -> str:
    """Write one column for a statement's text; the public gets what is the staff's only empty."""
    if name in noun.staff_only and tx.who is not None and tx.who.role == PUBLIC:
        return f'{"jsonb_build_object()" if name == "attributes" else "null"} as "{name}"'
    return f'{prefix}"{name}"'


def conditions(noun: Noun, query: Query) -> Sql:
    """Turn a query into SQL over the noun's read view, every value bound.

    Raises:
        BadRequest: its filter names what this reader cannot read, or compares what cannot be compared.

    """
    found = []
    for name, values in query.equals.items():
        if name == "region":
            found.append(
                Sql("region in (select region from forest.region_ancestor where ancestor = any({}))", values)
            )
        else:
            found.append(Sql(f'"{name}"::text = any({{}})', values))
    if query.bbox and noun.geometry:
        west, south, east, north = query.bbox
        boxes = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
        near = (
            f"{noun.located_by} in (select id from forest.plot where boundary &&" if noun.located_by
            else f"({noun.geometry} &&"
        )  # fmt: skip
        hits = [
            Sql(
                f"{near} ST_MakeEnvelope({{}}, {{}}, {{}}, {{}}, 4326))"
                f" and ST_Intersects({noun.geometry}, ST_MakeEnvelope({{}}, {{}}, {{}}, {{}}, 4326))",
                *(w, south, e, north) * 2,
            )
            for w, e in boxes
        ]
        found.append(Sql(" or ".join(["({})"] * len(hits)), *hits))
    if query.interval and noun.happened:
        first, last = query.interval
        if first:
            found.append(Sql(f"{noun.happened} >= {{}}", first))
        if last:
            found.append(Sql(f"{noun.happened} <= {{}}", last))
    if query.where:
        found.append(compile_filter(query.where, queryables(noun, is_public=query.where.is_public)))
    return all_of(found)


def selected(noun: Noun, query: Query) -> Sql:
    """Select the keys of what a query finds, for figures and tiles to be kept to.

    Raises:
        BadRequest: as `conditions`.

    """
    return Sql(f"(select {noun.key} from forest.{noun.name} where {{}})", conditions(noun, query))


@asynccontextmanager
async def budget(
    tx: Transaction, query: Query, seconds: float | None = FILTER_SECONDS, *, is_passing: bool = False
) -> AsyncIterator[None]:
    """Run what a filter asks for, for `seconds` at most (None: as long as any statement).

    `is_passing` gives the transaction its own limit back afterwards.

    Raises:
        BadRequest: it takes longer, or its arithmetic leaves the numbers that there are.

    """
    if query.where is None:
        yield
        return
    before = await tx.value("select current_setting('statement_timeout')") if is_passing else None
    if seconds is not None:
        await tx.run("select set_config('statement_timeout', $1, true)", str(int(seconds * 1000)))
    try:
        yield
        if before is not None:
            await tx.run("select set_config('statement_timeout', $1, true)", before)
    except asyncpg.QueryCanceledError:
        raise refused(
            "求值过久；请加上 bbox、datetime 或更窄的条件。",
            "It takes too long to answer; add a bbox, a datetime or a narrower condition.",
            code="filter-too-costly",
        ) from None
    except asyncpg.DataError as error:
        raise refused(f"无法求值：{error}。", f"It cannot be evaluated: {error}.") from None


async def page(tx: Transaction, noun: Noun, query: Query, *, limit: int, after: str | None = None) -> Page:
    """Read up to `limit` rows that meet the query, in the order of their key, after the key `after`."""
    await codes.check(tx, query.equals)
    key = noun.key
    start = Sql("true") if after is None else Sql(f"{key} > {{}}", key_of(noun, after))
    statement = (
        Sql(
            f"select {key}::text as key, row_to_json(v)::text as json from ("
            f"select {selected_columns(noun, tx)} from forest.{noun.view} where {{}} and {{}} and {{}}"
            f" order by {key} limit {{}}) v",
            conditions(noun, query),
            within(noun, tx),
            start,
            limit + 1,
        )
    )
    async with budget(tx, query):
        rows = await tx.rows(statement)
    next_key = rows[limit - 1]["key"] if len(rows) > limit else None
    return Page([row["json"] for row in rows[:limit]], next_key)


async def get(tx: Transaction, noun: Noun, key: str) -> tuple[str, int] | None:
    """Read one row as JSON text, with its revision; None if there is none."""
    row = await tx.row(
        Sql(
            f"select v.revision, row_to_json(v)::text as json from (select {selected_columns(noun, tx)}"
            f" from forest.{noun.view} where {noun.key} = {{}} and {{}}) v",
            key_of(noun, key),
            within(noun, tx),
        )
    )
    return None if row is None else (row["json"], row["revision"])


def within(noun: Noun, tx: Transaction) -> Sql:
    """Keep a reader to its token's scope, in what is not everybody's to read."""
    return Sql("true") if PUBLIC in noun.readers else scopes.within(noun.name, tx.scope)


def key_of(noun: Noun, key: str) -> Any:
    """Give a key as the database takes it."""
    return UUID(key) if noun.key == "id" else key
