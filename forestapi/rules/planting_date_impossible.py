"""A planting in the future, or before any that can be meant."""

from collections.abc import Iterator
from datetime import date

from forestapi.rules._rule import Batch, Hit, Rule
from forestapi.rules._values import date_of
from geo.text import Text

EARLIEST = date(1950, 1, 1)


def check(batch: Batch) -> Iterator[Hit]:
    """Compare both dates with today and with the earliest."""
    for field in ("started_on", "ended_on"):
        for i, value in enumerate(batch.column(field)):
            day = date_of(value)
            if day is not None and not EARLIEST <= day <= batch.today:
                yield Hit(i, field=field, values={"value": day.isoformat()})


RULE = Rule(
    name="planting-date-impossible",
    noun="plantings",
    severity="hold",
    title=Text(zh="造林日期不可能", en="Planting date impossible"),
    message=Text(
        zh="造林日期 {value}（{field}）在未来，或早于 1950 年。请核对年份；尚未造林的小班请标为计划。",
        en="The planting date {value} ({field}) lies in the future or before 1950. Check the year; a plot that is yet "
        "to be planted is planned, and has no planting.",
    ),
    explanation=Text(
        zh="未来的造林不能计入面积；年份抄错会改变归属的先后。",
        en="What is yet to be planted is no planted ground; a mistyped year changes who is credited first.",
    ),
    check=check,
)
