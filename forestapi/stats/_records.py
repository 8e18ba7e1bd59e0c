"""The records behind a figure: which ones a statistic counts."""

from msgspec import Struct

from forestapi.db.sql import Sql
from forestapi.db.transaction import Transaction
from forestapi.records._query import Query
from forestapi.stats import _as_of
from forestapi.stats._answer import parameters_of, selection
from forestapi.stats._statistic import Statistic

RECORDS = {"planted_ground": "plot", "work": "shift", "survival_checks": "survey", "wages": "wage"}
"""The column of each view that names the record which a row comes from; it is called like the record's table."""
TABLES = {"wage": ["shift", "payment"]}
"""Where rows of a view come from more than one table: which."""


class Counted(Struct, frozen=True):
    """Records that a statistic counts."""

    noun: str
    ids: list[str]
    """The first of them, in the order of their ids."""
    count: int
    """How many there are."""


async def records(
    tx: Transaction,
    statistic: Statistic,
    *,
    query: Query,
    parameters: dict[str, str] | None = None,
    as_of: str | None = None,
    limit: int,
) -> Counted:
    """List the records that a statistic counts, as they are or were (`as_of`, resolved).

    Raises:
        BadRequest: a parameter that the statistic does not have.

    """
    column = RECORDS[statistic.view]
    chosen = parameters_of(statistic, parameters or {})
    rows = await tx.rows(
        Sql(
            f"select {column}::text as id, count(*) over () as count from ({{}}) s order by {column} limit {{}}",
            _as_of.at(selection(statistic, (), query, "county", chosen), as_of),
            limit,
        )
    )
    return Counted(noun=column, ids=[row["id"] for row in rows], count=rows[0]["count"] if rows else 0)
