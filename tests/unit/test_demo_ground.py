"""The ground of the demonstration, measured without the database."""

import numpy as np
import pytest
import shapely

from forestapi.services.demo import _seed, counties, ground, planting
from forestapi.services.demo.planting import Plan
from geo.area import M2_PER_MU, equal_area_m2
from geo.overlap import net_area_m2
from geo.validity import boundary_hash


@pytest.fixture(scope="module")
def land() -> ground.Ground:
    return ground.make()


@pytest.fixture(scope="module")
def plan(land: ground.Ground) -> Plan:
    return planting.plan(land)


def test_the_union_is_760_000_mu(land: ground.Ground) -> None:
    assert net_area_m2(land.boundary) == pytest.approx(760_000 * 2000 / 3, abs=1)


def test_a_few_per_cent_of_the_ground_is_reported_twice(land: ground.Ground) -> None:
    gross_m2 = equal_area_m2(land.boundary).sum()
    assert 0.03 < 1 - ground.NET_M2 / gross_m2 < 0.05


def test_only_plots_reported_again_overlap(land: ground.Ground) -> None:
    first = land.boundary[land.repeats < 0]
    assert net_area_m2(first) == pytest.approx(equal_area_m2(first).sum(), abs=0.01)


def test_some_ground_is_reported_three_times(land: ground.Ground) -> None:
    again = np.flatnonzero(land.repeats >= 0)
    shared = shapely.intersection(land.boundary[again], land.boundary[land.repeats[again]])
    is_third = np.diff(land.repeats[again], prepend=-1) == 0
    third = shapely.intersection(shared[is_third], shared[np.flatnonzero(is_third) - 1])
    assert (equal_area_m2(third) > 1_000).any()


def test_every_boundary_is_valid_unlike_the_others_and_inside_its_county(land: ground.Ground) -> None:
    assert shapely.is_valid(land.boundary).all()
    assert len(set(boundary_hash(land.boundary))) == len(land.boundary)
    assert shapely.covers(counties.outlines()[land.county], land.boundary).all()


def test_plots_look_like_plots(land: ground.Ground) -> None:
    mu = equal_area_m2(land.boundary) / M2_PER_MU
    assert 1_500 <= len(mu) <= 2_000
    assert 45 < mu.min() and mu.max() < 3_600
    assert 300 < np.median(mu) < 450
    vertices = shapely.get_num_coordinates(land.boundary)
    assert vertices.min() >= 10 and vertices.max() <= 80
    assert (shapely.get_num_geometries(land.boundary) == 2).sum() > 10
    assert shapely.get_num_interior_rings(shapely.get_parts(land.boundary)).sum() > 1
    sizes = np.bincount(land.base)
    assert sizes.min() >= 10 and sizes.max() <= 40


def test_outlines_do_not_overlap_and_the_tree_of_regions_is_whole() -> None:
    outlines = counties.outlines()
    first, second = shapely.STRtree(outlines).query(outlines, predicate="intersects")
    assert (first == second).all()
    documents, boundaries = counties.regions()
    codes = {document["code"] for document in documents}
    assert len(codes) == len(documents)
    assert all(document["parent"] in codes for document in documents if document["level"] != "province")
    assert shapely.is_valid(boundaries).all()


def test_planting_adds_up_to_55_52_million_trees_and_each_line_to_its_plot(plan: Plan) -> None:
    assert plan.holes.sum() == pytest.approx(55_520_000, abs=2_000)
    assert [sum(line["design_holes"] for line in lines) for lines in plan.lines] == plan.holes.tolist()
    assert all(line["planted_count"] <= line["design_holes"] for lines in plan.lines for line in lines)


def test_the_same_seed_gives_the_same_ground(land: ground.Ground) -> None:
    assert shapely.equals_exact(ground.make().boundary, land.boundary, tolerance=0).all()


def test_ids_are_distinct_uuids_of_version_7_that_carry_their_date() -> None:
    made = _seed.ids("anything", np.array(["2016-08-22", "2018-12-31"], "datetime64[D]").repeat(500))
    assert len(set(made)) == 1_000
    assert {text[14] for text in made} == {"7"} and {text[19] for text in made} <= set("89ab")
    noon_ms = 1_471_867_200_000
    assert {int(text[:8] + text[9:13], 16) for text in made[:500]} == {noon_ms}
    assert made == _seed.ids("anything", np.array(["2016-08-22", "2018-12-31"], "datetime64[D]").repeat(500))
    assert made != _seed.ids("other", np.array(["2016-08-22", "2018-12-31"], "datetime64[D]").repeat(500))
