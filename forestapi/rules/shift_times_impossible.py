"""A shift that ends before it starts."""

from collections.abc import Iterator

from forestapi.rules._rule import Batch, Hit, Rule
from forestapi.rules._values import time_of
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Compare the two times, where both are given."""
    pairs = zip(batch.column("starts_at"), batch.column("ends_at"), strict=True)
    for i, (starts, ends) in enumerate(pairs):
        starts_at, ends_at = time_of(starts), time_of(ends)
        if starts_at is not None and ends_at is not None and ends_at <= starts_at:
            yield Hit(i, field="ends_at", values={"starts_at": f"{starts_at:%H:%M}", "ends_at": f"{ends_at:%H:%M}"})


RULE = Rule(
    name="shift-times-impossible",
    noun="shifts",
    severity="refuse",
    title=Text(zh="结束早于开始", en="Ends before it starts"),
    message=Text(
        zh="结束时间 {ends_at} 不晚于开始时间 {starts_at}。请改正；跨夜的工单请分成两天。",
        en="The end {ends_at} is not after the start {starts_at}. Correct it; split a shift over midnight into two "
        "dates.",
    ),
    explanation=Text(
        zh="工作日期是一天；跨过午夜的工时属于两个日期。",
        en="A work date is one day; hours past midnight belong to the next.",
    ),
    check=check,
)
