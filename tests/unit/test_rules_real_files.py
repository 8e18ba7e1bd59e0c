"""The rules on files that other people made."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely

from forestapi.rules import Finding
from geo import crs as crs_module
from geo.distance import distance_m
from geo.reading import Layer, ReadError
from geo.validity import boundary_hash

Judge = Callable[..., list[tuple[int, Finding]]]
MERE_NOTES = {"invalid_exterior_not_ccw", "invalid_interior_not_cw", "invalid_featurecollection_crs_defined"}


def counts(found: list[tuple[int, Finding]]) -> Counter[str]:
    return Counter(finding.rule for _, finding in found)


def test_every_invalid_geojson_is_refused_or_flagged_with_the_place(shared_data: Path, judged: Judge) -> None:
    folder = shared_data / "bad_geojson" / "tests" / "data"
    paths = sorted(
        [*folder.glob("invalid_structure/*.geojson"), *folder.glob("invalid_geometries/*.geojson")]
    )
    assert len(paths) == 38
    for path in paths:
        try:
            found = judged(path)
        except ReadError as error:
            assert "/" in error.text.en, path.name
            continue
        if path.stem in MERE_NOTES:
            assert all(finding.severity == "note" for _, finding in found), path.name
            continue
        assert any(f.severity != "note" for _, f in found), path.name
        assert any(f.place for _, f in found if f.rule != "plot-boundary-missing"), path.name


def test_valid_geojson_is_never_refused(shared_data: Path, judged: Judge) -> None:
    paths = sorted((shared_data / "bad_geojson" / "tests" / "data" / "valid").glob("*.geojson"))
    assert len(paths) == 22
    for path in paths:
        assert not [f.rule for _, f in judged(path) if f.severity == "refuse"], path.name


def test_an_old_crs_member_is_honoured_with_a_note(shared_data: Path, read: Callable[..., Layer]) -> None:
    folder = shared_data / "bad_geojson" / "tests" / "data" / "invalid_structure"
    layer = read(folder / "invalid_featurecollection_crs_defined.geojson")
    assert (layer.crs, layer.crs_declared_by) == ("EPSG:32632", "file")
    assert len(layer.notes) == 1


@pytest.mark.parametrize(
    ("name", "rows", "expected"),
    [
        ("downey", 18544, {}),
        ("duarte", 7968, {"plot-outlier-of-layer": 1}),
        ("walnut", 2976, {"plot-layer-collapsed": 2976}),
        ("agoura-hills", 5118, {"plot-null-island": 27}),
    ],
)
def test_every_broken_tree_is_named_beside_its_missing_boundary(
    name: str, rows: int, expected: dict, shared_data: Path, judged: Judge
) -> None:
    found = judged(shared_data / "restoration" / "trees" / f"{name}.geojson")
    assert counts(found) == {"plot-boundary-missing": rows} | expected


def test_feet_in_california_become_degrees_where_the_file_itself_says(
    shared_data: Path, read: Callable[..., Layer]
) -> None:
    layer = read(shared_data / "restoration" / "trees" / "downey.geojson")
    batch = next(layer.batches(1000))
    points = crs_module.to_wgs84(
        shapely.from_wkb(batch.column("geometry").to_numpy(zero_copy_only=False)), crs_module.parse(layer.crs)
    )
    assert layer.crs == "EPSG:2229"
    assert distance_m(shapely.get_coordinates(points)[:1], (-118.15754845812501, 33.922454790601797))[0] < 2


def test_the_growing_sahel_layer_has_crossing_boundaries_and_no_outliers(
    shared_data: Path, judged: Judge
) -> None:
    folder = shared_data / "restoration" / "sahel"
    last = counts(judged(folder / "sahel_training_data_20211029.geojson"))
    assert set(last) == {"plot-ring-order", "plot-self-crossing", "plot-overlap", "plot-vertices-near"}
    assert last["plot-self-crossing"] == 56


@pytest.mark.parametrize(
    "name", ["geometry_type", "polygon_size", "self_intersection", "spikes", "feature_bounds"]
)
def test_the_verdicts_of_terramatch_are_met(name: str, shared_data: Path, judged: Judge) -> None:
    folder = shared_data / "restoration" / "terramatch"
    assert [f for _, f in judged(folder / f"{name}_fail.geojson") if f.severity != "note"]
    assert not [f for _, f in judged(folder / f"{name}_pass.geojson") if f.severity != "note"]


def test_the_same_plots_in_three_formats(shared_data: Path, read: Callable[..., Layer]) -> None:
    folder = shared_data / "restoration" / "ceo"

    def geometries(name: str, **options: object) -> tuple[list, np.ndarray]:
        rows = [row for b in read(folder / name, **options).batches() for row in b.to_pylist()]
        return rows, shapely.from_wkb(np.array([row["geometry"] for row in rows], dtype=object))

    _, from_geojson = geometries("plot-geojson-example.geojson")
    _, from_shapefile = geometries("plot-shp-example.zip")
    _, centres = geometries("plot-csv-example.csv", crs="EPSG:4326")
    assert set(boundary_hash(from_geojson)) == set(boundary_hash(from_shapefile))
    middles = shapely.get_coordinates(shapely.centroid(from_geojson))
    assert distance_m(middles, shapely.get_coordinates(centres)).max() < 1


def test_counties_are_read_with_their_codes(shared_data: Path, read: Callable[..., Layer]) -> None:
    layer = read(shared_data / "regions" / "nw_counties_tianditu.gpkg")
    assert layer.rows == 592
    assert "district_adcode" in layer.columns
