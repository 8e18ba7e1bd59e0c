"""Collection: ground that two plots claim. The ledger finds it; nobody writes it."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from forestapi.records._noun import Noun
from forestapi.store.collections._collection import Collection
from geo.text import Text


class Overlap(Struct, kw_only=True):
    """Ground that two planted plots claim; it is credited to the earlier one."""

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


COLLECTION = Collection(
    name="overlaps",
    title=Text("重叠", "Overlaps"),
    about=Text(
        "两个小班都占的土地，只计一次，记给较早的小班。",
        "Ground that two plots claim: it counts once, for the earlier of them.",
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
