"""A boundary with holes in it."""

from collections.abc import Iterator

import numpy as np
import shapely

from forestapi.rules._rows import place_of, rows_where
from forestapi.rules._rule import Batch, Hit, Parameter, Rule
from geo.area import to_equal_area
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Count holes and measure them; the largest share of small ones is told apart."""
    small_m2 = batch.limit(RULE, "small_m2")
    usable = rows_where(batch.is_polygon & batch.is_valid)
    parts, part_of = shapely.get_parts(batch.geometry[usable], return_index=True)
    has_hole = shapely.get_num_interior_rings(parts) > 0
    for k in np.unique(part_of[has_hole]).tolist():
        holes = [hole for part in parts[(part_of == k) & has_hole] for hole in part.interiors]
        areas_m2 = shapely.area(to_equal_area([shapely.Polygon(hole) for hole in holes]))
        values = {
            "count": len(holes),
            "area_m2": round(float(areas_m2.sum())),
            "small": int((areas_m2 < small_m2).sum()),
            "small_m2": f"{small_m2:g}",
        }
        yield Hit(usable[k], place_of(holes[int(areas_m2.argmin())].coords[0]), "boundary", values)


RULE = Rule(
    name="plot-holes",
    noun="plots",
    severity="note",
    title=Text(zh="边界里有空洞", en="Holes in the boundary"),
    message=Text(
        zh="边界里有 {count} 个空洞，共 {area_m2} 平方米，不计入面积；其中 {small} 个小于 {small_m2} 平方米"
        "（{place}），多半是绘图留下的。请确认空洞确实没有造林。",
        en="The boundary has {count} holes of {area_m2} m² together, which do not count; {small} of them are smaller "
        "than {small_m2} m² (at {place}) and most likely left by drawing. Please check that they are unplanted.",
    ),
    explanation=Text(
        zh="房屋、岩石可以是空洞；叠加分析也会留下没有意义的小空洞。",
        en="A house or a rock is a proper hole; overlays leave small ones that mean nothing.",
    ),
    check=check,
    parameters={"small_m2": Parameter(25, 0.1, 10_000, "m²", Text("小空洞", "a small hole"))},
)
