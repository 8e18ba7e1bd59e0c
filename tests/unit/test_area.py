import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo import area


def test_one_mu_is_two_thousand_thirds_of_a_square_metre_exactly() -> None:
    assert area.M2_PER_MU_EXACT == Fraction(2000, 3)
    assert area.to_mu(10_000) == 15
    assert area.to_ha(10_000) == 1
    assert area.to_mu(760_000 * 2000 / 3) == 760_000


def test_no_geometry_has_no_area() -> None:
    nothing = np.array([None, shapely.Point(1, 1), shapely.Polygon()], dtype=object)
    assert area.equal_area_m2(nothing).tolist() == [0, 0, 0]
    assert area.geodesic_area_m2(nothing).tolist() == [0, 0, 0]


def test_equal_area_and_geodesic_area_agree_on_plots() -> None:
    rng = np.random.default_rng(20190123)
    centres = np.column_stack([rng.uniform(75, 134, 300), rng.uniform(18, 53, 300)])
    plots = shapely.buffer(shapely.points(centres), rng.uniform(0.0005, 0.01, 300), quad_segs=4)
    equal, geodesic = area.equal_area_m2(plots), area.geodesic_area_m2(plots)
    assert np.abs(equal / geodesic - 1).max() < 5e-7


def test_holes_and_parts_count_as_they_should() -> None:
    outer, hole = shapely.box(105, 38, 105.02, 38.02), shapely.box(105.005, 38.005, 105.01, 38.01)
    other = shapely.box(106, 38, 106.01, 38.01)
    ring = shapely.MultiPolygon([outer - hole, other])
    for measure in (area.equal_area_m2, area.geodesic_area_m2):
        whole, without, more, all_parts = measure([outer, hole, other, ring])
        assert all_parts == pytest.approx(whole - without + more, rel=1e-12)


def test_direction_of_a_ring_does_not_matter_to_the_geodesic_area() -> None:
    square = shapely.box(105, 38, 105.02, 38.02)
    one, other = area.geodesic_area_m2([square, shapely.reverse(square)])
    assert one == pytest.approx(other, rel=1e-12)


def test_published_ellipsoidal_areas_are_met(shared_data: Path) -> None:
    cases = json.loads((shared_data / "geodesic" / "polygon_areas.json").read_text())
    for case in cases:
        ring = shapely.Polygon([(lon, lat) for lat, lon in case["latlon"]])
        assert area.geodesic_area_m2([ring])[0] == pytest.approx(abs(case["area"]), abs=case["area_tol"])
