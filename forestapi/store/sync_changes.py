"""What a phone fetches: the state that it may see, then the changes since, so that no late commit is skipped."""

from typing import Any
from uuid import UUID

from forestapi.access import reaches
from forestapi.db.sql import Sql, all_of
from forestapi.db.transaction import Row, Transaction
from forestapi.store.history import Place
from forestapi.store.scopes import within


async def horizon(tx: Transaction) -> Place:
    """Say where the changes begin that this transaction's snapshot may not have seen.

    All transactions numbered lower are over and seen; what any other writes comes after this place.
    """
    row = await tx.row(
        "select forest.current_era() as era, pg_snapshot_xmin(pg_current_snapshot())::text as transaction"
    )
    assert row is not None
    return row["era"], int(row["transaction"]), 0


async def changed(tx: Transaction, after: Place, most: int) -> list[Row]:
    """Read which records were changed after a place, in the order of settled entries: cursor, table, key."""
    return await tx.rows(
        "select cursor, noun, key from forest.sync_changed($1, $2::text::xid8, $3, $4)",
        after[0], str(after[1]), after[2], most,
    )  # fmt: skip


async def gone(tx: Transaction, table: str, keys: list[UUID]) -> dict[UUID, int]:
    """Find which of these were deleted or moved out of the token's reach: key -> last revision."""
    rows = await tx.rows("select key, revision from forest.sync_gone($1, $2)", table, [str(key) for key in keys])
    return {UUID(row["key"]): row["revision"] for row in rows}


async def workers(tx: Transaction, crew: str) -> list[dict[str, Any]]:
    """List the workers of a crew, without who they are."""
    rows = await tx.rows(
        Sql(
            "select id, number, sex, birth_year from forest.workers where crew = {} and {} order by number, id",
            crew,
            within("workers", tx.scope),
        )
    )
    return [dict(row) for row in rows]


async def last_day(tx: Transaction, crew: str) -> dict[str, Any] | None:
    """Read what the crew's last day was like: what most of its shifts have."""
    scope = reaches(tx.scope)
    row = await tx.row(
        Sql(
            """select work_date, activity, plot, hours::float8 as hours, pay_basis, rate_yuan::float8 as rate_yuan,
              wage_yuan::float8 as wage_yuan, is_paid, count(*) as shifts from forest.shifts
            where crew = {} and {} and work_date = (select max(work_date) from forest.shifts where crew = {})
            group by 1, 2, 3, 4, 5, 6, 7, 8 order by count(*) desc limit 1""",
            crew, all_of([within("shifts", scope)]), crew,
        )  # fmt: skip
    )
    return None if row is None else dict(row)


async def plots_bbox(tx: Transaction, programme: str) -> list[float] | None:
    """Give west, south, east, north (EPSG:4326) of a programme's plots, to the cells in which they are counted."""
    row = await tx.row(
        """select ST_XMin(b) as west, ST_YMin(b) as south, ST_XMax(b) as east, ST_YMax(b) as north from (
          select ST_Transform(ST_MakeEnvelope(min(x) * side - half, min(y) * side - half,
            (max(x) + 1) * side - half, (max(y) + 1) * side - half, 3857), 4326) as b
          from forest.cell, lateral (select forest.cell_side_m(10) as side, 20037508.342789244 as half) s
          where programme = $1 and level = 10 and plots > 0 group by side, half) e""",
        programme,
    )
    return None if row is None else [round(row[name], 6) for name in ("west", "south", "east", "north")]
