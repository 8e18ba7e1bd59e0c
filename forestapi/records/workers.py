"""Workers under a pseudonym that stays the same for years. Who they are stands in the schema `people`."""

from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from forestapi.records._fields import Code, Name
from forestapi.records._noun import STAFF, Noun
from geo.text import Text

Sex = Literal["female", "male", "unknown"]


class Identity(Struct, forbid_unknown_fields=True, kw_only=True):
    """Who a worker is: written with the worker, kept apart, read back by no list and no statistic."""

    name: Name | None = None
    id_number: Name | None = None
    phone: Name | None = None
    account: Name | None = None


class Worker(Struct, forbid_unknown_fields=True, kw_only=True):
    """A worker as everybody but the pay office sees one."""

    id: UUID | None = None
    number: Name | None = None
    household: UUID | None = None
    crew: Code | None = None
    birth_year: Annotated[int, Meta(ge=1900, le=2100)] | None = None
    sex: Sex = "unknown"
    identity: Identity | None = None


NOUN = Noun(
    name="workers",
    table="worker",
    struct=Worker,
    title=Text("工人", "Workers"),
    filters=("number", "crew", "sex", "household"),
    readers=STAFF,
)
