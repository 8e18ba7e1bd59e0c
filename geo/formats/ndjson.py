"""GeoJSON features, one on each line, for streams and line-by-line tools."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from geo import crs as crs_module
from geo.formats._depth import DepthGuard
from geo.formats._format import Format, FormatError, Layer, Opened, Record, Source
from geo.formats._writing import feature_texts
from geo.formats.geojson import feature_record
from geo.text import Text

MAX_LINE_BYTES = 64 * 1024 * 1024
_SEPARATOR = b"\x1e"
"""GeoJSON text sequences (RFC 8142) have it before each feature."""


def read(source: Source) -> Opened:
    """Open a file of features, in longitude and latitude; empty lines are passed over, and count as lines."""
    opened = Opened(name=source.path.stem, records=iter(()), total=source.path.stat().st_size)
    opened.is_geometry = not source.is_table
    opened.crs, opened.crs_declared_by = crs_module.WGS84, "format"
    opened.records = _records(source.path.open("rb"), opened)
    return opened


def _records(stream: BinaryIO, opened: Opened) -> Iterator[Record]:
    number = 0
    with stream:
        while line := stream.readline(MAX_LINE_BYTES):
            number += 1
            opened.done += len(line)
            text = line.removeprefix(b"\xef\xbb\xbf").strip().removeprefix(_SEPARATOR)
            if not text:
                continue
            guard = DepthGuard()
            guard.feed(text)
            try:
                feature = msgspec.json.decode(text)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise FormatError(
                    "not-json",
                    Text(zh=f"第 {number} 行不是合格的 JSON（UTF-8）：{error}", en=f"Line {number} is not JSON in UTF-8: {error}"),
                ) from error
            yield feature_record(feature, number, f"line {number}: ", opened)


def write(path: Path, layer: Layer) -> None:
    """Write a feature a line."""
    with path.open("wb") as stream:
        for batch in layer.rows:
            stream.writelines(feature + b"\n" for feature in feature_texts(layer, batch))


FORMAT = Format(
    name="ndjson",
    title=Text(zh="NDJSON（每行一个 GeoJSON 要素）", en="NDJSON (a GeoJSON feature a line)"),
    suffixes=(".ndjson", ".geojsonl", ".geojsons"),
    media_types=("application/x-ndjson", "application/geo+json-seq"),
    read=read,
    write=write,
    holds_about=False,
)
