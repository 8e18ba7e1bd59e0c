"""Coordinates far outside the area that the declared CRS is made for."""

from collections.abc import Iterator

import shapely

from forestapi.rules._rows import NOTHING, place_of, rows_where
from forestapi.rules._rule import Batch, Hit, Rule
from geo import validity
from geo.crs import doubt, identify, plausible_bounds
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Compare the file's own coordinates with the area of use of its CRS, and a margin."""
    if batch.crs is None or (limits := plausible_bounds(batch.crs)) is None:
        return
    strange = ~validity.is_in_range(batch.source, limits) & ~shapely.is_missing(batch.geometry)
    bounds = shapely.bounds(batch.source)
    name = identify(batch.crs)
    for i in rows_where(strange):
        hint = doubt(bounds[i], batch.crs) or NOTHING
        yield Hit(i, place_of(bounds[i, :2]), "boundary", {"crs": name, "hint": hint})


RULE = Rule(
    name="plot-implausible-for-crs",
    noun="plots",
    severity="hold",
    title=Text(
        zh="坐标与坐标系不符",
        en="Implausible for its CRS",
    ),
    message=Text(
        zh="坐标 {place} 远在坐标系 {crs} 的适用范围之外。{hint}请核对坐标系声明。",
        en="The coordinates {place} lie far outside the area that {crs} is made for. {hint} Check the "
        "declared coordinate system.",
    ),
    explanation=Text(
        zh="声明错带号或把度当作米，会把小班移到别处，而面积看不出来。",
        en="A wrong zone, or degrees taken for metres, moves a plot elsewhere and no area shows it.",
    ),
    check=check,
)
