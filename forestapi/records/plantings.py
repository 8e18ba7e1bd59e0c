"""Plantings: what was put into the ground of a plot, and when."""

from datetime import date
from typing import Literal
from uuid import UUID

from msgspec import Struct

from forestapi.records._fields import Code, Count, Metres, Words
from forestapi.records._noun import Noun
from geo.text import Text


class PlantingLine(Struct, forbid_unknown_fields=True, kw_only=True):
    """One species of a planting. Design holes share out the plot's area and its work among species."""

    species: Code
    design_holes: Count
    planted_count: Count | None = None
    row_spacing_m: Metres | None = None
    plant_spacing_m: Metres | None = None
    stock: Words | None = None


class Planting(Struct, forbid_unknown_fields=True, kw_only=True):
    """A planting of a plot. Only kind `new` adds area; `replant` and `infill` add trees and work."""

    id: UUID | None = None
    plot: UUID
    kind: Literal["new", "replant", "infill"] = "new"
    started_on: date | None = None
    """Left out, the date is not known, and the plot's ground is credited after all dated ones."""
    ended_on: date | None = None
    lines: list[PlantingLine] = []


NOUN = Noun(
    name="plantings",
    table="planting",
    struct=Planting,
    title=Text("造林", "Plantings"),
    happened="started_on",
    filters=("plot", "kind", "programme"),
    derived=("programme",),
)
