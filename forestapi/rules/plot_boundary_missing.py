"""A record without a boundary: a point, a line, or nothing."""

from collections.abc import Iterator

import shapely

from forestapi.rules._rule import NOBODY, Batch, Hit, Rule
from geo.text import Text

TYPES = {
    None: Text(zh="没有几何", en="no geometry"),
    "Point": Text(zh="只有一个点", en="only a point"),
    "MultiPoint": Text(zh="只有几个点", en="only points"),
    "LineString": Text(zh="只有一条线", en="only a line"),
    "MultiLineString": Text(zh="只有几条线", en="only lines"),
    "Polygon": Text(zh="多边形是空的", en="an empty polygon"),
    "MultiPolygon": Text(zh="多边形是空的", en="an empty polygon"),
    "GeometryCollection": Text(zh="只有几何集合", en="only a collection"),
}


def check(batch: Batch) -> Iterator[Hit]:
    """Find rows that never had a polygon; a polygon that is broken has rules of its own."""
    is_empty = shapely.is_empty(batch.source) | (batch.problem == "empty")
    for i, (kind, problem) in enumerate(zip(batch.geometry_type, batch.problem, strict=True)):
        is_areal = kind in ("Polygon", "MultiPolygon")
        is_unknown = kind is None and problem is not None
        if (is_areal or is_unknown) and not is_empty[i]:
            continue
        if kind in TYPES:
            yield Hit(i, field="boundary", values={"type": TYPES[kind]})


RULE = Rule(
    name="plot-boundary-missing",
    noun="plots",
    severity="hold",
    title=Text(
        zh="缺少边界",
        en="Boundary missing",
    ),
    message=Text(
        zh="没有边界（{type}）：小班要用多边形，才能计算面积。请补上边界；此前这条记录保留待补，不计入任"
        "何数字。",
        en="There is no boundary ({type}): a plot needs a polygon for its area. Add the boundary; until "
        "then the record is kept, and counts nowhere.",
    ),
    explanation=Text(
        zh="点没有面积。申报面积另存，不替代测量面积。",
        en="A point has no area. The declared area is kept, and does not stand in for a measured one.",
    ),
    check=check,
    waivable_by=NOBODY,
)
