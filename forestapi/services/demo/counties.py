"""Counties of the demonstration: real names and statistical codes, outlines of our own.

An outline is an irregular polygon drawn from the seed around the county's rough position. It follows no
boundary and is derived from no map; a prefecture and a province are the union of their counties here. It is
small enough to lie inside the county, so that real boundaries can take its place.
"""

import numpy as np
import shapely
from msgspec import Struct
from numpy.typing import NDArray

from forestapi.records import Document
from forestapi.records.regions import ClimateClass
from forestapi.services.demo._seed import stream

CODE_YEAR = 2018
KM_PER_DEGREE = 111.2


class County(Struct, frozen=True):
    """A county where the demonstration plants."""

    code: str
    """Six digits."""
    name_zh: str
    name_en: str
    climate: ClimateClass
    lon: float
    lat: float
    half_width_km: float
    half_height_km: float
    share: float
    """Share of the programme's plots."""
    planted: str
    """Which species are planted: a key of `planting.MIXES`."""


# fmt: off
COUNTIES = (
    County("152921", "阿拉善左旗", "Alxa Left Banner",
           "arid", 105.3, 39.2, 75, 95, 0.21, "gobi"),
    County("152922", "阿拉善右旗", "Alxa Right Banner",
           "arid", 102, 40.1, 85, 70, 0.1, "gobi"),
    County("152923", "额济纳旗", "Ejin Banner",
           "arid", 100.6, 41.6, 90, 60, 0.05, "oasis"),
    County("150625", "杭锦旗", "Hanggin Banner",
           "semi_arid", 108.3, 40.1, 55, 38, 0.09, "ordos"),
    County("150624", "鄂托克旗", "Otog Banner",
           "semi_arid", 107.9, 39.1, 50, 42, 0.05, "ordos"),
    County("150822", "磴口县", "Dengkou County",
           "arid", 106.8, 40.5, 30, 25, 0.05, "gobi"),
    County("152222", "科尔沁右翼中旗", "Horqin Right Middle Banner",
           "semi_arid", 121.15, 45.3, 42, 28, 0.07, "east"),
    County("150523", "开鲁县", "Kailu County",
           "semi_arid", 121.2, 43.7, 38, 28, 0.03, "east"),
    County("150525", "奈曼旗", "Naiman Banner",
           "semi_arid", 120.8, 42.9, 38, 36, 0.05, "east"),
    County("620621", "民勤县", "Minqin County",
           "arid", 103.2, 38.75, 45, 33, 0.1, "gobi"),
    County("620602", "凉州区", "Liangzhou District",
           "arid", 102.75, 37.95, 32, 25, 0.03, "gobi"),
    County("620922", "瓜州县", "Guazhou County",
           "arid", 95.9, 40.7, 60, 50, 0.04, "oasis"),
    County("620982", "敦煌市", "Dunhuang City",
           "arid", 94.3, 40.4, 50, 45, 0.03, "oasis"),
    County("130722", "张北县", "Zhangbei County",
           "semi_arid", 114.8, 41.2, 36, 28, 0.03, "hills"),
    County("130826", "丰宁满族自治县", "Fengning Manchu Autonomous County",
           "ordinary", 116.6, 41.3, 45, 40, 0.02, "hills"),
    County("632802", "德令哈市", "Delingha City",
           "alpine", 97.2, 37.5, 60, 45, 0.03, "oasis"),
    County("640522", "海原县", "Haiyuan County",
           "semi_arid", 105.75, 36.6, 38, 30, 0.02, "hills"),
)
# fmt: on

PREFECTURES = {
    "1529": ("阿拉善盟", "Alxa League"),
    "1506": ("鄂尔多斯市", "Ordos City"),
    "1508": ("巴彦淖尔市", "Bayannur City"),
    "1522": ("兴安盟", "Hinggan League"),
    "1505": ("通辽市", "Tongliao City"),
    "6206": ("武威市", "Wuwei City"),
    "6209": ("酒泉市", "Jiuquan City"),
    "1307": ("张家口市", "Zhangjiakou City"),
    "1308": ("承德市", "Chengde City"),
    "6328": ("海西蒙古族藏族自治州", "Haixi Mongol and Tibetan Autonomous Prefecture"),
    "6405": ("中卫市", "Zhongwei City"),
}

PROVINCES = {
    "15": ("内蒙古自治区", "Inner Mongolia"),
    "62": ("甘肃省", "Gansu Province"),
    "13": ("河北省", "Hebei Province"),
    "63": ("青海省", "Qinghai Province"),
    "64": ("宁夏回族自治区", "Ningxia"),
}


def full_code(digits: str) -> str:
    """Write a code of 2, 4 or 6 digits with all 12."""
    return digits.ljust(12, "0")


def outlines() -> NDArray:
    """Draw the outline of each county: polygons of 9 to 14 vertices in EPSG:4326, object array."""
    rng = stream("outlines")
    drawn = []
    for county in COUNTIES:
        corners = int(rng.integers(9, 15))
        angles = 2 * np.pi * (np.arange(corners) + rng.uniform(-0.28, 0.28, corners)) / corners
        reach = rng.uniform(0.76, 1.0, corners)
        lon = county.lon + reach * np.cos(angles) * county.half_width_km / (
            KM_PER_DEGREE * np.cos(np.radians(county.lat))
        )
        lat = county.lat + reach * np.sin(angles) * county.half_height_km / KM_PER_DEGREE
        drawn.append(shapely.Polygon(np.round(np.column_stack([lon, lat]), 3)))
    return np.array(drawn, dtype=object)


def regions() -> tuple[list[Document], NDArray]:
    """Give the provinces, prefectures and counties as documents without boundary, and their boundaries."""
    county_outlines = outlines()
    codes = [county.code for county in COUNTIES]
    documents, boundaries = [], []

    def add(digits: str, level: str, name_zh: str, name_en: str, climate: str | None) -> None:
        documents.append(
            {
                "code": full_code(digits),
                "code_year": CODE_YEAR,
                "parent": None if level == "province" else full_code(digits[:-2]),
                "level": level,
                "name_zh": name_zh,
                "name_en": name_en,
                "climate_class": climate,
                "poverty_county_from": None,
                "poverty_county_to": None,
                "boundary": None,
                "is_synthetic": True,
            }
        )
        inside = [
            outline for code, outline in zip(codes, county_outlines, strict=True) if code.startswith(digits)
        ]
        boundaries.append(shapely.union_all(inside))

    for digits, (name_zh, name_en) in PROVINCES.items():
        add(digits, "province", name_zh, name_en, None)
    for digits, (name_zh, name_en) in PREFECTURES.items():
        add(digits, "prefecture", name_zh, name_en, None)
    for county in COUNTIES:
        add(county.code, "county", county.name_zh, county.name_en, county.climate)
    return documents, np.array(boundaries, dtype=object)
