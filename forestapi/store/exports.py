"""What an export reads of a collection: its columns with their types, and all rows that meet a query."""

from typing import Literal

import msgspec
from msgspec import Struct

from forestapi.access import PUBLIC
from forestapi.db.sql import Sql
from forestapi.db.transaction import Transaction
from forestapi.records import Noun
from forestapi.records._query import Query
from forestapi.store import features

Kind = Literal["text", "json", "integer", "long", "number", "decimal", "boolean", "day", "moment", "geometry"]
_KINDS: dict[str, Kind] = {
    "text": "text", "uuid": "text", "time without time zone": "text", "jsonb": "json", "text[]": "json", "integer": "integer",
    "smallint": "integer", "bigint": "long", "double precision": "number", "boolean": "boolean", "date": "day",
    "timestamp with time zone": "moment",
}  # fmt: skip
_READ: dict[Kind, str] = {
    "text": "{}::text",
    "json": "to_jsonb({})::text",
    "decimal": "{}::text",
    "day": "({} - date '1970-01-01')",
    "moment": "(extract(epoch from date_trunc('milliseconds', {})) * 1000)::int8",
    "geometry": "ST_AsBinary({})",
}
"""How a column is selected so that it can be laid into an Arrow column as it comes."""


class Column(Struct, frozen=True):
    """One column of an export."""

    name: str
    kind: Kind
    precision: int = 0
    """Digits of a decimal, and how many of them stand behind the point."""
    scale: int = 0
    source: str = ""
    """The noun's column, where it is called otherwise in the file."""


async def columns(tx: Transaction, noun: Noun) -> list[Column]:
    """List a noun's columns as a client reads them, the geometry last."""
    rows = await tx.rows(
        "select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute"
        " where attrelid = to_regclass($1) and attnum > 0",
        f"forest.{noun.view}",
    )
    types = {row["name"]: row["type"] for row in rows}
    names = sorted(features.columns(noun), key=lambda name: name == noun.geometry)
    return [_column(name, types[name]) for name in names]


def _column(name: str, type: str) -> Column:
    if type.startswith("geometry"):
        return Column(name, "geometry")
    if type.startswith("numeric("):
        precision, scale = type[8:-1].split(",")
        return Column(name, "decimal", int(precision), int(scale))
    return Column(name, _KINDS[type])


def statement(tx: Transaction, noun: Noun, query: Query, read: list[Column], also: Sql = Sql("true")) -> Sql:  # noqa: B008
    """Select columns of all rows that meet a query (and `also`) and are within the reader's scope, in the order of the key.

    Raises:
        BadRequest: the filter names what this reader cannot read.

    """
    listed = ", ".join(f'{_selected(tx, noun, column)} as "{column.name}"' for column in read)
    return Sql(
        f"select {listed} from forest.{noun.view} v where {{}} and {{}} and {{}} order by v.{noun.key}",
        features.conditions(noun, query),
        features.within(noun, tx),
        also,
    )


def _selected(tx: Transaction, noun: Noun, column: Column) -> str:
    name = column.source or column.name
    if name in noun.staff_only and tx.who is not None and tx.who.role == PUBLIC:
        return "jsonb_build_object()::text" if column.kind == "json" else "null::text"
    return _READ.get(column.kind, "{}").format(f'v."{name}"')


def of_the_past(noun: Noun) -> Noun:
    """Look for places among a noun's own geometries: rows of the past have no index of plots to go by."""
    return msgspec.structs.replace(noun, located_by=None)
