"""Layers that GDAL reads and writes, as streams; used for GeoPackage, FlatGeobuf and Shapefile."""

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyogrio

from geo import crs as crs_module
from geo.formats._format import GEOMETRY, FormatError, Layer, Opened, Record
from geo.formats._wkb import shapes_of
from geo.text import Text

BATCH_ROWS = 1000


def choose_layer(names: list[str], wanted: str | None, preferred: str | None = None) -> str:
    """Take the layer that is asked for, else the preferred one if it is there, or the only one.

    Raises:
        FormatError: layer-unknown or layer-required, listing the layers.

    """
    listed = "、".join(names[:20]), ", ".join(names[:20])
    if wanted is not None and wanted not in names:
        raise FormatError(
            "layer-unknown",
            Text(
                zh=f"没有图层“{wanted}”。有：{listed[0]}",
                en=f"There is no layer “{wanted}”. There are: {listed[1]}",
            ),
        )
    if wanted is None and preferred in names:
        return str(preferred)
    if wanted is None and len(names) > 1:
        raise FormatError(
            "layer-required",
            Text(
                zh=f"文件有多个图层，请用 --layer 选一个：{listed[0]}",
                en=f"Choose one with --layer: {listed[1]}",
            ),
        )
    if not names:
        raise FormatError("layer-unknown", Text(zh="文件里没有图层。", en="The file holds no layer."))
    return wanted or names[0]


def open_layer(path: Path, layer: str, name: str, encoding: str | None = None) -> Opened:
    """Open one layer through GDAL's Arrow stream, a thousand rows at a time."""
    info = pyogrio.read_info(path, layer=layer, encoding=encoding)
    opened = Opened(name=name, records=iter(()), columns=list(info["fields"]), total=max(info["features"], 0))
    opened.is_geometry = info["geometry_type"] is not None
    if info["crs"]:
        opened.crs, opened.crs_declared_by = crs_module.parse(info["crs"]), "file"
    opened.records = _records(path, layer, encoding, opened)
    return opened


def write_layer(path: Path, layer: Layer, driver: str, rows: pa.RecordBatchReader | None = None, **options: str) -> None:
    """Write a layer by GDAL, batch by batch; dates, moments and booleans stay what they are where the format has them.

    Args:
        path: the file; in a format with several layers it may be there already.
        layer: what to write.
        driver: GDAL's name of the format.
        rows: taken in place of the layer's own, where a format needs them otherwise.
        options: GDAL's options for this format.

    """
    has_geometry = layer.geometry_type is not None
    pyogrio.write_arrow(
        layer.rows if rows is None else rows, path, layer=layer.name, driver=driver,
        geometry_name=GEOMETRY if has_geometry else None,
        geometry_type=layer.geometry_type, crs="EPSG:4326" if has_geometry else None,
        layer_metadata={"forest": json.dumps(layer.about, ensure_ascii=False)} if layer.about else None, **options,
    )  # fmt: skip


def _records(path: Path, layer: str, encoding: str | None, opened: Opened) -> Iterator[Record]:
    number = 0
    with pyogrio.open_arrow(path, layer=layer, encoding=encoding, batch_size=BATCH_ROWS) as (meta, stream):
        geometry_name = meta["geometry_name"] or "wkb_geometry"
        for batch in pa.RecordBatchReader.from_stream(stream):
            columns = {
                field: batch.column(field).to_pylist()
                for field in batch.schema.names
                if field != geometry_name
            }
            has_geometry = geometry_name in batch.schema.names
            wkbs = batch.column(geometry_name).to_pylist() if has_geometry else [None] * batch.num_rows
            wkbs = [wkb or None for wkb in wkbs]  # FlatGeobuf gives no bytes where there is no geometry
            for i, shape in enumerate(shapes_of(wkbs)):
                number += 1
                opened.has_z |= shape.has_z
                attributes = {field: values[i] for field, values in columns.items()}
                yield Record(number, attributes, shape.wkb, shape.type, shape.problem, shape.place)
            opened.done = number
