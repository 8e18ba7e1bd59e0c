import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import geopandas
import openpyxl
import pytest
import shapely

from geo.formats import formats
from geo.reading import Layer, ReadError

Reader = Callable[..., Layer]

PLOTS = geopandas.GeoDataFrame(
    {
        "number": ["一号", "二号"],
        "trees": [120, 80],
        "height_m": [1.5, None],
        "planted": [date(2018, 4, 15), date(2018, 10, 2)],
    },
    geometry=[shapely.box(105, 38, 105.01, 38.01), shapely.box(105.02, 38, 105.03, 38.01)],
    crs="EPSG:4490",
)


def rows_of(layer: Layer) -> list[dict]:
    rows = [row for batch in layer.batches() for row in batch.to_pylist()]
    return [row | {"attributes": json.loads(row["attributes"])} for row in rows]


def zipped(folder: Path, names: str = "*") -> Path:
    target = folder.parent / f"{folder.name}.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.glob(names)):
            archive.write(path, path.name)
    return target


def shapefile(tmp_path: Path, encoding: str = "UTF-8", crs: str | None = "EPSG:4490") -> Path:
    folder = tmp_path / "plots"
    folder.mkdir()
    frame = PLOTS.set_crs(crs, allow_override=True)
    frame.to_file(folder / "plots.shp", driver="ESRI Shapefile", encoding=encoding)
    return folder


def written(tmp_path: Path, form: str) -> tuple[Path, dict]:
    if form == "shapefile":
        return zipped(shapefile(tmp_path)), {}
    if form == "csv":
        path = tmp_path / "plots.csv"
        PLOTS.assign(wkt=PLOTS.geometry.to_wkt()).drop(columns="geometry").to_csv(path, index=False)
        return path, {"crs": "EPSG:4490"}
    if form == "geoparquet":
        PLOTS.to_parquet(tmp_path / "plots.parquet")
        return tmp_path / "plots.parquet", {}
    suffix, driver = {"geojson": (".geojson", "GeoJSON"), "geopackage": (".gpkg", "GPKG")}[form]
    path = tmp_path / f"plots{suffix}"
    PLOTS.to_crs("EPSG:4326").to_file(path, driver=driver) if form == "geojson" else PLOTS.to_file(
        path, driver=driver
    )
    return path, {}


def test_every_format_says_what_it_is() -> None:
    assert set(formats()) == {
        "geojson", "geopackage", "shapefile", "flatgeobuf", "kml", "gpx", "csv", "geoparquet", "xlsx", "ndjson",
    }  # fmt: skip
    suffixes = [suffix for form in formats().values() for suffix in form.suffixes]
    assert len(suffixes) == len(set(suffixes))


@pytest.mark.parametrize("form", ["geojson", "geopackage", "shapefile", "csv", "geoparquet"])
def test_the_same_plots_read_the_same_from_every_format(form: str, tmp_path: Path, read: Reader) -> None:
    path, options = written(tmp_path, form)
    layer = read(path, **options)
    rows = rows_of(layer)
    assert layer.rows == 2
    assert layer.crs in ("EPSG:4490", "EPSG:4326")
    for row, (number, plot) in zip(rows, zip(PLOTS.number, PLOTS.geometry, strict=True), strict=True):
        assert row["problem"] in (None, "ring-order")
        assert shapely.from_wkb(row["geometry"]).normalize().equals_exact(plot.normalize(), 1e-9)
        assert row["attributes"]["number"] == number
        assert float(row["attributes"]["trees"]) in (120, 80)
    assert rows[0]["attributes"]["planted"].startswith("2018-04-15")
    assert rows[1]["attributes"]["height_m"] is None


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030"])
@pytest.mark.parametrize("has_cpg", [True, False])
def test_chinese_attribute_tables_are_read(
    encoding: str, has_cpg: bool, tmp_path: Path, read: Reader
) -> None:
    folder = shapefile(tmp_path, encoding)
    if not has_cpg:
        (folder / "plots.cpg").unlink()
    assert [row["attributes"]["number"] for row in rows_of(read(zipped(folder)))] == ["一号", "二号"]


