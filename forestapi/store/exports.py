"""What an export writes of a noun: its columns as JSON, and its boundary exactly as it is stored."""

from uuid import UUID

from msgspec import Struct

from forestapi.db.sql import Sql
from forestapi.db.transaction import Transaction
from forestapi.records import PUBLIC, Noun
from forestapi.records._query import Query
from forestapi.store import features, scopes


class Rows(Struct, frozen=True):
    """A page of an export, in the order of the keys."""

    records: list[str]
    """JSON objects of all columns but the boundary."""
    boundaries: list[bytes | None]
    """WKB in EPSG:4326, beside the records."""
    next_key: str | None


async def page(tx: Transaction, noun: Noun, query: Query, *, limit: int, after: str | None) -> Rows:
    """Read up to `limit` rows that meet the query, after the key `after`; for staff."""
    columns = ", ".join(f'"{name}"' for name in features.columns(noun) if name != noun.geometry)
    boundary = f'ST_AsBinary("{noun.geometry}")' if noun.geometry else "null::bytea"
    start = Sql("true") if after is None else Sql(f"{noun.key} > {{}}", UUID(after) if noun.key == "id" else after)
    scope = Sql("true") if PUBLIC in noun.readers else scopes.within(noun.name, tx.scope)
    rows = await tx.rows(
        Sql(
            f"""select {noun.key}::text as key, {boundary} as boundary,
              (select row_to_json(c)::text from (select {columns}) c) as json
            from forest.{noun.view} where {{}} and {{}} and {{}} order by {noun.key} limit {{}}""",
            features.conditions(noun, query),
            scope,
            start,
            limit,
        )
    )
    next_key = rows[-1]["key"] if len(rows) == limit else None
    return Rows([row["json"] for row in rows], [row["boundary"] for row in rows], next_key)
