"""The colours of the maps: a sand ground, and greens that a colour-blind reader can still tell apart.

A sequence runs from light to dark in even steps of lightness, so that its classes differ for every kind of
colour vision; `tests/unit/test_maps.py` measures it. Red against green is never used.
"""

GROUND = "#e8dcc3"
"""Bare ground: what a map shows where it knows nothing."""
GRID = "#ddcea9"
"""The lines of longitude and latitude on the bare ground."""
DEGREES = "#83714a"
LAND = "#f4ecdb"
"""Land inside the region outlines."""
BORDER = "#c9b78f"
LABEL = "#5c4d33"
HALO = "#f9f4e8"
INK = "#16261e"
UNKNOWN = "#a39680"
"""A value that was not recorded."""
EDGE = "#fbf7ec"
"""The thin line that keeps neighbours apart."""
SYNTHETIC = "#a4501e"

SEQUENCE = ("#e3c463", "#90a64b", "#508a58", "#21634f", "#0a383c")
"""From little planted ground to much, and from the latest planting to the earliest."""

AREA = ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494")
"""ColorBrewer YlGnBu: from little planted ground in a county to much."""
SURVIVAL = ("#b35806", "#fdb863", "#b2abd2", "#542788")
"""ColorBrewer PuOr: from failed to qualified; orange against purple, which every kind of vision tells apart."""
KINDS = ("#332288", "#ddaa33", "#44aa99", "#cc6677", "#88ccee", "#117733", "#882255", "#bbaa77")
"""Kinds without an order (species, programmes), the commonest first; after Paul Tol's muted scheme."""
OTHER = "#b9b1a2"
"""All further kinds."""


def sample(palette: tuple[str, ...], count: int) -> tuple[str, ...]:
    """Pick `count` colours (1 up to the palette's length), spread evenly over its range.

    Raises:
        ValueError: `count` is out of range.

    """
    if not 1 <= count <= len(palette):
        raise ValueError(f"count must be 1 to {len(palette)}, not {count}")
    if count == 1:
        return (palette[-2],)
    return tuple(palette[round(i * (len(palette) - 1) / (count - 1))] for i in range(count))
