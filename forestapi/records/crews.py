"""Crews: groups of workers under one foreman."""

from msgspec import Struct

from forestapi.records._fields import Code, Name, RegionCode
from forestapi.records._noun import STAFF, Noun
from geo.text import Text


class Crew(Struct, forbid_unknown_fields=True, kw_only=True):
    """A crew of one programme."""

    code: Code
    programme: Code
    name_zh: Name
    name_en: Name | None = None
    region: RegionCode | None = None


NOUN = Noun(
    name="crews",
    table="crew",
    struct=Crew,
    title=Text("班组", "Crews"),
    key="code",
    filters=("programme", "region"),
    readers=STAFF,
)
