"""Coordinate reference systems: what people write for one, what they mean, and the way to WGS84.

A CRS is declared, never guessed: this module reads declarations, converts, and, where coordinates contradict
a declaration, says what they look like (`doubt`), so that a person can decide.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError as ProjError

from geo import offset_crs
from geo.text import Text

WGS84 = CRS.from_user_input("OGC:CRS84")

LONGITUDES_OF_CHINA = (73.0, 135.1)
LATITUDES_OF_CHINA = (3.0, 54.0)

SAME_AS_WGS84 = ("WGS 84", "WGS84", "World Geodetic System 1984", "China 2000", "CGCS2000", "China_2000")
"""Datum names (or their beginnings) that differ from WGS84 by centimetres: converted without any shift."""

OLD_DATUMS = ("Beijing 1954", "Xian 1980", "New Beijing", "Beijing_1954", "Xian_1980")
"""Datums whose shift to WGS84 is unpublished for most of China: any conversion may be off by many metres."""

_ZONE = re.compile(
    r"cgcs\s*2000\D*3\s*-?\s*degree.*?gauss.*?(?:zone\s*(?P<zone>\d{2})|cm\s*(?P<meridian>\d{2,3})\s*e?)\s*$",
    re.IGNORECASE,
)
_URN = re.compile(r"urn:(?:x-)?ogc:def:crs:(?P<authority>[A-Za-z]+):[^:]*:(?P<code>\w+)\s*$", re.IGNORECASE)
_URL = re.compile(r"https?://www\.opengis\.net/def/crs/(?P<authority>\w+)/[^/]+/(?P<code>\w+)/?\s*$", re.I)

FIX = Text(
    zh="请写成 EPSG:4326（GPS 经纬度）、EPSG:4490（CGCS2000 经纬度）、"
    "EPSG:4513–4533（CGCS2000 3 度带，横坐标带号）或 EPSG:4534–4554（不带带号）等。",
    en="Write, for example, EPSG:4326 (GPS longitude and latitude), EPSG:4490 (the same in CGCS2000), "
    "EPSG:4513 to 4533 (CGCS2000 3-degree zones with the zone number in the easting) or EPSG:4534 to 4554 "
    "(without it).",
)


class CrsError(ValueError):
    """A text names no coordinate reference system that can be used; `text` says the fix in both languages."""

    def __init__(self, text: Text) -> None:
        """Keep the words in both languages."""
        super().__init__(text.en)
        self.text = text


def parse(text: str) -> CRS:
    """Read a CRS from what a person or a file declares; the result is two-dimensional.

    Accepts `EPSG:n`, a bare `n`, OGC URNs and URLs, `OGC:CRS84`, WKT, PROJJSON and the full names of the
    CGCS2000 3-degree Gauss-Kruger zones, `GCJ02` and `BD09` (`geo.offset_crs`).

    Raises:
        CrsError: nothing usable is named; the message tells how to write it.

    """
    cleaned = (text or "").strip()
    if not cleaned:
        raise CrsError(Text(zh=f"没有写坐标系。{FIX.zh}", en=f"No coordinate system is given. {FIX.en}"))
    if (shifted := offset_crs.named(cleaned)) is not None:
        return shifted
    try:
        crs = CRS.from_user_input(_authority_code(cleaned))
    except ProjError as error:
        shown = cleaned if len(cleaned) <= 80 else cleaned[:77] + "…"
        raise CrsError(
            Text(
                zh=f"不认识坐标系“{shown}”。{FIX.zh}",
                en=f"“{shown}” names no known coordinate system. {FIX.en}",
            )
        ) from error
    return _horizontal(crs)


def _authority_code(text: str) -> str:
    """Turn the spellings that PROJ does not know into ones it does."""
    if re.fullmatch(r"\d{4,6}", text):
        return f"EPSG:{text}"
    if zone := _ZONE.search(text.replace("_", " ")):
        if zone["zone"]:
            return f"EPSG:{4488 + int(zone['zone'])}"
        return f"EPSG:{4509 + round(int(zone['meridian']) / 3)}"
    match = _URN.match(text) or _URL.match(text)
    if match:
        return f"{match['authority'].upper()}:{match['code']}"
    return text


def _horizontal(crs: CRS) -> CRS:
    """Keep the part of a CRS that X and Y are in.

    Raises:
        CrsError: it is neither geographic nor projected (a height, a local or a geocentric system).

    """
    if crs.is_compound:
        crs = crs.sub_crs_list[0]
    if crs.is_bound and crs.source_crs is not None:
        crs = crs.source_crs
    if not (crs.is_geographic or crs.is_projected):
        raise CrsError(
            Text(
                zh=f"坐标系“{crs.name}”不是平面或经纬度坐标系。{FIX.zh}",
                en=f"The coordinate system “{crs.name}” is neither geographic nor projected. {FIX.en}",
            )
        )
    return crs.to_2d() if len(crs.axis_info) > 2 else crs


def identify(crs: CRS) -> str:
    """Name a CRS as briefly as is exact: `EPSG:n`, another authority's code, or its WKT."""
    if (shifted := offset_crs.name_of(crs)) is not None:
        return shifted
    if crs.name.startswith("WGS 84 (CRS84)"):
        return "EPSG:4326"
    authority = crs.to_authority(min_confidence=70)
    return ":".join(authority) if authority else crs.to_wkt()


