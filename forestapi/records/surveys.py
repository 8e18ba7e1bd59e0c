"""Surveys: survival checks, and with them the ecological record of a plot."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from forestapi.records._fields import Metres, Name, Share, Words
from forestapi.records._noun import Noun
from geo.text import Text

Stage = Literal["establishment", "first_season", "third_year", "other"]


class Survey(Struct, forbid_unknown_fields=True, kw_only=True):
    """A check of a plot: holes with a living seedling among the design holes of its sample."""

    id: UUID | None = None
    plot: UUID
    surveyed_on: date
    stage: Stage
    level: Literal["self", "county", "province", "national"] = "self"
    sample_holes: Annotated[int, Meta(ge=1, le=2_000_000_000)]
    """Design holes of the sampled strips, planted or not."""
    live_holes: Annotated[int, Meta(ge=0, le=2_000_000_000)]
    vegetation_cover: Share | None = None
    canopy_closure: Share | None = None
    mean_height_m: Metres | None = None
    mean_crown_m: Metres | None = None
    vigour: Literal["good", "fair", "poor"] | None = None
    damage: list[Literal["drought", "sand_burial", "pest", "grazing", "other"]] = []
    method: Words | None = None
    checker: Name | None = None
    is_independent: bool = False
    remarks: Words | None = None


NOUN = Noun(
    name="surveys",
    table="survey",
    struct=Survey,
    title=Text("成活率调查", "Surveys"),
    happened="surveyed_on",
    filters=("plot", "stage", "level", "programme"),
    staff_only=("checker", "remarks"),
    derived=("programme",),
)
