"""Species that are planted. Densities belong to plots, never here."""

from typing import Literal

from msgspec import Struct

from forestapi.records._fields import Code, Name
from forestapi.records._noun import RECORDERS, Noun
from geo.text import Text


class Species(Struct, forbid_unknown_fields=True, kw_only=True):
    """A species under its scientific name."""

    code: Code
    scientific_name: Name
    name_zh: Name
    name_en: Name
    growth_form: Literal["tree", "shrub", "grass"] = "shrub"


NOUN = Noun(
    name="species",
    table="species",
    view="species_read",
    struct=Species,
    title=Text("树种", "Species"),
    key="code",
    filters=("growth_form",),
    writers=RECORDERS,
)
