"""GeoPackage, through GDAL."""

from pathlib import Path

import pyogrio

from geo.formats._format import Format, FormatError, Layer, Opened, Source
from geo.formats._gdal import choose_layer, open_layer, write_layer
from geo.text import Text

_SQLITE = b"SQLite format 3\0"


def read(source: Source) -> Opened:
    """Open a layer of a GeoPackage; a table without geometry is allowed."""
    with source.path.open("rb") as stream:
        if stream.read(16) != _SQLITE:
            raise FormatError(
                "unreadable",
                Text(zh="不是 GeoPackage 文件。", en="This is not a GeoPackage (no SQLite header)."),
            )
    names = [str(name) for name, _ in pyogrio.list_layers(source.path)]
    layer = choose_layer(names, source.layer, source.prefer)
    opened = open_layer(source.path, layer, layer)
    opened.is_geometry = opened.is_geometry and not source.is_table
    return opened


def write(path: Path, layer: Layer) -> None:
    """Write a layer, beside those that the file has."""
    write_layer(path, layer, "GPKG")


FORMAT = Format(
    name="geopackage",
    title=Text(zh="GeoPackage", en="GeoPackage"),
    suffixes=(".gpkg",),
    media_types=("application/geopackage+sqlite3", "application/vnd.sqlite3"),
    read=read,
    write=write,
)