def is_same(one: CRS, other: CRS) -> bool:
    """Tell whether two declarations put the same numbers on the same ground, whatever the axis order."""
    if identify(one) == identify(other):
        return True
    if is_wgs84_degrees(one) and is_wgs84_degrees(other):
        return True
    return one.equals(other, ignore_axis_order=True)


def _is_wgs84_datum(crs: CRS) -> bool:
    return any(name.startswith(SAME_AS_WGS84) for name in _datum_names(crs))


def _datum_names(crs: CRS) -> tuple[str, ...]:
    geodetic = crs.geodetic_crs or crs
    return (geodetic.datum.name if geodetic.datum else "", geodetic.name)


def is_wgs84_degrees(crs: CRS) -> bool:
    """Tell whether coordinates in `crs` already are WGS84 (or CGCS2000) longitude and latitude in degrees."""
    return crs.is_geographic and _is_wgs84_datum(crs) and _is_greenwich_degrees(crs)


def _is_greenwich_degrees(crs: CRS) -> bool:
    in_degrees = all(abs(axis.unit_conversion_factor - np.pi / 180) < 1e-9 for axis in crs.axis_info[:2])
    meridian = crs.prime_meridian
    return in_degrees and (meridian is None or meridian.longitude == 0)


def is_old_datum(crs: CRS) -> bool:
    """Tell whether a CRS is on a datum (Beijing 54, Xi'an 80) whose shift to WGS84 is only roughly known."""
    return any(old in name for name in _datum_names(crs) for old in OLD_DATUMS)


@lru_cache(maxsize=64)
def _to_wgs84_transformer(wkt: str) -> Transformer | None:
    crs = CRS.from_wkt(wkt)
    if is_wgs84_degrees(crs):
        return None
    # Within one datum family only the projection is undone: PROJ would otherwise be free to pick a shift.
    target = crs.geodetic_crs if _is_wgs84_datum(crs) and crs.is_projected else WGS84
    return Transformer.from_crs(crs, target, always_xy=True)


def to_wgs84(geometries: ArrayLike, crs: CRS) -> NDArray:
    """Bring geometries from `crs` to longitude and latitude (EPSG:4326), X and Y only.

    A geometry that has no place on Earth under `crs` (coordinates not finite or out of range) comes back as
    None; the rules tell why. CGCS2000 and WGS84 are taken as equal.
    """
    flat = shapely.force_2d(np.asarray(geometries, dtype=object))
    xy, owners = shapely.get_coordinates(flat, return_index=True)
    is_placed = np.isfinite(xy).all(axis=1)
    if crs.is_geographic and _is_greenwich_degrees(crs):
        is_placed &= (np.abs(xy[:, 0]) <= 180) & (np.abs(xy[:, 1]) <= 90)
    shifted = offset_crs.name_of(crs)
    transformer = None if shifted else _to_wgs84_transformer(crs.to_wkt())
    if shifted and len(xy):
        xy = np.where(is_placed[:, None], offset_crs.to_wgs84(np.where(is_placed[:, None], xy, 0.0), shifted), xy)
    if transformer is not None and len(xy):
        safe = np.where(is_placed[:, None], xy, 0.0)
        lon, lat = transformer.transform(safe[:, 0], safe[:, 1], errcheck=False)
        xy = np.column_stack([lon, lat])
        is_placed &= np.isfinite(xy).all(axis=1) & (np.abs(xy[:, 0]) <= 180) & (np.abs(xy[:, 1]) <= 90)
    flat = flat.copy()
    has_place = np.ones(len(flat), dtype=bool)
    has_place[owners[~is_placed]] = False
    kept = has_place[owners]
    flat[~has_place] = None
    return shapely.set_coordinates(flat, xy[kept])


