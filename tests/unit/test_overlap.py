import numpy as np
import pytest
import shapely

from geo.area import equal_area_m2
from geo.overlap import net_area_m2


def test_ground_counts_once_however_often_it_is_reported() -> None:
    plot = shapely.box(105, 38, 105.01, 38.01)
    assert net_area_m2([plot, plot, plot, None]) == pytest.approx(equal_area_m2([plot])[0], rel=1e-12)


def test_nothing_covers_nothing() -> None:
    assert net_area_m2([]) == 0
    assert net_area_m2([None, shapely.Polygon()]) == 0


def test_net_is_gross_less_overlap_for_two() -> None:
    one, other = shapely.box(105, 38, 105.02, 38.02), shapely.box(105.01, 38.01, 105.03, 38.03)
    gross = equal_area_m2([one, other]).sum()
    assert net_area_m2([one, other]) == pytest.approx(gross - equal_area_m2([one & other])[0], rel=1e-9)


def test_triple_overlaps_agree_with_one_union_of_all() -> None:
    rng = np.random.default_rng(7)
    discs = shapely.buffer(
        shapely.points(rng.uniform([105, 38], [105.1, 38.1], (400, 2))), 0.005, quad_segs=4
    )
    union = shapely.union_all(discs)
    assert net_area_m2(discs) == pytest.approx(equal_area_m2([union])[0], rel=1e-9)
    assert net_area_m2(discs) < equal_area_m2(discs).sum() / 2
