"""A worker's shifts of one date that together are longer than a day can be."""

from collections.abc import Iterator

from forestapi.rules._days import days
from forestapi.rules._rule import NOBODY, Batch, Hit, Parameter, Rule
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Add up the hours of the ledger's accepted shifts, of earlier rows of the same date, and of this one."""
    limit = batch.limit(RULE, "most_hours")
    for i, day, own, others in days(batch):
        hours = float(own.hours + sum(other.hours for other in others))
        if others and hours > limit:
            values = {"date": day.isoformat(), "hours": f"{hours:g}", "count": len(others) + 1, "limit": f"{limit:g}"}
            yield Hit(i, field="hours", values=values)


RULE = Rule(
    name="shift-day-too-long",
    noun="shifts",
    severity="hold",
    title=Text(zh="一天工时过多", en="Too many hours in a day"),
    message=Text(
        zh="该工人 {date} 的 {count} 个工单合计 {hours} 小时，超过 {limit} 小时。请核对工时，或是否重复。",
        en="The worker's {count} shifts of {date} add up to {hours} hours, more than {limit}. Check the hours, or "
        "whether one is a repeat.",
    ),
    explanation=Text(
        zh="一个工人一天的工时不超过 16 小时，无论分成几个工单。",
        en="A person-day holds 16 hours of work at most, in however many shifts.",
    ),
    check=check,
    parameters={"most_hours": Parameter(16, 8, 16, "h", Text("一人一天最多工时", "most hours of a person-day"))},
    waivable_by=NOBODY,
)
