"""GeoJSON (RFC 7946), streamed, and strict: whatever is wrong is named with its JSON pointer."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import ijson
import msgspec

from geo import crs as crs_module
from geo.formats._depth import DepthGuard
from geo.formats._format import Format, FormatError, Layer, Opened, Record, Source
from geo.formats._geojson_shape import is_bbox, shape_of
from geo.formats._writing import feature_texts
from geo.text import Text

CHUNK_BYTES = 65_536
GEOMETRY_TYPES = {
    "Point",
    "LineString",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "GeometryCollection",
}


def _not_geojson(place: str, zh: str, en: str) -> FormatError:
    return FormatError(
        "not-geojson", Text(zh=f"{zh}（位置：{place or '/'}）", en=f"{en} (at {place or '/'})")
    )


def read(source: Source) -> Opened:
    """Open a GeoJSON file; its CRS and columns are certain only after the last record."""
    opened = Opened(name=source.path.stem, records=iter(()), total=source.path.stat().st_size)
    opened.crs, opened.crs_declared_by = crs_module.WGS84, "format"
    opened.records = _records(source, opened)
    return opened


def _records(source: Source, opened: Opened) -> Iterator[Record]:
    with source.path.open("rb") as stream:
        _check_encoding(stream)
        document = _Document()
        number = 0
        try:
            for feature in document.features(stream, opened):
                number += 1
                yield feature_record(feature, number, f"/features/{number - 1}", opened)
        except ijson.IncompleteJSONError as error:
            raise _broken_json(stream) from error
        except ijson.JSONError as error:
            raise _broken_json(stream) from error
        if document.has_features:
            document.check_collection()
            _declare_crs(document.crs, opened)
            opened.name = document.name or opened.name
            return
        stream.seek(document.start)
        yield _whole(stream.read(), opened)


class _Document:
    """What is learnt of the top level while its features stream by."""

    def __init__(self) -> None:
        self.start = 0
        self.has_features = False
        self.type: object = None
        self.crs: list[object] = []
        self.name: str | None = None

    def features(self, stream: BinaryIO, opened: Opened) -> Iterator[object]:
        """Give each member of `features` as it is complete; memory holds one chunk's worth of them."""
        self.start = stream.tell()
        found = ijson.sendable_list()
        features = ijson.items_coro(found, "features.item", use_float=True)
        kinds, crs = ijson.sendable_list(), ijson.sendable_list()
        others = {
            "type": (kinds, ijson.items_coro(kinds, "type")),
            "crs": (crs, ijson.items_coro(crs, "crs")),
        }
        head = ijson.sendable_list()
        heading = ijson.parse_coro(head, use_float=True)
        is_heading = True
        guard = DepthGuard()
        while chunk := stream.read(CHUNK_BYTES):
            guard.feed(chunk)
            if is_heading:
                heading.send(chunk)
                is_heading = not self._read_head(head)
                del head[:]
            for name, (values, coroutine) in list(others.items()):
                coroutine.send(chunk)
                if values:
                    del others[name]
            features.send(chunk)
            opened.done = stream.tell()
            if found and self.has_features:
                yield from found
            del found[:]
        features.close()
        self.type = kinds[0] if kinds else None
        self.crs = list(crs)

    def _read_head(self, events: list) -> bool:
        """Look for the start of the features array; true once it is found."""
        for prefix, event, value in events:
            if prefix == "features" and event == "start_array":
                self.has_features = True
                return True
            if prefix == "name" and event == "string":
                self.name = value
        return False

    def check_collection(self) -> None:
        if self.type != "FeatureCollection":
            raise _not_geojson("/type", "type 应为 FeatureCollection", "The type must be FeatureCollection")


def _check_encoding(stream: BinaryIO) -> None:
    start = stream.read(4)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FormatError(
            "encoding",
            Text(zh="GeoJSON 必须是 UTF-8，此文件是 UTF-16。", en="GeoJSON is UTF-8; this is UTF-16."),
        )
    stream.seek(3 if start.startswith(b"\xef\xbb\xbf") else 0)


def _broken_json(stream: BinaryIO) -> FormatError:
    """Find the exact place where a file stops being JSON, by reading it a second time."""
    stream.seek(0)
    _check_encoding(stream)
    parser = ijson.basic_parse_coro(ijson.sendable_list())
    line, column = 1, 0
    try:
        while chunk := stream.read(CHUNK_BYTES):
            for i in range(len(chunk)):
                byte = chunk[i : i + 1]
                line, column = (line + 1, 0) if byte == b"\n" else (line, column + 1)
                parser.send(byte)
        parser.close()
    except ijson.JSONError:
        pass
    return FormatError(
        "not-json",
        Text(
            zh=f"文件在第 {line} 行第 {column} 个字节处不再是合格的 JSON（UTF-8）："
            "可能被截断、手工改坏，或含有 NaN 和过大的数。请重新导出。",
            en=f"The file stops being JSON (in UTF-8) at line {line}, byte {column}: it may be cut short, "
            "edited by hand, or hold NaN or an absurd number. Export it again.",
        ),
    )