def test_a_table_that_is_not_in_its_declared_encoding_is_named(tmp_path: Path, read: Reader) -> None:
    folder = shapefile(tmp_path, "GB18030")
    (folder / "plots.cpg").write_text("UTF-8")
    with pytest.raises(ReadError) as caught:
        read(zipped(folder))
    assert caught.value.code == "encoding"
    assert ".cpg" in caught.value.text.en


def test_a_shapefile_beside_its_other_files_is_read_too(tmp_path: Path, read: Reader) -> None:
    assert read(shapefile(tmp_path) / "plots.shp").rows == 2


def test_a_shapefile_without_prj_asks_for_its_crs(tmp_path: Path, read: Reader) -> None:
    folder = shapefile(tmp_path)
    (folder / "plots.prj").unlink()
    with pytest.raises(ReadError) as caught:
        read(zipped(folder))
    assert caught.value.code == "crs-undeclared"
    assert "--crs" in caught.value.text.zh
    layer = read(zipped(folder), crs="EPSG:4490")
    assert (layer.crs, layer.crs_declared_by) == ("EPSG:4490", "user")


def test_a_shapefile_without_its_table_is_named_as_incomplete(tmp_path: Path, read: Reader) -> None:
    folder = shapefile(tmp_path)
    (folder / "plots.dbf").unlink()
    with pytest.raises(ReadError) as caught:
        read(zipped(folder))
    assert caught.value.code == "incomplete"


def test_a_user_may_not_contradict_a_file(tmp_path: Path, read: Reader) -> None:
    path, _ = written(tmp_path, "geopackage")
    with pytest.raises(ReadError) as caught:
        read(path, crs="EPSG:4547")
    assert caught.value.code == "crs-conflict"
    assert read(path, crs="EPSG:4326").crs_declared_by == "file"


def test_a_layer_must_be_chosen_where_there_are_several(tmp_path: Path, read: Reader) -> None:
    path = tmp_path / "two.gpkg"
    PLOTS.to_file(path, layer="spring", driver="GPKG")
    PLOTS.iloc[:1].to_file(path, layer="autumn", driver="GPKG")
    with pytest.raises(ReadError) as caught:
        read(path)
    assert caught.value.code == "layer-required"
    assert "spring" in caught.value.text.en
    assert read(path, layer="autumn").rows == 1
    with pytest.raises(ReadError) as caught:
        read(path, layer="winter")
    assert caught.value.code == "layer-unknown"


def test_rows_of_a_table_are_numbered_as_a_spreadsheet_does(read: Reader) -> None:
    text = '编号,经度,纬度,备注\n1,105.1,38.2,"两\n行"\n\n3,,\n4,x,38\n'
    layer = read("plots.csv", text.encode("gb18030"), crs="EPSG:4490")
    rows = rows_of(layer)
    assert [row["row"] for row in rows] == [2, 4, 5]
    assert layer.columns == ("编号", "备注")
    assert shapely.from_wkb(rows[0]["geometry"]).equals(shapely.Point(105.1, 38.2))
    assert rows[0]["attributes"] == {"编号": "1", "备注": "两\n行"}
    assert rows[1]["geometry"] is None and rows[1]["problem"] is None
    assert (rows[2]["problem"], rows[2]["place"]) == ("not-a-geometry", "column 经度")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_csv_reads_the_same_in_any_dress(delimiter: str, encoding: str, read: Reader) -> None:
    text = delimiter.join(["工人", "工资"]) + "\r\n" + delimiter.join(["张三", "150.50"]) + "\r\n"
    layer = read("shifts.csv", text.encode(encoding), is_table=True)
    assert (layer.crs, layer.is_geometry) == (None, False)
    assert rows_of(layer)[0]["attributes"] == {"工人": "张三", "工资": "150.50"}


def test_a_row_with_more_cells_than_the_header_is_named(read: Reader) -> None:
    rows = rows_of(read("shifts.csv", "worker,wage\n1,150\n2,1,500\n"))
    assert [row["problem"] for row in rows] == [None, "extra-values"]


