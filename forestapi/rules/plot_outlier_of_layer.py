"""One row far away from all others of a dense layer."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from forestapi.rules._facts import LayerFacts
from forestapi.rules._rows import NOTHING, place_of, rows_where
from forestapi.rules._rule import Batch, Hit, Rule
from geo.distance import distance_m
from geo.text import Text

LONE_M = 10_000.0
MOST_NEIGHBOURS = 2
"""A far place with more rows than this is a second site of the programme, not a slip."""
CORE_M = 10_000.0

_SIGNS = {(-1, 1): Text(zh="经度", en="longitude"), (1, -1): Text(zh="纬度", en="latitude")}


def check(batch: Batch) -> Iterator[Hit]:
    """Find rows far from a dense core that are alone there, or that a change of sign brings home."""
    layer = batch.layer
    if layer is None or not layer.is_dense:
        return
    away_m = distance_m(batch.positions, (layer.lon, layer.lat))
    far = rows_where(np.nan_to_num(away_m) > layer.far_m)
    if not far:
        return
    strangers = layer.sample[distance_m(layer.sample, (layer.lon, layer.lat)) > layer.far_m]
    for i in far:
        position = batch.positions[i]
        hint = _lost_sign(layer, position)
        neighbours = int((distance_m(strangers, position) < LONE_M).sum()) - 1
        if hint is not None or neighbours <= MOST_NEIGHBOURS:
            values = {"distance_km": round(float(away_m[i]) / 1000), "hint": hint or NOTHING}
            yield Hit(i, place_of(position), "boundary", values)


def _lost_sign(layer: LayerFacts, position: NDArray) -> Text | None:
    """Tell whether the other sign of longitude or latitude brings a position home to its layer."""
    for signs, name in _SIGNS.items():
        mirrored = (position * signs)[None, :]
        if distance_m(mirrored, (layer.lon, layer.lat))[0] < max(CORE_M, 2 * layer.distance_m_90):
            return Text(zh=f"{name.zh}的正负号可能丢了。", en=f"Its {name.en} may have lost its sign.")
    return None


RULE = Rule(
    name="plot-outlier-of-layer",
    noun="plots",
    severity="hold",
    title=Text(
        zh="远离同图层",
        en="Outlier of its layer",
    ),
    message=Text(
        zh="坐标 {place} 距同一图层的其他小班 {distance_km} 公里。{hint}请核对这一行的坐标。",
        en="The coordinates {place} lie {distance_km} km from the rest of the layer. {hint} Check this "
        "row's coordinates.",
    ),
    explanation=Text(
        zh="丢了负号、抄错一位数字的坐标会落到很远的地方。",
        en="A lost sign or a mistyped digit puts a coordinate far away.",
    ),
    check=check,
)
