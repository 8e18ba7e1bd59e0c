"""A plot outside the regions of its programme."""

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

from forestapi.rules._rows import place_of, rows_where
from forestapi.rules._rule import Batch, Hit, Parameter, Rule
from geo.area import WGS84
from geo.text import Text

WITHIN_DEGREES = 0.008
"""Less than the narrowest band on any latitude."""
BAND_DEGREES = 0.06
"""Wider than the widest band south of 63° N; what lies beyond is far, and need not be measured."""
FAR = Text(zh="距离超过 3 公里", en="more than 3 km away")


def check(batch: Batch) -> Iterator[Hit]:
    """Find rows with a vertex outside by more than the band; most are settled by their extent alone."""
    regions, band_m = batch.programme_regions, batch.limit(RULE, "band_m")
    if regions is None:
        return
    shapely.prepare(regions)
    present = ~shapely.is_missing(batch.geometry) & ~shapely.is_empty(batch.geometry)
    extents = shapely.bounds(batch.geometry[present])
    within = np.zeros(len(batch), dtype=bool)
    within[present] = shapely.covers(regions, shapely.box(*extents.T))
    doubtful = present & ~within
    if not doubtful.any():
        return
    xy, owners = batch.vertices
    mine = doubtful[owners]
    xy, owners = xy[mine], owners[mine]
    away_m = _distance_m(regions, xy)
    for i in rows_where(doubtful):
        start, end = np.searchsorted(owners, [i, i + 1])
        worst = start + int(np.argmax(away_m[start:end]))
        if away_m[worst] > band_m:
            distance = FAR if np.isinf(away_m[worst]) else f"{away_m[worst] / 1000:.1f} km"
            yield Hit(i, place_of(xy[worst]), "boundary", {"distance": distance})


def _distance_m(regions: shapely.Geometry, xy: NDArray) -> NDArray:
    """Measure metres from each position to the regions: 0 where plainly near, infinite where plainly far."""
    away_m = np.full(len(xy), np.inf)
    points = shapely.points(xy)
    within = shapely.dwithin(regions, points, WITHIN_DEGREES)
    away_m[within] = 0.0
    near = ~within
    near[near] = shapely.dwithin(regions, points[near], BAND_DEGREES)
    lines = shapely.shortest_line(regions, points[near])
    ends = shapely.get_coordinates(lines).reshape(-1, 4)
    _, _, away_m[near] = WGS84.inv(*ends.T)
    return away_m


RULE = Rule(
    name="plot-outside-regions",
    noun="plots",
    severity="hold",
    title=Text(
        zh="不在项目区内",
        en="Outside its regions",
    ),
    message=Text(
        zh="边界在项目所属地区之外（{place}，{distance}）。请核对坐标系、经纬度，或项目的地区设置。",
        en="The boundary leaves the regions of its programme (at {place}, {distance}). Check the "
        "coordinate system, the coordinates, or the programme's regions.",
    ),
    explanation=Text(
        zh="坐标系错误和录错的坐标大多会落到项目区外。各家县界相差几百米，因此留出余地。",
        en="Wrong systems and mistyped coordinates mostly fall outside. Sources of county borders "
        "differ by hundreds of metres, hence the band.",
    ),
    check=check,
    parameters={
        "band_m": Parameter(1_000, 1_000, 3_000, "m", Text("边界余地", "band along borders")),
    },
)
