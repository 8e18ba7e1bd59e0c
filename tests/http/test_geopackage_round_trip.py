"""Plots out to QGIS and back: exported with id and revision, edited with GDAL as QGIS does, compared, and brought in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pyogrio
import pytest
import shapely
from litestar.testing import AsyncTestClient

from forestapi.settings import Settings
from tests.http.test_fences import headers_of
from tests.http.test_imports import Importer, counts, dump
from tests.samples import PROGRAMME, key, planting, plot, square

Headers = dict[str, str]


@pytest.fixture
async def importer(client: AsyncTestClient, as_administrator: Headers, settings: Settings) -> Importer:
    """Put four plots into the ledger, one of them planted and surveyed."""
    survey = {"id": key(50_001), "plot": key(1), "surveyed_on": "2019-05-01", "stage": "establishment", "sample_holes": 100, "live_holes": 80}
    for noun, record in (
        ("programmes", PROGRAMME),
        *(("plots", plot(n, compartment="7", accuracy_m=2.5, lifecycle="planted", attributes={"村": "甲", "id": "x"})) for n in range(1, 5)),
        ("plantings", planting(1, 1)),
        ("surveys", survey),
        ("programmes", {**PROGRAMME, "code": "other"}),
    ):
        answer = await client.post(f"/api/v1/{noun}", json=record, headers=as_administrator)
        assert answer.status_code == 201, answer.text
    return Importer(client, as_administrator, settings)


@pytest.fixture
async def exported(importer: Importer, tmp_path: Path) -> Path:
    """Fetch the programme's plots as a GeoPackage."""
    answer = await importer.client.get("/api/v1/exports/plots.gpkg?programme=tengger", headers=importer.headers)
    assert answer.status_code == 200, answer.text
    path = tmp_path / "tengger.gpkg"
    path.write_bytes(answer.content)
    return path


def edit(path: Path, change: Callable[[geopandas.GeoDataFrame], geopandas.GeoDataFrame]) -> bytes:
    """Change the layer of plots in place, and leave the others as they are."""
    frame = change(pyogrio.read_dataframe(path, layer="plots"))
    pyogrio.write_dataframe(frame, path, layer="plots", driver="GPKG", geometry_type="MultiPolygon")
    return path.read_bytes()


