"""A survival check too early for the stage that it claims."""

from collections.abc import Iterator

from forestapi.rules._rule import Batch, Hit, Parameter, Rule
from forestapi.rules._values import date_of
from geo.text import Text

STAGES = {"first_season": "first_season_days", "third_year": "third_year_days"}


def check(batch: Batch) -> Iterator[Hit]:
    """Count the days since the first planting of the plot."""
    columns = (batch.column("stage"), batch.column("surveyed_on"), batch.fact("planted_on"))
    for i, (stage, value, planted_on) in enumerate(zip(*columns, strict=True)):
        day = date_of(value)
        if stage not in STAGES or day is None or planted_on is None:
            continue
        days, least = (day - planted_on).days, batch.limit(RULE, STAGES[stage])
        if 0 <= days < least:
            yield Hit(i, field="stage", values={"stage": stage, "days": days, "least": f"{least:g}"})


RULE = Rule(
    name="survey-too-early",
    noun="surveys",
    severity="hold",
    title=Text(zh="调查过早", en="Too early for its stage"),
    message=Text(
        zh="阶段 {stage} 的调查在造林后 {days} 天，至少应过 {least} 天。早期检查请记为 establishment（栽植检查）。",
        en="A check of the stage {stage} {days} days after planting; at least {least} have to pass. Record an early "
        "check as establishment.",
    ),
    explanation=Text(
        zh="GB/T 15776：成活率在一年或一个完整生长季之后调查。造林一个月后的“成活率 100%”什么也没有说。",
        en="GB/T 15776 takes survival after a year or a full growing season. “100 % survival” a month after planting "
        "says nothing.",
    ),
    check=check,
    parameters={
        "first_season_days": Parameter(90, 60, 400, "days", Text("第一个生长季", "of the first season")),
        "third_year_days": Parameter(900, 700, 1_200, "days", Text("第三年", "of the third year")),
    },
)
