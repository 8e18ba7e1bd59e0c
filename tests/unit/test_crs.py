import numpy as np
import pytest
import shapely

from geo import crs


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("EPSG:4490", "EPSG:4490"),
        ("epsg:4326", "EPSG:4326"),
        ("4547", "EPSG:4547"),
        (" 4526 ", "EPSG:4526"),
        ("OGC:CRS84", "EPSG:4326"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"),
        ("urn:ogc:def:crs:EPSG::2229", "EPSG:2229"),
        ("http://www.opengis.net/def/crs/EPSG/0/4326", "EPSG:4326"),
        ("CGCS2000 / 3-degree Gauss-Kruger zone 35", "EPSG:4523"),
        ("CGCS2000 3-degree Gauss-Kruger zone 35", "EPSG:4523"),
        ("CGCS2000_3_Degree_GK_Zone_35", "EPSG:4523"),
        ("CGCS2000 / 3-degree Gauss-Kruger CM 105E", "EPSG:4544"),
        ("EPSG:4979", "EPSG:4326"),
    ],
)
def test_a_declaration_is_understood_in_many_spellings(text: str, code: str) -> None:
    assert crs.identify(crs.parse(text)) == code


def test_wkt_is_understood() -> None:
    assert crs.identify(crs.parse(crs.parse("4523").to_wkt())) == "EPSG:4523"


@pytest.mark.parametrize(
    "text", ["", "  ", "EPSG:999999", "Mars", "zone 35", "EPSG:5773", "EPSG:4978", "你好"]
)
def test_what_names_no_system_is_refused_with_the_fix(text: str) -> None:
    with pytest.raises(crs.CrsError) as caught:
        crs.parse(text)
    assert "EPSG:4490" in caught.value.text.zh
    assert "EPSG:4490" in caught.value.text.en


def test_cgcs2000_and_wgs84_are_the_same_ground_without_a_shift() -> None:
    point = shapely.Point(105.123456789, 38.987654321)
    assert crs.is_same(crs.parse("4490"), crs.parse("4326"))
    assert crs.to_wgs84([point], crs.parse("4490"))[0].equals_exact(point, 0)


def test_every_three_degree_zone_brings_its_own_meridian_home() -> None:
    for zone in range(25, 46):
        prefixed = crs.to_wgs84(
            [shapely.Point(zone * 1_000_000 + 500_000, 4_200_000)], crs.parse(str(4488 + zone))
        )
        plain = crs.to_wgs84([shapely.Point(500_000, 4_200_000)], crs.parse(str(4509 + zone)))
        assert prefixed[0].x == pytest.approx(3 * zone, abs=1e-9)
        assert prefixed[0].equals_exact(plain[0], 1e-9)


def test_heights_are_dropped_and_none_stays_none() -> None:
    line = shapely.LineString([(105, 38, 1200), (106, 38, 1300)])
    moved = crs.to_wgs84(np.array([None, line], dtype=object), crs.parse("4490"))
    assert moved[0] is None
    assert not moved[1].has_z


def test_a_geometry_without_a_place_on_earth_comes_back_as_none() -> None:
    plane, degrees = crs.parse("4523"), crs.parse("4326")
    good = shapely.Point(35_500_000, 4_200_000)
    moved = crs.to_wgs84([shapely.Point(1e30, 1), good, shapely.Point(np.inf, 1)], plane)
    assert [point is None for point in moved] == [True, False, True]
    moved = crs.to_wgs84([shapely.Point(190, 10), shapely.Point(10, 95), shapely.Point(180, 90)], degrees)
    assert [point is None for point in moved] == [True, True, False]


def test_geographic_coordinates_on_another_datum_do_not_wrap_around() -> None:
    assert crs.to_wgs84([shapely.Point(242, 34)], crs.parse("4269"))[0] is None


def test_plausible_bounds_hold_the_zone_and_its_neighbours_only() -> None:
    x_min, y_min, x_max, y_max = crs.plausible_bounds(crs.parse("4523"))
    assert 35_000_000 < x_min < 35_500_000 < x_max < 36_000_000
    assert 0 < y_min < 4_200_000 < y_max < 6_000_000


@pytest.mark.parametrize(
    ("bounds", "declared", "word"),
    [
        ((105.1, 38.2, 105.2, 38.3), "4544", "EPSG:4326"),
        ((35_400_000, 4_200_000, 35_400_100, 4_200_100), "4326", "EPSG:4523"),
        ((35_400_000, 4_200_000, 35_400_100, 4_200_100), "4544", "EPSG:4523"),
        ((18_400_000, 4_200_000, 18_400_100, 4_200_100), "4326", "EPSG:4496"),
        ((4_200_000, 35_400_000, 4_200_100, 35_400_100), "4523", "Swap"),
        ((400_000, 4_200_000, 400_100, 4_200_100), "4326", "surveyor"),
        ((6_513_869, 1_794_199, 6_513_870, 1_794_200), "4326", "metres"),
    ],
)
def test_doubt_says_what_the_numbers_look_like(bounds: tuple, declared: str, word: str) -> None:
    assert word in crs.doubt(bounds, crs.parse(declared)).en


def test_there_is_no_doubt_about_ordinary_degrees() -> None:
    assert crs.doubt((105, 38, 106, 39), crs.parse("4326")) is None
    assert crs.doubt((np.nan, 38, 106, 39), crs.parse("4326")) is None


def test_old_datums_are_known_as_such() -> None:
    assert crs.is_old_datum(crs.parse("2333"))
    assert crs.is_old_datum(crs.parse("4214"))
    assert not crs.is_old_datum(crs.parse("4490"))
