"""A planting in the months when the ground is frozen."""

from collections.abc import Iterator

from forestapi.rules._rule import Batch, Hit, Parameter, Rule
from forestapi.rules._values import date_of
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Compare the month with the programme's season."""
    first, last = batch.limit(RULE, "first_month"), batch.limit(RULE, "last_month")
    for i, value in enumerate(batch.column("started_on")):
        day = date_of(value)
        if day is not None and not first <= day.month <= last:
            values = {"value": day.isoformat(), "first": f"{first:g}", "last": f"{last:g}"}
            yield Hit(i, field="started_on", values=values)


RULE = Rule(
    name="planting-out-of-season",
    noun="plantings",
    severity="note",
    title=Text(zh="不在造林季节", en="Out of season"),
    message=Text(
        zh="造林日期 {value} 不在 {first} 月至 {last} 月之间。请核对月份。",
        en="The planting date {value} is not between the months {first} and {last}. Check the month.",
    ),
    explanation=Text(
        zh="三北地区冬季土壤封冻；默认的一月一日之类的日期多半是填表人不知道日期。",
        en="In the Three-North area the ground is frozen in winter; a 1 January mostly stands for an unknown date.",
    ),
    check=check,
    parameters={
        "first_month": Parameter(3, 1, 12, "month", Text("第一个月", "first month")),
        "last_month": Parameter(11, 1, 12, "month", Text("最后一个月", "last month")),
    },
)
