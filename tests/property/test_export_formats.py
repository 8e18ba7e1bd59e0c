"""Every format that is written, read back by others: every row and every column, whatever the texts are."""

import csv
import io
import json
import re
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.formats import GEOMETRY, JSON, Format, FormatError, Layer, Source, formats

WRITTEN = {name: form for name, form in formats().items() if form.write}
ABOUT = {"crs": "OGC:CRS84", "licence": "CC-BY-4.0 署名", "as_of": "2026-01-01T00:00:00+00:00", "filters": {"filter": "number = '=1'"}}
NASTY = ['=HYPERLINK("http://example.invalid","x")', "+1", "-1", "@x", "\tx", "'=1", "''", "a\nb", 'q"u;o,te', "腾格里🌵", "ends ", "", "=中", "<&>"]
SCHEMA = pa.schema([
    ("id", pa.string()), ("number", pa.string()), ("a_name_longer_than_ten", pa.string()), ("a_name_longer_than_it", pa.string()),
    pa.field("attributes", pa.string(), metadata=JSON), ("holes", pa.int64()), ("revision", pa.int32()), ("area_m2", pa.float64()),
    ("wage_yuan", pa.decimal128(12, 2)), ("is_planted", pa.bool_()), ("planted_on", pa.date32()),
    ("updated_at", pa.timestamp("ms", tz="UTC")), (GEOMETRY, pa.binary()),
])  # fmt: skip
FIRST = datetime(2000, 1, 1, tzinfo=UTC)
texts = st.none() | st.sampled_from(NASTY) | st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"], include_characters="\n\t"), max_size=8)
shapes = st.builds(
    lambda x, y, parts: shapely.MultiPolygon([shapely.box(x + i, y, x + i + 0.7, y + 0.3) for i in range(parts)]),
    st.floats(-100, 100), st.floats(-80, 80), st.integers(1, 2),
)  # fmt: skip
rows = st.fixed_dictionaries({
    "number": texts, "a_name_longer_than_ten": texts, "a_name_longer_than_it": texts,
    "attributes": st.none() | st.just('{"村": "=1", "n": [1, null]}'),
    "holes": st.none() | st.integers(-(2**52), 2**52), "revision": st.none() | st.integers(0, 2**31 - 1),
    "area_m2": st.none() | st.floats(-1e9, 1e9).map(lambda x: round(x, 6)), "wage_yuan": st.none() | st.decimals(0, 10**9, places=2),
    "is_planted": st.none() | st.booleans(), "planted_on": st.none() | st.dates(date(1901, 1, 1), date(2200, 1, 1)),
    "updated_at": st.none() | st.integers(0, 10**12).map(lambda ms: FIRST + timedelta(milliseconds=ms)), GEOMETRY: shapes,
})  # fmt: skip


def layer(records: list[dict[str, Any]], kind: str | None = "MultiPolygon", **others: Any) -> Layer:
    """Make a layer of records, a batch a record."""
    schema = SCHEMA if kind else SCHEMA.remove(SCHEMA.get_field_index(GEOMETRY))
    tables = [
        pa.RecordBatch.from_pylist([{**r, "id": f"k{i}", **({GEOMETRY: shapely.to_wkb(r[GEOMETRY])} if kind else {})}], schema=schema)
        for i, r in enumerate(records)
    ]
    return Layer(name="plots", rows=pa.RecordBatchReader.from_batches(schema, tables), geometry_type=kind, about=ABOUT, **others)


def written(form: Format, path: Path, one: Layer) -> Path:
    assert form.write
    file = path / f"{uuid4().hex}{form.suffixes[0]}"  # GDAL remembers what a zip of a name held
    form.write(file, one)
    return file


def unmarked(text: str | None) -> str | None:
    return text and re.sub(r"^'(?='*[=+\-@\t\r\n＝＋－＠])", "", text)


def by_gdal(path: Path) -> list[dict[str, Any]]:
    with pyogrio.open_arrow(path, layer="plots") as (meta, stream):
        table = pa.RecordBatchReader.from_stream(stream).read_all()
    found = table.rename_columns([GEOMETRY if n == (meta["geometry_name"] or "wkb_geometry") else n for n in table.column_names]).to_pylist()
    return [{k: v for k, v in row.items() if k not in ("fid", "OGC_FID")} for row in found]


def by_parquet(path: Path) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k != "bbox"} for row in pq.read_table(path).to_pylist()]


def by_features(features: list[Any]) -> list[dict[str, Any]]:
    found = []
    for feature in features:
        shape = feature["geometry"] and shapely.to_wkb(shapely.from_geojson(json.dumps(feature["geometry"])))
        kept = {k: json.dumps(v, ensure_ascii=False) if k == "attributes" and v else v for k, v in feature["properties"].items()}
        found.append({"id": feature["id"], **kept, GEOMETRY: shape})
    return found


