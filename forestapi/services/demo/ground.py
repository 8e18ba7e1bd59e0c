"""The ground of the demonstration: planting bases in every county, and plots in every base.

The plots cover exactly 760,000 mu once, and a few per cent of it twice: some blocks are reported by two
crews, some surveyed again beside their first outline.
"""

from fractions import Fraction

import numpy as np
import shapely
from msgspec import Struct
from numpy.typing import NDArray

from forestapi.services.demo import shapes
from forestapi.services.demo._seed import stream
from forestapi.services.demo.counties import COUNTIES, outlines
from geo.area import M2_PER_MU, M2_PER_MU_EXACT, equal_area_transformer, to_equal_area
from geo.overlap import net_area_m2

NET_MU = 760_000
NET_M2 = float(Fraction(NET_MU) * M2_PER_MU_EXACT)
FIRST_REPORTS = 1_600
"""Plots that are reported once or for the first time."""
REPORTED_AGAIN = 0.09
"""Share of them that is also reported with another, shifted outline."""
CLOSING_MU = 412.0
"""Rough size of the one plot that makes up the rest."""
BASE_SPACING_M = 13_000.0
BASE_REACH_M = 8_500.0
"""A base's middle lies at least this far inside its county."""
DECIMALS = 7


class Ground(Struct, frozen=True):
    """Plots in the order of their numbers; arrays of one length."""

    boundary: NDArray
    """Valid polygons and multipolygons in EPSG:4326; objects."""
    county: NDArray
    """Position in `COUNTIES`."""
    base: NDArray
    """Number of the planting base, from 0, over all counties."""
    repeats: NDArray
    """Position of the plot whose ground is reported again, or -1."""


def make() -> Ground:
    """Lay out all plots so that their union measures `NET_M2` in EPSG:6933."""
    rng = stream("ground")
    shares = np.array([county.share for county in COUNTIES])
    plots_of_county = np.round(FIRST_REPORTS * shares / shares.sum()).astype(int)
    local: list[shapely.Geometry] = []
    counties: list[int] = []
    bases: list[int] = []
    repeats: list[int] = []
    for county, count in enumerate(plots_of_county):
        for size in _bases(rng, int(count)):
            base = bases[-1] + 1 if bases else 0
            drawn, again = _base(rng, size)
            repeats += [-1 if of < 0 else of + len(local) for of in again]
            local += drawn
            counties += [county] * len(drawn)
            bases += [base] * len(drawn)
    county_of, base_of = np.array(counties), np.array(bases)
    middles = _middles(rng, county_of, base_of)

    # Areas are kept by the move into the plane, so one scale for all bases brings the union to its size.
    plane_m2 = net_area_m2(_on_earth(local, middles[base_of], scale=1.0))
    scale = np.sqrt((NET_M2 - CLOSING_MU * M2_PER_MU) / plane_m2)
    boundaries = shapely.transform(
        _on_earth(local, middles[base_of], scale), lambda degrees: np.round(degrees, DECIMALS)
    )
    closing = shapes.sized(shapes.patch(rng, 1.0), NET_M2 - net_area_m2(boundaries))
    beside = middles[-1] + [0.0, -BASE_REACH_M * 0.8]
    boundaries = np.append(boundaries, _on_earth([closing], beside[None, :], scale=1.0))
    return Ground(
        boundary=boundaries,
        county=np.append(county_of, county_of[-1]),
        base=np.append(base_of, base_of[-1]),
        repeats=np.array([*repeats, -1]),
    )


def _bases(rng: np.random.Generator, plots: int) -> list[int]:
    """Share out a county's plots among its bases, 12 to 36 in each."""
    count = max(2, round(plots / 23))
    weights = rng.uniform(0.75, 1.35, count)
    return np.diff(np.round(np.cumsum(weights) / weights.sum() * plots), prepend=0).astype(int).tolist()


def _base(rng: np.random.Generator, plots: int) -> tuple[list[shapely.Geometry], list[int]]:
    """Draw the plots of one base around its middle, in metres; and for each which one it repeats, or -1."""
    areas_m2 = np.clip(rng.lognormal(np.log(365.0), 0.72, plots), 72, 3_200) * M2_PER_MU
    layout = [shapes.blocks, shapes.strips, shapes.patches][rng.choice(3, p=[0.4, 0.3, 0.3])]
    if layout is not shapes.patches:
        areas_m2 = np.minimum(areas_m2, 4 * np.median(areas_m2))
    drawn = layout(rng, areas_m2)
    if layout is shapes.patches and rng.random() < 0.4:
        drawn[0] = shapes.with_clearing(rng, drawn[0])
    if rng.random() < 0.35:
        # One plot in two parts: a track or a gully lies between them.
        drawn = [shapely.MultiPolygon([drawn[-2], drawn[-1]]), *drawn[:-2]]
    repeats = [-1] * len(drawn)
    for first in np.flatnonzero(rng.random(len(drawn)) < REPORTED_AGAIN).tolist():
        for _ in range(2 if rng.random() < 0.12 else 1):
            drawn.append(_again(rng, drawn[first]))
            repeats.append(first)
    return drawn, repeats


def _again(rng: np.random.Generator, polygon: shapely.Geometry) -> shapely.Geometry:
    """Outline ground a second time: shifted, turned a little and of another size."""
    turn = np.radians(rng.uniform(-9, 9))
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) * rng.uniform(
        0.85, 1.05
    )
    middle = np.array([polygon.centroid.x, polygon.centroid.y])
    heading = rng.uniform(0, 2 * np.pi)
    step_m = rng.uniform(0.3, 0.8) * np.sqrt(polygon.area) * np.array([np.cos(heading), np.sin(heading)])
    return shapely.transform(polygon, lambda xy: (xy - middle) @ rotation + middle + step_m)


def _middles(rng: np.random.Generator, county_of: NDArray, base_of: NDArray) -> NDArray:
    """Choose the middle of each base in EPSG:6933, inside its county and away from the others."""
    inner = shapely.buffer(to_equal_area(outlines()), -BASE_REACH_M * 1.15)
    middles: list[NDArray] = []
    for base in range(base_of.max() + 1):
        room = inner[county_of[base_of == base][0]]
        west, south, east, north = room.bounds
        for attempt in range(10_000):
            middle = rng.uniform([west, south], [east, north])
            spacing_m = BASE_SPACING_M * 0.999**attempt
            if room.contains(shapely.Point(middle)) and all(
                np.hypot(*(middle - m)) > spacing_m for m in middles
            ):
                break
        middles.append(middle)
    return np.array(middles)


def _on_earth(local: list[shapely.Geometry], middles: NDArray, scale: float) -> NDArray:
    """Move shapes from metres around a middle to longitude and latitude, each area multiplied by scale².

    EPSG:6933 stretches east-west and shrinks north-south by the same factor, so shapes are stretched likewise
    there and come out true on the ground.
    """
    transformer = equal_area_transformer()
    latitudes = transformer.transform(middles[:, 0], middles[:, 1], direction="INVERSE")[1]
    stretch = np.cos(np.radians(30.0)) / np.cos(np.radians(latitudes))
    xy, owner = shapely.get_coordinates(np.array(local, dtype=object), return_index=True)
    plane = xy * scale * np.column_stack([stretch, 1 / stretch])[owner] + middles[owner]
    degrees = np.column_stack(transformer.transform(plane[:, 0], plane[:, 1], direction="INVERSE"))
    return shapely.set_coordinates(np.array(local, dtype=object), degrees)
