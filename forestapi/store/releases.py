"""Releases: what is frozen, what is due, the rows that are divided, and sums of atoms."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from forestapi.db.sql import Sql, all_of
from forestapi.db.transaction import Row, Transaction

AGE_BAND = """case when age is null then 'unknown' when age < 25 then '15-24' when age < 35 then '25-34'
  when age < 45 then '35-44' when age < 55 then '45-54' when age < 65 then '55-64' else '65+' end"""
"""The bands of `stats`; frozen here with the method of releases."""
BY = {
    "programme": "programme", "county": "county", "township": "township", "sex": "sex", "age_band": "age_band",
    "year": "extract(year from starts_on)::int", "quarter": "to_char(starts_on, 'YYYY-\"Q\"Q')",
    "month": "to_char(starts_on, 'YYYY-MM')",
}  # fmt: skip
"""What figures can be grouped by."""
_LISTED = "id, programme, kind, starts_on, ends_on, method_version, is_synthetic, made_at, sha256"


async def due(tx: Transaction, today: date, wait_days: int) -> list[Row]:
    """List the months and quarters that can be released and are not: programme, kind, starts_on, ends_on."""
    return await tx.rows("select * from forest.release_due($1, $2)", today, wait_days)


async def rows(tx: Transaction, programme: str, first: date, last: date, as_of: str | None = None) -> list[Row]:
    """Read approved paid work by worker, month and place, each row with the moment that all of them are of."""
    return await tx.rows(
        f"select r.*, {AGE_BAND} as age_band from forest.release_rows($1, $2, $3, $4) r", programme, first, last, as_of
    )


async def add(tx: Transaction, release: dict[str, Any], atoms: Sequence[dict[str, Any]]) -> bool:
    """Freeze a partition; False if there is one of this programme and period already, which stays."""
    made = await tx.value(
        """insert into forest.release (id, programme, kind, starts_on, ends_on, method_version, is_withheld, is_synthetic,
          sha256, moment, made_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        on conflict on constraint release_once do nothing returning id""",
        *(release[name] for name in ("id", "programme", "kind", "starts_on", "ends_on", "method_version", "is_withheld",
                                     "is_synthetic", "sha256", "moment")),
        tx.actor,
    )  # fmt: skip
    if made is None:
        return False
    columns = ("kind", "starts_on", "county", "township", "sex", "age_band", "person_times", "person_days", "hours",
               "distinct_workers", "wages_yuan")  # fmt: skip
    await tx.run(
        f"""insert into forest.release_atom (release, number, {", ".join(columns)})
        select $1, row_number() over (), * from unnest($2::text[], $3::date[], $4::text[], $5::text[], $6::text[],
          $7::text[], $8::bigint[], $9::bigint[], $10::numeric[], $11::int[], $12::numeric[])""",
        release["id"],
        *([atom[name] for atom in atoms] for name in columns),
    )
    return True


async def made(tx: Transaction, programme: str, first: date, last: date) -> list[Row]:
    """Read the releases of months and quarters within a span, also withheld ones, with the moment of each."""
    return await tx.rows(
        """select id, programme, kind, starts_on, ends_on, is_withheld, is_synthetic, moment, sha256 from forest.release
        where programme = $1 and kind <> 'correction' and starts_on >= $2 and ends_on <= $3 order by starts_on, kind""",
        programme,
        first,
        last,
    )


async def find(tx: Transaction, programme: str, kind: str, starts_on: date) -> Row | None:
    """Find a release by what it is of, also a withheld one."""
    return await tx.row(
        f"""select {_LISTED}, is_withheld from forest.release
        where programme = $1 and kind = $2 and starts_on = $3""",
        programme,
        kind,
        starts_on,
    )


async def page(tx: Transaction, programmes: list[str] | None, before: UUID | None, limit: int) -> list[Row]:
    """List what is published, newest first; `before` is the last id of the page before."""
    return await tx.rows(
        f"""select {_LISTED} from forest.releases where ($1::text[] is null or programme = any($1))
          and ($2::uuid is null or id < $2) order by id desc limit $3""",
        programmes,
        before,
        limit,
    )


async def get(tx: Transaction, id: UUID) -> Row | None:
    """Read what is published of one."""
    return await tx.row(f"select {_LISTED} from forest.releases where id = $1", id)


async def atoms(tx: Transaction, release: UUID) -> list[Row]:
    """Read the atoms of a release, in order."""
    return await tx.rows("select * from forest.release_atoms where release = $1 order by number", release)


async def states(tx: Transaction, programmes: list[str] | None) -> list[Row]:
    """Say of each programme up to which month it is released, and whether any month is withheld."""
    return await tx.rows(
        "select * from forest.release_states where $1::text[] is null or programme = any($1) order by programme", programmes
    )


async def sums(
    tx: Transaction, kind: str, programmes: list[str] | None, first: date | None, last: date | None, by: Sequence[str]
) -> list[Row]:
    """Add up atoms of one kind that lie within a span, by some of `BY`: each row with its `key`, and how many they are."""
    months = {"month": 1, "quarter": 3}[kind]
    conditions = [Sql("kind = {}", kind)]
    if programmes is not None:
        conditions.append(Sql("programme = any({})", programmes))
    if first:
        conditions.append(Sql("starts_on >= {}", first))
    if last:
        conditions.append(Sql(f"(starts_on + interval '{months} months')::date - 1 <= {{}}", last))
    key = ", ".join(f"({BY[name]})::text" for name in by)
    return await tx.rows(
        Sql(
            f"""select array[{key}]::text[] as key, sum(person_times)::bigint as person_times,
              sum(person_days)::bigint as person_days, sum(hours) as hours, sum(distinct_workers)::bigint as distinct_workers,
              sum(wages_yuan) as wages_yuan, bool_or(is_synthetic) as is_synthetic,
              count(distinct (programme, starts_on, county, township, sex, age_band)) as atoms,
              array_agg(distinct to_char(starts_on, 'YYYY-"Q"Q')) as quarters
            from forest.release_atoms where {{}} group by key order by key""",
            all_of(conditions),
        )
    )


async def names(tx: Transaction, codes: Sequence[str]) -> dict[str, Row]:
    """Give the names of regions by their codes."""
    found = await tx.rows(
        "select code, name_zh, coalesce(name_en, name_zh) as name_en from forest.regions where code = any($1)", codes
    )
    return {row["code"]: row for row in found}
