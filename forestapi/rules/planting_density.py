"""Holes that do not fill the plot at their spacing, or overfill it."""

from collections.abc import Iterator

from forestapi.rules._density import ratios
from forestapi.rules._rule import Batch, Hit, Parameter, Rule
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Compare holes × row × plant spacing with the area of the plot."""
    low, high = batch.limit(RULE, "least_share"), batch.limit(RULE, "most_share")
    for i, ratio, values in ratios(batch):
        if not low <= ratio <= high:
            yield Hit(i, field="lines", values=values)


RULE = Rule(
    name="planting-density",
    noun="plantings",
    severity="note",
    title=Text(zh="密度与株行距不符", en="Density and spacing disagree"),
    message=Text(
        zh="{holes} 个穴按株行距需要 {needed_mu} 亩，小班有 {area_mu} 亩（{percent}%）。请核对穴数、株行距和边界；只造"
        "了一部分的小班请拆分。",
        en="At their spacing {holes} holes need {needed_mu} mu; the plot has {area_mu} ({percent}%). Check the holes, "
        "the spacing and the boundary; split a plot that is planted only in part.",
    ),
    explanation=Text(
        zh="277 号地块：3×5 米，3,334 亩，15 万株，正好每亩 45 株。差一倍的数字里有一个是错的。",
        en="Plot 277: 3 × 5 m, 3,334 mu and 150,000 plants make 45 to the mu exactly. Where the two differ twofold, "
        "one of the numbers is wrong.",
    ),
    check=check,
    parameters={
        "least_share": Parameter(0.5, 0.05, 1, "", Text("最低比例", "least share of the ground")),
        "most_share": Parameter(1.5, 1, 5, "", Text("最高比例", "most of the ground")),
    },
)
