"""Claims: figures that were published somewhere, to be held against the ledger."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

from forestapi.records._fields import Code, Name, RegionCode, Words
from forestapi.records._noun import MANAGERS, Noun
from geo.text import Text

Unit = Literal["mu", "ha", "m2", "person_times", "person_days", "standard_days", "distinct_workers", "fte", "yuan"]
Meaning = Literal[
    "net", "gross", "credited", "accepted",
    "person_times", "person_days", "standard_days", "distinct_workers", "fte", "wages",
]  # fmt: skip
Value = Annotated[Decimal, Meta(description="more than 0")]


class Claim(Struct, forbid_unknown_fields=True, kw_only=True):
    """A figure as it was published. Who published it, and what they counted, stays as the source has it."""

    code: Code
    programme: Code
    statement_zh: Words
    statement_en: Words
    value: Value
    unit: Unit
    meaning: Meaning | None = None
    """What was counted, where the source says so; left out, each thing that it could mean is compared."""
    rounded_to: Value | None = None
    """The step that the figure was rounded to: 10000 for "760,000 mu". Half of it is no difference."""
    period_from: date | None = None
    period_to: date | None = None
    """The period that the figure is about, both ends included."""
    claimed_on: date | None = None
    """When it was published."""
    regions: list[RegionCode] = []
    """Where; none is everywhere."""
    source: Name
    """Address or citation."""


NOUN = Noun(
    name="claims",
    table="claim",
    struct=Claim,
    title=Text("公布的数字", "Claims"),
    key="code",
    happened="claimed_on",
    filters=("programme", "unit"),
    writers=MANAGERS,
)
