"""What goes into a file comes out of it, for any values; formats are opened here without the child process."""

import csv
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.formats import Opened, Record, Source, format_of, shape_of

FORMATS = ["geojson", "geopackage", "shapefile", "csv", "geoparquet"]

coordinates = st.floats(-180, 180, allow_nan=False).map(lambda v: v + 0.0)
positions = st.tuples(coordinates, st.floats(-90, 90, allow_nan=False).map(lambda v: v + 0.0))
words = st.text(st.characters(codec="gb18030", exclude_categories=["C", "Z"]), min_size=1, max_size=12)


@contextmanager
def opened(name: str, content: bytes) -> Iterator[Opened]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        yield format_of(path).read(Source(path=path))


def written(form: str, geometries: list[shapely.Geometry], folder: Path) -> Path:
    frame = geopandas.GeoDataFrame({"n": range(len(geometries))}, geometry=geometries, crs="EPSG:4326")
    if form == "csv":
        wkt = [", ".join(f"{x!r} {y!r}" for x, y in g.exterior.coords) for g in geometries]
        (folder / "a.csv").write_text(
            "n,wkt\n" + "".join(f'{i},"POLYGON(({w}))"\n' for i, w in enumerate(wkt))
        )
        return folder / "a.csv"
    if form == "geoparquet":
        frame.to_parquet(folder / "a.parquet")
        return folder / "a.parquet"
    if form == "geojson":
        features = [
            {"type": "Feature", "properties": {"n": i}, "geometry": shapely.geometry.mapping(g)}
            for i, g in enumerate(geometries)
        ]
        (folder / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        return folder / "a.geojson"
    suffix, driver = {"geopackage": (".gpkg", "GPKG"), "shapefile": (".shp", "ESRI Shapefile")}[form]
    frame.to_file(folder / f"a{suffix}", driver=driver)
    return folder / f"a{suffix}"


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(positions, st.floats(1e-5, 0.5)), min_size=1, max_size=5))
def test_boundaries_come_out_bit_for_bit(form: str, squares: list) -> None:
    geometries = [shapely.box(x, y, x + size, y + size, ccw=form != "shapefile") for (x, y), size in squares]
    with tempfile.TemporaryDirectory() as folder:
        path = written(form, geometries, Path(folder))
        records: list[Record] = list(format_of(path).read(Source(path=path)).records)
    assert [record.attributes["n"] in (i, str(i)) for i, record in enumerate(records)] == [True] * len(
        squares
    )
    for record, geometry in zip(records, geometries, strict=True):
        read = shapely.from_wkb(record.geometry)
        assert np.array_equal(
            np.sort(shapely.get_coordinates(read), axis=0), np.sort(shapely.get_coordinates(geometry), axis=0)
        )
        assert shapely.normalize(read) == shapely.normalize(geometry)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(words, words), min_size=1, max_size=6), st.sampled_from([",", ";", "\t"]))
def test_a_table_reads_the_same_in_utf8_and_gbk(rows: list[tuple[str, str]], delimiter: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, delimiter=delimiter)
            writer.writerows([("工人", "备注"), *rows])
        text = path.read_text(encoding="utf-8")
    tables = []
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        with opened("table.csv", text.encode(encoding)) as table:
            tables.append([record.attributes for record in table.records])
    assert tables[0] == tables[1] == tables[2]
    assert tables[0] == [{"工人": worker, "备注": remark} for worker, remark in rows]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=30,
)
kinds = st.sampled_from(
    [
        "Point",
        "LineString",
        "Polygon",
        "MultiPoint",
        "MultiLineString",
        "MultiPolygon",
        "GeometryCollection",
        "Circle",
    ]
)


@settings(max_examples=400)
@given(kinds, json_values, json_values)
def test_any_json_is_a_geometry_or_a_named_problem(kind: str, coordinates: object, bbox: object) -> None:
    shape = shape_of({"type": kind, "coordinates": coordinates, "geometries": coordinates, "bbox": bbox}, "")
    assert (shape.wkb is not None) or shape.problem
    if shape.wkb is not None:
        assert shapely.from_wkb(shape.wkb).geom_type == kind
