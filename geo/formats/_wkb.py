"""WKB from other software, made plain: X and Y only, six types, or named as broken with the place.

Nothing nested is ever handed to GEOS (it dies on deep collections): the type is read from the header first.
"""

import struct
from collections.abc import Sequence

import numpy as np
import shapely

from geo.formats._format import MAX_VERTICES
from geo.formats._geojson_shape import Shape
from geo.validity import ring_problem

_NAMES = {
    1: "Point",
    2: "LineString",
    3: "Polygon",
    4: "MultiPoint",
    5: "MultiLineString",
    6: "MultiPolygon",
    7: "GeometryCollection",
    8: "CircularString",
    9: "CompoundCurve",
    10: "CurvePolygon",
    11: "MultiCurve",
    12: "MultiSurface",
    15: "PolyhedralSurface",
    16: "TIN",
    17: "Triangle",
}
_EWKB_Z = 0x80000000
_EWKB_M = 0x40000000


def _header(wkb: bytes) -> tuple[str | None, bool]:
    """Read the type's name and whether there are heights."""
    if len(wkb) < 5 or wkb[0] not in (0, 1):
        return None, False
    (code,) = struct.unpack_from("<I" if wkb[0] else ">I", wkb, 1)
    has_z = bool(code & _EWKB_Z) or (code & 0xFFFF) // 1000 in (1, 3)
    return _NAMES.get((code & 0xFFFF) % 1000), has_z


def shapes_of(values: Sequence[bytes | None]) -> list[Shape]:
    """Read many geometries at once; null gives an empty Shape."""
    headers = [_header(wkb) if wkb is not None else (None, False) for wkb in values]
    readable = np.full(len(values), None, dtype=object)
    for i, (wkb, (name, _)) in enumerate(zip(values, headers, strict=True)):
        if wkb is not None and name in ("Point", "LineString", "Polygon") or (name or "").startswith("Multi"):
            readable[i] = wkb
    geometries = shapely.from_wkb(readable, on_invalid="ignore")
    return [
        Shape() if wkb is None else _shape(wkb, geometry, *header)
        for wkb, geometry, header in zip(values, settle(geometries), headers, strict=True)
    ]


def settle(geometries: np.ndarray) -> list[Shape]:
    """Write shapely geometries (None where GEOS refused) as plain WKB, checking that they are finite."""
    counts = shapely.get_num_coordinates(geometries)
    flat = shapely.to_wkb(shapely.force_2d(geometries), byte_order=1)
    xy, owners = shapely.get_coordinates(geometries, return_index=True)
    bad = ~np.isfinite(xy).all(axis=1)
    first_bad = {
        int(owner): xy[i] for i, owner in reversed(list(zip(np.flatnonzero(bad), owners[bad], strict=True)))
    }
    kinds = shapely.get_type_id(geometries)
    shapes = []
    for i, geometry in enumerate(geometries):
        if geometry is None:
            shapes.append(Shape(problem="not-a-geometry"))
            continue
        name = _NAMES[int(kinds[i]) + (1 if kinds[i] < 2 else 0)]
        if i in first_bad:
            shapes.append(Shape(None, name, "not-finite", "{:g} {:g}".format(*first_bad[i])))
        elif counts[i] == 0:
            shapes.append(Shape(None, name, "empty"))
        elif counts[i] > MAX_VERTICES:
            shapes.append(Shape(None, name, "too-many-vertices"))
        else:
            shapes.append(Shape(flat[i], name))
    return shapes


def _shape(wkb: bytes, shape: Shape, name: str | None, has_z: bool) -> Shape:
    if name is None:
        return Shape(problem="not-a-geometry")
    if shape.problem != "not-a-geometry":
        return shape._replace(has_z=has_z)
    if name == "GeometryCollection":
        return Shape(None, name, "collection")
    if name in ("Polygon", "MultiPolygon"):
        problem, place = _broken_ring(wkb, name)
        return Shape(None, name, problem, place, has_z)
    if name in ("Point", "MultiPoint"):
        return Shape(None, name, "not-a-geometry")
    return Shape(None, name, "too-few-points" if name.endswith("LineString") else "unsupported-type")


def _broken_ring(wkb: bytes, name: str) -> tuple[str, str | None]:
    """Find the first bad ring of a polygon that GEOS would not build."""
    try:
        for ring in _rings(wkb, name):
            if problem := ring_problem(ring):
                return problem, "{:g} {:g}".format(*ring[0]) if len(ring) else None
    except (struct.error, ValueError):
        pass
    return "not-a-geometry", None


def _rings(wkb: bytes, name: str) -> list[np.ndarray]:
    order = "<" if wkb[0] else ">"
    offset = 0

    def header() -> int:
        nonlocal offset
        (code,) = struct.unpack_from(order + "I", wkb, offset + 1)
        offset += 9 if code & 0x20000000 else 5
        extra = {1: 1, 2: 1, 3: 2}.get((code & 0xFFFF) // 1000, 0)
        return 2 + (extra or bool(code & _EWKB_Z) + bool(code & _EWKB_M))

    def count() -> int:
        nonlocal offset
        (n,) = struct.unpack_from(order + "I", wkb, offset)
        offset += 4
        return n

    dimensions = header()
    parts = count() if name == "MultiPolygon" else 1
    rings = []
    for _ in range(min(parts, len(wkb))):
        if name == "MultiPolygon":
            dimensions = header()
        for _ in range(min(count(), len(wkb))):
            n = count()
            values = np.frombuffer(wkb, dtype=order + "f8", count=n * dimensions, offset=offset)
            offset += values.nbytes
            rings.append(values.reshape(n, dimensions)[:, :2])
    return rings
