"""Properties of boundaries that must hold for any ground, not only for the examples."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.area import equal_area_m2, geodesic_area_m2, to_equal_area
from geo.overlap import net_area_m2
from geo.validity import boundary_hash


@st.composite
def plots(draw: st.DrawFn) -> shapely.Polygon:
    """Star-shaped plots of 50 m to 5 km somewhere in China, always valid, to a millionth of a degree."""
    lon, lat = draw(st.floats(75, 134)), draw(st.floats(18, 53))
    count = draw(st.integers(4, 24))
    radii = draw(st.lists(st.floats(0.0005, 0.02), min_size=count, max_size=count))
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    ring = np.column_stack([lon + np.cos(angles) * radii, lat + np.sin(angles) * radii])
    return shapely.Polygon(np.round(ring, 6))


@given(plots(), st.integers(0, 30), st.booleans())
def test_where_a_ring_starts_and_how_it_runs_does_not_matter(
    plot: shapely.Polygon, start: int, turn: bool
) -> None:
    turned = shapely.Polygon(np.roll(shapely.get_coordinates(plot)[:-1], start, axis=0))
    turned = shapely.reverse(turned) if turn else turned
    assert boundary_hash([plot])[0] == boundary_hash([shapely.MultiPolygon([turned])])[0]
    assert geodesic_area_m2([turned])[0] == pytest.approx(geodesic_area_m2([plot])[0], rel=1e-9)


@given(plots(), st.floats(0.2, 0.8), st.booleans())
def test_the_areas_of_pieces_cut_in_the_plane_add_up(
    plot: shapely.Polygon, at: float, is_upright: bool
) -> None:
    (plane,) = to_equal_area([plot])
    west, south, east, north = plane.bounds
    x, y = west + at * (east - west), south + at * (north - south)
    knife = shapely.box(west, south, x, north) if is_upright else shapely.box(west, south, east, y)
    pieces = shapely.area([plane & knife, plane - knife])
    assert pieces.sum() == pytest.approx(equal_area_m2([plot])[0], rel=1e-11)


@given(plots())
def test_the_plane_and_the_ellipsoid_agree(plot: shapely.Polygon) -> None:
    """Edges are straight in the plane and geodesic on the ellipsoid: the longer, the farther apart."""
    geodesic_m2 = geodesic_area_m2([plot])[0]
    longest_m = shapely.length(to_equal_area([plot]))[0]
    between_m2 = longest_m**3 / (12 * 6_371_000) * 2
    assert abs(equal_area_m2([plot])[0] - geodesic_m2) < max(between_m2, 1e-8 * geodesic_m2)


@settings(max_examples=50)
@given(st.lists(plots(), min_size=1, max_size=6))
def test_net_area_lies_between_the_largest_and_the_sum(some: list[shapely.Polygon]) -> None:
    areas = equal_area_m2(some)
    net = net_area_m2(some)
    assert areas.max() * (1 - 1e-9) <= net <= areas.sum() * (1 + 1e-9)
    assert net_area_m2([*some, *some]) == pytest.approx(net, rel=1e-9)
