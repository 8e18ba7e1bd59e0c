"""What a crew's sheet is written from, and what the ledger remembers of its cells."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import msgspec

from forestapi.db.sql import Sql, identifiers
from forestapi.db.transaction import Row, Transaction
from forestapi.records import Document, nouns
from forestapi.store import scopes

MOST_PLOTS = 5_000


async def crew(tx: Transaction, code: str) -> Row | None:
    """Read a crew within the token's scope, with its programme's names; None if there is none."""
    return await tx.row(
        Sql(
            """select c.code, c.programme, c.name_zh, coalesce(c.name_en, c.name_zh) as name_en,
              g.name_zh as programme_zh, g.name_en as programme_en, g.sponsor, g.is_synthetic
            from forest.crews c join forest.programme g on g.code = c.programme where c.code = {} and {}""",
            code,
            _of_crews(tx),
        )
    )


def _of_crews(tx: Transaction) -> Sql:
    return Sql("c.code in (select code from forest.crews where {})", scopes.within("crews", tx.scope))


async def workers(tx: Transaction, crew: str, first: date, last: date) -> list[Row]:
    """List the workers of a crew, and those who worked in it between two dates: id, number."""
    return await tx.rows(
        """select w.id::text as id, w.number from forest.worker w
        where w.crew = $1 or w.id in (select s.worker from forest.shift s where s.crew = $1
          and s.work_date between $2 and $3 and s.status <> 'void')
        order by w.number nulls last, w.id""",
        crew,
        first,
        last,
    )


async def plot_numbers(tx: Transaction, programme: str) -> list[str]:
    """List the numbers of a programme's plots that name one plot each, the first few thousand."""
    rows = await tx.rows(
        """select number from forest.plot where programme = $1 group by number having count(*) = 1
        order by length(number), number limit $2""",
        programme,
        MOST_PLOTS,
    )
    return [row["number"] for row in rows]


async def said(tx: Transaction, shifts: Collection[str]) -> dict[str, tuple[bytes, int]]:
    """Read what a sheet said last of shifts: id -> digest of it, and the revision that it left."""
    rows = await tx.rows(
        "select shift::text as shift, said, revision from forest.sheet_cell where shift = any($1::uuid[])",
        list(shifts),
    )
    return {row["shift"]: (row["said"], row["revision"]) for row in rows}


async def remember(tx: Transaction, said: dict[str, bytes]) -> None:
    """Remember what a sheet says of shifts, at the revisions that they have now."""
    if said:
        await tx.run(
            """insert into forest.sheet_cell as c (shift, said, revision)
            select s.id, n.said, s.revision from unnest($1::uuid[], $2::bytea[]) as n (shift, said)
            join forest.shift s on s.id = n.shift
            on conflict (shift) do update set said = excluded.said, revision = excluded.revision
            where (c.said, c.revision) is distinct from (excluded.said, excluded.revision)""",
            list(said),
            list(said.values()),
        )


async def shifts(tx: Transaction, ids: Sequence[str]) -> dict[str, tuple[Document, int]]:
    """Read shifts by their ids, whatever their state: id -> written columns as JSON values, revision."""
    columns = nouns()["shifts"].columns
    rows = await tx.rows(
        f"""select id::text as id, revision, (select to_jsonb(c) from (select {identifiers(columns, "s.")}) c)::text as json
        from forest.shift s where id = any($1::uuid[])""",
        list(ids),
    )
    return {row["id"]: (msgspec.json.decode(row["json"]), row["revision"]) for row in rows}


async def of_month(tx: Transaction, programme: str, crew: str, first: date, last: date) -> list[Row]:
    """List a crew's shifts of a month that are not void: what a sheet of that month ought to have."""
    rows: list[Any] = await tx.rows(
        """select id::text as id, worker::text as worker, work_date, number, activity, hours, status from forest.shift
        where programme = $1 and crew = $2 and work_date between $3 and $4 and status <> 'void'
        order by work_date, worker, number""",
        programme,
        crew,
        first,
        last,
    )
    return rows
