"""A whole layer on one spot."""

from collections.abc import Iterator

import numpy as np

from forestapi.rules._rows import place_of, rows_where
from forestapi.rules._rule import Batch, Hit, Rule
from geo.distance import distance_m
from geo.text import Text

LEAST_ROWS = 20
SPOT_M = 1.0


def check(batch: Batch) -> Iterator[Hit]:
    """Find a layer of at least 20 rows of which 99 in 100 lie within a metre, and its rows there."""
    layer = batch.layer
    if layer is None or layer.count < LEAST_ROWS or not layer.distance_m_99 < SPOT_M:
        return
    here = (layer.lon, layer.lat)
    away_m = distance_m(batch.positions, here)
    for i in rows_where(np.nan_to_num(away_m, nan=np.inf) <= SPOT_M):
        yield Hit(i, place_of(here), "boundary", {"count": layer.count})


RULE = Rule(
    name="plot-layer-collapsed",
    noun="plots",
    severity="hold",
    title=Text(
        zh="图层缩成一点",
        en="Layer collapsed",
    ),
    message=Text(
        zh="图层的 {count} 行全部落在同一点 {place}：多半是坐标丢失后填了默认值。请向数据来源要回真正的"
        "坐标。",
        en="All {count} rows of the layer lie on one spot, {place}: most likely the coordinates were "
        "lost and a default put in. Ask the source for the true ones.",
    ),
    explanation=Text(
        zh="地址解析或导出失败时，软件会给所有行同一个坐标。",
        en="When geocoding or an export fails, programs give every row the same position.",
    ),
    check=check,
)
