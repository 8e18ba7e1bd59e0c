from collections.abc import Sequence

import numpy as np
import pytest
import shapely
from pyproj import CRS

from forestapi.rules import Batch, LayerFacts, judge, rules

WGS84 = CRS.from_epsg(4326)
PLOT = shapely.box(105, 38, 105.01, 38.01)


def found(geometries: Sequence, crs: CRS = WGS84, **others: object) -> dict[int, set[str]]:
    """Judge geometries as the rows of one file: index -> names of the rules that speak."""
    source = np.full(len(geometries), None, dtype=object)
    source[:] = geometries
    batch = Batch(rows=range(1, len(geometries) + 1), source=source, crs=crs, **others)
    if "layer" not in others:
        batch.layer = LayerFacts.of([(batch.rows, batch.geometry)])
    names: dict[int, set[str]] = {i: set() for i in range(len(geometries))}
    for finding in judge("plots", batch):
        names[finding.index].add(finding.rule)
    return names


def alone(geometry: shapely.Geometry | None, crs: CRS = WGS84, **others: object) -> set[str]:
    return found([geometry], crs, **others)[0]


def moved(plot: shapely.Polygon, x: float, y: float) -> shapely.Polygon:
    return shapely.transform(plot, lambda xy: xy + (x, y))


def test_every_rule_is_told_in_both_languages_and_explained() -> None:
    for name, rule in rules().items():
        assert name.startswith(rule.noun.removesuffix("s") + "-")
        for text in (rule.title, rule.message, rule.explanation):
            assert text.zh and text.en and text.zh != text.en


def test_an_ordinary_plot_passes() -> None:
    assert alone(PLOT) == set()
    assert alone(shapely.MultiPolygon([PLOT, moved(PLOT, 0.1, 0)])) == set()


@pytest.mark.parametrize(
    ("problem", "rule"),
    [
        ("not-a-feature", "plot-not-a-feature"),
        ("not-a-geometry", "plot-not-a-geometry"),
        ("bad-position", "plot-not-a-geometry"),
        ("wrong-nesting", "plot-wrong-nesting"),
        ("nested-collection", "plot-wrong-nesting"),
        ("not-finite", "plot-not-finite"),
        ("unclosed-ring", "plot-ring-unclosed"),
        ("too-few-points", "plot-too-few-points"),
        ("too-many-vertices", "plot-too-many-vertices"),
        ("extra-values", "plot-row-broken"),
    ],
)
def test_what_the_reader_found_is_a_rule_with_its_place(problem: str, rule: str) -> None:
    batch = Batch(rows=[1], crs=WGS84, geometry_type=["Polygon"], problem=[problem], place=["/features/0"])
    findings = judge("plots", batch)
    assert [(f.rule, f.severity, f.place) for f in findings] == [(rule, "refuse", "/features/0")]


def test_a_point_is_held_for_want_of_a_boundary() -> None:
    assert alone(shapely.Point(105, 38)) == {"plot-boundary-missing"}
    assert alone(shapely.LineString([(105, 38), (106, 39)])) == {"plot-boundary-missing"}
    assert alone(None) == {"plot-boundary-missing"}
    assert alone(shapely.Polygon()) == {"plot-boundary-missing"}


def test_a_broken_point_gets_its_own_rule_beside_the_missing_boundary() -> None:
    assert alone(shapely.Point(0, 0)) == {"plot-null-island", "plot-boundary-missing"}
    assert alone(shapely.Point(200, 38)) == {"plot-out-of-range", "plot-boundary-missing"}
    assert alone(shapely.Point(38, 105)) == {
        "plot-out-of-range",
        "plot-lat-lon-swapped",
        "plot-boundary-missing",
    }


def test_projected_metres_under_degrees_are_findings_not_a_crash() -> None:
    plane = shapely.box(35_400_000, 4_200_000, 35_400_500, 4_200_500)
    batch = Batch(rows=[1], source=np.array([plane]), crs=WGS84)
    (finding,) = judge("plots", batch)
    assert (finding.rule, finding.severity) == ("plot-out-of-range", "refuse")
    assert "EPSG:4523" in finding.message.zh and "EPSG:4523" in finding.message.en


