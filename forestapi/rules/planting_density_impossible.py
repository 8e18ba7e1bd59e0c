"""Many times more holes than the plot has room for."""

from collections.abc import Iterator

from forestapi.rules._density import ratios
from forestapi.rules._rule import Batch, Hit, Parameter, Rule
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Compare holes × row × plant spacing with the area of the plot."""
    most = batch.limit(RULE, "most_share")
    for i, ratio, values in ratios(batch):
        if ratio > most:
            yield Hit(i, field="lines", values=values)


RULE = Rule(
    name="planting-density-impossible",
    noun="plantings",
    severity="hold",
    title=Text(zh="穴数远超小班能容", en="No room for so many holes"),
    message=Text(
        zh="{holes} 个穴按株行距需要 {needed_mu} 亩，小班只有 {area_mu} 亩。请核对穴数（可能是几块地的合计）和株行距"
        "的单位（米）。",
        en="At their spacing {holes} holes need {needed_mu} mu; the plot has only {area_mu}. Check the holes (a sum of "
        "several plots?) and the unit of the spacing (metres).",
    ),
    explanation=Text(
        zh="成活率的分母是设计穴数；穴数错十倍，成活率也错十倍。",
        en="Survival is counted on design holes: ten times too many make it ten times too low.",
    ),
    check=check,
    parameters={"most_share": Parameter(10, 2, 100, "", Text("最高比例", "most of the ground"))},
)
