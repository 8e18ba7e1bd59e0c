"""What a map layer is: declared once, drawn by MapLibre, by Leaflet and in a file that opens from disk."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from geo.text import Text
from maps import palettes


class Scale(Struct, frozen=True):
    """A value for each class of a number: `values[i]` from `breaks[i - 1]` up to below `breaks[i]`."""

    property: str
    breaks: tuple[float, ...]
    values: tuple[str | float, ...]
    missing: str | float
    """The value where a feature has no such number."""

    def at(self, number: float | None) -> str | float:
        """Find the value of one number; `missing` where there is none."""
        if number is None:
            return self.missing
        return self.values[sum(number >= limit for limit in self.breaks)]


class Class(Struct, frozen=True):
    """One line of a legend."""

    label: Text
    color: str
    radius_px: float | None = None
    """The radius of a dot; None draws a square swatch."""


class Legend(Struct, frozen=True):
    """What the colours and sizes of a part stand for, with their values."""

    title: Text
    note: Text
    classes: tuple[Class, ...] = ()
    is_years: bool = False
    """The classes are the years of planting that the data holds, known only when it is drawn."""


class Part(Struct, frozen=True, kw_only=True):
    """One way of drawing one source layer of a tile, between two zooms (of 512-pixel tiles)."""

    source_layer: str
    kind: Literal["fill", "dots", "labels"]
    min_zoom: int = 0
    max_zoom: int = 24
    color: str | Scale
    opacity: float = 1.0
    outline: str = ""
    outline_px: float = 0.0
    radius_px: float | Scale = 0.0
    """Of a dot, at a whole zoom; it doubles on the way to the next one, as the cells of the grid do."""
    levels: tuple[str, ...] = ()
    """The values of the property `level` that are drawn; empty means all."""
    label: Text | None = None
    """The property that holds the name, for each language."""
    halo: str = ""
    legend: Legend | None = None


class Field(Struct, frozen=True):
    """One line of the box that opens on a feature."""

    property: str
    title: Text
    kind: Literal[
        "text", "area_mu", "area_ha", "count", "region", "species", "programme", "lifecycle", "share", "synthetic"
    ] = "text"


class Layer(Struct, frozen=True, kw_only=True):
    """A vector-tile layer: the tiles at `/tiles/{name}/`, how each part of them looks, what a click shows."""

    name: str
    title: Text
    order: int
    """Lower numbers are drawn first, underneath."""
    max_data_zoom: int
    """The deepest zoom that has tiles; closer views draw these larger."""
    parts: tuple[Part, ...]
    popup: dict[str, tuple[Field, ...]] = {}
    """The fields shown for a feature, by source layer."""

    def over_years(self, first: int | None, last: int | None) -> "Layer":
        """Give the parts that are coloured by year the classes of the years the data really holds."""
        scale, classes = year_classes(first, last)
        parts = [
            replace(part, color=scale, legend=replace(part.legend, classes=classes))
            if part.legend and part.legend.is_years
            else part
            for part in self.parts
        ]
        return replace(self, parts=tuple(parts))


def year_classes(first: int | None, last: int | None) -> tuple[Scale, tuple[Class, ...]]:
    """Divide the years `first`..`last` into at most five classes, older years darker.

    Returns:
        The scale over the property `year`, and the lines of its legend, with one for "not recorded".

    """
    unknown = Class(Text(zh="年份未记录", en="year not recorded"), palettes.UNKNOWN)
    if first is None or last is None:
        return Scale("year", (), (palettes.UNKNOWN,), palettes.UNKNOWN), (unknown,)
    step = -(-(last - first + 1) // 5)
    starts = list(range(first, last + 1, step))
    colors = tuple(reversed(palettes.sample(palettes.SEQUENCE, len(starts))))
    classes = []
    for start, color in zip(starts, colors, strict=True):
        end = min(start + step - 1, last)
        label = str(start) if start == end else f"{start}–{end}"
        classes.append(Class(Text(zh=label, en=label), color))
    return Scale("year", tuple(starts[1:]), colors, palettes.UNKNOWN), (*classes, unknown)
