"""What a noun can be filtered by: each column that is read, with its kind; the whitelist behind every filter."""

from functools import lru_cache
from typing import Any, Literal

import msgspec
from msgspec import Struct

from forestapi.records._noun import BOOKKEEPING, Noun

Kind = Literal["string", "uuid", "number", "integer", "boolean", "date", "time", "timestamp", "geometry", "array"]


class Queryable(Struct, frozen=True):
    """One property that a filter may name."""

    name: str
    kind: Kind
    sql: str = ""
    """The expression of it over the rows that are read; left out, the column of that name."""
    choices: tuple[str, ...] = ()
    """The only values that there are, where they are fixed."""

    @property
    def column(self) -> str:
        """Give the expression for a statement's text."""
        return self.sql or f'"{self.name}"'


DERIVED: dict[str, Kind | None] = {
    "area_m2": "number",
    "geodesic_area_m2": "number",
    "credited_m2": "number",
    "is_planted": "boolean",
    "planted_on": "date",
    "species": "string",
    "programme": "string",
    "due_yuan": "number",
    "deducted_yuan": "number",
    "location": "geometry",
    "boundary": "geometry",
    "evidence": None,
    "revision": "integer",
    "received_at": "timestamp",
    "updated_at": "timestamp",
    "is_synthetic": "boolean",
}
"""The kinds of what the ledger fills in; None is an object, which no filter can name. A test sees that all are here."""


@lru_cache
def queryables(noun: Noun, *, is_public: bool) -> dict[str, Queryable]:
    """List what a reader can filter a noun by; what is the staff's only is not there for the public."""
    hidden = {"identity", *(noun.staff_only if is_public else ())}
    info: Any = msgspec.inspect.type_info(noun.struct)
    found = [_of_field(field.name, field.type) for field in info.fields if field.name not in hidden]
    written = {each.name for each in found if each}
    for name in (*noun.derived, *BOOKKEEPING):
        kind = DERIVED.get(name)
        if kind and name not in written and name not in hidden:
            found.append(Queryable(name, kind))
    return {each.name: each for each in found if each}


_SIMPLE: dict[type, Kind] = {
    msgspec.inspect.StrType: "string",
    msgspec.inspect.UUIDType: "uuid",
    msgspec.inspect.IntType: "integer",
    msgspec.inspect.FloatType: "number",
    msgspec.inspect.DecimalType: "number",
    msgspec.inspect.BoolType: "boolean",
    msgspec.inspect.DateType: "date",
    msgspec.inspect.TimeType: "time",
    msgspec.inspect.DateTimeType: "timestamp",
}


def _of_field(name: str, info: Any) -> Queryable | None:
    info = _plain(info)
    if isinstance(info, msgspec.inspect.LiteralType):
        return Queryable(name, "string", choices=tuple(str(value) for value in info.values))
    if isinstance(info, msgspec.inspect.UnionType):
        shapes = {getattr(part, "tag", None) for part in info.types}
        return Queryable(name, "geometry") if shapes <= {"Polygon", "MultiPolygon", "Point"} else None
    if isinstance(info, msgspec.inspect.ListType):
        inner = _plain(info.item_type)
        if isinstance(inner, msgspec.inspect.LiteralType | msgspec.inspect.StrType):
            choices = inner.values if isinstance(inner, msgspec.inspect.LiteralType) else ()
            return Queryable(name, "array", choices=tuple(str(value) for value in choices))
        return None
    kind = _SIMPLE.get(type(info))
    return Queryable(name, kind) if kind else None


def _plain(info: Any) -> Any:
    """Take away what annotates a type, and the None that it may be instead."""
    while isinstance(info, msgspec.inspect.Metadata):
        info = info.type
    if isinstance(info, msgspec.inspect.UnionType):
        others = [part for part in info.types if not isinstance(part, msgspec.inspect.NoneType)]
        if len(others) == 1:
            return _plain(others[0])
        return msgspec.inspect.UnionType(tuple(others))
    return info
