"""Answers from the rollups (functions/65_rollups.sql): the same figures as the statistic gives over its rows.

Green work of one programme, approved and paid, by a period, a level of regions, and either sex or activity. Whatever
else is asked for is computed from the rows.
"""

from typing import Any

from forestapi.db.sql import Sql
from forestapi.db.transaction import Row, Transaction
from forestapi.records._query import Query
from forestapi.stats._statistic import Statistic

PERIODS = ("year", "quarter", "month")
VALUES = ("sex", "activity")
LEVELS = ("province", "prefecture", "county")
METHODS = {"green-work": 1}
"""Statistics that totals are kept of, and the version of the method that these follow."""


async def programme(
    tx: Transaction, statistic: Statistic, by: tuple[str, ...], query: Query, region_level: str, chosen: dict[str, Any]
) -> str | None:
    """Name the programme whose rollup answers this; None where the rows have to be asked."""
    asked = query.equals.get("programme")
    if (
        METHODS.get(statistic.name) != statistic.version
        or chosen.get("status") != ["approved"]
        or chosen.get("pay") != "paid"
        or query.interval
        or query.is_located
        or set(query.equals) - {"programme"}
        or (asked is not None and len(asked) != 1)
        or ("region" in by and region_level not in LEVELS)
        or not _has_a_grouping(by)
    ):
        return None
    # Workers of two programmes may be the same people: only a ledger of one adds up without being asked for it.
    codes = asked or [row["code"] for row in await tx.rows("select code from forest.programme limit 2")]
    if len(codes) != 1 or not await tx.value("select forest.may_read_totals($1)", codes[0]):
        return None
    return codes[0]


async def rows(
    tx: Transaction, code: str, by: tuple[str, ...], region_level: str, chosen: dict[str, Any]
) -> list[Row]:
    """Read one row for each group, as the statistic's own SQL gives them."""
    period = next((name for name in by if name in PERIODS), "all")
    value = next((name for name in by if name in VALUES), "")
    columns = {"programme": "t.programme", "region": "nullif(t.region, '')"}
    columns |= dict.fromkeys(PERIODS, "t.period") | dict.fromkeys(VALUES, "t.value")
    key = ", ".join(columns[name] for name in by)
    return await tx.rows(
        Sql(
            f"""select array[{key}]::text[] as key, g.is_synthetic, shifts as person_times, days as person_days,
              hours / 8 as standard_days, hours, workers as distinct_workers, hours / {{}}::numeric as fte, wages_yuan
            from forest.work_totals({{}}, {{}}, {{}}, {{}}) t join forest.programme g on g.code = t.programme""",
            chosen["fte_hours"],
            code,
            period,
            region_level if "region" in by else "",
            value,
        )
    )


def _has_a_grouping(by: tuple[str, ...]) -> bool:
    """Whether totals are kept for these dimensions together."""
    return (
        set(by) <= {"programme", "region", *PERIODS, *VALUES}
        and sum(name in PERIODS for name in by) <= 1
        and sum(name in VALUES for name in by) <= 1
    )
