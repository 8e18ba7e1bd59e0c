"""What a plot should look like now, told from its species' growth form, its age, its spacing and its last measurement.

Facts and their sources: docs/explanation/what-a-plot-looks-like.md.
"""

import math
from datetime import date
from typing import Any

from forestapi.web.view import number
from geo.text import Text

LOW_M = 0.30
"""Lower than this, plants cannot be told from the sand from afar."""
PIXEL_M2 = 100.0
"""What one pixel of the usual open satellite images covers (10 × 10 m)."""

_FORMS = {
    "shrub": (
        (2, Text(
            "{age}龄灌木苗：多数仍然矮小，低于 30 厘米的植株从远处看不见，要走到跟前、按行距找。",
            "Shrub seedlings of {age}: most are still small. Plants under 30 cm cannot be seen from afar; walk up to them and follow the rows.",
        )),
        (7, Text(
            "{age}龄灌木：雨水好时及膝到齐腰，旱年可能仍低于 30 厘米；远看仍以裸沙为主，这不等于没有种。",
            "Shrubs of {age}: knee to waist high after good rains, perhaps still under 30 cm after dry years. From afar it is mostly bare sand, which does not mean that nothing was planted.",
        )),
        (15, Text(
            "{age}龄灌木：正是快速生长的年纪，走近可见成行的灌丛，行间仍是裸沙。",
            "Shrubs of {age}: the years of fast growth. Rows of bushes can be seen close by, with bare sand between them.",
        )),
        (math.inf, Text(
            "{age}龄灌木：梭梭人工林在这个年纪多为 1.5–3 米高，可成片看见，行间有沙地。",
            "Shrubs of {age}: saxaul plantations of this age are mostly 1.5–3 m high and can be seen as a stand, with sand between.",
        )),
    ),
    "tree": (
        (3, Text("{age}龄树苗：与栽下时相差不大，远看难以辨认。", "Tree seedlings of {age}: hardly larger than when planted, and hard to make out from afar.")),
        (10, Text("{age}龄幼树：走近可见成行的幼树，尚未成林。", "Young trees of {age}: rows of them can be seen close by; not a closed stand yet.")),
        (math.inf, Text("{age}龄树木：可成片看见。", "Trees of {age}: can be seen as a stand.")),
    ),
    "grass": ((math.inf, Text("草本：随雨季返青，旱季枯黄。", "Grasses: green after the rains, dry and yellow in between.")),),
}  # fmt: skip
_FEW = Text("不足一年", "less than a year")
_YEARS = Text("{n} 年", "{n} years")
_YEAR = Text("1 年", "1 year")
_GROUND = Text(
    "按行距 {row} 米、株距 {plant} 米种植，每株占地 {m2} 平方米，每亩约 {per_mu} 株。",
    "Planted {row} m between rows and {plant} m in the row: {m2} m² of ground for each plant, about {per_mu} for each mu.",
)
_CROWN = Text(
    "最近一次测量（{day}）平均高 {height} 米、冠幅 {crown} 米：树冠约盖住地面的 {share}%，卫星图上 10 米见方的一个像元里约有 {plants} 株。",
    "At the last measurement ({day}) plants were {height} m high with crowns {crown} m wide: crowns cover about {share} % of the ground, and a pixel of 10 by 10 m on a satellite image holds about {plants} plants.",
)
_HEIGHT = Text("最近一次测量（{day}）平均高 {height} 米。", "At the last measurement ({day}) plants were {height} m high.")
_UNSEEN = Text("低于 30 厘米，从远处看不见。", "Under 30 cm: they cannot be seen from afar.")


def describe(plot: dict[str, Any], plantings: list[dict[str, Any]], surveys: list[dict[str, Any]], today: date) -> list[Text]:
    """Write what to expect, in sentences; none where nothing is known."""
    sentences = []
    if plot["planted_on"] and plot["growth_form"] in _FORMS:
        years = max(0, (today - plot["planted_on"]).days) / 365.25
        age = _FEW if years < 1 else _YEAR if years < 2 else _YEARS.format(n=int(years))
        words = next(words for limit, words in _FORMS[plot["growth_form"]] if years < limit)
        sentences.append(Text(words.zh.format(age=age.zh), words.en.format(age=age.en)))
    lines = [line for planting in plantings if planting["kind"] == "new" for line in planting["lines"]]
    spaced = next((line for line in lines if line.get("row_spacing_m") and line.get("plant_spacing_m")), None)
    ground_m2 = spaced["row_spacing_m"] * spaced["plant_spacing_m"] if spaced else None
    if spaced and ground_m2:
        sentences.append(_GROUND.format(
            row=_short(spaced["row_spacing_m"]), plant=_short(spaced["plant_spacing_m"]), m2=_short(ground_m2), per_mu=number(2000 / 3 / ground_m2)
        ))  # fmt: skip
    measured = next((s for s in reversed(surveys) if s["mean_height_m"]), None)
    if measured:
        height, crown = measured["mean_height_m"], measured["mean_crown_m"]
        values = {"day": measured["surveyed_on"], "height": f"{height:.2f}"}
        if crown and ground_m2:
            share = 100 * min(1.0, measured["rate"] * math.pi / 4 * crown**2 / ground_m2)
            plants = measured["rate"] * PIXEL_M2 / ground_m2
            sentences.append(_CROWN.format(**values, crown=f"{crown:.2f}", share=f"{share:.1f}", plants=f"{plants:.0f}"))
        else:
            sentences.append(_HEIGHT.format(**values))
        if height < LOW_M:
            sentences.append(_UNSEEN)
    return sentences


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
