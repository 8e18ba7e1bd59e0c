"""What writers share: geometries as text or points, texts that no spreadsheet takes for formulas, and long texts."""

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geo.formats._format import GEOMETRY, JSON, FormatError, GeometryAs, Layer
from geo.text import Text

_FORMULA = "^'*[=+\\-@\t\r\n＝＋－＠]"
_RISKY = re.compile(_FORMULA)
_ENCODER = msgspec.json.Encoder(decimal_format="number")
CUT = "…"


def inert(column: pa.Array) -> pa.Array:
    """Put `'` before texts that a spreadsheet would take for a formula.

    The same is put before such a text that has `'` in front already, so that taking one away gives back what was.
    """
    risky = pc.match_substring_regex(column, _FORMULA)
    return pc.if_else(risky, pc.binary_join_element_wise("'", column, ""), column)


def inert_text(text: str) -> str:
    """Do the same to one text."""
    return f"'{text}" if _RISKY.match(text) else text


def iso_moments(column: pa.Array) -> pa.Array:
    """Write moments as ISO 8601 in UTC, with milliseconds."""
    return pc.binary_join_element_wise(pc.strftime(column, "%Y-%m-%dT%H:%M:%S"), "Z", "")


def way(layer: Layer, ways: tuple[GeometryAs, ...]) -> GeometryAs:
    """Say how a table's rows tell where they are: as asked, else in the format's own way."""
    return "none" if layer.geometry_type is None else layer.geometry_as or ways[0]


def placed(geometries: pa.Array, how: GeometryAs) -> dict[str, pa.Array]:
    """Turn WKB into columns: `wkt`, or `longitude` and `latitude` of a point inside (degrees), or nothing."""
    if how == "none":
        return {}
    shapes = shapely.from_wkb(np.asarray(geometries.to_pylist(), dtype=object))
    if how == "wkt":
        return {"wkt": pa.array(shapely.to_wkt(shapes, rounding_precision=-1, output_dimension=3), pa.string())}
    points = shapely.point_on_surface(shapes)
    sides = {"longitude": shapely.get_x(points), "latitude": shapely.get_y(points)}
    return {name: pa.array(side, pa.float64(), from_pandas=True) for name, side in sides.items()}


def feature_texts(layer: Layer, batch: pa.RecordBatch) -> Iterator[bytes]:
    """Write each row as a GeoJSON feature; an `id` is the feature's, what is JSON stays so, decimals stay exact.

    Outer rings run against the clock, as RFC 7946 has it.
    """
    kept = [field for field in batch.schema if field.name not in (GEOMETRY, "id")]
    columns = [_values(batch.column(field.name), field) for field in kept]
    ids = batch.column(layer.key).to_pylist()
    drawn: list[Any] = [None] * batch.num_rows
    if layer.geometry_type is not None:
        shapes = shapely.from_wkb(np.asarray(batch.column(GEOMETRY).to_pylist(), dtype=object))
        drawn = list(shapely.to_geojson(shapely.orient_polygons(shapes)))
    names = [field.name for field in kept]
    for id, shape, *values in zip(ids, drawn, *columns, strict=True):
        yield _ENCODER.encode({
            "type": "Feature", "id": id, "geometry": None if shape is None else msgspec.Raw(shape.encode()),
            "properties": dict(zip(names, values, strict=True)),
        })  # fmt: skip


def _values(column: pa.Array, field: pa.Field) -> list[Any]:
    values = column.to_pylist()
    if is_json(field):
        return [None if value is None else msgspec.Raw(value.encode()) for value in values]
    return values


def is_json(field: pa.Field) -> bool:
    """Whether a column's texts are JSON."""
    return JSON.items() <= (field.metadata or {}).items()


def about_lines(about: dict[str, Any]) -> list[tuple[str, str]]:
    """Give what a file says of itself as pairs of a name and a text, for formats that hold no JSON."""
    return [(name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)) for name, value in about.items()]


def too_large(format: str, zh: str, en: str) -> FormatError:
    """Say that a layer does not fit into a format, and what to do."""
    return FormatError(
        "unfit-for-format",
        Text(
            f"{format} {zh}；请缩小范围，或改用 CSV、GeoParquet、GeoPackage。",
            f"{format} {en}. Ask for less, or take CSV, GeoParquet or GeoPackage.",
        ),
    )
