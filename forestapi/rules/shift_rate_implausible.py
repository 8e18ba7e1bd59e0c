"""A rate that nobody pays for an hour, a day or a piece."""

from collections.abc import Iterator

from forestapi.rules._rule import Batch, Hit, Parameter, Rule
from forestapi.rules._values import number_of
from geo.text import Text

BASES = {
    "hour": Text(zh="小时", en="hour"),
    "day": Text(zh="天", en="day"),
    "piece": Text(zh="件", en="piece"),
}


def check(batch: Batch) -> Iterator[Hit]:
    """Compare the rate with the most of its pay basis, and a daily or hourly rate with the least."""
    columns = (batch.column(name) for name in ("pay_basis", "rate_yuan", "is_paid"))
    for i, (basis, value, is_paid) in enumerate(zip(*columns, strict=True)):
        rate_yuan = number_of(value)
        basis = basis or "day"
        if rate_yuan is None or basis not in BASES or is_paid is False:
            continue
        low = batch.limit(RULE, f"least_a_{basis}") if basis != "piece" else 0.0
        high = batch.limit(RULE, f"most_a_{basis}")
        if not low <= rate_yuan <= high:
            values = {"rate_yuan": f"{rate_yuan:g}", "basis": BASES[basis], "low": f"{low:g}", "high": f"{high:g}"}
            yield Hit(i, field="rate_yuan", values=values)


RULE = Rule(
    name="shift-rate-implausible",
    noun="shifts",
    severity="note",
    title=Text(zh="单价不合常理", en="Rate implausible"),
    message=Text(
        zh="单价每{basis} {rate_yuan} 元，不在 {low}–{high} 元之间。请核对 rate_yuan（单价）和 pay_basis（计酬方式）。",
        en="A rate of {rate_yuan} yuan for a {basis} is not between {low} and {high}. Check rate_yuan and pay_basis.",
    ),
    explanation=Text(
        zh="2018 年当地日工资约 100–200 元，小时工资不会高于日工资；按件的价钱通常是几角到几元。",
        en="A local day's wage in 2018 was about 100 to 200 yuan, and an hour's is less; a piece earns cents to a few "
        "yuan.",
    ),
    check=check,
    parameters={
        "least_a_day": Parameter(30, 0, 500, "yuan", Text("日工资下限", "least for a day")),
        "most_a_day": Parameter(800, 50, 10_000, "yuan", Text("日工资上限", "most for a day")),
        "least_a_hour": Parameter(4, 0, 100, "yuan", Text("时工资下限", "least for an hour")),
        "most_a_hour": Parameter(120, 10, 1_000, "yuan", Text("时工资上限", "most for an hour")),
        "most_a_piece": Parameter(800, 1, 10_000, "yuan", Text("单件上限", "most for a piece")),
    },
)
