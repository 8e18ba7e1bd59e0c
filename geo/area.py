"""Areas: one equal-area plane for adding up, one ellipsoid for checking it, and mu and hectares for people.

Every function takes a NumPy object array (or any sequence) of shapely geometries whose coordinates are
longitude and latitude in degrees (EPSG:4326) and returns a float array of square metres of the same length;
a missing or empty geometry has area 0.
"""

from fractions import Fraction
from functools import cache

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod, Transformer

M2_PER_MU_EXACT = Fraction(2000, 3)
"""One mu (亩) is 1/15 hectare: exactly 2000/3 square metres."""
M2_PER_MU = float(M2_PER_MU_EXACT)
M2_PER_HA = 10_000.0
MU_PER_HA = 15

WGS84 = Geod(ellps="WGS84")


@cache
def equal_area_transformer() -> Transformer:
    """Give the one transformation from longitude and latitude into EPSG:6933, in metres."""
    return Transformer.from_crs("OGC:CRS84", "EPSG:6933", always_xy=True)


def to_equal_area(geometries: ArrayLike) -> NDArray:
    """Project geometries from EPSG:4326 into EPSG:6933, vertex by vertex; None stays None."""
    transformer = equal_area_transformer()

    def project(xy: NDArray) -> NDArray:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))

    return shapely.transform(np.asarray(geometries, dtype=object), project)


def equal_area_m2(geometries: ArrayLike) -> NDArray:
    """Measure areas in the equal-area plane EPSG:6933, where the pieces of a polygon add up exactly."""
    return np.nan_to_num(shapely.area(to_equal_area(geometries)), nan=0.0)


def geodesic_area_m2(geometries: ArrayLike) -> NDArray:
    """Measure areas on the WGS84 ellipsoid, edges being geodesics: the check of the equal-area figure.

    The order of a ring's vertices does not matter; holes are taken off.
    """
    polygons, owners = shapely.get_parts(np.asarray(geometries, dtype=object), return_index=True)
    is_areal = shapely.get_type_id(polygons) == shapely.GeometryType.POLYGON
    polygons, owners = polygons[is_areal], owners[is_areal]
    exteriors = shapely.get_exterior_ring(polygons)
    areas = np.zeros(len(np.asarray(geometries, dtype=object)))
    np.add.at(areas, owners, [_ring_area_m2(ring) for ring in exteriors])
    holes, parents = shapely.get_rings(polygons, return_index=True)
    is_hole = np.ones(len(holes), dtype=bool)
    is_hole[np.unique(parents, return_index=True)[1]] = False
    np.subtract.at(areas, owners[parents[is_hole]], [_ring_area_m2(ring) for ring in holes[is_hole]])
    return areas


def _ring_area_m2(ring: shapely.LinearRing) -> float:
    xy = shapely.get_coordinates(ring)
    if len(xy) < 4:
        return 0.0
    area_m2, _ = WGS84.polygon_area_perimeter(xy[:-1, 0], xy[:-1, 1])
    return abs(area_m2)


def to_mu(area_m2: ArrayLike) -> NDArray:
    """Turn square metres into mu."""
    return np.asarray(area_m2, dtype=float) * 3 / 2000


def to_ha(area_m2: ArrayLike) -> NDArray:
    """Turn square metres into hectares."""
    return np.asarray(area_m2, dtype=float) / M2_PER_HA
