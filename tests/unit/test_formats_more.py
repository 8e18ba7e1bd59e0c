"""KML, KMZ, FlatGeobuf, GPX, XLSX with boundaries, Parquet sheets."""

import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from forestapi.rules import Finding
from geo.reading import Layer, ReadError

Read = Callable[..., Layer]
RING = "105,38,0 105.01,38,0 105.01,38.01,0 105,38.01,0 105,38,0"
PLACEMARK = f"""<Placemark><name>T-1</name><ExtendedData><Data name="species"><value>梭梭</value></Data></ExtendedData>
<Polygon><outerBoundaryIs><LinearRing><coordinates>{RING}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"""
KML = f"""<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Folder><name>north</name>{PLACEMARK}</Folder>
<Placemark><name>P</name><Point><coordinates>105,38</coordinates></Point></Placemark>
<Placemark><name>bad</name><Polygon><outerBoundaryIs><LinearRing><coordinates>105,38 105.01,x 105,39</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>
<NetworkLink><Link><href>http://127.0.0.1:9/never</href></Link></NetworkLink></Document></kml>"""
TRACK = "".join(
    f'<trkpt lat="{lat}" lon="{lon}"><time>2018-04-01T0{i}:00:00Z</time></trkpt>'
    for i, (lon, lat) in enumerate([(105, 38), (105.01, 38), (105.01, 38.01), (105, 38.01), (105.0001, 38.0001)])
)
GPX = f"""<?xml version="1.0"?><gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1">
<wpt lat="38" lon="105"><name>camp</name></wpt><trk><name>walk</name><trkseg>{TRACK}</trkseg>
<trkseg><trkpt lat="38" lon="105"/><trkpt lat="38.1" lon="105.1"/></trkseg></trk></gpx>"""


def rows(layer: Layer) -> list[dict]:
    return [row for batch in layer.batches() for row in batch.to_pylist()]


def test_kml_gives_placemarks_with_their_data(read: Read) -> None:
    layer = read("plots.kml", KML)
    first, point, bad = rows(layer)
    assert (layer.crs, layer.crs_declared_by) == ("EPSG:4326", "format")
    assert first["geometry_type"] == "Polygon" and first["problem"] is None
    assert '"species":"梭梭"' in first["attributes"] and '"folder":"north"' in first["attributes"]
    assert point["geometry_type"] == "Point"
    assert bad["problem"] and bad["place"].startswith("/Placemark[3]")
    assert any("Network links" in note.en for note in layer.notes)


def test_kmz_is_the_same(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "plots.kmz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("doc.kml", KML)
    assert [r["geometry_type"] for r in rows(read(path))] == ["Polygon", "Point", "Polygon"]


@pytest.mark.parametrize("name", ["x.kml", "x.gpx"])
def test_entities_are_refused_before_anything_is_opened(name: str, read: Read) -> None:
    bomb = '<!DOCTYPE kml [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b "&a;&a;">]><kml>&b;</kml>'
    with pytest.raises(ReadError) as caught:
        read(name, '<?xml version="1.0"?>' + bomb)
    assert caught.value.code == "unsafe-xml"
    with pytest.raises(ReadError) as caught:
        read(name, "<kml>" + "<a>" * 5_000)
    assert caught.value.code == "too-deep"
    with pytest.raises(ReadError) as caught:
        read(name, "not xml")
    assert caught.value.code == "unreadable"


def test_a_track_is_a_boundary_only_where_somebody_says_so(
    read: Read, judged: Callable[..., list[tuple[int, Finding]]]
) -> None:
    assert sorted(r["geometry_type"] for r in rows(read("walk.gpx", GPX))) == ["LineString", "LineString", "Point"]
    found = judged("walk.gpx", GPX)
    assert {f.rule for _, f in found} == {"plot-boundary-missing"} and len(found) == 3
    told = rows(read("walk.gpx", GPX, tracks_as_boundaries=True))
    kinds = sorted(r["geometry_type"] for r in told)
    assert kinds == ["LineString", "Point", "Polygon"]
    closed = next(r for r in told if r["geometry_type"] == "Polygon")
    assert '"name":"walk"' in closed["attributes"] and '"gap_m":14' in closed["attributes"]
    assert shapely.is_valid(shapely.from_wkb(closed["geometry"]))


def test_flatgeobuf_is_read_with_its_crs(shared_data: Path, read: Read) -> None:
    folder = shared_data / "formats"
    assert read(folder / "natural-earth" / "files" / "natural-earth_countries.fgb").rows > 100
    utm = read(folder / "example-crs" / "files" / "example-crs_vermont-utm.fgb")
    assert utm.crs == "EPSG:32618" and utm.crs_declared_by == "file"
    with pytest.raises(ReadError) as caught:
        read("x.fgb", b"fgx" + b"\0" * 100)
    assert caught.value.code == "unreadable"


def test_a_workbook_holds_plots_by_wkt_or_by_points(read: Read, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["小班号", "WKT"])
    book.active.append([1, "POLYGON((105 38, 105.01 38, 105.01 38.01, 105 38))"])
    book.active.append([2, "POLYGON((105 38, 105.01 38, 105.01 38.01))"])
    book.save(tmp_path / "plots.xlsx")
    layer = read(tmp_path / "plots.xlsx", crs="EPSG:4326")
    assert [(r["geometry_type"], r["problem"]) for r in rows(layer)] == [("Polygon", None), ("Polygon", "unclosed-ring")]
    assert layer.columns == ("小班号",)
    with pytest.raises(ReadError) as caught:
        read(tmp_path / "plots.xlsx")
    assert caught.value.code == "crs-undeclared"
    assert not read(tmp_path / "plots.xlsx", is_table=True).is_geometry


def test_a_parquet_file_holds_a_sheet_of_shifts(read: Read, tmp_path: Path) -> None:
    table = pa.table({"姓名": ["张三"], "日期": [date(2018, 4, 1)], "工资": pa.array([160.5])})
    pq.write_table(table, tmp_path / "shifts.parquet")
    layer = read(tmp_path / "shifts.parquet", is_table=True)
    assert not layer.is_geometry
    assert rows(layer)[0]["attributes"] == '{"姓名":"张三","日期":"2018-04-01","工资":160.5}'
