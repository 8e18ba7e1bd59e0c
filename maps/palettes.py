"""The colours of the maps: a sand ground, and greens that a colour-blind reader can still tell apart.

A sequence runs from light to dark in even steps of lightness, so that its classes differ for every kind of
colour vision; `tests/unit/test_maps.py` measures it. Red against green is never used.
"""

GROUND = "#e8dcc3"
"""Bare ground: what a map shows where it knows nothing."""
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

AREA = ("#cdbb6a", "#97ab5c", "#5c9161", "#2c6f5c", "#0e4747")
"""Planted ground in a cell, least to most."""
YEARS = ("#d3c46b", "#9db554", "#5f9a5c", "#2b765e", "#0b4f4a")
"""Years of planting, latest to earliest."""


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