def _declare_crs(member: list[object], opened: Opened) -> None:
    """Honour the `crs` member of GeoJSON before 2016."""
    if not member:
        return
    crs = member[0]
    if crs is None:
        opened.crs, opened.crs_declared_by = None, None
        return
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") or properties.get("code") if isinstance(properties, dict) else None
    if not isinstance(name, str | int):
        raise FormatError(
            "crs-unknown",
            Text(zh="crs 成员写法不对（位置：/crs）。", en="The crs member cannot be understood (at /crs)."),
        )
    opened.crs, opened.crs_declared_by = crs_module.parse(str(name)), "file"
    if not crs_module.is_wgs84_degrees(opened.crs):
        opened.notes.append(
            Text(
                zh=f"文件用旧式 crs 成员声明坐标系 {crs_module.identify(opened.crs)}，已照此换算；"
                "现行标准的 GeoJSON 只用经纬度。",
                en=f"The file declares {crs_module.identify(opened.crs)} by the old crs member, which is "
                "honoured; GeoJSON as it stands today is in longitude and latitude only.",
            )
        )


def _whole(content: bytes, opened: Opened) -> Record:
    """Read a document that is a single feature or geometry, or say what is wrong with it."""
    try:
        document = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FormatError(
            "not-json", Text(zh=f"不是合格的 JSON：{error}", en=f"Not JSON: {error}")
        ) from error
    opened.done = opened.total
    if type(document) is not dict:
        raise _not_geojson("", "顶层应为一个对象", "The top level must be an object")
    kind = document.get("type")
    if kind == "FeatureCollection":
        raise _not_geojson("/features", "features 应为一个列表", "features must be an array")
    if kind == "Feature":
        _declare_crs([document["crs"]] if "crs" in document else [], opened)
        return feature_record(document, 1, "", opened)
    if isinstance(kind, str) and kind in GEOMETRY_TYPES or "coordinates" in document:
        shape = shape_of(document, "")
        opened.has_z = shape.has_z
        return Record(1, {}, shape.wkb, shape.type, shape.problem, shape.place)
    raise _not_geojson(
        "/type",
        "type 应为 FeatureCollection、Feature 或几何类型",
        "type must be FeatureCollection, Feature or a geometry",
    )


def feature_record(feature: object, number: int, at: str, opened: Opened) -> Record:
    """Check one feature; what is wrong with its geometry goes before what is wrong around it."""
    if type(feature) is not dict or feature.get("type") != "Feature":
        wrong = at if type(feature) is not dict else f"{at}/type"
        return Record(number, {}, problem="not-a-feature", place=wrong)
    properties = feature.get("properties")
    attributes = dict(properties) if type(properties) is dict else {}
    if isinstance(feature.get("id"), str | int | float):
        attributes.setdefault("id", feature["id"])
    opened.name_columns(attributes)
    if "geometry" not in feature:
        return Record(number, attributes, problem="not-a-geometry", place=f"{at}/geometry")
    shape = shape_of(feature["geometry"], f"{at}/geometry")
    opened.has_z |= shape.has_z
    problem: str | None = shape.problem
    place: str | None = shape.place
    if shape.wkb is not None or problem is None:
        around = _around(feature, at)
        if around is not None and (around[0] == "not-a-feature" or problem is None):
            problem, place = around[0], around[1]
    return Record(number, attributes, shape.wkb, shape.type, problem, place)


def _around(feature: dict, at: str) -> tuple[str, str] | None:
    if "properties" not in feature or type(feature["properties"]) not in (dict, type(None)):
        return "not-a-feature", f"{at}/properties"
    if "id" in feature and type(feature["id"]) not in (str, int, float):
        return "not-a-feature", f"{at}/id"
    if not is_bbox(feature.get("bbox")):
        return "bad-bbox", f"{at}/bbox"
    return None


def write(path: Path, layer: Layer) -> None:
    """Write a feature collection; what it says of itself is its member `about`."""
    head = {"type": "FeatureCollection", "name": layer.name, "about": layer.about}
    with path.open("wb") as stream:
        stream.write(msgspec.json.encode(head)[:-1] + b',"features":[')
        separator = b"\n"
        for batch in layer.rows:
            for feature in feature_texts(layer, batch):
                stream.write(separator + feature)
                separator = b",\n"
        stream.write(b"\n]}\n")


FORMAT = Format(
    name="geojson",
    title=Text(zh="GeoJSON", en="GeoJSON"),
    suffixes=(".geojson", ".json"),
    media_types=("application/geo+json", "application/json"),
    read=read,
    write=write,
)
