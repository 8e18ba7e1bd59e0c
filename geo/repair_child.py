"""The child of `geo.repair`: limits itself, mends one boundary, and answers on stdout."""

import resource
import signal
import sys
from typing import Any, Literal

import msgspec
import numpy as np
import shapely
from msgspec import Struct
from numpy.typing import NDArray

from geo.area import to_equal_area

Failure = Literal["nothing-to-do", "too-slow", "too-large", "no-ground-left", "not-a-polygon", "crashed"]
MAX_VERTICES = 100_000


class Suggestion(Struct, frozen=True, kw_only=True):
    """A boundary as it could be, or why none can be suggested."""

    geometry: dict[str, Any] | None = None
    """GeoJSON MultiPolygon in EPSG:4326; never stored unless somebody sends it."""
    area_before_m2: float | None = None
    """Of the rings as they were drawn (EPSG:6933, by the shoelace: loops that run backwards are taken off)."""
    area_after_m2: float | None = None
    steps: tuple[str, ...] = ()
    """What was done: closed, duplicates, spikes, structure."""
    failure: Failure | None = None


NEAR_DEGREES = 2e-7
"""Neighbouring vertices nearer than this (two centimetres) are one."""
WIDEST_DEGREES = 1.0
"""A tip with less than this angle is a spike."""


def main() -> int:
    """Read the request, answer, and end."""
    request = msgspec.json.decode(sys.stdin.buffer.read())
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (request["cpu_s"], request["cpu_s"] + 1))
    if sys.platform == "linux":
        size = request["memory_mb"] * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    # nobody handles the alarm, so it ends the process even where the geometry library never comes back
    signal.setitimer(signal.ITIMER_PROF, request["work_s"])
    try:
        answer = repair(request["geometry"])
    except MemoryError:
        answer = Suggestion(failure="too-large")
    sys.stdout.buffer.write(msgspec.json.encode(answer))
    return 0


def repair(geometry: dict[str, Any]) -> Suggestion:
    """Close rings, drop repeats and spikes, and only then, where it still crosses itself, rebuild it."""
    try:
        parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        drawn = [[np.asarray([p[:2] for p in ring], dtype=float) for ring in part] for part in parts]
    except (KeyError, TypeError, ValueError, IndexError):
        return Suggestion(failure="not-a-polygon")
    if sum(len(ring) for part in drawn for ring in part) > MAX_VERTICES:
        return Suggestion(failure="too-large")
    steps: dict[str, None] = {}
    polygons, before_m2 = [], 0.0
    for part in drawn:
        before_m2 += abs(sum(_shoelace_m2(ring) * (1 if k == 0 else -1) for k, ring in enumerate(part)))
        rings = [mended for ring in part if (mended := _mend(ring, steps)) is not None]
        if rings:
            polygons.append(shapely.Polygon(rings[0], rings[1:]))
    if not polygons:
        return Suggestion(failure="no-ground-left", area_before_m2=before_m2)
    mended = shapely.MultiPolygon(polygons)
    if not shapely.is_valid(mended):
        steps["structure"] = None
        made = shapely.make_valid(mended, method="structure", keep_collapsed=False)
        areal = [g for g in shapely.get_parts(made) if g.geom_type in ("Polygon", "MultiPolygon") and g.area > 0]
        if not areal:
            return Suggestion(failure="no-ground-left", area_before_m2=before_m2)
        flat = [p for g in areal for p in shapely.get_parts(g)]
        mended = shapely.MultiPolygon(flat)
    if not steps:
        return Suggestion(failure="nothing-to-do", area_before_m2=before_m2)
    return Suggestion(
        geometry=msgspec.json.decode(shapely.to_geojson(mended)),
        area_before_m2=before_m2,
        area_after_m2=float(shapely.area(to_equal_area([mended]))[0]),
        steps=tuple(steps),
    )


def _mend(xy: NDArray, steps: dict[str, None]) -> NDArray | None:
    """Mend what belongs to one ring; None where nothing of it is left."""
    if len(xy) < 3 or not np.isfinite(xy).all():
        return None
    if not np.array_equal(xy[0], xy[-1]):
        xy = np.vstack([xy, xy[:1]])
        steps["closed"] = None
    near = (np.abs(np.diff(xy, axis=0)) < NEAR_DEGREES).all(axis=1)
    if near.any():
        xy = xy[:-1][~near]
        xy = np.vstack([xy, xy[:1]])
        steps["duplicates"] = None
    for _ in range(20):
        tip = _spike(xy)
        if tip is None:
            break
        xy = np.delete(xy[:-1], tip % (len(xy) - 1), axis=0)
        xy = np.vstack([xy, xy[:1]])
        steps["spikes"] = None
    return xy if len(xy) >= 4 else None


def _spike(xy: NDArray) -> int | None:
    """Find the sharpest tip that reaches further than the rest of the ring is wide."""
    ring = xy[:-1]
    if len(ring) < 4:
        return None
    metres = np.column_stack([np.cos(np.radians(ring[:, 1])), np.ones(len(ring))]) * 111_195.0
    back = (np.roll(ring, 1, axis=0) - ring) * metres
    forth = (np.roll(ring, -1, axis=0) - ring) * metres
    lengths = np.hypot(*back.T), np.hypot(*forth.T)
    with np.errstate(divide="ignore", invalid="ignore"):
        cosine = (back * forth).sum(axis=1) / (lengths[0] * lengths[1])
    side_m = np.sqrt(abs(_shoelace_m2(xy)))
    is_tip = (cosine > np.cos(np.radians(WIDEST_DEGREES))) & (np.minimum(*lengths) > side_m)
    return int(np.argmax(np.where(is_tip, cosine, -2))) if is_tip.any() else None


def _shoelace_m2(xy: NDArray) -> float:
    if len(xy) < 3 or not np.isfinite(xy).all():
        return 0.0
    flat = shapely.get_coordinates(to_equal_area([shapely.LineString(xy)]))
    x, y = (flat - flat[0]).T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


if __name__ == "__main__":
    sys.exit(main())
