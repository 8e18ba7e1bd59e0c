"""A GeoJSON geometry, checked to the letter and written as WKB, or named as broken with the exact place."""

import struct
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.formats._format import MAX_VERTICES
from geo.validity import ring_problem

_CODES = {
    "Point": 1,
    "LineString": 2,
    "Polygon": 3,
    "MultiPoint": 4,
    "MultiLineString": 5,
    "MultiPolygon": 6,
}
_NUMBERS = {int, float}


class Shape(NamedTuple):
    """A geometry as far as it could be read."""

    wkb: bytes | None = None
    type: str | None = None
    problem: str | None = None
    place: str | None = None
    has_z: bool = False


class _BrokenError(Exception):
    def __init__(self, problem: str, place: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.place = place


class _Walk:
    """One pass over the coordinates of one geometry."""

    def __init__(self) -> None:
        self.has_z = False
        self.vertices = 0
        self.ring_order: str | None = None

    def position(self, value: object, at: str) -> NDArray:
        return self.positions([value], at, is_single=True)

    def positions(self, value: object, at: str, is_single: bool = False) -> NDArray:
        """Read a list of positions as float (n, 2); heights are dropped."""
        if type(value) is not list:
            raise _BrokenError("wrong-nesting", at)
        if not value:
            return np.empty((0, 2))
        if set(map(type, value)) != {list} or not set(map(len, value)) <= {2, 3}:
            raise self._first_bad(value, at, is_single)
        if not set(map(type, chain.from_iterable(value))) <= _NUMBERS:
            raise self._first_bad(value, at, is_single)
        self.vertices += len(value)
        if self.vertices > MAX_VERTICES:
            raise _BrokenError("too-many-vertices", at)
        if max(map(len, value)) == 3:
            self.has_z = True
            value = [position[:2] for position in value]
        try:
            xy = np.array(value, dtype=float)
        except OverflowError:
            raise _BrokenError("not-finite", at) from None
        bad = np.flatnonzero(~np.isfinite(xy).all(axis=1))
        if len(bad):
            raise _BrokenError("not-finite", at if is_single else f"{at}/{bad[0]}")
        return xy

    @staticmethod
    def _first_bad(value: list, at: str, is_single: bool) -> _BrokenError:
        for i, position in enumerate(value):
            place = at if is_single else f"{at}/{i}"
            if type(position) is not list or any(type(number) is list for number in position):
                return _BrokenError("wrong-nesting", place)
            if len(position) not in (2, 3) or not set(map(type, position)) <= _NUMBERS:
                return _BrokenError("bad-position", place)
        return _BrokenError("wrong-nesting", at)

    def line(self, value: object, at: str) -> bytes:
        xy = self.positions(value, at)
        if len(xy) == 1:
            raise _BrokenError("too-few-points", at)
        return struct.pack("<I", len(xy)) + xy.tobytes()

    def rings(self, value: object, at: str) -> bytes:
        if type(value) is not list:
            raise _BrokenError("wrong-nesting", at)
        parts = [struct.pack("<I", len(value))]
        for i, ring in enumerate(value):
            place = f"{at}/{i}"
            xy = self.positions(ring, place)
            if problem := ring_problem(xy):
                raise _BrokenError(problem, place)
            if self.ring_order is None and (_twice_area(xy) > 0) != (i == 0):
                self.ring_order = place
            parts.append(struct.pack("<I", len(xy)) + xy.tobytes())
        return b"".join(parts)

    def body(self, kind: str, value: object, at: str) -> bytes:
        if kind == "Point":
            return self.position(value, at).tobytes()
        if kind == "LineString":
            return self.line(value, at)
        if kind == "Polygon":
            return self.rings(value, at)
        if type(value) is not list:
            raise _BrokenError("wrong-nesting", at)
        single = kind.removeprefix("Multi")
        header = struct.pack("<BI", 1, _CODES[single])
        members = [header + self.body(single, member, f"{at}/{i}") for i, member in enumerate(value)]
        return struct.pack("<I", len(value)) + b"".join(members)


def _twice_area(ring: NDArray) -> float:
    x, y = ring[:, 0] - ring[0, 0], ring[:, 1] - ring[0, 1]
    return float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1]))


def shape_of(value: object, at: str, is_member: bool = False) -> Shape:
    """Read one decoded GeoJSON geometry; `at` is its JSON pointer.

    A geometry collection is not read: its members are checked, and the problem is "collection" where all are
    well. `is_member` refuses one inside another.
    """
    if value is None and not is_member:
        return Shape()
    if type(value) is not dict:
        return Shape(problem="not-a-geometry", place=at)
    kind = value.get("type")
    if kind == "GeometryCollection":
        if is_member:
            return Shape(type=kind, problem="nested-collection", place=at)
        return _collection(value, at)
    if type(kind) is not str or kind not in _CODES:
        return Shape(problem="not-a-geometry", place=f"{at}/type")
    if "coordinates" not in value:
        return Shape(type=kind, problem="not-a-geometry", place=f"{at}/coordinates")
    if value["coordinates"] == []:
        return Shape(type=kind, problem="empty", place=f"{at}/coordinates")
    walk = _Walk()
    try:
        body = walk.body(kind, value["coordinates"], f"{at}/coordinates")
    except _BrokenError as broken:
        return Shape(type=kind, problem=broken.problem, place=broken.place, has_z=walk.has_z)
    wkb = struct.pack("<BI", 1, _CODES[kind]) + body
    if not is_bbox(value.get("bbox")):
        return Shape(wkb, kind, "bad-bbox", f"{at}/bbox", walk.has_z)
    if walk.ring_order:
        return Shape(wkb, kind, "ring-order", walk.ring_order, walk.has_z)
    return Shape(wkb, kind, has_z=walk.has_z)


def _collection(value: dict, at: str) -> Shape:
    kind = "GeometryCollection"
    members = value.get("geometries")
    if type(members) is not list:
        return Shape(type=kind, problem="not-a-geometry", place=f"{at}/geometries")
    if not members:
        return Shape(type=kind, problem="empty", place=f"{at}/geometries")
    for i, member in enumerate(members):
        shape = shape_of(member, f"{at}/geometries/{i}", is_member=True)
        if shape.wkb is None:
            return Shape(type=kind, problem=shape.problem, place=shape.place)
    return Shape(type=kind, problem="collection", place=at)


def is_bbox(value: object) -> bool:
    """Tell whether a bbox member is absent, or a list of four or six numbers."""
    if value is None:
        return True
    return type(value) is list and len(value) in (4, 6) and set(map(type, value)) <= _NUMBERS
