"""Charts and maps for print, as plain SVG: no script, no style sheet, no address; every text is escaped.

Sizes are in the SVG's own units, of which one is about a pixel.
"""

from collections.abc import Callable, Sequence
from html import escape

import shapely

from maps import palettes

FONT = "Noto Sans SC, PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif"
WIDTH = 640
ROW = 24
NAME_WIDTH = 170
VALUE_WIDTH = 110
NAME_CHARACTERS = 15


def bars(rows: Sequence[tuple[str, float]], write: Callable[[float], str]) -> str:
    """Draw a bar for each name, in the order given.

    Args:
        rows: names and values; values below zero are drawn as none.
        write: how a value is written beside its bar.

    """
    most = max((value for _, value in rows), default=0) or 1
    room = WIDTH - NAME_WIDTH - VALUE_WIDTH
    parts = []
    for place, (name, value) in enumerate(rows):
        middle = place * ROW + ROW / 2
        length = max(value, 0) / most * room
        parts.append(_text(NAME_WIDTH - 8, middle, _short(name), "end"))
        parts.append(
            f'<rect x="{NAME_WIDTH}" y="{middle - 8}" width="{length:.1f}" height="16" fill="{palettes.SEQUENCE[3]}"/>'
        )
        parts.append(_text(NAME_WIDTH + length + 6, middle, write(value), "start"))
    return _svg(WIDTH, max(len(rows), 1) * ROW, parts)


def choropleth(
    shapes: Sequence[tuple[str, bytes, float]], write: Callable[[float], str], height: int = 300
) -> str:
    """Draw areas in five colours at most, by their values, with a legend that says the bounds.

    Args:
        shapes: name, WKB in a projected CRS with x east and y north, and value of each area.
        write: how a value is written in the legend.
        height: of the map above its legend.

    """
    grounds = shapely.from_wkb([wkb for _, wkb, _ in shapes])
    bounds = _breaks(sorted(value for *_, value in shapes))
    colors = palettes.sample(palettes.SEQUENCE, len(bounds) - 1)
    west, south, east, north = shapely.total_bounds(grounds)
    scale = min((WIDTH - 100) / max(east - west, 1), (height - 40) / max(north - south, 1))
    middle = ((west + east) / 2, (south + north) / 2)

    def at(xy: tuple[float, float]) -> tuple[float, float]:
        return WIDTH / 2 + (xy[0] - middle[0]) * scale, height / 2 - (xy[1] - middle[1]) * scale

    parts = [f'<rect width="{WIDTH}" height="{height}" fill="{palettes.GROUND}"/>']
    for (_, _, value), ground in zip(shapes, grounds, strict=True):
        color = colors[sum(value >= bound for bound in bounds[1:-1])]
        path = "".join(
            "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in map(at, ring.coords)) + "Z"
            for ring in shapely.get_rings(shapely.get_parts(ground))
        )
        parts.append(f'<path d="{path}" fill="{color}" stroke="{palettes.EDGE}" fill-rule="evenodd"/>')
    taken: list[tuple[float, float]] = []
    # The largest values are named first; a name that would lie on another is left out, as the table has it.
    for (name, _, _), ground in sorted(zip(shapes, grounds, strict=True), key=lambda pair: -pair[0][2]):
        x, y = at(next(iter(ground.representative_point().coords)))
        if all(abs(x - other[0]) > 78 or abs(y - other[1]) > 15 for other in taken):
            taken.append((x, y))
            y_below = y + 18 if y + 30 < height else y - 14
            parts.append(_text(x, y_below, _short(name), "middle", size=10, halo=True))
    for place, color in enumerate(colors):
        x = 4 + place % 3 * (WIDTH / 3)
        y = height + 16 + place // 3 * 20
        parts.append(f'<rect x="{x:.1f}" y="{y - 7}" width="14" height="14" fill="{color}"/>')
        parts.append(_text(x + 20, y, f"{write(bounds[place])} – {write(bounds[place + 1])}", "start"))
    return _svg(WIDTH, height + 14 + 20 * -(-len(colors) // 3), parts)


def _breaks(values: Sequence[float]) -> list[float]:
    """Give the least value, the bounds between classes that hold about as many values each, and the most."""
    count = min(len(palettes.SEQUENCE), len(set(values)))
    bounds = [values[0]]
    for n in range(1, count):
        bound = values[n * len(values) // count]
        if bound > bounds[-1]:
            bounds.append(bound)
    return [*bounds, values[-1]]


def _short(name: str) -> str:
    return name if len(name) <= NAME_CHARACTERS + 4 else name[: NAME_CHARACTERS + 3] + "…"


def _text(x: float, y: float, text: str, anchor: str, size: int = 12, halo: bool = False) -> str:
    drawn = f'x="{x:.1f}" y="{y + size * 0.36:.1f}" font-family="{FONT}" font-size="{size}" text-anchor="{anchor}"'
    # SVG takes no control characters, escaped or not.
    clean = escape("".join(letter if letter.isprintable() else " " for letter in text))
    under = f'<text {drawn} stroke="{palettes.HALO}" stroke-width="3" fill="none">{clean}</text>' if halo else ""
    return f'{under}<text {drawn} fill="{palettes.INK}">{clean}</text>'


def _svg(width: float, height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f"{''.join(parts)}</svg>"
    )
