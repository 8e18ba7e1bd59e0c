"""Programmes: who plants, with which targets and which money."""

from datetime import date

from msgspec import Struct

from forestapi.records._fields import Code, Count, Name, RegionCode, SquareMetres, Yuan
from forestapi.records._noun import ADMINISTRATORS, Noun
from geo.text import Text


class Programme(Struct, forbid_unknown_fields=True, kw_only=True):
    """A planting programme; credit for ground is shared out within one."""

    code: Code
    name_zh: Name
    name_en: Name
    sponsor: Name | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    target_area_m2: SquareMetres | None = None
    target_trees: Count | None = None
    funds_pledged_yuan: Yuan | None = None
    funds_spent_yuan: Yuan | None = None
    funds_as_of: date | None = None
    regions: list[RegionCode] = []
    """Where the programme plants; a plot outside is held."""
    is_synthetic: bool = False
    """Made-up data for demonstration; said in every answer that rests on it."""


NOUN = Noun(
    name="programmes",
    table="programme",
    struct=Programme,
    title=Text("项目", "Programmes"),
    key="code",
    writers=ADMINISTRATORS,
)
