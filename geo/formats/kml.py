"""KML and KMZ, as far as placemarks go; network links are not followed and said so."""

import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import Element

import numpy as np
import pyarrow as pa
import shapely

from geo import crs as crs_module
from geo.formats._archive import open_archive
from geo.formats._format import GEOMETRY, Format, FormatError, Layer, Opened, Record, Source
from geo.formats._geojson_shape import Shape, shape_of
from geo.formats._writing import about_lines, iso_moments
from geo.formats._xml import child, elements, plain, text_of, xml_text
from geo.text import Text

LINKED = Text(
    zh="文件里的网络链接（NetworkLink）没有打开；请导出其中的内容。",
    en="Network links in the file were not followed; export what they lead to.",
)


_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    "<name>{name}</name>{about}\n"
)
_TITLES = ("name_zh", "number", "earlier_number")
"""Columns by which a person knows a row; the first that it has is the placemark's name."""


def read(source: Source) -> Opened:
    """Open the placemarks of a file; KML is longitude and latitude by its standard."""
    opened = Opened(
        name=source.path.stem,
        records=iter(()),
        is_geometry=not source.is_table,
        crs=crs_module.WGS84,
        crs_declared_by="format",
        total=source.path.stat().st_size,
    )
    opened.records = _records(_stream(source), opened)
    return opened


def _stream(source: Source) -> IO[bytes]:
    if not zipfile.is_zipfile(source.path):
        return source.path.open("rb")
    with open_archive(source.path) as archive:
        names = [name for name in archive.namelist() if name.lower().endswith(".kml")]
        if not names:
            raise FormatError("incomplete", Text(zh="KMZ 里没有 KML。", en="The KMZ holds no KML."))
        name = next((n for n in names if n.lower() == "doc.kml"), names[0])
        return BytesIO(archive.read(name))


def _records(stream: IO[bytes], opened: Opened) -> Iterator[Record]:
    number, folders = 0, []
    with stream:
        for event, element in elements(stream):
            name = plain(element)
            if event == "start":
                if name in ("Folder", "Document"):
                    folders.append(element)
                continue
            if name in ("Folder", "Document"):
                folders.pop()
                element.clear()
            elif name == "NetworkLink":
                if LINKED not in opened.notes:
                    opened.notes.append(LINKED)
                element.clear()
            elif name == "Placemark":
                number += 1
                attributes = _attributes(element)
                folder = next((t for f in reversed(folders) if plain(f) == "Folder" and (t := text_of(f, "name"))), None)
                if folder:
                    attributes.setdefault("folder", folder)
                opened.name_columns(attributes)
                shape = _shape(element, number)
                opened.has_z |= shape.has_z
                opened.done = stream.tell() if stream.seekable() else number
                yield Record(number, attributes, shape.wkb, shape.type, shape.problem, shape.place)
                element.clear()


def _attributes(placemark: Element) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in ("name", "description"):
        if (value := text_of(placemark, name)) is not None:
            found[name] = value
    when = child(placemark, "TimeStamp")
    if when is not None and (value := text_of(when, "when")):
        found["when"] = value
    for element in placemark.iter():
        if plain(element) == "Data" and element.get("name"):
            found[str(element.get("name"))] = text_of(element, "value")
        elif plain(element) == "SimpleData" and element.get("name"):
            found[str(element.get("name"))] = (element.text or "").strip() or None
    return found


def _shape(placemark: Element, number: int) -> Shape:
    geometries = [found for each in placemark if (found := _geojson(each)) is not None]
    if not geometries:
        return Shape()
    shape = shape_of(geometries[0], f"/Placemark[{number}]")
    # Which way a ring runs is GeoJSON's concern.
    return shape._replace(problem=None, place=None) if shape.problem == "ring-order" else shape


