"""TerraMatch's fixtures get TerraMatch's verdicts where our rule is the same; docs/explanation/terramatch.md says why not."""

from collections.abc import Callable
from pathlib import Path

import pytest
import shapely

from forestapi.rules import Batch, Finding, judge
from geo import crs as crs_module
from geo.reading import Layer

Judge = Callable[..., list[tuple[int, Finding]]]
SAME = {
    "geometry_type": "plot-boundary-missing",
    "polygon_size": "plot-too-large",
    "self_intersection": "plot-self-crossing",
    "spikes": "plot-spike",
    "feature_bounds": "plot-ring-unclosed",
}
OTHERWISE = ("data", "schema", "estimated_area")
PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "terramatch.md"
AUSTRALIA = shapely.box(113, -44, 154, -10)


def grave(found: list[tuple[int, Finding]]) -> set[str]:
    return {f.rule for _, f in found if f.severity != "note"}


@pytest.mark.parametrize("name", SAME)
def test_the_same_rule_gives_the_same_verdict(name: str, shared_data: Path, judged: Judge) -> None:
    folder = shared_data / "restoration" / "terramatch"
    assert SAME[name] in grave(judged(folder / f"{name}_fail.geojson"))
    assert not grave(judged(folder / f"{name}_pass.geojson"))


@pytest.mark.parametrize(("name", "expected"), [("fail", {"plot-outside-regions"}), ("pass", set())])
def test_within_country_is_within_the_regions_of_the_programme(
    name: str, expected: set[str], shared_data: Path, read: Callable[..., Layer]
) -> None:
    layer = read(shared_data / "restoration" / "terramatch" / f"within_country_{name}.geojson")
    batch = Batch.of_layer(next(layer.batches()), crs_module.WGS84, programme_regions=AUSTRALIA)
    assert {f.rule for f in judge("plots", batch) if f.severity != "note"} == expected


def test_an_overlap_is_a_note_where_terramatch_fails_it(shared_data: Path, read: Callable[..., Layer]) -> None:
    layer = read(shared_data / "restoration" / "terramatch" / "not_overlapping_fail.geojson")
    shape = shapely.from_wkb(next(layer.batches()).column("geometry")[0].as_py())
    moved = shapely.transform(shape, lambda xy: xy + (0.001, 0))
    batch = Batch(rows=[1, 2], source=[shape, moved], crs=crs_module.WGS84)
    assert [(f.index, f.rule, f.severity) for f in judge("plots", batch)] == [(1, "plot-overlap", "note")]


@pytest.mark.parametrize("name", OTHERWISE)
def test_where_ours_differs_nothing_is_found_and_the_page_gives_the_reason(
    name: str, shared_data: Path, judged: Judge
) -> None:
    folder = shared_data / "restoration" / "terramatch"
    assert not judged(folder / f"{name}_fail.geojson") and not judged(folder / f"{name}_pass.geojson")
    assert f"| `{name}` |" in PAGE.read_text("utf-8")


def test_the_kml_is_the_same_ground_as_the_geojson(shared_data: Path, read: Callable[..., Layer]) -> None:
    folder = shared_data / "restoration" / "terramatch"
    shapes = []
    for name in ("validate_kml_csv.kml", "validate_geojson.csv.geojson", "validate_shapefile_csv.zip"):
        layer = read(folder / name)
        shapes.append(shapely.from_wkb(next(layer.batches()).column("geometry")[0].as_py()))
    assert shapely.hausdorff_distance(shapes[0], shapes[1]) < 1e-7
    assert shapely.hausdorff_distance(shapes[1], shapes[2]) < 1e-7