@lru_cache(maxsize=64)
def _plausible_bounds(wkt: str) -> tuple[float, float, float, float] | None:
    crs = CRS.from_wkt(wkt)
    area = crs.area_of_use
    if area is None:
        return None
    margin = 1.0 if crs.is_geographic else 3.0
    west, east = area.west - margin, area.east + margin
    if area.west > area.east or east - west >= 360:
        west, east = -180.0, 180.0
    south, north = max(area.south - margin, -89.9), min(area.north + margin, 89.9)
    if crs.is_geographic:
        return (west, south, east, north) if _is_greenwich_degrees(crs) else None
    transformer = Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)
    bounds = transformer.transform_bounds(west, south, east, north, densify_pts=21, errcheck=False)
    return bounds if np.isfinite(bounds).all() else None


def plausible_bounds(crs: CRS) -> tuple[float, float, float, float] | None:
    """Give the smallest and largest X and Y that make sense under `crs`: its area of use and a margin.

    The margin is 3 degrees for a projected system (a plot may lie in the neighbouring zone), 1 for a
    geographic one. None where the area of use is not known.
    """
    return _plausible_bounds(crs.to_wkt())


def doubt(bounds: Iterable[float], crs: CRS) -> Text | None:
    """Say what coordinates look like when they do not suit the declared `crs`, and what to declare instead.

    Args:
        bounds: west, south, east, north of the doubtful coordinates as they stand in the file.
        crs: what was declared.

    Returns:
        None where there is nothing helpful to say. Never a guess that is acted on.

    """
    x_min, y_min, x_max, y_max = (float(v) for v in bounds)
    if not np.isfinite([x_min, y_min, x_max, y_max]).all():
        return None
    if crs.is_projected and max(abs(x_min), abs(x_max)) <= 180 and max(abs(y_min), abs(y_max)) <= 180:
        return Text(
            zh="这些数看起来是经纬度（度），不是米：若确为 GPS 经纬度，请声明 EPSG:4326。",
            en="These numbers look like degrees, not metres: if they are GPS longitude and latitude, "
            "declare EPSG:4326.",
        )
    zone = int(x_min // 1_000_000)
    if 25 <= zone <= 45 and zone == int(x_max // 1_000_000):
        return Text(
            zh=f"横坐标以 {zone} 开头，像是 CGCS2000 3 度带第 {zone} 带（EPSG:{4488 + zone}）；"
            "请核对后声明。",
            en=f"The easting begins with {zone}, as in CGCS2000 3-degree zone {zone} (EPSG:{4488 + zone}); "
            "check, then declare it.",
        )
    if 13 <= zone <= 23 and zone == int(x_max // 1_000_000):
        return Text(
            zh=f"横坐标以 {zone} 开头，像是 6 度带第 {zone} 带（CGCS2000 为 EPSG:{4478 + zone}）；"
            "请核对后声明。",
            en=f"The easting begins with {zone}, as in 6-degree zone {zone} (EPSG:{4478 + zone} for "
            "CGCS2000); check, then declare it.",
        )
    northing_zone = int(y_min // 1_000_000)
    if 13 <= northing_zone <= 45 and 300_000 <= x_min and x_max <= 6_000_000:
        return Text(
            zh="纵横坐标像是颠倒了：带号应在横坐标（东，X）上。请交换两列。",
            en="Easting and northing look exchanged: the zone number belongs to the easting (X). "
            "Swap the two columns.",
        )
    if not crs.is_projected and x_min >= 100_000 and x_max < 1_000_000 and 1_000_000 < y_min < 6_000_000:
        return Text(
            zh="这些数是米，像是不带带号的 3 度带坐标；中央经线无法从数字看出，"
            "请向测量人员确认后声明 EPSG:4534–4554 之一。",
            en="These are metres, as in a 3-degree zone without its number; the central meridian "
            "cannot be told from them: ask the surveyor, then declare one of EPSG:4534 to 4554.",
        )
    if not crs.is_projected and (abs(x_max) > 1000 or abs(y_max) > 1000):
        return Text(
            zh="这些数是米（或英尺），不是度：请声明数据真正的投影坐标系。",
            en="These are metres (or feet), not degrees: declare the projected system of the data.",
        )
    return None
