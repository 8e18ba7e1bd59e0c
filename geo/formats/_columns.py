"""Headers of tables: made unique, and searched for the columns that hold a geometry."""

from collections.abc import Sequence

_WKT = ("wkt", "geometry", "geom", "the_geom", "geometry_wkt", "wkt_geom", "几何", "边界", "边界wkt")
# The first name that a header has is taken, so that the choice never depends on chance.
_LON = ("lon", "lng", "long", "longitude", "x", "lon_wgs84", "经度", "东经", "横坐标", "经度x")
_LAT = ("lat", "latitude", "y", "lat_wgs84", "纬度", "北纬", "纵坐标", "纬度y")


def unique_names(header: Sequence[object]) -> list[str]:
    """Name every column: an empty header becomes `column_3`, a repeated one gets `_2`."""
    names: dict[str, None] = {}
    repeats: dict[str, int] = {}
    for i, cell in enumerate(header):
        base = (str(cell).strip() if cell is not None else "") or f"column_{i + 1}"
        name = base
        while name in names:
            repeats[base] = repeats.get(base, 1) + 1
            name = f"{base}_{repeats[base]}"
        names[name] = None
    return list(names)


def geometry_columns(names: Sequence[str]) -> tuple[str | None, tuple[str, str] | None]:
    """Find the WKT column, else the pair of longitude (or easting) and latitude (or northing) columns."""
    by_key = {name.strip().lower(): name for name in reversed(names)}
    for key in _WKT:
        if key in by_key:
            return by_key[key], None
    lon = next((by_key[key] for key in _LON if key in by_key), None)
    lat = next((by_key[key] for key in _LAT if key in by_key), None)
    return (None, (lon, lat)) if lon and lat else (None, None)
