"""More trees planted by one person in a day than hands can plant."""

from collections.abc import Iterator
from decimal import Decimal

from forestapi.rules._activities import activity_code
from forestapi.rules._rule import Batch, Hit, Parameter, Rule
from forestapi.rules._values import number_of
from geo.text import Text

STANDARD_HOURS = 8


def check(batch: Batch) -> Iterator[Hit]:
    """Bring the pieces of a planting shift that is paid by the piece to eight hours."""
    limit = batch.limit(RULE, "most_trees")
    columns = (batch.column(name) for name in ("activity", "pay_basis", "quantity", "hours"))
    for i, (activity, basis, value, hours) in enumerate(zip(*columns, strict=True)):
        trees = number_of(value)
        if basis != "piece" or trees is None or activity_code(activity) not in ("planting", "replanting"):
            continue
        worked = number_of(hours) or Decimal(STANDARD_HOURS)
        if worked <= 0:
            continue
        a_day = float(trees / worked * STANDARD_HOURS)
        if a_day > limit:
            values = {"trees": f"{trees:g}", "hours": f"{worked:g}", "a_day": round(a_day), "limit": f"{limit:g}"}
            yield Hit(i, field="quantity", values=values)


RULE = Rule(
    name="shift-trees-per-day",
    noun="shifts",
    severity="note",
    title=Text(zh="一人一天植树过多", en="Too many trees in a day"),
    message=Text(
        zh="{hours} 小时种 {trees} 株，合每个工日 {a_day} 株，超过 {limit} 株。请核对 quantity（数量）是否为多人或多天"
        "的合计。",
        en="{trees} trees in {hours} hours are {a_day} in a standard day, more than {limit}. Check whether quantity is "
        "the sum of several people or days.",
    ),
    explanation=Text(
        zh="沙地人工挖坑植苗，一人一天几百株；上千株多半是全组的数。",
        en="Digging and planting in sand, one person sets some hundreds a day; thousands are mostly a crew's.",
    ),
    check=check,
    parameters={"most_trees": Parameter(1_000, 50, 10_000, "trees", Text("一个工日最多株数", "most a standard day"))},
)