def _geojson(element: Element) -> dict[str, Any] | None:
    """Write a KML geometry as GeoJSON, which has one reader that knows every fault; None if it is none."""
    kind = plain(element)
    if kind == "Point":
        positions = _positions(element)
        return {"type": "Point", "coordinates": positions[0] if positions else []}
    if kind in ("LineString", "LinearRing"):
        return {"type": "LineString", "coordinates": _positions(element)}
    if kind == "Polygon":
        return {"type": "Polygon", "coordinates": _polygon(element)}
    if kind == "MultiGeometry":
        parts = [part for part in element if plain(part) == "Polygon"]
        if parts and len(parts) == sum(1 for _ in element):
            return {"type": "MultiPolygon", "coordinates": [_polygon(part) for part in parts]}
        return {"type": "GeometryCollection", "geometries": []}
    return None


def _polygon(element: Element) -> list[list[Any]]:
    rings = []
    for side in ("outerBoundaryIs", "innerBoundaryIs"):
        for boundary in (each for each in element if plain(each) == side):
            rings += [_positions(ring) for ring in boundary if plain(ring) == "LinearRing"]
    return rings


def _positions(element: Element) -> list[Any]:
    """Read `lon,lat[,height]` groups; what is no number stays text, for the reader to name."""
    return [[_number(part) for part in group.split(",")] for group in (text_of(element, "coordinates") or "").split()]


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def write(path: Path, layer: Layer) -> None:
    """Write placemarks, with every column as extended data; characters that XML cannot hold become U+FFFD."""
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(_HEAD.format(name=xml_text(layer.name), about=_data(dict(about_lines(layer.about)))))
        for batch in layer.rows:
            names = [name for name in batch.schema.names if name != GEOMETRY]
            columns = [_texts(batch.column(name)) for name in names]
            drawn = [None] * batch.num_rows
            if layer.geometry_type is not None:
                drawn = shapely.from_wkb(np.asarray(batch.column(GEOMETRY).to_pylist(), dtype=object)).tolist()
            for shape, *values in zip(drawn, *columns, strict=True):
                row = dict(zip(names, values, strict=True))
                title = next((row[name] for name in _TITLES if row.get(name)), row[layer.key])
                stream.write(f"<Placemark><name>{xml_text(str(title))}</name>{_data(row)}{_drawn(shape)}</Placemark>\n")
        stream.write("</Document></kml>\n")


def _texts(column: pa.Array) -> list[str | None]:
    if pa.types.is_timestamp(column.type):
        column = iso_moments(column)
    values = column.to_pylist() if pa.types.is_floating(column.type) else column.cast(pa.string()).to_pylist()
    return [None if value is None else str(value) for value in values]


def _data(row: dict[str, str | None]) -> str:
    items = "".join(
        f'<Data name="{name}"><value>{xml_text(value)}</value></Data>' for name, value in row.items() if value is not None
    )
    return f"<ExtendedData>{items}</ExtendedData>" if items else ""


def _drawn(shape: shapely.Geometry | None) -> str:
    if shape is None:
        return ""
    if shape.geom_type == "Point":
        return f"<Point><coordinates>{_places(shape)}</coordinates></Point>"
    polygons = "".join(
        f"<Polygon><outerBoundaryIs>{_ring(part.exterior)}</outerBoundaryIs>"
        + "".join(f"<innerBoundaryIs>{_ring(hole)}</innerBoundaryIs>" for hole in part.interiors)
        + "</Polygon>"
        for part in shapely.orient_polygons(shape).geoms
    )
    return f"<MultiGeometry>{polygons}</MultiGeometry>"


def _ring(ring: shapely.LinearRing) -> str:
    return f"<LinearRing><coordinates>{_places(ring)}</coordinates></LinearRing>"


def _places(shape: shapely.Geometry) -> str:
    return " ".join(",".join(map(repr, place)) for place in shapely.get_coordinates(shape, include_z=shape.has_z).tolist())


FORMAT = Format(
    name="kml",
    title=Text(zh="KML、KMZ", en="KML and KMZ"),
    suffixes=(".kml", ".kmz"),
    media_types=("application/vnd.google-earth.kml+xml", "application/vnd.google-earth.kmz"),
    read=read,
    write=write,
)
