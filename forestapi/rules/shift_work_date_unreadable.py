"""A work date that is missing or no date."""

from collections.abc import Iterator

from forestapi.rules._rule import Batch, Hit, Rule
from forestapi.rules._values import date_of
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Find rows whose work date is not a date."""
    for i, value in enumerate(batch.column("work_date")):
        if date_of(value) is None:
            yield Hit(i, field="work_date", values={"value": "" if value is None else str(value)[:40]})


RULE = Rule(
    name="shift-work-date-unreadable",
    noun="shifts",
    severity="refuse",
    title=Text(
        zh="日期无法读取",
        en="Work date unreadable",
    ),
    message=Text(
        zh="工作日期“{value}”缺失或无法读取。请在 work_date（日期）列写成 2018-04-15。",
        en="The work date “{value}” is missing or no date. Write it in the column work_date as 2018-04-15.",
    ),
    explanation=Text(
        zh="人日是一个工人在一个日期；没有日期就无法计数。",
        en="A person-day is one worker on one date; without the date nothing can be counted.",
    ),
    check=check,
)