def test_degrees_under_a_projected_system_are_implausible() -> None:
    assert "plot-implausible-for-crs" in alone(PLOT, CRS.from_epsg(4544))
    assert alone(shapely.box(480_000, 4_200_000, 480_500, 4_200_500), CRS.from_epsg(4544)) == set()


def test_a_zone_prefix_under_the_system_without_it_is_named() -> None:
    names = alone(shapely.box(35_480_000, 4_200_000, 35_480_500, 4_200_500), CRS.from_epsg(4544))
    assert names & {"plot-implausible-for-crs", "plot-out-of-range"}


def test_a_vertex_at_null_island_is_found_in_a_polygon() -> None:
    assert "plot-null-island" in alone(shapely.Polygon([(105, 38), (0, 0), (105.01, 38.01)]))
    assert "plot-null-island" in alone(shapely.Point(0, 0), CRS.from_epsg(4544))


def test_swapped_coordinates_are_found_with_their_repair() -> None:
    swapped = shapely.box(38, 85, 38.01, 85.01)
    assert "plot-lat-lon-swapped" in alone(swapped)
    regions = shapely.box(100, 35, 110, 42)
    in_europe = shapely.box(38, 5, 38.01, 5.01)
    assert "plot-lat-lon-swapped" not in alone(in_europe, programme_regions=regions)
    batch = Batch(rows=[1], source=np.array([shapely.Point(38.5, 104.25)]), crs=WGS84)
    messages = [f.message.zh for f in judge("plots", batch) if f.rule == "plot-lat-lon-swapped"]
    assert "104.2500000 38.5000000" in messages[0]


def test_one_swapped_row_of_a_dense_layer_is_found_outside_china_too() -> None:
    rng = np.random.default_rng(5)
    layer = list(shapely.points(rng.normal((-80, 34), 0.02, (200, 2))))
    names = found([*layer, shapely.Point(34, -80)])
    assert "plot-lat-lon-swapped" in names[200]
    assert all(names[i] == {"plot-boundary-missing"} for i in range(200))


def test_a_crossing_boundary_is_held_with_the_place() -> None:
    bow_tie = shapely.Polygon([(105, 38), (105.02, 38.02), (105.02, 38), (105, 38.02), (105, 38)])
    batch = Batch(rows=[1], source=np.array([bow_tie]), crs=WGS84)
    (finding,) = judge("plots", batch)
    assert (finding.rule, finding.severity) == ("plot-self-crossing", "hold")
    assert finding.place == "105.0100000 38.0100000"


def test_too_many_vertices_are_refused() -> None:
    circle = shapely.Point(105, 38).buffer(0.01, quad_segs=2501)
    assert alone(circle) == {"plot-too-many-vertices"}
    assert alone(shapely.Point(105, 38).buffer(0.01, quad_segs=2000)) == set()


def test_size_has_limits() -> None:
    assert alone(shapely.box(105, 38, 105.000005, 38.000005)) == {"plot-too-small"}
    assert alone(shapely.box(105, 38, 105.4, 38.4)) == {"plot-too-large"}
    assert alone(shapely.box(105, 38, 105.1, 38.00001)) == {"plot-sliver"}


def test_a_spike_is_found_and_a_narrow_corner_is_not() -> None:
    spiked = shapely.Polygon(
        [(105, 38), (105.01, 38), (105.01, 38.005), (105.3, 38.0051), (105.01, 38.0052), (105, 38.01)]
    )
    assert "plot-spike" in alone(spiked)
    for start in range(6):
        turned = shapely.Polygon(np.roll(shapely.get_coordinates(spiked)[:-1], start, axis=0))
        assert "plot-spike" in alone(turned)
    wedge = shapely.Polygon([(105, 38), (105.02, 38), (105.02, 38.001)])
    assert alone(wedge) == set()