def by_csv(path: Path) -> list[dict[str, Any]]:
    text = path.read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    lines = [{k: unmarked(v) or None for k, v in row.items()} for row in csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline=""))]
    return [{**row, GEOMETRY: shapely.to_wkb(shapely.from_wkt(row.pop("wkt")))} for row in lines]


def by_openpyxl(path: Path) -> list[dict[str, Any]]:
    book = openpyxl.load_workbook(path)
    assert not [c for sheet in book for line in sheet.iter_rows() for c in line if c.data_type == "f"], "a formula"
    head, *lines = book["plots"].iter_rows(values_only=True)
    found = [dict(zip(head, line, strict=True)) for line in lines]
    return [{**row, GEOMETRY: shapely.to_wkb(shapely.from_wkt(row.pop("wkt")))} for row in found]


def by_zip(path: Path) -> list[dict[str, Any]]:
    with zipfile.ZipFile(path) as archive:
        names = dict(list(csv.reader(io.TextIOWrapper(archive.open("fields.csv"), "utf-8-sig")))[1:])
        assert json.loads(archive.read("about.json")) == ABOUT and b"WGS" in archive.read("plots.prj")
        long_texts = list(csv.reader(io.TextIOWrapper(archive.open("long-texts.csv"), "utf-8-sig", newline="")))[1:]
    assert all(len(short.encode()) <= 10 for short in names) and len(set(names.values())) == len(names)
    found = [{names.get(k, k): v for k, v in row.items()} for row in by_gdal(path)]
    for key, column, text in long_texts:
        next(row for row in found if row["id"] == key)[column] = unmarked(text)
    return found


def by_kml(path: Path) -> list[dict[str, Any]]:
    found = []
    for record in WRITTEN["kml"].read(Source(path=path)).records:
        found.append({k: v for k, v in record.attributes.items() if k not in ("name",)} | {GEOMETRY: record.geometry})
    return found


READERS = {
    "geoparquet": by_parquet, "geopackage": by_gdal, "flatgeobuf": by_gdal, "csv": by_csv, "xlsx": by_openpyxl, "shapefile": by_zip,
    "kml": by_kml, "geojson": lambda path: by_features(json.loads(path.read_bytes())["features"]),
    "ndjson": lambda path: by_features([json.loads(line) for line in path.read_bytes().splitlines()]),
}  # fmt: skip
EXACT = ("geoparquet", "geopackage", "flatgeobuf", "geojson", "ndjson")
"""Formats that keep an empty text apart from none, and the blanks around a text."""


def plain(value: Any, name: str, form: str) -> Any:
    """Give a value as texts and numbers that can be compared, whatever a format made of its type."""
    if value is None or value == "" and form not in EXACT:
        return None
    kind = SCHEMA.field(name).type
    if name == GEOMETRY:
        return shapely.normalize(shapely.MultiPolygon(shapely.get_parts(shapely.from_wkb(value)).tolist())).wkt
    if pa.types.is_timestamp(kind):
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        return round(moment.timestamp() * 1000)
    if pa.types.is_date(kind):
        return str(value)[:10]
    if pa.types.is_boolean(kind):
        return str(value).lower() in ("true", "1")
    if pa.types.is_integer(kind):
        return int(value)
    if pa.types.is_decimal(kind):
        return Decimal(str(value)).quantize(Decimal("0.01"))
    if pa.types.is_floating(kind):
        return float(f"{float(value):.14g}")
    return str(value) if form in EXACT else str(value).strip() or None


def same(records: list[dict[str, Any]], found: list[dict[str, Any]], form: str) -> None:
    wanted = [{"id": f"k{i}", **record, GEOMETRY: shapely.to_wkb(record[GEOMETRY])} for i, record in enumerate(records)]
    order = {row["id"]: row for row in found}  # an index of places reorders rows
    assert len(found) == len(wanted) == len(order)
    for row in wanted:
        assert {n: plain(order[row["id"]].get(n), n, form) for n in SCHEMA.names} == {n: plain(row[n], n, form) for n in SCHEMA.names}


def test_every_written_format_is_read_back_here() -> None:
    assert set(READERS) == set(WRITTEN)


@pytest.mark.parametrize("form", READERS)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(records=st.lists(rows, min_size=1, max_size=4))
def test_every_row_and_column_comes_back(form: str, records: list[dict[str, Any]], tmp_path: Path) -> None:
    way = {"geometry_as": "wkt"} if WRITTEN[form].geometry_as else {}
    same(records, READERS[form](written(WRITTEN[form], tmp_path, layer(records, **way))), form)


NOTHING = dict.fromkeys(SCHEMA.names[1:])
HERE = shapely.MultiPolygon([shapely.box(0, 0, 1, 1)])


