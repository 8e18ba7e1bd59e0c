"""FlatGeobuf, through GDAL."""

from pathlib import Path

import pyogrio

from geo.formats._format import Format, FormatError, Layer, Opened, Source
from geo.formats._gdal import choose_layer, open_layer, write_layer
from geo.text import Text

_MAGIC = b"fgb"


def read(source: Source) -> Opened:
    """Open the one layer of a FlatGeobuf file."""
    with source.path.open("rb") as stream:
        if stream.read(3) != _MAGIC:
            raise FormatError(
                "unreadable", Text(zh="不是 FlatGeobuf 文件。", en="This is not FlatGeobuf (no magic bytes).")
            )
    names = [str(name) for name, _ in pyogrio.list_layers(source.path)]
    layer = choose_layer(names, source.layer)
    opened = open_layer(source.path, layer, layer)
    opened.is_geometry = opened.is_geometry and not source.is_table
    return opened


def write(path: Path, layer: Layer) -> None:
    """Write the one layer; with a spatial index, which the format has only where every row has a geometry."""
    write_layer(path, layer, "FlatGeobuf", SPATIAL_INDEX="NO" if layer.is_sparse else "YES")


FORMAT = Format(
    name="flatgeobuf",
    title=Text(zh="FlatGeobuf", en="FlatGeobuf"),
    suffixes=(".fgb",),
    media_types=("application/flatgeobuf",),
    read=read,
    write=write,
)
