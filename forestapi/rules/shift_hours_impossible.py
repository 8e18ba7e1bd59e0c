"""Hours that no day has."""

from collections.abc import Iterator

from forestapi.rules._rule import Batch, Hit, Parameter, Rule
from forestapi.rules._values import is_blank, number_of
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Find hours that are no number, not above 0 or over the limit."""
    limit = batch.limit(RULE, "most_hours")
    for i, value in enumerate(batch.column("hours")):
        if is_blank(value):
            continue
        hours = number_of(value)
        if hours is None or not 0 < hours <= limit:
            yield Hit(i, field="hours", values={"value": str(value)[:40], "limit": f"{limit:g}"})


RULE = Rule(
    name="shift-hours-impossible",
    noun="shifts",
    severity="refuse",
    title=Text(
        zh="工时不可能",
        en="Hours impossible",
    ),
    message=Text(
        zh="工时“{value}”不可能：应大于 0、不超过 {limit} 小时。请改正 hours（工时）列；若是天数，请换"
        "算成小时。",
        en="Hours of “{value}” are impossible: more than 0 and at most {limit}. Correct the column "
        "hours; if these are days, turn them into hours.",
    ),
    explanation=Text(
        zh="一天最多记 16 小时；更大的数多半是天数或合计。",
        en="A day holds 16 hours of work at most; more is mostly days, or a sum.",
    ),
    check=check,
    parameters={
        "most_hours": Parameter(16, 4, 16, "h", Text("一个工单最多工时", "most hours of a shift")),
    },
)
