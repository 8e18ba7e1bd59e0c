"""Small drawings in a page: a plot's outline, where it lies in its county, its record over the years. Plain SVG.

Colours and widths stand in the style sheet, because the content policy allows no style in the page.
"""

import json
import math
from collections.abc import Sequence
from datetime import date
from html import escape
from typing import Any

SIZE = 300
MARGIN = 14
_EARTH_M = 111_320.0
CHART = (320, 120)


def outline(boundaries: Sequence[str], title: str, *, scale_words: str = "m") -> str:
    """Draw the last of some boundaries (GeoJSON, EPSG:4326) over the earlier ones, north up, with a scale bar.

    Args:
        boundaries: geometries as JSON text, the earliest first.
        title: what a reader who does not see it is told.
        scale_words: the unit of the scale bar.

    """
    rings = [_rings(text) for text in boundaries]
    west, south, east, north = _extent([ring for each in rings for ring in each])
    place, metres = _placed(west, south, east, north)
    paths = [
        f'<path class="{"now" if index == len(rings) - 1 else "before"}" d="{_path(each, place)}"/>' for index, each in enumerate(rings)
    ]
    bar_m = _round_down(0.3 * SIZE * metres)
    bar_px = bar_m / metres
    bar = (
        f'<path class="scale" d="M{MARGIN} {SIZE - 6}h{bar_px:.1f}"/>'
        f'<text x="{MARGIN}" y="{SIZE - 11}">{bar_m:g} {escape(scale_words)}</text>'
    )
    return _svg(SIZE, SIZE, title, "outline", "".join(paths) + bar)


def place_in(county: str, lon: float, lat: float, title: str) -> str:
    """Draw a county's outline (GeoJSON, EPSG:4326) with a dot at a place in it."""
    rings = _rings(county)
    place, _ = _placed(*_extent(rings))
    x, y = place(lon, lat)
    return _svg(SIZE, SIZE, title, "inset", f'<path class="land" d="{_path(rings, place)}"/><circle cx="{x:.1f}" cy="{y:.1f}" r="6"/>')


def record(points: Sequence[tuple[date, float, float | None, float | None]], title: str, *, most: float, unit: str) -> str:
    """Draw a value over the years, from 0 to `most`: dots, a line through them, and bars for intervals.

    Args:
        points: day, value, and the interval's ends or None.
        title: what it shows, for a reader who does not see it.
        most: the top of the scale.
        unit: written after the numbers at the side.

    """
    wide, high = CHART
    left, right, top, bottom = 46, wide - 12, 10, high - 22
    days = [day.toordinal() for day, *_ in points]
    first, last = date.fromordinal(min(days)).year, date.fromordinal(max(days)).year + 1
    start, end = date(first, 1, 1).toordinal(), date(last, 1, 1).toordinal()

    def x(day: date) -> float:
        return left + (day.toordinal() - start) / (end - start) * (right - left)

    def y(value: float) -> float:
        return bottom - min(value, most) / most * (bottom - top)

    parts = [f'<path class="axis" d="M{left} {y(level):.1f}H{right}"/><text class="end" x="{left - 6}" y="{y(level) + 4:.1f}">{level:g}{escape(unit)}</text>'
             for level in (0, most / 2, most)]  # fmt: skip
    step = max(1, math.ceil((last - first) / 6))
    for year in range(first, last + 1, step):
        parts.append(f'<text class="middle" x="{x(date(year, 1, 1)):.1f}" y="{high - 6}">{year}</text>')
    for day, _, low, above in points:
        if low is not None and above is not None:
            parts.append(f'<path class="interval" d="M{x(day):.1f} {y(low):.1f}V{y(above):.1f}"/>')
    line = " ".join(f"{x(day):.1f},{y(value):.1f}" for day, value, *_ in points)
    parts.append(f'<polyline points="{line}"/>')
    parts += [f'<circle cx="{x(day):.1f}" cy="{y(value):.1f}" r="4"/>' for day, value, *_ in points]
    return _svg(wide, high, title, "record", "".join(parts))


def _svg(wide: int, high: int, title: str, kind: str, inside: str) -> str:
    return f'<svg class="{kind}" viewBox="0 0 {wide} {high}" role="img" aria-label="{escape(title)}">{inside}</svg>'


def _rings(text: str) -> list[list[list[float]]]:
    geometry: dict[str, Any] = json.loads(text)
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return [ring for polygon in polygons for ring in polygon]


def _extent(rings: list[list[list[float]]]) -> tuple[float, float, float, float]:
    lon = [corner[0] for ring in rings for corner in ring]
    lat = [corner[1] for ring in rings for corner in ring]
    return min(lon), min(lat), max(lon), max(lat)


def _placed(west: float, south: float, east: float, north: float) -> tuple[Any, float]:
    """Make the function from degrees to pixels, and say how many metres a pixel is."""
    shrink = math.cos(math.radians((south + north) / 2))
    wide_m, high_m = (east - west) * shrink * _EARTH_M, (north - south) * _EARTH_M
    metres = max(wide_m, high_m, 1.0) / (SIZE - 2 * MARGIN - 14)
    middle_lon, middle_lat = (west + east) / 2, (south + north) / 2

    def place(lon: float, lat: float) -> tuple[float, float]:
        return (
            SIZE / 2 + (lon - middle_lon) * shrink * _EARTH_M / metres,
            SIZE / 2 - 7 - (lat - middle_lat) * _EARTH_M / metres,
        )

    return place, metres


def _path(rings: list[list[list[float]]], place: Any) -> str:
    return "".join("M" + "L".join("{:.1f} {:.1f}".format(*place(*corner[:2])) for corner in ring) + "Z" for ring in rings)


def _round_down(value: float) -> float:
    unit = 10 ** math.floor(math.log10(value))
    return next(step * unit for step in (5, 2, 1) if step * unit <= value)
