"""A work date in the future or before 2000."""

from collections.abc import Iterator
from datetime import date

from forestapi.rules._rule import Batch, Hit, Rule
from forestapi.rules._values import date_of
from geo.text import Text

EARLIEST = date(2000, 1, 1)


def check(batch: Batch) -> Iterator[Hit]:
    """Compare the date with today and with the earliest that can be meant."""
    for i, value in enumerate(batch.column("work_date")):
        day = date_of(value)
        if day is not None and not EARLIEST <= day <= batch.today:
            yield Hit(i, field="work_date", values={"value": day.isoformat()})


RULE = Rule(
    name="shift-work-date-impossible",
    noun="shifts",
    severity="hold",
    title=Text(
        zh="日期不可能",
        en="Work date impossible",
    ),
    message=Text(
        zh="工作日期 {value} 在未来，或早于 2000 年。请核对 work_date（日期）列的年份。",
        en="The work date {value} lies in the future or before 2000. Check the year in the column work_date.",
    ),
    explanation=Text(
        zh="年份抄错的工单会算进别的年度。",
        en="A shift with a mistyped year counts in another year's figures.",
    ),
    check=check,
)
