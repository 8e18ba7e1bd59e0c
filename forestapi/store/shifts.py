"""Finding what a crew's sheet speaks of: shifts, plots, crews, households, ages."""

from collections.abc import Collection
from datetime import date
from typing import Any

import msgspec

from forestapi.db.sql import identifiers
from forestapi.db.transaction import Transaction
from forestapi.records import Document, nouns


async def known(tx: Transaction, shifts: list[tuple[Any, Any, Any]]) -> dict[int, Document]:
    """Find the accepted shifts of (worker, date, number): index -> written columns as JSON values."""
    columns = nouns()["shifts"].columns
    askable = [
        (i, worker, day, number)
        for i, (worker, day, number) in enumerate(shifts)
        if worker and isinstance(day, date) and isinstance(number, int) and 0 < number <= 20
    ]
    rows = await tx.rows(
        f"""select n as index, (select to_jsonb(c) from (select {identifiers(columns, "s.")}) c)::text as json
        from unnest($1::int[], $2::uuid[], $3::date[], $4::int[]) as w (n, worker, work_date, number)
        join forest.shift s using (worker, work_date, number) where s.status in ('submitted', 'approved')""",
        *([list(part) for part in zip(*askable, strict=True)] or [[], [], [], []]),
    )
    return {row["index"]: msgspec.json.decode(row["json"]) for row in rows}


async def plots_by_number(tx: Transaction, programme: str, numbers: Collection[str]) -> dict[str, list[str]]:
    """Find the plots of a programme by number: number -> ids, several where the number is not unique."""
    rows = await tx.rows(
        "select number, array_agg(id::text) as ids from forest.plot where programme = $1 and number = any($2) group by 1",
        programme,
        list(numbers),
    )
    return {row["number"]: row["ids"] for row in rows}


async def crews_by_name(tx: Transaction, programme: str, names: Collection[str]) -> dict[str, str]:
    """Find the crews of a programme by code or name: as asked -> code."""
    rows = await tx.rows(
        """select n as name, min(c.code) as code from forest.crew c
        join unnest($2::text[]) as n on n in (c.code, c.name_zh, c.name_en) where c.programme = $1 group by n""",
        programme,
        list(names),
    )
    return {row["name"]: row["code"] for row in rows}


async def households_by_number(tx: Transaction, numbers: Collection[str]) -> dict[str, str]:
    """Find households by number: number -> id."""
    rows = await tx.rows(
        "select number, id::text as id from forest.household where number = any($1)", list(numbers)
    )
    return {row["number"]: row["id"] for row in rows}


async def workers_by_number(tx: Transaction, numbers: Collection[str]) -> dict[str, str]:
    """Find workers by the numbers that they were entered with: number -> id."""
    rows = await tx.rows(
        "select number, id::text as id from forest.worker where number = any($1)", list(numbers)
    )
    return {row["number"]: row["id"] for row in rows}


async def birth_years(tx: Transaction, workers: Collection[Any]) -> dict[str, int]:
    """Read the years of birth that are known of these workers: id -> year."""
    rows = await tx.rows(
        "select id::text as id, birth_year from forest.worker where id = any($1::uuid[]) and birth_year is not null",
        [str(worker) for worker in workers if worker],
    )
    return {row["id"]: row["birth_year"] for row in rows}
