"""A survey in the future, or before its plot was planted."""

from collections.abc import Iterator

from forestapi.rules._rule import Batch, Hit, Rule
from forestapi.rules._values import date_of
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Compare the date with today and with the first planting of the plot."""
    pairs = zip(batch.column("surveyed_on"), batch.fact("planted_on"), strict=True)
    for i, (value, planted_on) in enumerate(pairs):
        day = date_of(value)
        if day is None:
            continue
        if day > batch.today:
            reason = Text(zh="在未来", en="lies in the future")
        elif planted_on is not None and day < planted_on:
            reason = Text(zh=f"早于造林日期 {planted_on}", en=f"is before the planting ({planted_on})")
        else:
            continue
        yield Hit(i, field="surveyed_on", values={"value": day.isoformat(), "reason": reason})


RULE = Rule(
    name="survey-date-impossible",
    noun="surveys",
    severity="hold",
    title=Text(zh="调查日期不可能", en="Survey date impossible"),
    message=Text(
        zh="调查日期 {value} {reason}。请核对 surveyed_on，或造林日期。",
        en="The survey date {value} {reason}. Check surveyed_on, or the date of planting.",
    ),
    explanation=Text(
        zh="没有造林就没有成活率。",
        en="Nothing survives that is not planted yet.",
    ),
    check=check,
)
