"""A wage that is no amount of money."""

from collections.abc import Iterator

from forestapi.rules._rule import Batch, Hit, Rule
from forestapi.rules._values import is_blank, number_of
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Find wages that are given and are no number from 0 up."""
    for i, value in enumerate(batch.column("wage_yuan")):
        wage_yuan = number_of(value)
        if not is_blank(value) and (wage_yuan is None or wage_yuan < 0):
            yield Hit(i, field="wage_yuan", values={"value": str(value)[:40]})


RULE = Rule(
    name="shift-wage-unreadable",
    noun="shifts",
    severity="refuse",
    title=Text(
        zh="工资无法读取",
        en="Wage unreadable",
    ),
    message=Text(
        zh="工资“{value}”不是金额，或为负数。请在 wage_yuan（工资，元）列只写数字。",
        en="The wage “{value}” is no amount, or negative. Write only a number in the column wage_yuan.",
    ),
    explanation=Text(
        zh="工资合计要求每一行都是数。",
        en="A sum of wages needs every row to be a number.",
    ),
    check=check,
)
