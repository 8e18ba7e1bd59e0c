"""GCJ-02 and BD-09, against vectors that other people computed."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo import crs as crs_module
from geo import offset_crs
from geo.distance import distance_m


@pytest.fixture
def cities(shared_data: Path) -> list[dict]:
    return [c["coords"] for c in json.loads((shared_data / "gcj02" / "test" / "fixtures" / "china-cities.json").read_text("utf-8"))]


@pytest.mark.parametrize(("name", "field"), [("GCJ02", "GCJ02"), ("bd-09", "BD09")])
def test_cities_come_back_to_better_than_a_metre(name: str, field: str, cities: list[dict]) -> None:
    shifted = shapely.points(np.array([c[field] for c in cities]))
    found = shapely.get_coordinates(crs_module.to_wgs84(shifted, crs_module.parse(name)))
    away_m = distance_m(found, np.array([c["WGS84"] for c in cities]))
    assert len(cities) > 300 and away_m.max() < 1


def test_the_other_vectors_too(shared_data: Path) -> None:
    vectors = json.loads((shared_data / "gcj02" / "eviltransform_vectors.json").read_text())
    wgs = np.array([v["wgs"] for v in vectors["wgs_to_gcj"]])
    gcj = np.array([v["gcj"] for v in vectors["wgs_to_gcj"]])
    assert distance_m(offset_crs.wgs84_to_gcj(wgs), gcj).max() < 0.01


def test_the_two_sources_differ_over_bd_09_and_why(shared_data: Path) -> None:
    """Eviltransform's two BD-09 points come from π where Baidu's formula has 3000 π / 180; gcoord's 664 cities agree with us."""
    vectors = json.loads((shared_data / "gcj02" / "eviltransform_vectors.json").read_text())["bd_to_wgs"]
    bd, wgs = (np.array([v[key] for v in vectors]) for key in ("bd", "wgs"))
    x, y = (bd - (0.0065, 0.006)).T
    radius, angle = np.hypot(x, y) - 0.00002 * np.sin(y * np.pi), np.arctan2(y, x) - 0.000003 * np.cos(x * np.pi)
    gcj = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    assert distance_m(2 * gcj - offset_crs.wgs84_to_gcj(gcj), wgs).max() < 0.01
    assert 5 < distance_m(offset_crs.to_wgs84(bd, "BD-09"), wgs).min()


@pytest.mark.parametrize("name", ["GCJ-02", "BD-09"])
def test_there_and_back_is_exact_and_named(name: str) -> None:
    rng = np.random.default_rng(7)
    wgs = np.column_stack([rng.uniform(75, 134, 2_000), rng.uniform(20, 53, 2_000)])
    there = offset_crs.wgs84_to_gcj(wgs)
    there = offset_crs.gcj_to_bd(there) if name == "BD-09" else there
    assert distance_m(there, wgs).min() > 20
    assert distance_m(offset_crs.to_wgs84(there, name), wgs).max() < 1e-3
    crs = crs_module.parse(name.replace("-", ""))
    assert crs_module.identify(crs) == name and crs_module.parse(crs_module.identify(crs)) == crs
    assert not crs_module.is_wgs84_degrees(crs)
    assert not crs_module.is_same(crs, crs_module.WGS84)


def test_outside_china_nothing_is_shifted() -> None:
    xy = np.array([[2.35, 48.85], [-74.0, 40.7]])
    assert np.array_equal(offset_crs.wgs84_to_gcj(xy), xy)
