"""Shifts: one worker's work on one date, the row from which all figures of work derive."""

from datetime import date, time
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from forestapi.records._fields import Code, Hours, Name, Quantity, RegionCode, Yuan
from forestapi.records._noun import STAFF, Noun
from geo.text import Text

Activity = Literal[
    "planting", "site_preparation", "sand_barrier", "seedling_transport", "watering", "tending",
    "patrol", "replanting", "nursery", "training", "survey", "other",
]  # fmt: skip
ACTIVITIES: dict[str, Text] = {
    "planting": Text("种植", "Planting"),
    "site_preparation": Text("整地", "Site preparation"),
    "sand_barrier": Text("扎沙障", "Sand barriers"),
    "seedling_transport": Text("运苗", "Seedling transport"),
    "watering": Text("浇水", "Watering"),
    "tending": Text("抚育", "Tending"),
    "patrol": Text("巡护", "Patrol"),
    "replanting": Text("补植", "Replanting"),
    "nursery": Text("育苗", "Nursery"),
    "training": Text("培训", "Training"),
    "survey": Text("调查", "Survey"),
    "other": Text("其他", "Other"),
}
Status = Literal["draft", "submitted", "needs_information", "approved", "void"]
"""A shift is reviewed: draft, then submitted, then approved, or asked about, or void (db/functions/52_review.sql)."""


class Shift(Struct, forbid_unknown_fields=True, kw_only=True):
    """A shift. One worker's shifts of a date carry the numbers 1, 2, …, and 16 hours at most together."""

    id: UUID | None = None
    worker: UUID
    programme: Code
    crew: Code | None = None
    plot: UUID | None = None
    """None for nursery, patrol and training."""
    region: RegionCode | None = None
    """Left out, it is the plot's region, else the crew's."""
    work_date: date
    number: Annotated[int, Meta(ge=1, le=20)] = 1
    starts_at: time | None = None
    ends_at: time | None = None
    activity: Activity
    is_paid: bool = True
    hours: Hours = Decimal(8)
    hours_known: Literal["measured", "estimated"] = "estimated"
    pay_basis: Literal["hour", "day", "piece"] = "day"
    quantity: Quantity | None = None
    rate_yuan: Yuan | None = None
    wage_yuan: Yuan = Decimal(0)
    is_insured: bool | None = None
    recorder: Name | None = None
    status: Status = "submitted"


NOUN = Noun(
    name="shifts",
    table="shift",
    struct=Shift,
    title=Text("工单", "Shifts"),
    happened="work_date",
    filters=("programme", "worker", "plot", "crew", "region", "activity", "status"),
    readers=STAFF,
)
