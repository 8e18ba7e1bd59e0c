"""A plot far from every region, or from the other plots of a programme that names no regions."""

from collections.abc import Iterator

import numpy as np

from forestapi.rules._rows import place_of
from forestapi.rules._rule import Batch, Hit, Parameter, Rule
from geo.text import Text

KM_A_DEGREE = 111.2
NO_REGION = Text(zh="台账中的任何行政区都在约 50 公里以外", en="no region of the ledger lies within some 50 km")


def check(batch: Batch) -> Iterator[Hit]:
    """Measure roughly: a slip is hundreds of kilometres off."""
    if batch.programme_regions is not None:
        return
    most_km = batch.limit(RULE, "most_km")
    near, strangers = batch.fact("plots_near"), batch.fact("is_far_from_regions")
    for i, (lon, lat) in enumerate(batch.positions):
        if not np.isfinite(lon + lat):
            continue
        why = NO_REGION if strangers[i] else None
        if near[i]:
            others = np.asarray(near[i])
            east = np.abs((others[:, 0] - lon + 180) % 360 - 180) * np.cos(np.radians(lat))
            away_km = float(np.hypot(east, others[:, 1] - lat).min()) * KM_A_DEGREE
            if away_km > most_km:
                why = Text(
                    zh=f"距本项目最近的小班约 {away_km:.0f} 公里",
                    en=f"the nearest plot of the programme is some {away_km:.0f} km away",
                )
        if why is not None:
            yield Hit(i, place_of((lon, lat)), "boundary", {"why": why})


RULE = Rule(
    name="plot-far-away",
    noun="plots",
    severity="note",
    title=Text(zh="远离项目", en="Far away"),
    message=Text(
        zh="坐标 {place}：{why}。请核对坐标系和坐标；若无误，请为项目填写所属地区，以便严格检查。",
        en="At {place}: {why}. Check the coordinate system and the coordinates; if they are right, name the regions of the"
        " programme, by which plots are then held.",
    ),
    explanation=Text(
        zh="未填写地区的项目没有边界可查，录错的坐标会落到任何地方；先提示，不拦截。",
        en="A programme that names no regions has no border to be checked by, and a mistyped coordinate may land anywhere; so it"
        " is noted, and not held.",
    ),
    check=check,
    parameters={"most_km": Parameter(200, 50, 5_000, "km", Text("离其他小班最远", "farthest from other plots"))},
)
