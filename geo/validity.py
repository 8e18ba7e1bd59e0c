"""What can be said about a boundary without changing it: vectorised predicates, never a repair.

Repairing (`make_valid`) is not done here or anywhere in the product's own process: on a hostile ring it runs
for seconds without an end and can crash its host. Validity itself is cheap: 10 ms for 10,000 vertices.

Every function takes a NumPy object array of shapely geometries, with None where there is none.
"""

import hashlib
import re

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

HASH_DECIMALS = 7
"""Boundaries are compared to 1e-7 degrees: about a centimetre."""

_REASON = re.compile(r"^(?P<reason>[^\[]+?)\s*(?:\[(?P<x>\S+)\s+(?P<y>[^\s\]]+)[^\]]*\])?$")


def is_polygonal(geometries: ArrayLike) -> NDArray:
    """Tell which geometries are polygons or multipolygons with something in them."""
    geometries = np.asarray(geometries, dtype=object)
    kinds = shapely.get_type_id(geometries)
    areal = (kinds == shapely.GeometryType.POLYGON) | (kinds == shapely.GeometryType.MULTIPOLYGON)
    return areal & ~shapely.is_empty(geometries)


def is_finite(geometries: ArrayLike) -> NDArray:
    """Tell which geometries have only finite coordinates; true where there is none."""
    geometries = np.asarray(geometries, dtype=object)
    xy, owners = shapely.get_coordinates(geometries, return_index=True)
    finite = np.ones(len(geometries), dtype=bool)
    finite[owners[~np.isfinite(xy).all(axis=1)]] = False
    return finite


def is_in_range(geometries: ArrayLike, bounds: tuple[float, float, float, float]) -> NDArray:
    """Tell which geometries lie wholly within x_min, y_min, x_max, y_max; true where there is none."""
    own = shapely.bounds(np.asarray(geometries, dtype=object))
    x_min, y_min, x_max, y_max = bounds
    with np.errstate(invalid="ignore"):
        outside = (own[:, 0] < x_min) | (own[:, 1] < y_min) | (own[:, 2] > x_max) | (own[:, 3] > y_max)
    return ~outside


def vertex_counts(geometries: ArrayLike) -> NDArray:
    """Count the vertices of each geometry, the closing one of a ring included."""
    return shapely.get_num_coordinates(np.asarray(geometries, dtype=object))


def part_counts(geometries: ArrayLike) -> NDArray:
    """Count the parts of each geometry: 1 for a single one, 0 where there is none."""
    geometries = np.asarray(geometries, dtype=object)
    return np.where(shapely.is_missing(geometries), 0, shapely.get_num_geometries(geometries))


def is_valid(geometries: ArrayLike) -> NDArray:
    """Tell which geometries are valid by the Simple Features standard; true where there is none."""
    geometries = np.asarray(geometries, dtype=object)
    return shapely.is_valid(geometries) | shapely.is_missing(geometries)


def why_invalid(geometry: shapely.Geometry) -> tuple[str, tuple[float, float] | None]:
    """Say why one geometry is invalid, and where: the reason in GEOS's words and the X and Y of the place."""
    match = _REASON.match(shapely.is_valid_reason(geometry))
    if match is None or match["x"] is None:
        return (match["reason"] if match else shapely.is_valid_reason(geometry)), None
    return match["reason"], (float(match["x"]), float(match["y"]))


def ring_problem(xy: ArrayLike) -> str | None:
    """Name what keeps a sequence of positions, float (n, 2), from being the ring of a polygon.

    Returns:
        "not-finite", "unclosed-ring", "too-few-points" (fewer than three different ones), or None.

    """
    xy = np.asarray(xy, dtype=float)
    if len(xy) == 0:
        return "too-few-points"
    if not np.isfinite(xy).all():
        return "not-finite"
    if len(xy) > 1 and not np.array_equal(xy[0], xy[-1]):
        return "unclosed-ring"
    if len(xy) < 4:
        return "too-few-points"
    first, second, third = xy[:3].tolist()
    if first != second and second != third and third != first:
        return None
    others = xy[(xy != xy[0]).any(axis=1)]
    return "too-few-points" if len(others) == 0 or (others == others[0]).all() else None


def boundary_hash(geometries: ArrayLike) -> NDArray:
    """Fingerprint the ground that polygons enclose, however it was written down; other types have none.

    The direction and the starting vertex of a ring, the order of holes and parts, repeated vertices and
    differences below 1e-7 degrees do not matter; a polygon equals a multipolygon of the same single part.

    Returns:
        SHA-256 in hexadecimal, or None where there is no polygon; object array (n,).

    """
    geometries = np.array(geometries, dtype=object)
    geometries[~is_polygonal(geometries)] = None
    # Adding zero turns -0.0 into 0.0, which is written with other bytes.
    rounded = shapely.transform(geometries, lambda xy: np.round(xy, HASH_DECIMALS) + 0.0)
    multi = rounded.copy()
    single = shapely.get_type_id(rounded) == shapely.GeometryType.POLYGON
    if single.any():
        multi[single] = shapely.multipolygons(rounded[single], indices=np.arange(single.sum()))
    normal = shapely.to_wkb(
        shapely.normalize(shapely.remove_repeated_points(multi)), output_dimension=2, byte_order=1
    )
    hashes = np.full(len(geometries), None, dtype=object)
    hashes[:] = [None if wkb is None else hashlib.sha256(wkb).hexdigest() for wkb in normal]
    return hashes
