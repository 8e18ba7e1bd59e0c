import time

import numpy as np
import pytest
import shapely

from geo import validity

BOW_TIE = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2), (0, 0)])
SQUARE = shapely.box(105, 38, 105.01, 38.01)


def test_only_polygons_with_something_in_them_are_polygonal() -> None:
    values = np.array(
        [SQUARE, None, shapely.Point(1, 1), shapely.Polygon(), shapely.MultiPolygon([SQUARE])], object
    )
    assert validity.is_polygonal(values).tolist() == [True, False, False, False, True]


def test_the_place_of_a_self_crossing_is_named() -> None:
    assert validity.is_valid([BOW_TIE, SQUARE, None]).tolist() == [False, True, True]
    assert validity.why_invalid(BOW_TIE) == ("Self-intersection", (1.0, 1.0))


def test_a_hostile_ring_is_found_invalid_at_once() -> None:
    rng = np.random.default_rng(3)
    ring = rng.uniform(0, 1, (2000, 2))
    started = time.perf_counter()
    crossing = shapely.Polygon(np.vstack([ring, ring[:1]]))
    assert not validity.is_valid([crossing])[0]
    assert validity.why_invalid(crossing)[1] is not None
    assert time.perf_counter() - started < 30


@pytest.mark.parametrize(
    ("ring", "problem"),
    [
        ([(0, 0), (1, 0), (1, 1), (0, 0)], None),
        ([(0, 0), (1, 0), (1, 1)], "unclosed-ring"),
        ([(0, 0), (1, 0), (0, 0)], "too-few-points"),
        ([(0, 0), (1, 0), (1, 0), (1, 0), (0, 0)], "too-few-points"),
        ([(0, 0), (0, 0), (0, 0), (0, 0)], "too-few-points"),
        ([(0, 0), (np.nan, 0), (1, 1), (0, 0)], "not-finite"),
        ([], "too-few-points"),
    ],
)
def test_what_keeps_positions_from_being_a_ring(ring: list, problem: str | None) -> None:
    assert validity.ring_problem(np.array(ring, dtype=float).reshape(-1, 2)) == problem


def test_finite_range_and_counts() -> None:
    values = np.array([SQUARE, None, shapely.LineString([(0, 0), (np.inf, 1)])], dtype=object)
    assert validity.is_finite(values).tolist() == [True, True, False]
    assert validity.is_in_range(values, (100, 30, 110, 40)).tolist() == [True, True, False]
    assert validity.vertex_counts(values).tolist() == [5, 0, 2]
    assert validity.part_counts(values).tolist() == [1, 0, 1]


def test_the_same_ground_has_the_same_hash_however_it_is_written() -> None:
    turned = shapely.Polygon(np.roll(shapely.get_coordinates(SQUARE)[:-1], 2, axis=0))
    doubled = shapely.Polygon(np.repeat(shapely.get_coordinates(SQUARE), 2, axis=0))
    nudged = shapely.transform(SQUARE, lambda xy: xy + 2e-9)
    hashes = validity.boundary_hash(
        [SQUARE, shapely.reverse(SQUARE), turned, doubled, nudged, shapely.MultiPolygon([SQUARE])]
    )
    assert len(set(hashes)) == 1


def test_other_ground_has_another_hash_and_none_has_none() -> None:
    moved = shapely.transform(SQUARE, lambda xy: xy + 1e-6)
    first, second, none = validity.boundary_hash(np.array([SQUARE, moved, None], dtype=object))
    assert first != second
    assert none is None
