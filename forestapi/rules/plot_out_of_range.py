"""Coordinates that exist nowhere under the declared CRS."""

from collections.abc import Iterator

import numpy as np
import shapely

from forestapi.rules._rows import NOTHING, first_per_row, place_of, rows_where
from forestapi.rules._rule import Batch, Hit, Rule
from geo.crs import doubt, identify
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Find rows that have coordinates in the file and no place on Earth."""
    lost = ~shapely.is_missing(batch.source) & shapely.is_missing(batch.geometry)
    if batch.crs is None or not lost.any():
        return
    xy, owners = batch.source_vertices
    is_beyond = (np.abs(xy[:, 0]) > 180) | (np.abs(xy[:, 1]) > 90)
    worst = dict(first_per_row(owners, is_beyond))
    first = dict(first_per_row(owners, np.ones(len(xy), dtype=bool)))
    bounds = shapely.bounds(batch.source)
    name = identify(batch.crs)
    for i in rows_where(lost):
        place = place_of(xy[worst.get(i, first[i])])
        yield Hit(i, place, "boundary", {"crs": name, "hint": doubt(bounds[i], batch.crs) or NOTHING})


RULE = Rule(
    name="plot-out-of-range",
    noun="plots",
    severity="refuse",
    title=Text(
        zh="坐标超出范围",
        en="Coordinates out of range",
    ),
    message=Text(
        zh="坐标 {place} 在声明的坐标系 {crs} 下不存在。{hint}请检查坐标系声明和坐标列。",
        en="The coordinates {place} exist nowhere under the declared {crs}. {hint} Check the declared "
        "coordinate system and the coordinates.",
    ),
    explanation=Text(
        zh="经度只到 ±180，纬度只到 ±90；超出的数没有位置。",
        en="Longitudes end at ±180 and latitudes at ±90; beyond, a number has no place.",
    ),
    check=check,
)
