"""Households, and whether they were registered as poor, from when to when."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from forestapi.records._fields import Name, RegionCode
from forestapi.records._noun import STAFF, Noun
from geo.text import Text


class Household(Struct, forbid_unknown_fields=True, kw_only=True):
    """A household; `registered` means 建档立卡, judged on the date of the work."""

    id: UUID | None = None
    number: Name | None = None
    region: RegionCode | None = None
    registered_from: date | None = None
    registered_to: date | None = None
    is_synthetic: bool = False
    """Made-up data for demonstration."""


NOUN = Noun(
    name="households",
    table="household",
    struct=Household,
    title=Text("农户", "Households"),
    filters=("number", "region"),
    readers=STAFF,
)