def test_workbooks_are_read_as_tables(tmp_path: Path, read: Reader) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([None, None])
    sheet.append(["工人", "日期", "工时", "工时", None, "码"])
    sheet.append(["张三", datetime(2018, 4, 15), 8, 7.5, None, "0012"])
    sheet.append([])
    sheet.append(["李四", datetime(2018, 4, 16, 8, 30), None, True, None, 152921000000])
    book.save(tmp_path / "shifts.xlsx")
    layer = read(tmp_path / "shifts.xlsx")
    rows = rows_of(layer)
    assert layer.columns == ("工人", "日期", "工时", "工时_2", "column_5", "码")
    assert [row["row"] for row in rows] == [3, 5]
    assert rows[0]["attributes"] == {
        "工人": "张三",
        "日期": "2018-04-15",
        "工时": 8,
        "工时_2": 7.5,
        "column_5": None,
        "码": "0012",
    }
    assert rows[1]["attributes"]["日期"] == "2018-04-16T08:30:00"


def test_a_workbook_with_two_sheets_asks_for_one(tmp_path: Path, read: Reader) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.create_sheet("四月").append(["b"])
    book.save(tmp_path / "two.xlsx")
    with pytest.raises(ReadError) as caught:
        read(tmp_path / "two.xlsx")
    assert caught.value.code == "layer-required"
    assert read(tmp_path / "two.xlsx", layer="四月").columns == ("b",)


def test_wkt_is_read_in_its_usual_spellings_and_never_with_a_hidden_srid(read: Reader) -> None:
    texts = [
        "polygon((0 0,1 1,1 0,0 0))",
        "POLYGONZ((0 0 1,1 1 1,1 0 1,0 0 1))",
        " MULTIPOINT (1 1, 2 2)",
        "POINT EMPTY",
        "SRID=4547;POINT(1 1)",
        "TIN(((0 0,1 1,1 0,0 0)))",
    ]
    rows = rows_of(read("w.csv", "wkt\n" + "".join(f'"{text}"\n' for text in texts), crs="4326"))
    assert [(row["geometry_type"], row["problem"]) for row in rows] == [
        ("Polygon", None),
        ("Polygon", None),
        ("MultiPoint", None),
        ("Point", "empty"),
        (None, "not-a-geometry"),
        (None, "unsupported-type"),
    ]


def test_the_geometry_column_of_a_table_never_depends_on_chance(read: Reader) -> None:
    layer = read("both.csv", "x,y,lon,lat\n1,2,105,38\n", crs="4326")
    assert layer.columns == ("x", "y")


def test_heights_are_dropped_and_said_to_be(read: Reader) -> None:
    layer = read("z.csv", 'wkt\n"POLYGON Z ((0 0 9,1 0 9,1 1 9,0 0 9))"\n', crs="4326")
    assert layer.has_z
    assert not shapely.from_wkb(rows_of(layer)[0]["geometry"]).has_z


def test_batches_have_the_size_asked_for_and_keep_the_order(read: Reader) -> None:
    layer = read("many.csv", "n\n" + "".join(f"{i}\n" for i in range(3457)))
    sizes = [batch.num_rows for batch in layer.batches(1000)]
    assert sizes == [1000, 1000, 1000, 457]
    assert [row["row"] for row in rows_of(layer)] == list(range(2, 3459))


def test_progress_is_reported_and_can_stop_the_reading(tmp_path: Path, read: Reader) -> None:
    content = "n\n" + "".join(f"{i}\n" for i in range(5000))
    seen: list[tuple[int, int]] = []
    read("many.csv", content, on_progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert len(seen) == 5 and seen[-1][0] <= seen[-1][1]

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read("many.csv", content, on_progress=stop)
    assert not (tmp_path / "read.arrow").exists()


def test_geoparquet_follows_its_standard(shared_data: Path, read: Reader) -> None:
    folder = shared_data / "formats"
    assert read(folder / "natural-earth/files/natural-earth_countries_geo.parquet").rows == 177
    custom = read(folder / "example-crs/files/example-crs_vermont-custom_geo.parquet")
    assert custom.crs.startswith("PROJCRS")
    assert read(folder / "example-crs/files/example-crs_vermont-utm_geo.parquet").crs == "EPSG:32618"
    with pytest.raises(ReadError) as caught:
        read(folder / "example/files/example_polygon_geo.parquet")
    assert caught.value.code == "crs-undeclared"
    zm = read(folder / "example/files/example_polygon-zm_geo.parquet", crs="4326")
    assert zm.has_z and zm.rows == 4
