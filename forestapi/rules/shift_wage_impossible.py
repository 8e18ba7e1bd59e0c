"""A wage or a rate that is no slip of a few hundred yuan, but a mistake."""

from collections.abc import Iterator

from forestapi.rules._rule import Batch, Hit, Parameter, Rule
from forestapi.rules._values import number_of
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Compare the wage of one shift, and its rate, with the limit."""
    limit_yuan = batch.limit(RULE, "most_yuan")
    for i, values in enumerate(zip(batch.column("wage_yuan"), batch.column("rate_yuan"), strict=True)):
        for field, value in zip(("wage_yuan", "rate_yuan"), values, strict=True):
            yuan = number_of(value)
            if yuan is not None and yuan > limit_yuan:
                yield Hit(i, field=field, values={"yuan": f"{yuan:.2f}", "limit_yuan": f"{limit_yuan:g}"})
                break


RULE = Rule(
    name="shift-wage-impossible",
    noun="shifts",
    severity="hold",
    title=Text(zh="工资离谱", en="Wage impossible"),
    message=Text(
        zh="{field} 为 {yuan} 元，超过 {limit_yuan} 元，一个工单不可能有这样的工资。请改正；若确是合计，请拆成各人各天。",
        en="{field} is {yuan} yuan, over {limit_yuan}: no shift is paid that. Correct it; if it is a sum, enter each worker and"
        " day.",
    ),
    explanation=Text(
        zh="超过 2,000 元只提示（shift-wage-implausible）；差一百倍就不再是少见，而会毁掉所有工资统计，因此暂存。",
        en="Over 2,000 yuan is only noted (shift-wage-implausible); a hundred times a day's wage is no rarity but spoils every"
        " figure of wages, so it waits for a decision.",
    ),
    check=check,
    parameters={"most_yuan": Parameter(20_000, 1_000, 1_000_000, "yuan", Text("一个工单工资上限", "most a shift can be paid"))},
)
