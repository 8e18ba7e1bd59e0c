"""A wage that is not quantity times rate."""

from collections.abc import Iterator

from forestapi.rules._rule import Batch, Hit, Parameter, Rule
from forestapi.rules._values import number_of
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Compare the two to a yuan, where all three numbers are given."""
    tolerance_yuan = batch.limit(RULE, "tolerance_yuan")
    columns = (batch.column(name) for name in ("wage_yuan", "quantity", "rate_yuan"))
    for i, values in enumerate(zip(*columns, strict=True)):
        wage_yuan, quantity, rate_yuan = map(number_of, values)
        if wage_yuan is None or quantity is None or rate_yuan is None:
            continue
        product_yuan = quantity * rate_yuan
        if abs(product_yuan - wage_yuan) > tolerance_yuan:
            shown = {"wage_yuan": f"{wage_yuan:.2f}", "product_yuan": f"{product_yuan:.2f}"}
            yield Hit(i, field="wage_yuan", values=shown)


RULE = Rule(
    name="shift-wage-mismatch",
    noun="shifts",
    severity="note",
    title=Text(
        zh="工资与单价不符",
        en="Wage differs from quantity × rate",
    ),
    message=Text(
        zh="工资 {wage_yuan} 元，而数量×单价是 {product_yuan} 元。以工资为准；请核对 quantity（数量）和"
        " rate_yuan（单价）。",
        en="The wage is {wage_yuan} yuan, quantity times rate {product_yuan}. The wage stands; check "
        "the columns quantity and rate_yuan.",
    ),
    explanation=Text(
        zh="扣款和奖金会使两者不同，所以只是提醒。",
        en="Deductions and bonuses make the two differ, so this is only a note.",
    ),
    check=check,
    parameters={
        "tolerance_yuan": Parameter(1, 0, 1_000, "yuan", Text("容差", "tolerance")),
    },
)
