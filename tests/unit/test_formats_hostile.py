import io
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from geo.reading import Layer, ReadError

Reader = Callable[..., Layer]

DEEP = 20_000
DEEP_JSON = '{"type":"GeometryCollection","geometries":[' * DEEP + "]}" * DEEP


def feature(geometry: str, properties: str = "{}") -> str:
    inner = f'{{"type":"Feature","properties":{properties},"geometry":{geometry}}}'
    return f'{{"type":"FeatureCollection","features":[{inner}]}}'


def archive(*members: tuple[str, bytes]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members:
            packed.writestr(name, content)
    return memory.getvalue()


def link() -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as packed:
        member = zipfile.ZipInfo("plots.shp")
        member.external_attr = 0o120777 << 16
        packed.writestr(member, "/etc/passwd")
    return memory.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("deep.geojson", DEEP_JSON, "too-deep"),
        ("deep.geojson", feature(DEEP_JSON), "too-deep"),
        ("deep.geojson", feature("null", '{"a":' + "[" * DEEP + "]" * DEEP + "}"), "too-deep"),
        ("nan.geojson", feature('{"type":"Point","coordinates":[NaN,1]}'), "not-json"),
        ("huge.geojson", feature('{"type":"Point","coordinates":[1e400,1]}'), "not-json"),
        ("empty.geojson", "", "not-json"),
        ("cut.geojson", feature("null")[:-5], "not-json"),
        ("gbk.geojson", feature("null", '{"树种":"梭梭"}').encode("gbk"), "not-json"),
        ("utf16.geojson", feature("null").encode("utf-16"), "encoding"),
        ("list.geojson", "[1, 2]", "not-geojson"),
        ("item.geojson", '{"type":"FeatureCollection","features":{"item":{}}}', "not-geojson"),
        ("late.geojson", '{"features":[],"type":"Featurecollection"}', "not-geojson"),
        ("crs.geojson", '{"type":"FeatureCollection","crs":7,"features":[]}', "crs-unknown"),
        ("quote.csv", 'a,b\n1,"x\n2,3\n', "unreadable"),
        ("binary.csv", bytes(range(256)) * 8, "encoding"),
        ("not.gpkg", b"hello" * 100, "unreadable"),
        ("broken.gpkg", b"SQLite format 3\0" + bytes(3000), "unreadable"),
        ("broken.parquet", b"PAR1" + bytes(900) + b"PAR1", "unreadable"),
        ("broken.xlsx", b"PK\x03\x04" + bytes(900), "unreadable"),
        ("a.zip", archive(("../plots.shp", b"x")), "unsafe-archive"),
        ("a.zip", archive(("/plots.shp", b"x")), "unsafe-archive"),
        ("a.zip", archive(("C:\\plots.shp", b"x")), "unsafe-archive"),
        ("a.zip", archive(*((f"{i}.txt", b"x") for i in range(101))), "unsafe-archive"),
        ("a.zip", archive(("plots.shp", bytes(40_000_000))), "unsafe-archive"),
        ("a.zip", link(), "unsafe-archive"),
        ("a.zip", archive(("readme.txt", b"x")), "unreadable"),
        ("a.zip", b"not a zip at all", "unreadable"),
        ("plots.dwg", "AC1032", "unknown-format"),
    ],
)
def test_a_hostile_or_broken_file_is_a_clear_error(
    name: str, content: str | bytes, code: str, read: Reader
) -> None:
    with pytest.raises(ReadError) as caught:
        read(name, content)
    assert caught.value.code == code
    assert caught.value.text.zh and caught.value.text.en


def test_a_broken_file_names_the_line(read: Reader) -> None:
    with pytest.raises(ReadError) as caught:
        read("cut.geojson", '{"type":"FeatureCollection",\n"features":[\n{"type":"Feature" oops')
    assert "line 3, byte 19" in caught.value.text.en


def test_collections_within_collections_never_reach_the_geometry_library(read: Reader) -> None:
    deep = "GEOMETRYCOLLECTION(" * DEEP + "POINT(1 1)" + ")" * DEEP
    brackets = "MULTIPOLYGON" + "(" * DEEP
    layer = read("deep.csv", f'wkt\n"{deep}"\n"{brackets}"\n', crs="4326")
    problems = [row["problem"] for batch in layer.batches() for row in batch.to_pylist()]
    assert problems == ["collection", "not-a-geometry"]


def test_nested_wkb_never_reaches_the_geometry_library(tmp_path: Path, read: Reader) -> None:
    header = struct.pack("<BII", 1, 7, 1)
    deep = header * DEEP + struct.pack("<BII", 1, 7, 0)
    bad_ring = struct.pack("<BIII6d", 1, 3, 1, 3, 0, 0, 1, 0, 1, 1)
    wild = struct.pack("<BII", 1, 6, 0xFFFFFFFF)
    table = pa.table({"geometry": [deep, bad_ring, wild, b"", b"\x07", None]})
    geo = b'{"version":"1.1.0","primary_column":"geometry","columns":{"geometry":{"encoding":"WKB"}}}'
    pq.write_table(table.replace_schema_metadata({b"geo": geo}), tmp_path / "deep.parquet")
    layer = read(tmp_path / "deep.parquet")
    problems = [row["problem"] for batch in layer.batches() for row in batch.to_pylist()]
    assert problems == [
        "collection",
        "unclosed-ring",
        "not-a-geometry",
        "not-a-geometry",
        "not-a-geometry",
        None,
    ]


def test_random_bytes_in_a_shapefile_end_in_an_error(read: Reader) -> None:
    content = archive(
        ("a.shp", b"\x00\x00\x27\x0a" + os.urandom(600)),
        ("a.shx", b"\x00\x00\x27\x0a" + os.urandom(600)),
        ("a.dbf", b"\x03\x79\x01\x01" + struct.pack("<IHH", 1, 65, 11) + bytes(60)),
    )
    with pytest.raises(ReadError):
        read("a.zip", content, crs="4326")


def test_endless_work_is_stopped(tmp_path: Path, read: Reader) -> None:
    one = '{"type":"Feature","properties":{},"geometry":null}'
    with pytest.raises(ReadError) as caught:
        read(
            "slow.geojson",
            '{"type":"FeatureCollection","features":[' + ",".join([one] * 700_000) + "]}",
            seconds=1,
        )
    assert caught.value.code == "too-slow"
    assert not (tmp_path / "read.arrow").exists()


def test_a_feature_that_eats_all_memory_is_stopped(read: Reader) -> None:
    with pytest.raises(ReadError) as caught:
        read("fat.geojson", feature("null", '{"a":[' + "[1]," * 3_000_000 + "1]}"), memory_mb=600)
    assert caught.value.code in ("out-of-memory", "crashed")


def test_a_nul_in_a_text_is_named_not_passed_on(read: Reader) -> None:
    layer = read("nul.geojson", feature("null", '{"name":"a\\u0000b"}'))
    row = next(layer.batches()).to_pylist()[0]
    assert (row["problem"], row["place"]) == ("nul-character", "name")


def test_a_missing_file_is_an_error_of_its_own(read: Reader, tmp_path: Path) -> None:
    with pytest.raises(ReadError) as caught:
        read(tmp_path / "gone.csv")
    assert caught.value.code == "no-file"
