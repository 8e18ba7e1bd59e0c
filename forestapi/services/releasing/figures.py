"""Public figures of work: sums of released atoms, and nothing else."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from msgspec import Struct

from forestapi.db.transaction import Row as Found
from forestapi.db.transaction import Transaction
from forestapi.errors import BadRequest, Problem
from forestapi.services.releasing import METHOD_VERSION, digest
from forestapi.services.releasing.partition import DOMINANCE, MIN_HOUSEHOLDS, MIN_WORKERS, WAGE_DIGITS
from forestapi.store import releases as store
from geo.text import Text

_MONTH = re.compile(r"[12]\d{3}-(0[1-9]|1[0-2])")
HOURS_PER_DAY = 8
METHOD = Text(
    f"经批准的有酬工单，按月一次性划分为固定的组（县、乡镇、性别、年龄段），每组至少 {MIN_WORKERS} 名工人、{MIN_HOUSEHOLDS} 户；"
    "数字准确，合计等于各组之和。报酬只按季度公布，"
    f"每组取 {WAGE_DIGITS} 位有效数字。一名工人同日在两处出工计一人日，归工时较多的一处。",
    "Approved paid shifts, divided once a month into fixed groups (county, township, sex, age band) of at least "
    f"{MIN_WORKERS} workers of {MIN_HOUSEHOLDS} households in which no pay stands out ({DOMINANCE:%} rule). Counts are exact and totals "
    f"are sums of groups. Pay is released by the quarter only, each group rounded to {WAGE_DIGITS} figures. A worker at two places on "
    "one date is one person-day, where most hours were worked.",
)
WHY_NO_WORKERS = Text(
    "工人数只在单独一组、单独一个月中给出：跨组或跨月相加会重复计人，而给出不重复的总数，会让人从差数认出少数几个人。",
    "Workers are told of one group in one month only. Added up, they would be counted more than once; told without "
    "repetition, the difference to the months would give away single people.",
)


class Column(Struct, frozen=True, kw_only=True):
    """One figure of the answer."""

    name: str
    title: Text
    unit: str
    is_additive: bool = True


COLUMNS = (
    Column(name="person_times", title=Text("人次", "Person-times"), unit="shift"),
    Column(name="person_days", title=Text("人日", "Person-days"), unit="worker × date"),
    Column(name="standard_days", title=Text("标准工日", "Standard days"), unit="8 h"),
    Column(name="distinct_workers", title=Text("用工人数", "Distinct workers"), unit="person", is_additive=False),
    Column(name="wages_yuan", title=Text("报酬（元）", "Wages (yuan)"), unit="yuan"),
)


class Figures(Struct, kw_only=True):
    """Sums of released atoms, with all that is needed to say what they are and to check them."""

    programmes: list[str]
    """Those with anything released."""
    from_month: str | None
    to_month: str | None
    by: list[str]
    released_up_to: str | None
    """The last month that is released of each of them."""
    are_some_withheld: bool
    """Whether any month of theirs is withheld, in this span or outside it."""
    wages_quarters: list[str]
    """The quarters that wages are of: whole ones within the span, where they are released."""
    columns: tuple[Column, ...] = COLUMNS
    rows: list[dict[str, Any]]
    total: dict[str, Any]
    is_synthetic: bool
    method_version: int = METHOD_VERSION
    method: Text = METHOD
    distinct_workers: Text = WHY_NO_WORKERS
    sha256: str = ""
    """Over programmes, months, by, rows, total and method version, as the hash of a release."""


async def read(
    tx: Transaction,
    *,
    programmes: list[str] | None = None,
    first: str | None = None,
    last: str | None = None,
    by: Sequence[str] = (),
) -> Figures:
    """Add up atoms of the programmes, from the month `first` to the month `last` (both within), grouped by `by`.

    Raises:
        BadRequest: a month or a dimension that cannot be.

    """
    for name in by:
        if name not in store.BY or len(set(by)) < len(by):
            listed = ", ".join(store.BY)
            raise _bad("by", f"分组只能是：{listed}，各一次。", f"Group by {listed}, each once.")
    starts, ends = month_of("from", first), _last_day(month_of("to", last))
    groups = await _groups(tx, programmes, starts, ends, by)
    totals = groups if not by else await _groups(tx, programmes, starts, ends, ())
    states = await store.states(tx, programmes)
    months = [state["last_month"] for state in states if state["last_month"]]
    names = await store.names(tx, [c for key in groups for n, c in zip(by, key, strict=True) if n in ("county", "township") and c])
    found = Figures(
        programmes=[state["programme"] for state in states if state["last_month"]],
        from_month=first,
        to_month=last,
        by=list(by),
        released_up_to=f"{min(months):%Y-%m}" if months else None,
        are_some_withheld=any(state["are_some_withheld"] for state in states),
        wages_quarters=totals[()]["quarters"] if totals else [],
        rows=[_row(by, key, group, names) for key, group in sorted(groups.items(), key=lambda g: _order(g[0]))] if by else [],
        total=_figures(totals.get((), {})),
        is_synthetic=any(group["is_synthetic"] for group in totals.values()),
    )
    claimed = ("programmes", "from_month", "to_month", "by", "rows", "total", "method_version")
    found.sha256 = digest({name: getattr(found, name) for name in claimed})
    return found


async def _groups(
    tx: Transaction, programmes: list[str] | None, first: date | None, last: date | None, by: Sequence[str]
) -> dict[tuple[str | None, ...], dict[str, Any]]:
    """Bring months and quarters together under their groups; pay has no months."""
    groups: dict[tuple[str | None, ...], dict[str, Any]] = {}
    for row in await store.sums(tx, "month", programmes, first, last, by):
        groups[tuple(row["key"])] = {**dict(row), "wages_yuan": None, "quarters": []}
    if "month" not in by:
        for row in await store.sums(tx, "quarter", programmes, first, last, by):
            group = groups.setdefault(tuple(row["key"]), {"is_synthetic": row["is_synthetic"]})
            group["wages_yuan"], group["quarters"] = row["wages_yuan"], list(row["quarters"])
    return groups


def _row(
    by: Sequence[str], key: tuple[str | None, ...], group: dict[str, Any], names: dict[str, Found]
) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, value in zip(by, key, strict=True):
        row[name] = value
        if name in ("county", "township"):
            region = names.get(value or "")
            row[f"{name}_name"] = Text(region["name_zh"], region["name_en"]) if region else None
    return row | _figures(group)


def _figures(group: dict[str, Any]) -> dict[str, Any]:
    """Give the figures of a group; those of which it has no atom are None."""
    hours: Decimal | None = group.get("hours")
    wages: Decimal | None = group.get("wages_yuan")
    return {
        "person_times": group.get("person_times"),
        "person_days": group.get("person_days"),
        "standard_days": None if hours is None else round(float(hours / HOURS_PER_DAY), 6),
        "distinct_workers": group.get("distinct_workers") if group.get("atoms") == 1 else None,
        "wages_yuan": None if wages is None else float(wages),
    }


def _order(key: tuple[str | None, ...]) -> list[tuple[bool, str]]:
    """Put what is not divided last."""
    return [(value is None, value or "") for value in key]


def month_of(field: str, month: str | None) -> date | None:
    """Read a month such as 2018-04; give its first day.

    Raises:
        BadRequest: it is none.

    """
    if month is None:
        return None
    if not _MONTH.fullmatch(month):
        raise _bad(field, "月份应写成 2018-04。", "Write the month as 2018-04.")
    return date.fromisoformat(f"{month}-01")


def _last_day(month: date | None) -> date | None:
    """Give the last day of the month that begins on a date."""
    if month is None:
        return None
    year, number = divmod(month.year * 12 + month.month, 12)
    return date.fromordinal(date(year, number + 1, 1).toordinal() - 1)


def _bad(field: str, zh: str, en: str) -> BadRequest:
    message = Text(zh, en)
    return BadRequest(message, problems=[Problem(field=field, message=message)])
