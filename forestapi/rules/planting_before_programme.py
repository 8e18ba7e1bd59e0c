"""A planting before its programme began."""

from collections.abc import Iterator

from forestapi.rules._rule import Batch, Hit, Rule
from forestapi.rules._values import date_of
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Compare the date with the programme's first day, where it has one."""
    pairs = zip(batch.column("started_on"), batch.fact("programme_starts_on"), strict=True)
    for i, (value, starts_on) in enumerate(pairs):
        day = date_of(value)
        if day is not None and starts_on is not None and day < starts_on:
            values = {"value": day.isoformat(), "starts_on": starts_on.isoformat()}
            yield Hit(i, field="started_on", values=values)


RULE = Rule(
    name="planting-before-programme",
    noun="plantings",
    severity="hold",
    title=Text(zh="早于项目开始", en="Before the programme"),
    message=Text(
        zh="造林日期 {value} 早于项目开始日期 {starts_on}。请核对日期，或项目的 starts_on。",
        en="The planting date {value} is before the programme began ({starts_on}). Check the date, or the programme's "
        "starts_on.",
    ),
    explanation=Text(
        zh="项目开始前的造林属于别人；计入本项目就是重复。",
        en="What was planted before a programme began is another's; counted here, it counts twice.",
    ),
    check=check,
)
