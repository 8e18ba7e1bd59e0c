"""Which column of a file is which field, and reading its values."""

import re
from datetime import date, datetime
from typing import Any

import msgspec
from msgspec import Struct

from forestapi.errors import BadRequest, Problem
from forestapi.records import Document
from forestapi.records._wording import worded
from forestapi.rules import Finding
from geo.text import Text

IGNORED_PREFIX = "forest_"
"""Columns that our own correction files add; they are passed over when such a file comes back."""


def assign(
    columns: tuple[str, ...], known: dict[str, tuple[str, ...]], told: dict[str, str]
) -> dict[str, str]:
    """Find the column of each field: as told, else by the names that are known for it.

    Args:
        columns: of the file.
        known: field -> names in lower case.
        told: column -> field.

    Returns:
        field -> column.

    Raises:
        BadRequest: a told column is not in the file, or a told field does not exist.

    """
    found: dict[str, str] = {}
    for column, field in told.items():
        if column not in columns:
            raise _bad(
                column,
                f"文件中没有列 {column}；现有：{'、'.join(columns)}。",
                f"The file has no column {column}; it has: {', '.join(columns)}.",
            )
        if field not in known:
            raise _bad(
                field,
                f"没有字段 {field}；可用：{'、'.join(known)}。",
                f"There is no field {field}; there are: {', '.join(known)}.",
            )
        found[field] = column
    taken = set(found.values())
    by_name = {_plain(column): column for column in reversed(columns) if column not in taken}
    for field, names in known.items():
        for name in (field, *names):
            if field not in found and _plain(name) in by_name:
                found[field] = by_name[_plain(name)]
    return found


def _plain(name: str) -> str:
    return re.sub(r"[\s_()（）/.-]", "", name).lower()


def _bad(field: str, zh: str, en: str) -> BadRequest:
    return BadRequest(
        Text(zh, en), code="unknown-column", problems=[Problem(field=field, message=Text(zh, en))]
    )


def text(value: Any) -> str | None:
    """Read a value as text; a whole number loses the `.0` that spreadsheets give it."""
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None


def number(value: Any) -> float | None | str:
    """Read a value as a number; what is none stays the text that it is."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    plain = str(value).strip().replace(",", "").replace("，", "")
    if not plain:
        return None
    try:
        return float(plain)
    except ValueError:
        return str(value)


_DATE = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ].*)?$")


def day(value: Any) -> date | None | str:
    """Read a date: 2018-04-01, 2018/4/1, 2018年4月1日, 20180401; what is none stays the text that it is."""
    plain = text(value)
    if plain is None:
        return None
    match = _DATE.match(plain)
    parts = (
        match.groups()
        if match
        else (plain[:4], plain[4:6], plain[6:])
        if re.fullmatch(r"\d{8}", plain)
        else None
    )
    try:
        return date(*(int(part) for part in parts)) if parts else datetime.fromisoformat(plain).date()
    except ValueError:
        return plain


def shape(index: int, noun: str, struct: type[Struct], values: Document) -> tuple[Document, Finding | None]:
    """Fit values into a noun's struct; a value that does not fit is found by its field, and left out."""
    finding = None
    values = {name: value for name, value in values.items() if value is not None}
    for _ in range(len(values) + 1):
        try:
            return msgspec.to_builtins(msgspec.convert(values, struct, strict=False)), finding
        except msgspec.ValidationError as error:
            field = _field(str(error), values)
            words = worded(str(error))
            message = Text(
                f"字段 {field} 的值不可用（{values.get(field, '缺失')}）：{words.zh}。",
                f"Field {field}, {values.get(field, 'missing')}: {words.en}.",
            )
            finding = finding or Finding(index, f"{noun}-field", "refuse", None, field, message, {})
            if field not in values:
                break
            values = {name: value for name, value in values.items() if name != field}
    return values, finding


def _field(message: str, values: Document) -> str:
    found = re.search(r"\$\.([a-z_0-9]+)|field `([a-z_0-9]+)`", message)
    return next((name for name in (found.groups() if found else ()) if name), next(iter(values), ""))
