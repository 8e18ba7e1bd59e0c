"""GCJ-02 and BD-09: longitudes and latitudes that Chinese map services shift by hundreds of metres.

They are declared, never guessed. The way there is a published formula; the way back is found by iteration, to far
below a millimetre (the usual one-step inverse leaves up to 2.8 m). Outside China GCJ-02 is WGS84.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

_A = 6378245.0
_EE = 0.00669342162296594323
_X_PI = np.pi * 3000.0 / 180.0
_ROUNDS = 12

_WKT = (
    'GEOGCS["{name}",DATUM["{name} (shifted)",SPHEROID["Krassowsky 1940",6378245,298.3]],PRIMEM["Greenwich",0],'
    'UNIT["degree",0.0174532925199433],AXIS["Longitude",EAST],AXIS["Latitude",NORTH]]'
)
NAMES = {"GCJ-02": ("GCJ02", "GCJ-02", "GCJ_02"), "BD-09": ("BD09", "BD-09", "BD_09", "BD09LL")}
SYSTEMS = {name: CRS.from_wkt(_WKT.format(name=name)) for name in NAMES}


def named(text: str) -> CRS | None:
    """Give the system that a declaration names; None if it names neither."""
    word = text.strip().upper()
    return next((SYSTEMS[name] for name, words in NAMES.items() if word in words), None)


def name_of(crs: CRS) -> str | None:
    """Give `GCJ-02` or `BD-09`, or None for any other system."""
    return crs.name if crs.name in SYSTEMS else None


def to_wgs84(xy: NDArray, name: str) -> NDArray:
    """Bring longitudes and latitudes, float (n, 2), from a shifted system to WGS84."""
    if name == "BD-09":
        xy = _inverse(xy, gcj_to_bd)
    return _inverse(xy, wgs84_to_gcj)


def wgs84_to_gcj(xy: NDArray) -> NDArray:
    """Shift WGS84 longitudes and latitudes, float (n, 2), to GCJ-02."""
    lon, lat = np.asarray(xy, dtype=float).T
    x, y = lon - 105.0, lat - 35.0
    rootx = np.sqrt(np.abs(x))
    waves = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    d_lat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * rootx + waves
    d_lat += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    d_lat += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    d_lon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * rootx + waves
    d_lon += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    d_lon += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    phi = np.radians(lat)
    magic = 1 - _EE * np.sin(phi) ** 2
    d_lat = d_lat * 180.0 / ((_A * (1 - _EE)) / (magic * np.sqrt(magic)) * np.pi)
    d_lon = d_lon * 180.0 / (_A / np.sqrt(magic) * np.cos(phi) * np.pi)
    is_china = (lon > 72.004) & (lon < 137.8347) & (lat > 0.8293) & (lat < 55.8271)
    return np.column_stack([lon + np.where(is_china, d_lon, 0.0), lat + np.where(is_china, d_lat, 0.0)])


def gcj_to_bd(xy: NDArray) -> NDArray:
    """Shift GCJ-02 longitudes and latitudes, float (n, 2), to BD-09."""
    x, y = np.asarray(xy, dtype=float).T
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _X_PI)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _X_PI)
    return np.column_stack([radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006])


def _inverse(xy: NDArray, forward: Callable[[NDArray], NDArray]) -> NDArray:
    """Find what the way there takes to `xy`, by correcting a guess with its own error."""
    wanted = np.asarray(xy, dtype=float)
    found = wanted.copy()
    for _ in range(_ROUNDS):
        found = found - (forward(found) - wanted)
    return found
