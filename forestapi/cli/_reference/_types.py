"""The types of fields in words: what msgspec checks, as a reader of the reference needs it."""

from typing import Any

from msgspec import NODEFAULT, Struct
from msgspec import inspect as types

from forestapi.cli._reference._page import codes, field_docs, table

_SIMPLE = {
    types.BoolType: "true or false",
    types.DateType: "date, `2018-04-08`",
    types.TimeType: "time, `07:30`",
    types.UUIDType: "UUID",
    types.DecimalType: "decimal",
    types.AnyType: "any JSON value",
    types.NoneType: "null",
    types.DictType: "object",
}


def words(kind: types.Type) -> str:
    """Say what a value may be, with its limits."""
    if isinstance(kind, types.Metadata):
        description = (kind.extra_json_schema or {}).get("description")
        return f"{words(kind.type)}: {description}" if description else words(kind.type)
    if isinstance(kind, types.UnionType):
        parts = [each for each in kind.types if not isinstance(each, types.NoneType)]
        return " or ".join(words(each) for each in parts)
    if isinstance(kind, types.LiteralType):
        return codes(kind.values)
    if isinstance(kind, types.ListType):
        return f"list of {words(kind.item_type)}"
    if isinstance(kind, types.StructType):
        return f"[{kind.cls.__name__}](#{kind.cls.__name__.lower()})"
    if isinstance(kind, types.StrType):
        return _limited("text", kind.min_length, kind.max_length, "characters", kind.pattern)
    if isinstance(kind, types.IntType | types.FloatType):
        name = "whole number" if isinstance(kind, types.IntType) else "number"
        return _limited(name, kind.ge, kind.le, "")
    return _SIMPLE[type(kind)]


def _limited(name: str, low: Any, high: Any, unit: str, pattern: str | None = None) -> str:
    if pattern:
        return f"{name} like `{pattern}`"
    if low is None and high is None:
        return name
    span = f"at most {high:,}" if low is None else f"{low:,} to {high:,}" if high else f"at least {low:,}"
    span = span if unit or low != 0 or isinstance(low, int) else span
    return f"{name}, {span} {unit}".rstrip()


def field_table(struct: type[Struct]) -> str:
    """List a struct's fields: what each may be, what it is when left out, and what it means."""
    info = types.type_info(struct)
    assert isinstance(info, types.StructType)
    docs = field_docs(struct)
    return table(
        ("Field", "Value", "Left out", "Meaning"),
        [
            (f"`{field.encode_name}`", words(field.type), _default(field), docs.get(field.name, ""))
            for field in info.fields
        ],
    )


def nested(struct: type[Struct]) -> list[type[Struct]]:
    """List the structs that a struct's fields are made of, each once, in the order of meeting."""
    found: dict[type[Struct], None] = {}

    def visit(kind: types.Type) -> None:
        if isinstance(kind, types.StructType) and kind.cls not in found:
            found[kind.cls] = None
            for field in kind.fields:
                visit(field.type)
        for part in (
            *getattr(kind, "types", ()),
            getattr(kind, "item_type", None),
            getattr(kind, "type", None),
        ):
            if isinstance(part, types.Type):
                visit(part)

    visit(types.type_info(struct))
    return list(found)[1:]


def _default(field: types.Field) -> str:
    if field.required:
        return "**required**"
    if field.default_factory is not NODEFAULT:
        return "empty"
    return "" if field.default is None else f"`{_plain(field.default)}`"


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
