"""GeoParquet 1.0 and 1.1 with WKB geometry, and Parquet tables whose geometry column is typed."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from geo import crs as crs_module
from geo.formats._format import GEOMETRY, Format, FormatError, Layer, Opened, Record, Source
from geo.formats._wkb import shapes_of
from geo.text import Text

BATCH_ROWS = 1000
GROUP_ROWS = 50_000
GROUP_BYTES = 64 * 1024 * 1024
BOX = "bbox"
_SIDES = ["xmin", "ymin", "xmax", "ymax"]


def read(source: Source) -> Opened:
    """Open a GeoParquet file; where it gives no CRS its standard says longitude and latitude."""
    try:
        parquet = pq.ParquetFile(source.path, memory_map=False)
    except pa.ArrowInvalid as error:
        raise FormatError(
            "unreadable",
            Text(zh=f"不是 Parquet 文件（{error}）。", en=f"This is not a Parquet file ({error})."),
        ) from error
    schema = parquet.schema_arrow
    geometry, crs_member = (None, None) if source.is_table else _geometry_column(schema)
    opened = Opened(
        name=source.path.stem,
        records=iter(()),
        columns=[name for name in schema.names if name not in {geometry, *_boxes_of(schema, geometry)}],
        is_geometry=geometry is not None,
        total=parquet.metadata.num_rows,
    )
    if geometry is not None:
        opened.crs, opened.crs_declared_by = _crs(crs_member)
    opened.records = _records(parquet, geometry, opened)
    return opened


class _Absent:
    """The file says nothing of a CRS, which its standard takes for longitude and latitude."""


def _geometry_column(schema: pa.Schema) -> tuple[str | None, object]:
    """Find the geometry column and what is said of its CRS (`_Absent` where nothing is)."""
    metadata = (schema.metadata or {}).get(b"geo")
    if metadata:
        geo = json.loads(metadata)
        name = geo.get("primary_column")
        column = geo.get("columns", {}).get(name)
        if column is None or name not in schema.names or column.get("encoding") != "WKB":
            raise FormatError(
                "unreadable",
                Text(
                    zh="GeoParquet 的几何列必须用 WKB 编码，请以 WKB 重新导出。",
                    en="The geometry column of a GeoParquet file must be encoded as WKB: export it again so.",
                ),
            )
        return name, column.get("crs", _Absent)
    for field in schema:
        found = _extension(field)
        if found == "geoarrow.wkb":
            said = _extension_metadata(field)
            return field.name, said.get("crs", _Absent)
    return None, None


def _boxes_of(schema: pa.Schema, geometry: str | None) -> set[str]:
    """Find the columns that hold the boxes of geometries: they say nothing that these do not."""
    if geometry is None or not (metadata := (schema.metadata or {}).get(b"geo")):
        return set()
    covering = json.loads(metadata)["columns"][geometry].get("covering")
    paths = covering.get("bbox", {}).values() if isinstance(covering, dict) and isinstance(covering.get("bbox"), dict) else ()
    return {path[0] for path in paths if isinstance(path, list) and path and isinstance(path[0], str)}


def _extension(field: pa.Field) -> str | None:
    if isinstance(field.type, pa.BaseExtensionType):
        return field.type.extension_name
    return (field.metadata or {}).get(b"ARROW:extension:name", b"").decode() or None


def _extension_metadata(field: pa.Field) -> dict:
    if isinstance(field.type, pa.ExtensionType):
        text = field.type.__arrow_ext_serialize__()
    else:
        text = (field.metadata or {}).get(b"ARROW:extension:metadata", b"")
    return json.loads(text) if text else {}


def _crs(said: object) -> tuple[CRS | None, str | None]:
    if said is _Absent:
        return crs_module.WGS84, "format"
    if said is None:
        return None, None
    return crs_module.parse(said if isinstance(said, str) else json.dumps(said)), "file"


def _records(parquet: pq.ParquetFile, geometry: str | None, opened: Opened) -> Iterator[Record]:
    number = 0
    for batch in parquet.iter_batches(batch_size=BATCH_ROWS):
        columns = {name: batch.column(name).to_pylist() for name in opened.columns}
        wkbs = [None] * batch.num_rows
        if geometry is not None:
            column = batch.column(geometry)
            wkbs = (column.storage if isinstance(column, pa.ExtensionArray) else column).to_pylist()
        for i, shape in enumerate(shapes_of(wkbs)):
            number += 1
            opened.has_z |= shape.has_z
            attributes = {name: values[i] for name, values in columns.items()}
            yield Record(number, attributes, shape.wkb, shape.type, shape.problem, shape.place)
        opened.done = number


def write(path: Path, layer: Layer) -> None:
    """Write GeoParquet 1.1: WKB, a box beside each geometry for quick reading by place, compressed.

    Rows are gathered into groups, so that memory holds one group.
    """
    schema, metadata = layer.rows.schema, {"forest": json.dumps(layer.about, ensure_ascii=False)}
    if layer.geometry_type is not None:
        schema = schema.append(pa.field(BOX, pa.struct([(side, pa.float64()) for side in _SIDES])))
        metadata["geo"] = json.dumps(_geo(layer))
    schema = schema.with_metadata(metadata)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        gathered = _Gathered(writer)
        for batch in layer.rows:
            columns = batch.columns
            if layer.geometry_type is not None:
                columns = [*columns, _boxes(batch.column(GEOMETRY))]
            gathered.add(pa.table(columns, schema=schema))
        gathered.flush()


def _geo(layer: Layer) -> dict:
    """Describe the geometry column. The box around all is left out: older readers look for this at the file's start."""
    column = {
        "encoding": "WKB", "geometry_types": [layer.geometry_type], "crs": crs_module.WGS84.to_json_dict(), "edges": "planar",
        "covering": {"bbox": {side: [BOX, side] for side in _SIDES}},
    }  # fmt: skip
    return {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}


def _boxes(geometries: pa.Array) -> pa.Array:
    shapes = shapely.from_wkb(np.asarray(geometries.to_pylist(), dtype=object))
    boxes = shapely.bounds(shapes)
    sides = [pa.array(boxes[:, i], from_pandas=True) for i in range(4)]
    return pa.StructArray.from_arrays(sides, names=_SIDES, mask=pa.array(shapely.is_missing(shapes)))


class _Gathered:
    """Batches on their way into one row group."""

    def __init__(self, writer: pq.ParquetWriter) -> None:
        self.writer = writer
        self.tables: list[pa.Table] = []

    def add(self, table: pa.Table) -> None:
        """Keep a batch; write all that is kept once it is a group."""
        self.tables.append(table)
        if sum(t.num_rows for t in self.tables) >= GROUP_ROWS or sum(t.nbytes for t in self.tables) >= GROUP_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what is kept as a row group."""
        if self.tables:
            self.writer.write_table(pa.concat_tables(self.tables).combine_chunks())
            self.tables = []


FORMAT = Format(
    name="geoparquet",
    title=Text(zh="GeoParquet", en="GeoParquet"),
    suffixes=(".parquet", ".geoparquet"),
    media_types=("application/vnd.apache.parquet",),
    read=read,
    write=write,
)
