"""CRSs as OGC API names them: by URI, with the axis order of the authority (EPSG:4326 is latitude first)."""

from functools import lru_cache

import shapely
from msgspec import Struct
from pyproj import CRS, Transformer

from geo.text import Text

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
OFFERED = (CRS84, *(f"{EPSG}{code}" for code in (4326, 4490, 3857, 6933)))
"""CRSs that features are read and written in: WGS84 both ways round, CGCS2000, web maps, and equal area."""


class OgcCrs(Struct, frozen=True):
    """One CRS of a request."""

    uri: str
    srid: int
    """The number of it in the database, where x (longitude, easting) always comes first."""
    is_flipped: bool
    """Whether the authority puts y (latitude, northing) first, and so does the text of a request or answer."""
    decimals: int
    """Digits after the point that keep a tenth of a millimetre."""

    @property
    def is_default(self) -> bool:
        """Whether it is CRS84, which GeoJSON is in where nothing is said."""
        return self.uri == CRS84


class UnknownCrs(ValueError):
    """A text is no CRS that is offered; `text` lists those that are."""

    def __init__(self, given: str) -> None:
        """Say in both languages which there are."""
        shown, listed = given[:80], ", ".join(OFFERED)
        self.text = Text(f"没有坐标系“{shown}”；可用：{listed}。", f"There is no CRS “{shown}” here; there are: {listed}.")
        super().__init__(self.text.en)


def parse(text: str) -> OgcCrs:
    """Read a CRS: a URI, `<URI>`, `[EPSG:4326]`, `EPSG:4326` or a URN of the same.

    Raises:
        UnknownCrs: it is none of OFFERED.

    """
    name = text.strip().strip("<>[]").replace("https://", "http://")
    if name.upper() in ("OGC:CRS84", "CRS84", "URN:OGC:DEF:CRS:OGC:1.3:CRS84", "URN:OGC:DEF:CRS:OGC::CRS84"):
        name = CRS84
    elif name.upper().startswith(("EPSG:", "URN:OGC:DEF:CRS:EPSG:")):
        name = EPSG + name.rpartition(":")[2]
    if name not in OFFERED:
        raise UnknownCrs(text)
    return _known(name)


@lru_cache(maxsize=len(OFFERED))
def _known(uri: str) -> OgcCrs:
    if uri == CRS84:
        return OgcCrs(uri, 4326, False, 9)
    srid = int(uri.removeprefix(EPSG))
    crs = CRS.from_epsg(srid)
    return OgcCrs(uri, srid, crs.axis_info[0].direction in ("north", "south"), 9 if crs.is_geographic else 4)


DEFAULT = _known(CRS84)


@lru_cache(maxsize=len(OFFERED))
def _transformer(srid: int) -> Transformer:
    return Transformer.from_crs(CRS.from_epsg(srid), CRS.from_epsg(4326), always_xy=True)


def to_crs84(geometry: shapely.Geometry, crs: OgcCrs) -> shapely.Geometry:
    """Bring a geometry whose coordinates are in `crs`, in its axis order, to longitude and latitude."""
    if crs.is_flipped:
        geometry = shapely.transform(geometry, lambda xy: xy[:, ::-1])
    if crs.srid == 4326:
        return geometry
    change = _transformer(crs.srid).transform
    return shapely.transform(geometry, change, interleaved=False)


def bbox_to_crs84(numbers: tuple[float, float, float, float], crs: OgcCrs) -> tuple[float, float, float, float]:
    """Bring the corners of a box to west, south, east, north in degrees; projected edges are followed."""
    first, second, third, fourth = numbers
    west, south, east, north = (second, first, fourth, third) if crs.is_flipped else numbers
    if crs.srid == 4326:
        return west, south, east, north
    return _transformer(crs.srid).transform_bounds(west, south, east, north)
