"""Shapes of plots as they lie in the field, in metres around the middle of a planting base.

Three ways of laying out a base: blocks along tracks, strips along the hollows between dunes, and patches.
None of them overlaps another of its base; who reports ground twice is decided in `ground`.
"""

import numpy as np
import shapely
from numpy.typing import NDArray

TRACK_M = 14.0
"""Width of the way left between neighbouring blocks."""


def blocks(rng: np.random.Generator, areas_m2: NDArray) -> list[shapely.Polygon]:
    """Lay out near-rectangular blocks in rows, their edges walked and so slightly uneven."""
    placed = _shelves(rng, areas_m2, height_m=np.sqrt(np.median(areas_m2)) * rng.uniform(0.75, 1.2))
    bend = _bend(rng, placed, amplitude_m=rng.uniform(20, 60))
    return [shapely.Polygon(bend(_walked(rng, *box))) for box in placed]


def strips(rng: np.random.Generator, areas_m2: NDArray) -> list[shapely.Polygon]:
    """Lay out long strips that taper off at both ends and follow the bends of the dunes."""
    placed = _shelves(rng, areas_m2, height_m=np.sqrt(np.median(areas_m2) / rng.uniform(4, 8)) / 0.8)
    bend = _bend(rng, placed, amplitude_m=rng.uniform(150, 400))
    return [shapely.Polygon(bend(_tapered(rng, *box))) for box in placed]


def patches(rng: np.random.Generator, areas_m2: NDArray) -> list[shapely.Polygon]:
    """Scatter rounded patches, the larger ones first, none nearer to another than their outlines reach."""
    centres: list[NDArray] = []
    reaches: list[float] = []
    drawn = []
    spread_m = 0.5 * np.sqrt(areas_m2.sum())
    for area_m2 in np.sort(areas_m2)[::-1]:
        outline = patch(rng, area_m2)
        reach_m = float(np.hypot(*shapely.get_coordinates(outline).T).max()) + TRACK_M
        while True:
            spread_m *= 1.003
            centre = rng.normal(0, spread_m, 2)
            if all(np.hypot(*(centre - c)) > reach_m + r for c, r in zip(centres, reaches, strict=True)):
                break
        centres.append(centre)
        reaches.append(reach_m)
        drawn.append(shapely.transform(outline, lambda xy, by=centre: xy + by))
    return drawn


def patch(rng: np.random.Generator, area_m2: float) -> shapely.Polygon:
    """Draw one rounded patch of the given area around the origin."""
    corners = int(rng.integers(14, 36))
    angles = 2 * np.pi * (np.arange(corners) + rng.uniform(-0.2, 0.2, corners)) / corners
    radius = np.ones(corners)
    for waves in (2, 3, 5):
        radius += rng.uniform(0.02, 0.13) * np.cos(waves * angles + rng.uniform(0, 2 * np.pi))
    return sized(
        shapely.Polygon(np.column_stack([radius * np.cos(angles), radius * np.sin(angles)])), area_m2
    )


def sized(polygon: shapely.Geometry, area_m2: float) -> shapely.Geometry:
    """Scale a shape about the origin so that it has the given area."""
    factor = np.sqrt(area_m2 / polygon.area)
    return shapely.transform(polygon, lambda xy: xy * factor)


def with_clearing(rng: np.random.Generator, polygon: shapely.Polygon) -> shapely.Polygon:
    """Leave out a clearing (a well, a salt flat) in the middle of a plot."""
    middle = polygon.representative_point()
    room_m = middle.distance(polygon.exterior)
    clearing = patch(rng, np.pi * (0.35 * room_m) ** 2)
    hole = shapely.transform(clearing, lambda xy: xy + [middle.x, middle.y])
    return shapely.Polygon(polygon.exterior, [hole.exterior])


def _shelves(
    rng: np.random.Generator, areas_m2: NDArray, height_m: float
) -> list[tuple[float, float, float, float]]:
    """Set boxes of the given areas side by side on shelves: left, bottom, width, height of each."""
    length_m = 1.25 * np.sqrt(areas_m2.sum())
    placed: list[tuple[float, float, float, float]] = []
    left = bottom = 0.0
    shelf_m = height_m
    for area_m2 in rng.permutation(areas_m2):
        width_m = area_m2 / shelf_m
        if left > 0 and left + width_m > length_m:
            bottom += shelf_m + TRACK_M * rng.uniform(1, 4)
            left, shelf_m = rng.uniform(0, 0.2) * length_m, height_m * rng.uniform(0.8, 1.25)
            width_m = area_m2 / shelf_m
        placed.append((left, bottom, width_m, shelf_m))
        left += width_m + TRACK_M * rng.uniform(1, 3)
    middle = bottom / 2
    return [(x - length_m / 2, y - middle, width_m, tall_m) for x, y, width_m, tall_m in placed]


def _walked(rng: np.random.Generator, left: float, bottom: float, width_m: float, height_m: float) -> NDArray:
    per_side = int(rng.integers(3, 7))
    along = np.arange(per_side) / per_side
    across = np.zeros(per_side)
    box = np.vstack(
        [
            np.column_stack([along, across]),
            np.column_stack([across + 1, along]),
            np.column_stack([1 - along, across + 1]),
            np.column_stack([across, 1 - along]),
        ]
    )
    steps_m = rng.uniform(-TRACK_M * 0.45, TRACK_M * 0.45, box.shape)
    return box * [width_m, height_m] + [left, bottom] + steps_m


def _tapered(
    rng: np.random.Generator, left: float, bottom: float, width_m: float, height_m: float
) -> NDArray:
    points = int(rng.integers(7, 16))
    t = np.linspace(0.0, 1.0, points)
    half = 0.5 * np.sqrt(1 - np.abs(2 * t - 1) ** 3.5) * rng.uniform(0.82, 1.0, points)
    upper = np.column_stack([t, 0.5 + half])
    lower = np.column_stack([t, 0.5 - half])[-2:0:-1]
    return np.vstack([upper, lower]) * [width_m, height_m] + [left, bottom]


def _bend(rng: np.random.Generator, placed: list[tuple[float, float, float, float]], amplitude_m: float):
    """Bend and turn the whole base; a shear moves ground without stretching it."""
    longest_m = max(width_m for _, _, width_m, _ in placed)
    wave_m = max(2.0 * longest_m, 2500.0) * rng.uniform(0.9, 1.4)
    phase, turn = rng.uniform(0, 2 * np.pi, 2)
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])

    def move(xy: NDArray) -> NDArray:
        shifted_m = amplitude_m * np.sin(2 * np.pi * xy[:, 0] / wave_m + phase)
        return np.column_stack([xy[:, 0], xy[:, 1] + shifted_m]) @ rotation

    return move
