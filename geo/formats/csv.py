"""CSV with a WKT column or longitude and latitude columns, or a plain table; UTF-8, UTF-16 or GB18030."""

import codecs
import csv
import re
import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from pyarrow.csv import CSVWriter

from geo.formats._columns import geometry_columns, unique_names
from geo.formats._encoding import text_encoding
from geo.formats._format import GEOMETRY, Format, FormatError, GeometryAs, Layer, Opened, Record, Source
from geo.formats._geojson_shape import Shape
from geo.formats._wkb import settle
from geo.formats._writing import inert, iso_moments, placed, way
from geo.text import Text
from geo.validity import ring_problem

MAX_CELL_CHARACTERS = 64 * 1024 * 1024
DELIMITERS = ",;\t"
BATCH_ROWS = 1000
WAYS: tuple[GeometryAs, ...] = ("wkt", "lonlat", "none")

_TYPES = {
    "POINT": "Point",
    "LINESTRING": "LineString",
    "POLYGON": "Polygon",
    "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString",
    "MULTIPOLYGON": "MultiPolygon",
}
_WKT_HEAD = re.compile(r"\s*([A-Z]+?)\s*(ZM|Z|M)?\s*(?:\(|EMPTY)", re.IGNORECASE)
_RING = re.compile(r"\(([^()]*)\)")
_INERT = re.compile(r"^'(?='*[=+\-@＝＋－＠])")
"""The mark that keeps a spreadsheet from taking a text for a formula (`geo.formats._writing.inert`)."""


def read(source: Source) -> Opened:
    """Open a CSV file; values stay text, an empty cell is null, rows are numbered as in a spreadsheet."""
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    encoding = text_encoding(source.path)
    delimiter = _delimiter(source.path, encoding)
    rows = _rows(source.path, encoding, delimiter)
    header_row, header = next(((n, cells) for n, cells in rows if any(c.strip() for c in cells)), (0, []))
    names = unique_names(header)
    wkt, lon_lat = (None, None) if source.is_table else geometry_columns(names)
    hidden = {wkt, *(lon_lat or ())}
    opened = Opened(
        name=source.path.stem,
        records=iter(()),
        columns=[name for name in names if name not in hidden],
        is_geometry=bool(wkt or lon_lat),
        total=source.path.stat().st_size,
    )
    opened.records = _records(rows, names, wkt, lon_lat, opened, encoding)
    return opened