@pytest.mark.parametrize("form", READERS)
def test_formulas_long_texts_emptiness_and_height(form: str, tmp_path: Path) -> None:
    way = {"geometry_as": "wkt"} if WRITTEN[form].geometry_as else {}
    nasty = [{**NOTHING, "number": text, "a_name_longer_than_it": text * 400 + "x", GEOMETRY: HERE} for text in NASTY]
    long = {**NOTHING, "number": "中🌵" * 12_000, GEOMETRY: HERE}
    file = written(WRITTEN[form], tmp_path, layer([*nasty, long] if form != "xlsx" else nasty, **way))
    same(nasty, [row for row in READERS[form](file) if row["id"] != f"k{len(nasty)}"], form)
    if form == "xlsx":
        book = openpyxl.load_workbook(written(WRITTEN[form], tmp_path, layer([long], **way)))
        assert "".join(line[3] for line in book["long texts"].iter_rows(min_row=2, values_only=True)) == long["number"]
    elif form != "kml":
        assert next(row for row in READERS[form](file) if row["id"] == f"k{len(nasty)}")["number"] == long["number"]
    assert READERS[form](written(WRITTEN[form], tmp_path, layer([], **way))) == []
    high = {**NOTHING, GEOMETRY: shapely.MultiPolygon([shapely.Polygon([(0, 0, 5), (1, 0, 6), (1, 1, 7), (0, 0, 5)])])}
    found = READERS[form](written(WRITTEN[form], tmp_path, layer([high], "MultiPolygon Z", **way)))[0][GEOMETRY]
    if form != "kml":  # our reader passes heights over, as an import does
        assert sorted(shapely.get_coordinates(shapely.from_wkb(found), include_z=True)[:3, 2].tolist()) == [5, 6, 7]


@pytest.mark.parametrize("form", READERS)
def test_a_file_says_what_it_is(form: str, tmp_path: Path) -> None:
    file = written(WRITTEN[form], tmp_path, layer([{**NOTHING, GEOMETRY: HERE}]))
    content = {
        "geoparquet": lambda: pq.read_schema(file).metadata[b"forest"],
        "geopackage": lambda: pyogrio.read_info(file)["layer_metadata"]["forest"],
        "flatgeobuf": lambda: pyogrio.read_info(file)["layer_metadata"]["forest"],
        "geojson": lambda: json.dumps(json.loads(file.read_bytes())["about"]),
        "xlsx": lambda: json.dumps({a.value: b.value if a.value != "filters" else json.loads(b.value) for a, b in openpyxl.load_workbook(file)["about"]}),
        "shapefile": lambda: zipfile.ZipFile(file).read("about.json"),
        "kml": lambda: json.dumps(ABOUT) if all(t in file.read_text("utf-8") for t in ("CC-BY-4.0 署名", "OGC:CRS84", ABOUT["as_of"])) else "{}",
    }  # fmt: skip
    if WRITTEN[form].holds_about:
        assert json.loads(content[form]()) == ABOUT
    else:
        assert form in ("csv", "ndjson")


def test_a_file_that_stays_away_a_place_and_no_place(tmp_path: Path) -> None:
    nowhere = [{**NOTHING, GEOMETRY: None}, {**NOTHING, GEOMETRY: HERE}]
    for form in ("flatgeobuf", "geopackage", "geoparquet", "geojson", "csv", "xlsx", "kml", "shapefile", "ndjson"):
        way = {"geometry_as": "wkt"} if WRITTEN[form].geometry_as else {}
        found = READERS[form](written(WRITTEN[form], tmp_path, layer(nowhere, is_sparse=True, **way)))
        assert [not row[GEOMETRY] for row in found] == [True, False], form
    for form in ("csv", "xlsx"):
        file = written(WRITTEN[form], tmp_path, layer([{**NOTHING, GEOMETRY: HERE}], geometry_as="lonlat"))
        record = next(iter(WRITTEN[form].read(Source(path=file)).records))
        assert record.geometry and shapely.from_wkb(record.geometry).within(HERE)
        bare = written(WRITTEN[form], tmp_path, layer([{**NOTHING, GEOMETRY: HERE}], geometry_as="none"))
        assert not WRITTEN[form].read(Source(path=bare)).is_geometry
    with pytest.raises(FormatError):
        WRITTEN["shapefile"].write(tmp_path / "a.shp", layer([]))  # type: ignore[misc]


def test_parquet_is_geoparquet_1_1_to_others(tmp_path: Path) -> None:
    import geopandas

    file = written(WRITTEN["geoparquet"], tmp_path, layer([{**NOTHING, GEOMETRY: HERE}, {**NOTHING, GEOMETRY: shapely.transform(HERE, lambda c: c + 50)}]))
    frame = geopandas.read_parquet(file)
    assert frame.crs.to_string() == "OGC:CRS84" and frame.geometry.iloc[0].equals(HERE)
    assert list(geopandas.read_parquet(file, bbox=(0, 0, 2, 2))["id"]) == ["k0"]
    opened = WRITTEN["geoparquet"].read(Source(path=file))
    assert "bbox" not in opened.columns
    assert len(list(opened.records)) == 2
