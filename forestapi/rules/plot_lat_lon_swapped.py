"""Longitude and latitude in each other's place."""

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

from forestapi.rules._rows import place_of, rows_where
from forestapi.rules._rule import Batch, Hit, Rule
from geo.distance import distance_m
from geo.text import Text

CHINA = (73.0, 18.0, 135.1, 54.0)
REGION_MARGIN_DEGREES = 0.5
CORE_M = 10_000.0


def check(batch: Batch) -> Iterator[Hit]:
    """Find rows whose place makes no sense as written and makes sense when swapped; degrees only."""
    if batch.crs is None or not batch.crs.is_geographic or not len(batch):
        return
    bounds = shapely.bounds(batch.source)
    x, y = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2
    with np.errstate(invalid="ignore"):
        impossible = (np.abs(y) > 90) & (np.abs(y) <= 180) & (np.abs(x) <= 90)
        swapped = impossible | _by_regions(batch, x, y) | _by_layer(batch, x, y)
    for i in rows_where(swapped):
        yield Hit(i, place_of((x[i], y[i])), "boundary", {"repaired": place_of((y[i], x[i]))})


def _by_regions(batch: Batch, x: NDArray, y: NDArray) -> NDArray:
    """Outside the programme's regions as written, inside their extent when swapped (or so for China)."""
    margin = REGION_MARGIN_DEGREES
    west, south, east, north = CHINA if batch.programme_regions is None else batch.programme_regions.bounds
    as_written = (x > west - margin) & (x < east + margin) & (y > south - margin) & (y < north + margin)
    when_swapped = (y > west - margin) & (y < east + margin) & (x > south - margin) & (x < north + margin)
    return ~as_written & when_swapped


def _by_layer(batch: Batch, x: NDArray, y: NDArray) -> NDArray:
    """Far from the middle of a dense layer as written, within it when swapped."""
    layer = batch.layer
    if layer is None or not layer.is_dense:
        return np.zeros(len(x), dtype=bool)
    middle = (layer.lon, layer.lat)
    as_written = distance_m(np.column_stack([x, y]), middle)
    possible = np.abs(x) <= 90
    when_swapped = distance_m(np.where(possible[:, None], np.column_stack([y, x]), np.nan), middle)
    return (as_written > layer.far_m) & (when_swapped < max(CORE_M, 2 * layer.distance_m_90))


RULE = Rule(
    name="plot-lat-lon-swapped",
    noun="plots",
    severity="hold",
    title=Text(
        zh="经纬度颠倒",
        en="Latitude and longitude swapped",
    ),
    message=Text(
        zh="坐标 {place} 像是经度和纬度写反了：交换后是 {repaired}。请交换两列后重新导入。",
        en="At {place} longitude and latitude look exchanged: swapped they are {repaired}. Swap the two "
        "columns and import again.",
    ),
    explanation=Text(
        zh="GeoJSON 和 WKT 先写经度；许多表格和手持机先写纬度。",
        en="GeoJSON and WKT put longitude first; many tables and handsets put latitude first.",
    ),
    check=check,
)