def _delimiter(path: Path, encoding: str) -> str:
    """Take the separator that the header uses most, outside quotes."""
    with path.open(encoding=encoding, newline="") as stream:
        header = next((line for line in stream if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", header)
    return max(DELIMITERS, key=bare.count)


def _rows(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Give the rows with their number in a spreadsheet; a quoted line break does not start a row."""
    number = 0
    try:
        with path.open(encoding=encoding, newline="") as stream:
            for number, cells in enumerate(csv.reader(stream, delimiter=delimiter, strict=True), start=1):
                yield number, cells
    except csv.Error as error:
        raise FormatError(
            "unreadable",
            Text(
                zh=f"第 {number + 1} 行附近的引号不成对，或单元格过大（{error}）。",
                en=f"Near row {number + 1} a quotation mark is not closed, or a cell is too large ({error}).",
            ),
        ) from error


def _records(
    rows: Iterator[tuple[int, list[str]]],
    names: list[str],
    wkt: str | None,
    lon_lat: tuple[str, str] | None,
    opened: Opened,
    encoding: str,
) -> Iterator[Record]:
    width = 4 if encoding == "utf-16" else 1
    while batch := list(islice(rows, BATCH_ROWS)):
        batch = [(number, cells) for number, cells in batch if any(cell.strip() for cell in cells)]
        tables = [_named(names, cells) for _, cells in batch]
        if wkt:
            shapes = shapes_of_wkt([row.pop(wkt) for row in tables])
        elif lon_lat:
            shapes = [shape_of_point(row.pop(lon_lat[0]), row.pop(lon_lat[1]), lon_lat) for row in tables]
        else:
            shapes = [Shape()] * len(tables)
        for (number, cells), attributes, shape in zip(batch, tables, shapes, strict=True):
            opened.has_z |= shape.has_z
            opened.done += (sum(map(len, cells)) + len(cells)) * width
            problem, place = shape.problem, shape.place
            if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
                problem, place = "extra-values", f"column {len(names) + 1}"
            yield Record(number, attributes, shape.wkb, shape.type, problem, place)


def _named(names: list[str], cells: list[str]) -> dict[str, Any]:
    filled = [_INERT.sub("", cell.strip()) or None for cell in cells[: len(names)]]
    return dict(zip(names, filled + [None] * (len(names) - len(filled)), strict=True))


def shape_of_point(lon: str | None, lat: str | None, names: tuple[str, str]) -> Shape:
    """Make a point of a longitude and a latitude as written, or name what is wrong with them."""
    if lon is None and lat is None:
        return Shape()
    position = []
    for text, name in ((lon, names[0]), (lat, names[1])):
        try:
            position.append(float(text or ""))
        except ValueError:
            return Shape(None, "Point", "not-a-geometry", f"column {name}")
        if not np.isfinite(position[-1]):
            return Shape(None, "Point", "not-finite", f"column {name}")
    return Shape(struct.pack("<BIdd", 1, 1, *position), "Point")


def shapes_of_wkt(texts: list[str | None]) -> list[Shape]:
    """Read WKT; only the six flat types reach GEOS, which dies on deep nesting."""
    heads = [_WKT_HEAD.match(text) if text else None for text in texts]
    readable = np.full(len(texts), None, dtype=object)
    for i, (text, head) in enumerate(zip(texts, heads, strict=True)):
        if text and head and head[1].upper() in _TYPES:
            readable[i] = text
    geometries = shapely.from_wkt(readable, on_invalid="ignore")
    return [
        _settled(text, head, shape) if text else Shape()
        for text, head, shape in zip(texts, heads, settle(geometries), strict=True)
    ]


def _settled(text: str, head: re.Match | None, shape: Shape) -> Shape:
    if head is None:
        return Shape(problem="not-a-geometry", place=text[:40])
    kind = head[1].upper()
    has_z = (head[2] or "").upper().startswith("Z")
    if kind == "GEOMETRYCOLLECTION":
        return Shape(None, "GeometryCollection", "collection")
    if kind not in _TYPES:
        return Shape(None, None, "unsupported-type", head[1])
    if shape.problem != "not-a-geometry":
        return shape._replace(has_z=has_z)
    if kind in ("POLYGON", "MULTIPOLYGON"):
        for ring in _RING.findall(text):
            try:
                xy = np.array([[float(n) for n in point.split()[:2]] for point in ring.split(",")])
                problem = ring_problem(xy)
            except ValueError:
                return Shape(None, _TYPES[kind], "not-a-geometry", ring[:40])
            if problem:
                return Shape(None, _TYPES[kind], problem, "{:.10g} {:.10g}".format(*xy[0]), has_z)
    return Shape(None, _TYPES[kind], "not-a-geometry", text[:40], has_z)


def write(path: Path, layer: Layer) -> None:
    """Write a table in UTF-8 with a byte order mark, which Excel needs; texts are quoted, an empty cell is null."""
    how = way(layer, WAYS)
    nothing = pa.RecordBatch.from_pylist([], schema=layer.rows.schema)
    with path.open("wb") as stream:
        stream.write(codecs.BOM_UTF8)
        with CSVWriter(stream, _table(nothing, how).schema) as writer:
            for batch in layer.rows:
                writer.write(_table(batch, how))


def _table(batch: pa.RecordBatch, how: GeometryAs) -> pa.Table:
    columns: dict[str, pa.Array] = {}
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if field.name != GEOMETRY:
            moments = iso_moments(column) if pa.types.is_timestamp(field.type) else column
            columns[field.name] = inert(column) if pa.types.is_string(field.type) else moments
    if GEOMETRY in batch.schema.names:
        columns |= placed(batch.column(GEOMETRY), how)
    return pa.table(columns)


FORMAT = Format(
    name="csv",
    title=Text(zh="CSV 表格（WKT 或经纬度列）", en="CSV (with WKT, or longitude and latitude)"),
    suffixes=(".csv", ".tsv", ".txt"),
    media_types=("text/csv", "text/tab-separated-values"),
    read=read,
    write=write,
    geometry_as=WAYS,
    holds_about=False,
)
