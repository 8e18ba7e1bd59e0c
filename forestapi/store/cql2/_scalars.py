"""Values of a filter: properties, literals, text without case or accents, arithmetic."""

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from msgspec import Struct

from forestapi.db.sql import Sql
from forestapi.records._filter import refused
from forestapi.records._queryables import Queryable

CIVIL = "interval '8 hours'"
"""Dates of the ledger are civil dates at UTC+8; where a date meets a time stamp, its day begins then."""
TYPES = {
    "string": "text", "uuid": "uuid", "number": "float8", "integer": "float8", "boolean": "boolean",
    "date": "date", "time": "time", "timestamp": "timestamptz",
}  # fmt: skip
"""The database's type of each kind of literal; numbers are all floating, so that no literal overflows."""
GROUPS = {"integer": "number", "uuid": "string"}
ARITHMETIC = {
    "+": "({} + {})", "-": "({} - {})", "*": "({} * {})", "/": "({} / nullif({}, 0))",
    "^": "power({}, {})", "%": "mod({}::numeric, nullif({}, 0)::numeric)::float8", "div": "trunc({} / nullif({}, 0))",
}  # fmt: skip
TEXT = {
    "casei": 'lower(({}) collate "und-x-icu")',
    "accenti": "regexp_replace(normalize({}, NFKD), '[\u0300-\u036f]', '', 'g')",
}


class Value(Struct, frozen=True):
    """One scalar: SQL of a kind, or a literal whose kind follows from what it meets."""

    kind: str
    sql: Sql | None = None
    literal: Any = None

    @property
    def group(self) -> str:
        """Give the kind, with those that compare with each other under one name."""
        return GROUPS.get(self.kind, self.kind)


class Scalars:
    """Turns scalar expressions into values."""

    def __init__(self, queryables: Mapping[str, Queryable]) -> None:
        """Know the properties that may be named."""
        self.queryables = queryables

    def property(self, name: Any) -> Queryable:
        """Look a property up.

        Raises:
            BadRequest: there is none of that name for this reader.

        """
        found = self.queryables.get(name) if isinstance(name, str) else None
        if found is None:
            known = ", ".join(self.queryables)
            shown = str(name)[:60]
            raise refused(
                f"没有属性 {shown}；可用：{known}。", f"There is no property {shown}; there are: {known}.",
                code="unknown-property",
            )  # fmt: skip
        return found

    def value(self, node: Any) -> Value:
        """Read a scalar expression."""
        match node:
            case bool():
                return Value("boolean", literal=node)
            case int() | float():
                return Value("number", literal=_finite(node))
            case str():
                return Value("string", literal=node)
            case {"date": str(text)}:
                return Value("date", literal=_date(text))
            case {"timestamp": str(text)}:
                return Value("timestamp", literal=_timestamp(text))
            case {"property": name}:
                found = self.property(name)
                return Value(found.kind, Sql(found.column))
            case {"op": str(op), "args": list(args)} if op.lower() in TEXT and len(args) == 1:
                inner = self.bound(self.value(args[0]), "string")
                return Value("string", Sql(TEXT[op.lower()], inner))
            case {"op": str(op), "args": list(args)} if op.lower() in ARITHMETIC and len(args) == 2:
                left, right = (Sql("({}::float8)", self.bound(self.value(arg), "number")) for arg in args)
                return Value("number", Sql(ARITHMETIC[op.lower()], left, right))
            case {"op": str(op)}:
                raise refused(
                    f"没有函数 {op[:40]}，或参数个数不符。", f"There is no function {op[:40]} of these arguments."
                )
        raise refused(
            f"此处应为值或属性，而非 {str(node)[:60]}。", f"A value or a property belongs here, not {str(node)[:60]}."
        )

    def bound(self, value: Value, kind: str) -> Sql:
        """Write a value as SQL of a kind.

        Raises:
            BadRequest: it is of another kind, or cannot be read as this one.

        """
        if value.sql is not None:
            if value.kind == "uuid" and kind == "string":
                return Sql("({}::text)", value.sql)
            if {value.kind, kind} == {"date", "timestamp"}:
                return as_timestamp(value.sql) if kind == "timestamp" else value.sql
            if value.group != GROUPS.get(kind, kind):
                raise _mismatch(value.kind, kind)
            return value.sql
        return Sql(f"{{}}::{TYPES[kind]}", _as_kind(value, kind))


def as_timestamp(day: Sql) -> Sql:
    """Write the moment at which a civil date begins."""
    return Sql(f"({{}}::timestamp at time zone {CIVIL})", day)


def common(values: list[Value]) -> str:
    """Find the kind in which values are compared: the properties' own; a time stamp wins over a date.

    Raises:
        BadRequest: two of them cannot be compared.

    """
    kinds = [value.kind for value in values if value.sql is not None] or [values[0].kind]
    if {"date", "timestamp"} >= set(kinds) and "timestamp" in {v.kind for v in values}:
        return "timestamp"
    for kind in kinds[1:]:
        if GROUPS.get(kind, kind) != GROUPS.get(kinds[0], kinds[0]):
            raise _mismatch(kinds[0], kind)
    return "string" if set(kinds) == {"uuid", "string"} else kinds[0]


def _as_kind(value: Value, kind: str) -> Any:
    literal = value.literal
    if value.kind == kind or value.group == GROUPS.get(kind, kind) == "number":
        return float(literal) if value.group == "number" else literal
    if isinstance(literal, str):
        try:
            match kind:
                case "uuid":
                    return UUID(literal)
                case "date":
                    return _date(literal.partition("T")[0].replace("/", "-"))
                case "timestamp":
                    return _timestamp(literal)
                case "time":
                    return time.fromisoformat(literal)
        except ValueError:
            pass
    if kind == "timestamp" and isinstance(literal, date) and not isinstance(literal, datetime):
        return _timestamp(f"{literal}T00:00:00+08:00")
    raise _mismatch(kind, value.kind, literal)


def _mismatch(kind: str, other: str, literal: Any = None) -> Exception:
    shown = "" if literal is None else f" {str(literal)[:60]!r}"
    return refused(f"{kind} 不能与 {other}{shown} 比较。", f"A {kind} cannot be compared with a {other}{shown}.")


def _finite(number: float) -> float:
    try:
        if math.isfinite(number):
            return float(number)
    except OverflowError:
        pass
    raise refused("数过大。", "A number is too large.")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise refused(f"不是日期：{text[:40]}。", f"This is no date: {text[:40]}; write 2018-05-31.") from None


def _timestamp(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise refused(
            f"不是时刻：{text[:40]}。", f"This is no time stamp: {text[:40]}; write 2018-05-31T12:00:00Z."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
