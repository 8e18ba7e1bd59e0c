"""Regions: provinces down to villages, by their statistical code."""

from datetime import date
from typing import Literal

from msgspec import Struct

from forestapi.records._fields import Boundary, Name, RegionCode
from forestapi.records._noun import ADMINISTRATORS, Noun
from geo.text import Text

ClimateClass = Literal["ordinary", "semi_arid", "arid", "alpine"]
Level = Literal["province", "prefecture", "county", "township", "village"]


class Region(Struct, forbid_unknown_fields=True, kw_only=True):
    """A statistical region, in the code table of one year."""

    code: RegionCode
    code_year: int | None = None
    parent: RegionCode | None = None
    level: Level
    name_zh: Name
    name_en: Name | None = None
    climate_class: ClimateClass | None = None
    """Sets the survival thresholds of plots that do not carry a class of their own."""
    poverty_county_from: date | None = None
    poverty_county_to: date | None = None
    boundary: Boundary | None = None
    is_synthetic: bool = False
    """The outline is made up for demonstration, though the name and the code are real."""


NOUN = Noun(
    name="regions",
    table="region",
    struct=Region,
    title=Text("行政区", "Regions"),
    key="code",
    geometry="boundary",
    filters=("level", "parent"),
    writers=ADMINISTRATORS,
)
