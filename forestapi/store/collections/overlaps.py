"""Collection: ground that two plots claim. The ledger finds it; nobody writes it."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from forestapi.records._noun import Noun
from forestapi.store.collections._collection import Collection
from geo.text import Text


class Overlap(Struct, kw_only=True):
    """Ground that two planted plots claim; within a programme it is credited to the earlier one."""

    id: UUID
    earlier: UUID
    later: UUID
    earlier_number: str
    later_number: str
    earlier_programme: str
    later_programme: str
    is_one_programme: bool
    area_m2: float
    planted_on: date | None = None
    """When the later of the two was planted."""
    kind: Literal["duplicate", "replanting", "shared_boundary", "disputed"]
    """As decided; undecided, what the evidence looks like."""
    proposal: Literal["clip", "merge", "accept"] | None = None
    decision: Literal["clip", "merge", "accept"] | None = None
    """What a person decided, as long as both boundaries are those it was decided on."""
    credited_to: UUID | None = None
    """The plot that keeps the ground by the decision; it then is the earlier one."""
    decided_at: datetime | None = None
    share_of_earlier: float | None = None
    share_of_later: float | None = None
    days_between: int | None = None


COLLECTION = Collection(
    name="overlaps",
    title=Text("重叠", "Overlaps"),
    about=Text(
        "两个小班都占的土地，只计一次，记给较早的小班，或决定所指的小班。",
        "Ground that two plots claim: it counts once, for the earlier of them or as was decided.",
    ),
    noun=Noun(
        name="overlaps",
        table="overlap",
        view="overlaps_located",
        struct=Overlap,
        title=Text("重叠", "Overlaps"),
        geometry="boundary",
        located_by="later",
        happened="planted_on",
        writers=frozenset(),
        derived=("boundary",),
    ),
    geometry_type="MultiPolygon",
    is_written=False,
)
