"""The picture that a link to the site is shown with: the headline beside a map of the counties, as PNG bytes."""

from functools import lru_cache
from io import BytesIO

import shapely
from msgspec import Struct
from PIL import Image, ImageDraw, ImageFont

from maps import assets, palettes

SIZE = (1200, 630)
"""Pixels; the shape that chat programs and social sites expect."""
DARK = "#0e3b31"
PAPER = "#f8f3e8"
SOFT = "#5a5a48"
MAP = (560, 60, 1150, 560)
"""Where the map stands: left, top, right, bottom."""
DOT_PX = 3.2


class Headline(Struct, frozen=True, kw_only=True):
    """The words of the picture, in one language."""

    site: str
    programme: str
    what: str
    value: str
    """The number in mu, such as `760,000`."""
    unit: str
    also: str
    """The same in hectares."""
    facts: str
    note: str = ""
    """A warning along the bottom, such as that the data is synthetic."""


@lru_cache(maxsize=16)
def draw(headline: Headline, counties: tuple[tuple[bytes, str], ...], dots: tuple[tuple[float, float], ...]) -> bytes:
    """Draw it. The last few are kept, so that a link that many people open is drawn once.

    Args:
        headline: the words.
        counties: outline (WKB, EPSG:3857) and fill colour of each.
        dots: where plots are, in EPSG:3857.

    Raises:
        AssetMissing: the fonts are not installed.

    """
    image = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(image)
    pen.rectangle((520, 0, *SIZE), fill=palettes.GROUND)
    _draw_map(pen, counties, dots)
    pen.rectangle((0, 0, 520, 78), fill=DARK)
    _write(pen, (44, 20), headline.site, 30, "#ffffff", 440)
    _write(pen, (44, 112), headline.programme, 24, "#2c6f5c", 450)
    _write(pen, (44, 152), headline.what, 30, "#16261e", 450)
    unit_px = pen.textlength(headline.unit, font=_font(40))
    right, bottom = _write(pen, (42, 208), headline.value, 112, DARK, 444 - unit_px)
    pen.text((right + 12, bottom), headline.unit, font=_font(40), fill=DARK, anchor="ls")
    _, bottom = _write(pen, (44, bottom + 44), headline.also, 36, "#16261e", 450)
    _write(pen, (44, bottom + 22), headline.facts, 24, SOFT, 450)
    if headline.note:
        pen.rectangle((0, SIZE[1] - 54, *SIZE), fill=palettes.SYNTHETIC)
        _write(pen, (44, SIZE[1] - 43), headline.note, 25, "#ffffff", 1110)
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _draw_map(pen: ImageDraw.ImageDraw, counties: tuple[tuple[bytes, str], ...], dots: tuple[tuple[float, float], ...]) -> None:
    shapes = [(shapely.from_wkb(wkb), color) for wkb, color in counties]
    corners = [shape.bounds for shape, _ in shapes if not shape.is_empty] + [(*dot, *dot) for dot in dots]
    if not corners:
        return
    west, south = min(c[0] for c in corners), min(c[1] for c in corners)
    east, north = max(c[2] for c in corners), max(c[3] for c in corners)
    left, top, right, bottom = MAP
    metres = max((east - west) / (right - left), (north - south) / (bottom - top), 1.0)
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2

    def place(x: float, y: float) -> tuple[float, float]:
        return middle_x + (x - (west + east) / 2) / metres, middle_y - (y - (south + north) / 2) / metres

    for shape, color in shapes:
        for polygon in shapely.get_parts(shape):
            ring = [place(x, y) for x, y in polygon.exterior.coords]
            if len(ring) > 2:
                pen.polygon(ring, fill=color, outline=palettes.BORDER)
    for x, y in dots:
        column, row = place(x, y)
        pen.ellipse((column - DOT_PX, row - DOT_PX, column + DOT_PX, row + DOT_PX), fill=palettes.SEQUENCE[-1], outline=palettes.EDGE)


def _write(pen: ImageDraw.ImageDraw, place: tuple[float, float], text: str, size: int, color: str, width: float) -> tuple[float, float]:
    """Write a line, smaller where it would not fit; return where its digits end, to the right and downwards."""
    while size > 14 and pen.textlength(text, font=_font(size)) > width:
        size -= 2
    font = _font(size)
    while text and pen.textlength(text, font=font) > width:
        text = text[:-2] + "…"
    pen.text(place, text, font=font, fill=color, anchor="lt")
    right, bottom = place[0] + pen.textlength(text, font=font), pen.textbbox(place, "0", font=font, anchor="lt")[3]
    return right, bottom


@lru_cache(maxsize=32)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(assets.path("font_whole"), size)
