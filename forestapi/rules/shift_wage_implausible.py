"""A wage for one day that nobody pays."""

from collections.abc import Iterator

from forestapi.rules._rule import Batch, Hit, Parameter, Rule
from forestapi.rules._values import number_of
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Compare the wage of one shift with the limit."""
    limit_yuan = batch.limit(RULE, "most_yuan")
    for i, value in enumerate(batch.column("wage_yuan")):
        wage_yuan = number_of(value)
        if wage_yuan is not None and wage_yuan > limit_yuan:
            values = {"wage_yuan": f"{wage_yuan:.2f}", "limit_yuan": f"{limit_yuan:g}"}
            yield Hit(i, field="wage_yuan", values=values)


RULE = Rule(
    name="shift-wage-implausible",
    noun="shifts",
    severity="note",
    title=Text(
        zh="工资过高",
        en="Wage implausible",
    ),
    message=Text(
        zh="一个工单的工资是 {wage_yuan} 元，超过 {limit_yuan} 元。请核对 wage_yuan（工资）列：是否为多"
        "天或全组的合计？",
        en="One shift is paid {wage_yuan} yuan, more than {limit_yuan}. Check the column wage_yuan: is "
        "it the sum of several days or of a crew?",
    ),
    explanation=Text(
        zh="当地日工资约 150–180 元；多一个零或把全组合计写在一人名下都会超过 2,000 元。",
        en="A local day's wage is about 150 to 180 yuan; an added zero or a crew's sum exceeds 2,000.",
    ),
    check=check,
    parameters={
        "most_yuan": Parameter(2_000, 100, 100_000, "yuan", Text("一个工单最高工资", "highest wage of a shift")),
    },
)