def test_the_same_boundary_twice_names_the_first_row() -> None:
    turned = shapely.reverse(PLOT)
    source = np.array([PLOT, moved(PLOT, 0.1, 0), turned], dtype=object)
    batch = Batch(rows=[2, 3, 4], source=source, crs=WGS84)
    (finding,) = judge("plots", batch)
    assert (finding.index, finding.rule, finding.values) == (2, "plot-duplicate", {"first_row": 2})


def test_a_duplicate_in_an_earlier_batch_is_found_through_the_facts() -> None:
    rows = np.arange(2, 4)
    facts = LayerFacts.of(
        [(rows, np.array([PLOT, moved(PLOT, 1, 0)])), (rows + 2, np.array([PLOT, moved(PLOT, 2, 0)]))]
    )
    later = Batch(rows=[4], source=np.array([PLOT]), crs=WGS84, layer=facts)
    first = Batch(rows=[2], source=np.array([PLOT]), crs=WGS84, layer=facts)
    assert [(f.rule, f.values) for f in judge("plots", later)] == [("plot-duplicate", {"first_row": 2})]
    assert judge("plots", first) == []


def test_outside_its_regions_means_by_more_than_a_kilometre() -> None:
    regions = shapely.MultiPolygon([shapely.box(104, 37, 105.005, 39), shapely.box(105.4, 37, 106, 39)])
    assert alone(moved(PLOT, -0.5, 0), programme_regions=regions) == set()
    assert alone(PLOT, programme_regions=regions) == set()
    assert alone(moved(PLOT, 0.02, 0), programme_regions=regions) == {"plot-outside-regions"}
    assert alone(moved(PLOT, 10, 0), programme_regions=regions) == {"plot-outside-regions"}
    assert "plot-outside-regions" in alone(shapely.Point(105.2, 38), programme_regions=regions)


def test_a_lone_far_row_of_a_dense_layer_is_an_outlier() -> None:
    rng = np.random.default_rng(1)
    layer = list(shapely.points(rng.normal((-117.96, 34.14), 0.01, (300, 2))))
    names = found([*layer, shapely.Point(117.96, 34.14), shapely.Point(-110, 40)])
    assert "plot-outlier-of-layer" in names[300]
    assert "plot-outlier-of-layer" in names[301]
    assert all("plot-outlier-of-layer" not in names[i] for i in range(300))


def test_a_second_site_and_a_spread_layer_have_no_outliers() -> None:
    rng = np.random.default_rng(2)
    two_sites = np.vstack([rng.normal((105, 38), 0.01, (300, 2)), rng.normal((108, 40), 0.01, (12, 2))])
    spread = rng.uniform((-15, 5), (45, 15), (300, 2))
    for positions in (two_sites, spread):
        assert all(
            names == {"plot-boundary-missing"} for names in found(list(shapely.points(positions))).values()
        )


def test_a_layer_on_one_spot_is_collapsed() -> None:
    rng = np.random.default_rng(3)
    spot = list(shapely.points(rng.normal((-96, 40), 1e-8, (25, 2))))
    assert all("plot-layer-collapsed" in names for names in found(spot).values())
    assert all("plot-layer-collapsed" not in names for names in found(spot[:10]).values())


def test_a_declared_area_in_the_wrong_unit_is_noted() -> None:
    measured_m2 = 10_000.0
    side = np.sqrt(measured_m2) / 111_000
    plot = shapely.box(105, 38, 105 + side / np.cos(np.radians(38)), 38 + side)
    assert alone(plot, columns={"declared_area_m2": [measured_m2 * 1.1]}) == set()
    assert alone(plot, columns={"declared_area_m2": [measured_m2 * 15]}) == {"plot-declared-area"}
    assert alone(plot, columns={"declared_area_m2": ["unknown"]}) == set()


def test_findings_come_in_the_order_of_rows_the_worst_first() -> None:
    names = [
        f.severity
        for f in judge("plots", Batch(rows=[1], source=np.array([shapely.Point(38, 105)]), crs=WGS84))
    ]
    assert names == ["refuse", "hold", "hold"]
