"""KML and KMZ, as far as placemarks go; network links are not followed and said so."""

import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any
from xml.etree.ElementTree import Element

from geo import crs as crs_module
from geo.formats._archive import open_archive
from geo.formats._format import Format, FormatError, Opened, Record, Source
from geo.formats._geojson_shape import Shape, shape_of
from geo.formats._xml import child, elements, plain, text_of
from geo.text import Text

LINKED = Text(
    zh="文件里的网络链接（NetworkLink）没有打开；请导出其中的内容。",
    en="Network links in the file were not followed; export what they lead to.",
)


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


FORMAT = Format(
    name="kml",
    title=Text(zh="KML、KMZ", en="KML and KMZ"),
    suffixes=(".kml", ".kmz"),
    media_types=("application/vnd.google-earth.kml+xml", "application/vnd.google-earth.kmz"),
    read=read,
)
