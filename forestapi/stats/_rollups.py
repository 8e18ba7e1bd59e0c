"""Answers from the rollups (functions/65_rollups.sql, 66_planted_totals.sql, 67_survival_totals.sql): the same figures as from the rows.

A statistic of one programme, with parameters that totals are kept for, by a period, a level of regions, and one of
the values that totals are kept by. Whatever else is asked for is computed from the rows.
"""

from typing import Any

from msgspec import Struct

from forestapi.db.sql import Sql
from forestapi.db.transaction import Row, Transaction
from forestapi.records._query import Query
from forestapi.stats import survival
from forestapi.stats._statistic import Statistic

PERIODS = ("year", "quarter", "month")
LEVELS = ("province", "prefecture", "county")


class Kept(Struct, frozen=True, kw_only=True):
    """The totals of one statistic."""

    version: int
    """The method that they follow."""
    values: tuple[str, ...]
    """Dimensions that they are kept by, one at a time, besides time and region."""
    chosen: dict[str, Any] = {}
    """Parameters that must be set so; others are applied to the totals."""
    each: str = ""
    """Where totals are kept apart by a parameter: gives its values that there are, in rows or in totals."""
    totals: str
    """Gives the totals: of a `:programme` by `:period_kind`, `:level` and `:by_kind`; parameters as `:name`."""
    sql: str
    """The statistic's columns, from these totals; parameters as `:name`."""
    together: str = ""
    """Gives the totals of several programmes together, of all time, by region or of all."""
    is_work: bool = False
    """Whether only those may read them who may read all work of the programme."""


KEPT: dict[str, Kept] = {
    "green-work": Kept(
        version=1,
        values=("sex", "activity"),
        chosen={"status": ["approved"], "pay": "paid"},
        totals="select * from forest.work_totals(:programme, :period_kind, :level, :by_kind)",
        sql="shifts as person_times, days as person_days, hours / 8 as standard_days, hours,"
        " workers as distinct_workers, hours / :fte_hours::numeric as fte, wages_yuan",
        is_work=True,
    ),
    "planted-area": Kept(
        version=1,
        values=("species", "climate_class"),
        totals="select * from forest.planted_totals(:programme, :period_kind, :level, :by_kind)",
        together="planted_together",
        sql="gross_m2, net_m2, gross_m2 - net_m2 as overlap_m2, credited_m2, accepted_m2",
    ),
    "survival": Kept(
        version=1,
        values=("species", "climate_class"),
        each="select stage from forest.survey union select stage from forest.survival_total",
        totals=f"select *, {survival.RATED}, case plots when ordinary then 'ordinary' when semi_arid then 'semi_arid'"
        " when arid then 'arid' when alpine then 'alpine' end as climate"
        " from forest.survival_totals(:programme, :period_kind, :level, :by_kind) where stage = :stage",
        sql=survival.FIGURES,
    ),
}
"""Statistics that totals are kept of."""


async def programmes(
    tx: Transaction, statistic: Statistic, by: tuple[str, ...], query: Query, region_level: str, chosen: dict[str, Any]
) -> list[str] | None:
    """Name the programmes whose rollups answer this; None where the rows have to be asked."""
    kept = KEPT.get(statistic.name)
    asked = query.equals.get("programme")
    if (
        kept is None
        or kept.version != statistic.version
        or any(chosen.get(name) != value for name, value in kept.chosen.items())
        or query.interval
        or query.is_located
        or set(query.equals) - {"programme"}
        or ("region" in by and region_level not in LEVELS)
        or not _has_a_grouping(kept, by)
    ):
        return None
    # Workers of two programmes may be the same people, and their plots the same ground: their totals do not add up.
    codes = list(dict.fromkeys(asked or [row["code"] for row in await tx.rows("select code from forest.programme")]))
    if len(codes) > 1 and (not kept.together or set(by) - {"region"}):
        return None
    if not codes or (kept.is_work and not await tx.value("select forest.may_read_totals($1)", codes[0])):
        return None
    return codes


async def rows(
    tx: Transaction, statistic: Statistic, codes: list[str], by: tuple[str, ...], region_level: str, chosen: dict[str, Any]
) -> list[Row]:
    """Read one row for each group, as the statistic's own SQL gives them."""
    kept = KEPT[statistic.name]
    if len(codes) > 1:
        return await tx.rows(
            Sql(
                f"select array[{{}}]::text[] as key, (select bool_or(is_synthetic) from forest.programme g where g.code = any({{}})"
                f" and exists (select from forest.planted d where d.programme = g.code)) as is_synthetic, {{}}"
                f" from forest.{kept.together}({{}}, {{}}) t where t.plots > 0",
                Sql("nullif(t.region, '')" if by else ""),
                codes,
                statistic.bound(kept.sql, chosen),
                codes,
                region_level if by else "",
            )
        )
    code = codes[0]
    period = next((name for name in by if name in PERIODS), "all")
    value = next((name for name in by if name in kept.values), "")
    columns = {"programme": "t.programme", "region": "nullif(t.region, '')"}
    columns |= dict.fromkeys(PERIODS, "nullif(t.period, '')") | dict.fromkeys(kept.values, "nullif(t.value, '')")
    key = ", ".join(columns[name] for name in by)
    asked = {
        "programme": code, "period_kind": period, "level": region_level if "region" in by else "", "by_kind": value,
    }  # fmt: skip
    return await tx.rows(
        Sql(
            f"select array[{key}]::text[] as key, g.is_synthetic, {{}} from ({{}}) t join forest.programme g on g.code = t.programme",
            statistic.bound(kept.sql, chosen),
            statistic.bound(kept.totals, chosen | asked),
        )
    )


def groupings(name: str) -> list[tuple[tuple[str, ...], str | None]]:
    """List the dimensions, and the level of regions, that totals of a statistic are kept for."""
    return [
        ((*period, *(("region",) if level else ()), *value), level)
        for period in ((), *((name,) for name in PERIODS))
        for level in (None, *LEVELS)
        for value in ((), *((name,) for name in KEPT[name].values))
    ]


def _has_a_grouping(kept: Kept, by: tuple[str, ...]) -> bool:
    """Whether totals are kept for these dimensions together."""
    return (
        set(by) <= {"programme", "region", *PERIODS, *kept.values}
        and sum(name in PERIODS for name in by) <= 1
        and sum(name in kept.values for name in by) <= 1
    )
