"""Spatial conditions: geometries of a filter are checked here, and the database compares them."""

import math
from typing import Any

import shapely
from shapely.geometry import shape

from forestapi.db.sql import Sql
from forestapi.records._filter import refused
from forestapi.store.cql2._scalars import Scalars
from geo import ogc_crs
from geo.ogc_crs import OgcCrs

RELATIONS = {
    "s_intersects": "ST_Intersects({}, {})", "s_disjoint": "not ST_Intersects({}, {})",
    "s_equals": "ST_Equals({}, {})", "s_touches": "ST_Touches({}, {})", "s_crosses": "ST_Crosses({}, {})",
    "s_within": "ST_Within({}, {})", "s_contains": "ST_Contains({}, {})", "s_overlaps": "ST_Overlaps({}, {})",
}  # fmt: skip


def condition(scalars: Scalars, op: str, args: list[Any], crs: OgcCrs) -> Sql:
    """Write a spatial condition of two geometries.

    Raises:
        BadRequest: an argument is no geometry, or one that cannot be compared.

    """
    if len(args) != 2:
        raise refused(f"{op} 需要两个参数。", f"{op} takes two arguments.")
    takes_collections = op in ("s_intersects", "s_disjoint")
    return Sql(RELATIONS[op], *(_geometry(scalars, arg, crs, takes_collections) for arg in args))


def _geometry(scalars: Scalars, node: Any, crs: OgcCrs, takes_collections: bool) -> Sql:
    match node:
        case {"property": name}:
            found = scalars.property(name)
            if found.kind != "geometry":
                raise refused(f"{found.name} 不是几何。", f"{found.name} is no geometry.")
            return Sql(found.column)
        case {"bbox": list(numbers)}:
            made = _box(numbers, crs)
        case {"type": str(kind)}:
            if kind == "GeometryCollection" and not takes_collections:
                raise refused("此条件不支持几何集合。", "This condition takes no geometry collection.")
            made = ogc_crs.to_crs84(_read(node), crs)
        case _:
            raise refused("空间条件需要几何。", "A spatial condition takes geometries.")
    _check(made)
    return Sql("ST_GeomFromWKB({}, 4326)", shapely.to_wkb(made))


def _read(node: dict[str, Any]) -> shapely.Geometry:
    try:
        return shapely.force_2d(shape(node))
    except Exception:  # shapely raises whatever the coordinates make it stumble over
        raise refused("几何无法读取。", "A geometry cannot be read.") from None


def _box(numbers: list[Any], crs: OgcCrs) -> shapely.Geometry:
    """Make the ground of a box; one that crosses the antimeridian is two."""
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or not all(
        isinstance(n, int | float) and not isinstance(n, bool) and math.isfinite(n) for n in numbers
    ):
        raise refused("BBOX 需要四个数。", "BBOX takes four numbers.")
    west, south, east, north = ogc_crs.bbox_to_crs84(tuple(map(float, numbers)), crs)  # type: ignore[arg-type]
    if west <= east:
        return shapely.box(west, south, east, north)
    return shapely.union(shapely.box(west, south, 180, north), shapely.box(-180, south, east, north))


def _check(geometry: shapely.Geometry) -> None:
    """See that a geometry is one, lies on the earth and is valid: the database's predicates trip over others."""
    if geometry.is_empty:
        raise refused("几何为空。", "A geometry is empty.")
    west, south, east, north = geometry.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise refused(
            "坐标超出经度 ±180、纬度 ±90。", "Coordinates lie outside longitudes of ±180 and latitudes of ±90."
        )
    if not geometry.is_valid:
        reason = shapely.is_valid_reason(geometry)
        raise refused(f"几何无效：{reason}。", f"A geometry is not valid: {reason}.")