def setting(which: str, /, **values: Any) -> Callable[[geopandas.GeoDataFrame], geopandas.GeoDataFrame]:
    def change(frame: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
        for name, value in values.items():
            frame.loc[frame["number"] == which, [name]] = value
        return frame

    return change


async def test_an_export_holds_what_it_says_and_comes_back_unchanged(importer: Importer, exported: Path) -> None:
    layers = dict(pyogrio.list_layers(exported).tolist())
    assert layers == {"plots": "MultiPolygon", "plantings": None, "surveys": None, "forest_export": None}
    plots = pyogrio.read_dataframe(exported, layer="plots")
    assert plots.crs.to_epsg() == 4326 and set(plots["revision"]) == {1} and sorted(plots["id"]) == [key(n) for n in range(1, 5)]
    planted = plots[plots["number"] == "T-1"].iloc[0]
    assert str(planted["forest_planted_on"])[:10] == "2018-04-01" and planted["forest_area_mu"] > 1000
    surveys = pyogrio.read_dataframe(exported, layer="surveys")
    assert surveys.iloc[0]["live_holes"] == 80 and pyogrio.read_dataframe(exported, layer="plantings").iloc[0]["plot"] == key(1)
    before = await dump(importer.settings)
    report = await importer("plots", "tengger.gpkg", exported.read_bytes())
    assert counts(report) == {"unchanged": 4} and report["programme"] == "tengger"
    assert await dump(importer.settings) == before


async def test_edits_are_told_field_by_field_and_then_written(importer: Importer, exported: Path) -> None:
    def change(frame: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
        frame = setting("T-1", compartment="8", accuracy_m=None, 村="乙")(frame)
        frame.loc[frame["number"] == "T-2", "geometry"] = shapely.MultiPolygon([shapely.box(105.04, 39, 105.051, 39.01)])
        new = frame[frame["number"] == "T-3"].copy()
        new["id"], new["revision"], new["number"] = None, None, "T-9"
        new["geometry"] = [shapely.MultiPolygon([shapely.box(106, 39, 106.01, 39.01)])]
        frame = frame[frame["number"] != "T-4"]
        return pd.concat([frame, new])

    content = edit(exported, change)
    before = await dump(importer.settings)
    would = await importer("plots", "tengger.gpkg", content, "dry_run=true")
    assert await dump(importer.settings) == before
    report = await importer("plots", "tengger.gpkg", content)
    for told in (would, report):
        again = told["again"]
        assert (again["added"], again["changed"], again["unchanged"], again["missing"], again["conflicting"]) == (1, 2, 1, 1, 0)
        first, second = again["changes"]
        assert first["before"] == {"compartment": "7", "accuracy_m": 2.5, "attributes": {"村": "甲", "id": "x"}}
        assert first["after"] == {"compartment": "8", "accuracy_m": None, "attributes": {"村": "乙", "id": "x"}}
        assert second["fields"] == ["boundary"] and second["ground_changed_m2"] > 90_000
        assert again["missing_plots"][0]["number"] == "T-4" and again["additions"][0]["number"] == "T-9"
    items = {p["number"]: p for p in (await importer.client.get("/api/v1/plots", headers=importer.headers)).json()["items"]}
    assert set(items) == {"T-1", "T-2", "T-3", "T-4", "T-9"}  # nothing was removed
    assert items["T-1"]["revision"] == items["T-2"]["revision"] == 2 and items["T-3"]["revision"] == 1
    assert items["T-1"]["is_planted"] and items["T-1"]["accuracy_m"] is None


async def test_an_office_edit_meanwhile_is_a_conflict_and_nothing_is_overwritten(importer: Importer, exported: Path) -> None:
    client, headers = importer.client, importer.headers
    for number, changes in ((1, {"compartment": "office"}), (2, {"boundary": square(105.04, 39, 0.012)}), (3, {"tenure": "state"})):
        assert (await client.patch(f"/api/v1/plots/{key(number)}", json=changes, headers=headers)).status_code == 200
    content = edit(exported, lambda frame: setting("T-4", compartment="8")(setting("T-1", compartment="field", tenure="collective")(frame)))
    report = await importer("plots", "tengger.gpkg", content)
    assert counts(report) == {"held": 1, "unchanged": 2, "updated": 1}, report["rows"]
    assert {f["rule"] for row in report["rows"] for f in row["findings"]} == {"plot-edit-conflict", "plot-newer-in-ledger"}
    (conflict,) = report["again"]["conflicts"]
    assert conflict["file"] == {"compartment": "field", "tenure": "collective"} and conflict["base"] == {"compartment": "7", "tenure": None}
    assert conflict["office"] == {"compartment": "office"} and (conflict["base_revision"], conflict["revision"]) == (1, 2)
    assert conflict["changed_by"] == "test administrator"
    items = {p["number"]: p for p in (await client.get("/api/v1/plots", headers=headers)).json()["items"]}
    assert items["T-1"]["compartment"] == "office" and items["T-3"]["tenure"] == "state" and items["T-4"]["compartment"] == "8"
    assert items["T-2"]["area_m2"] == pytest.approx(1.44 * items["T-4"]["area_m2"], rel=0.01)
    held = next(row["key"] for row in report["rows"] if row["outcome"] == "held")
    decided = await client.post(f"/api/v1/held/{held}/resolve", json={"decision": "accept", "reason": "the field is right"}, headers=headers)
    assert decided.status_code == 200, decided.text
    accepted = (await client.get(f"/api/v1/plots/{key(1)}", headers=headers)).json()
    assert (accepted["compartment"], accepted["tenure"], accepted["lifecycle"]) == ("field", "collective", "planted")


async def test_a_boundary_moved_on_both_sides_and_a_deleted_plot_are_held(importer: Importer, exported: Path) -> None:
    client, headers = importer.client, importer.headers
    await client.patch(f"/api/v1/plots/{key(2)}", json={"boundary": square(105.04, 39, 0.012)}, headers=headers)
    assert (await client.delete(f"/api/v1/plots/{key(4)}", headers=headers)).status_code == 204

    def change(frame: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
        frame.loc[frame["number"] == "T-2", "geometry"] = shapely.MultiPolygon([shapely.box(105.04, 39, 105.05, 39.009)])
        return frame

    report = await importer("plots", "tengger.gpkg", edit(exported, change))
    assert counts(report) == {"held": 2, "unchanged": 2}
    fields = {c["key"]: (list(c["file"]), c["revision"]) for c in report["again"]["conflicts"]}
    assert fields == {key(2): (["boundary"], 2), key(4): ([], None)}
    assert (await client.get(f"/api/v1/plots/{key(4)}", headers=headers)).status_code == 404
    stays = (await client.get(f"/api/v1/plots/{key(2)}", headers=headers)).json()
    assert shapely.from_geojson(str(stays["boundary"]).replace("'", '"')).bounds[3] == pytest.approx(39.012)


async def test_the_same_edit_on_both_sides_and_the_same_file_twice_change_nothing(importer: Importer, exported: Path) -> None:
    content = edit(exported, setting("T-1", compartment="8"))
    assert counts(await importer("plots", "tengger.gpkg", content)) == {"updated": 1, "unchanged": 3}
    before = await dump(importer.settings)
    assert counts(await importer("plots", "tengger.gpkg", content)) == {"unchanged": 4}
    assert await dump(importer.settings) == before


async def test_hostile_edits_are_told_row_by_row(importer: Importer, exported: Path) -> None:
    def change(frame: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
        frame = setting("T-2", lifecycle="flowering")(setting("T-3", number=None)(frame))
        twice = frame[frame["number"] == "T-1"].copy()  # a split polygon keeps its id
        twice["geometry"] = [shapely.MultiPolygon([shapely.box(107, 39, 107.01, 39.01)])]
        crossed = frame["number"] == "T-4"
        frame.loc[crossed, "geometry"] = shapely.from_wkt("MULTIPOLYGON(((105 39,105.01 39.01,105.01 39,105 39.01,105 39)))")
        strange = frame[frame["number"] == "T-1"].copy()
        strange["id"], strange["revision"], strange["number"] = key(77), 5, "T-77"
        strange["geometry"] = [shapely.MultiPolygon([shapely.box(108, 39, 108.01, 39.01)])]
        return pd.concat([frame, twice, strange])

    report = await importer("plots", "tengger.gpkg", edit(exported, change))
    rows = {row["row"]: (row["outcome"], row["rule"]) for row in report["rows"]}
    assert list(rows.values()) == [
        ("unchanged", None), ("refused", "plot-field"), ("refused", "plot-field"), ("held", "plot-self-crossing"),
        ("held", "plot-key-repeated"), ("held", "plot-edit-conflict"),
    ], rows  # fmt: skip


async def test_who_may_export_and_what_there_is_to_export(importer: Importer, settings: Settings) -> None:
    address = "/api/v1/exports/plots.gpkg"
    assert (await importer.client.get(f"{address}?programme=tengger")).status_code == 401
    analyst = await headers_of(settings, "analyst")
    assert (await importer.client.get(f"{address}?programme=tengger", headers=analyst)).status_code == 200
    assert (await importer.client.get(f"{address}?programme=none", headers=analyst)).status_code == 404
    empty = await importer.client.get(f"{address}?programme=other", headers=analyst)
    assert empty.status_code == 200
    assert (await importer.client.get(address, headers=analyst)).status_code == 400
