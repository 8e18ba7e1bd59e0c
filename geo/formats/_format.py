"""What a file format is: a name, its suffixes, a function that opens one layer, and one that writes one."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pyarrow as pa
from msgspec import Struct
from pyproj import CRS

from geo.text import Text


class FormatError(Exception):
    """A file is not what it should be; `code` and `text` become the parent's `ReadError`."""

    def __init__(self, code: str, text: Text) -> None:
        """Keep the stable code and the words."""
        super().__init__(text.en)
        self.code = code
        self.text = text


class Record(NamedTuple):
    """One feature or table line as read."""

    row: int
    attributes: dict[str, object]
    geometry: bytes | None = None
    geometry_type: str | None = None
    problem: str | None = None
    place: str | None = None


class Source(Struct, frozen=True, kw_only=True):
    """What is to be opened."""

    path: Path
    layer: str | None = None
    is_table: bool = False
    tracks_as_boundaries: bool = False
    """Whether a closed GPX track is the boundary of a plot, because somebody says so."""
    prefer: str | None = None
    """The layer that is taken where a file holds several and none is asked for, if it is among them."""


@dataclass
class Opened:
    """One layer being read: `records` is consumed once, and some facts are known only after the last."""

    name: str
    records: Iterator[Record]
    columns: list[str] = field(default_factory=list)
    is_geometry: bool = True
    crs: CRS | None = None
    crs_declared_by: str | None = None
    """ "file" or "format"; None where nothing declares it."""
    has_z: bool = False
    notes: list[Text] = field(default_factory=list)
    done: int = 0
    """Bytes or rows read so far."""
    total: int = 0

    def name_columns(self, names: Iterable[str]) -> None:
        """Add columns not met before, in the order of meeting."""
        for name in names:
            if name not in self._known:
                self._known[name] = None
                self.columns.append(name)

    def __post_init__(self) -> None:
        """Remember the columns for quick lookup."""
        self._known: dict[str, None] = dict.fromkeys(self.columns)


GeometryAs = Literal["wkt", "lonlat", "none"]
"""How a table without geometries of its own says where something is: WKT, a point inside it, or not at all."""
GEOMETRY = "geometry"
JSON = {b"forest": b"json"}
"""The metadata of a text column whose texts are JSON: formats that hold JSON write it as what it is."""


class Layer(Struct, kw_only=True):
    """One layer that is to be written."""

    name: str
    rows: pa.RecordBatchReader
    """Read once, a batch at a time, so that memory holds one batch. A column `geometry` holds WKB in EPSG:4326,
    longitude first; texts, numbers, decimals, booleans, dates and moments in UTC stand in columns of their types."""
    key: str = "id"
    """The column that names a row."""
    geometry_type: str | None = None
    """As GDAL calls it: MultiPolygon, Point, MultiPolygon Z. None: rows have no geometry."""
    is_sparse: bool = False
    """Whether some rows may have no geometry."""
    about: dict[str, Any] = {}
    """What the file says of itself, as JSON values: when, by which filters, how areas were taken, licence."""
    geometry_as: GeometryAs | None = None
    """Left out, it is the format's own way."""


class Format(Struct, frozen=True, kw_only=True):
    """A registered format."""

    name: str
    title: Text
    suffixes: tuple[str, ...]
    """Lower case, with the dot; the first is the usual one."""
    media_types: tuple[str, ...]
    read: Callable[[Source], Opened]
    write: Callable[[Path, Layer], None] | None = None
    """Writes a layer into a new file, or (where a file may hold several) beside the layers of one that is there.
    None: the format is only read."""
    geometry_as: tuple[GeometryAs, ...] = ()
    """The ways in which it can write geometries, where there is a choice; the first is its own."""
    holds_about: bool = True
    """Whether the file has a place for what it says of itself; where not, it stands in a file beside it."""

    @property
    def media_type(self) -> str:
        """The media type that it is sent with."""
        return self.media_types[0]


PROBLEMS: dict[str, Text] = {
    "not-a-feature": Text(zh="不是合格的要素", en="not a proper feature"),
    "not-a-geometry": Text(zh="几何写法不对", en="not a geometry"),
    "wrong-nesting": Text(zh="坐标的括号层数不对", en="coordinates nested to the wrong depth"),
    "bad-position": Text(zh="某个坐标不是两个或三个数字", en="a position is not two or three numbers"),
    "not-finite": Text(zh="坐标不是有限的数", en="a coordinate is not a finite number"),
    "unclosed-ring": Text(zh="边界环没有闭合", en="a ring is not closed"),
    "too-few-points": Text(zh="点太少", en="too few points"),
    "too-many-vertices": Text(zh="顶点过多，无法读取", en="too many vertices to read"),
    "nested-collection": Text(zh="几何集合里套着几何集合", en="a geometry collection inside another"),
    "collection": Text(zh="几何集合", en="a geometry collection"),
    "unsupported-type": Text(
        zh="不支持的几何类型（曲线、曲面等）", en="an unsupported geometry type (curve, surface)"
    ),
    "empty": Text(zh="几何是空的", en="an empty geometry"),
    "extra-values": Text(zh="这一行的格子比表头多", en="more cells than the header has columns"),
    "nul-character": Text(zh="文字里有不可用的字符（NUL）", en="a NUL character in a text"),
    "ring-order": Text(zh="边界环的方向与 GeoJSON 标准相反", en="a ring runs against the GeoJSON standard"),
    "bad-bbox": Text(zh="bbox 写法不对", en="a malformed bbox"),
}
"""What a reader may find wrong with one row; the last two leave the geometry usable."""

MAX_VERTICES = 1_000_000
"""Vertices of one geometry that are read at all; the rules draw their own, lower line."""
