"""Filters in CQL2, as text or as JSON: read, counted, and refused where they are too much.

The parser is compiled code that does not survive a text nested thousands deep, so the text's nesting is looked at
first. What comes out is CQL2 JSON; `store/cql2` turns it into SQL.
"""

import re
from typing import Any

import cql2
import msgspec
from msgspec import Struct

from forestapi.errors import BadRequest, Problem
from geo import ogc_crs
from geo.ogc_crs import OgcCrs, UnknownCrs
from geo.text import Text

LANGUAGES = ("cql2-text", "cql2-json", "cql-text")
"""`cql-text` is the older name under which GDAL pushes whole expressions; it has ILIKE besides."""
MAX_CHARACTERS = 16_000
MAX_DEPTH = 32
MAX_NODES = 250
MAX_VALUES = 1_000
MAX_CORNERS = 2_000
MAX_SPATIAL = 10

_QUOTED = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"")
_STACKED = re.compile(rf"(?:\bnot\b[\s(]*|-\s*){{{MAX_DEPTH}}}", re.IGNORECASE)
_ILIKE = re.compile(r"([\w.]+|\"[^\"]*\")\s+(not\s+)?ilike\s+('(?:[^']|'')*')", re.IGNORECASE)


class Filter(Struct, frozen=True):
    """A filter that has been read; nothing is known yet of the properties that it names."""

    node: Any
    """CQL2 JSON: an object with `op` and `args`, a property, or a boolean."""
    given: str
    """As it was sent, to be echoed."""
    language: str = LANGUAGES[0]
    crs: OgcCrs = ogc_crs.DEFAULT
    """The CRS of the geometries in it."""
    is_public: bool = True
    """Whether the reader is the public, for whom the staff's columns are not there."""


def refused(zh: str, en: str, *, code: str | None = None) -> BadRequest:
    """Make the error that says what is wrong with a filter."""
    message = Text(f"参数 filter：{zh}", f"Parameter filter: {en}")
    problems = [Problem(field="filter", message=Text(zh, en))]
    if code is None:
        return BadRequest(message, code="bad-filter", problems=problems)
    return BadRequest(message, code=code, problems=problems)


def parse_filter(
    text: str, language: str = "cql2-text", crs: str | None = None, *, is_public: bool = True
) -> Filter:
    """Read a filter.

    Raises:
        BadRequest: it cannot be read, or it is longer, deeper or larger than a filter may be.

    """
    if language not in LANGUAGES:
        message = Text(f"filter-lang 可用：{', '.join(LANGUAGES)}。", f"filter-lang is one of: {', '.join(LANGUAGES)}.")
        raise BadRequest(message, problems=[Problem(field="filter-lang", message=message)])
    if len(text) > MAX_CHARACTERS:
        raise _too_much(f"{MAX_CHARACTERS} 个字符", f"{MAX_CHARACTERS} characters")
    try:
        known = ogc_crs.parse(crs) if crs else ogc_crs.DEFAULT
    except UnknownCrs as error:
        raise BadRequest(error.text, problems=[Problem(field="filter-crs", message=error.text)]) from None
    node = _read_json(text) if language == "cql2-json" else _read_text(text, language)
    _measure(node)
    return Filter(node, text, language, known, is_public)


def _read_text(text: str, language: str) -> Any:
    bare = _QUOTED.sub("''", text)
    depth = deepest = 0
    for character in bare:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    if deepest > MAX_DEPTH or _STACKED.search(bare):
        raise _too_much(f"{MAX_DEPTH} 层嵌套", f"{MAX_DEPTH} levels")
    if language == "cql-text":
        text = _ILIKE.sub(lambda m: f"{m[2] or ''}CASEI({m[1]}) LIKE CASEI({m[3]})", text)
    try:
        return cql2.parse_text(text).to_json()
    except (cql2.ParseError, ValueError, TypeError) as error:
        where = re.search(r"--> (\d+):(\d+)", str(error))
        zh, en = (f"（第 {where[2]} 个字符附近）", f" (near character {where[2]})") if where else ("", "")
        raise refused(
            f"不是 CQL2 文本{zh}。例：lifecycle = 'accepted' AND area_m2 > 10000。",
            f"This is no CQL2 text{en}. An example: lifecycle = 'accepted' AND area_m2 > 10000.",
        ) from None


def _read_json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise refused(
            "不是 JSON。例：{\"op\": \"=\", \"args\": [{\"property\": \"lifecycle\"}, \"accepted\"]}。",
            'This is no JSON. An example: {"op": "=", "args": [{"property": "lifecycle"}, "accepted"]}.',
        ) from None


def _measure(node: Any) -> None:
    """See that a filter is not deeper or larger than the limits, without recursion."""
    nodes = values = corners = spatial = 0
    todo: list[tuple[Any, int]] = [(node, 0)]
    while todo:
        part, depth = todo.pop()
        if depth > 2 * MAX_DEPTH:  # each level of a filter is an object and its list of arguments
            raise _too_much(f"{MAX_DEPTH} 层嵌套", f"{MAX_DEPTH} levels")
        if isinstance(part, dict):
            nodes += 1
            spatial += str(part.get("op", "")).lower().startswith("s_")
            todo += [(value, depth + 1) for name, value in part.items() if name != "coordinates"]
            corners += _corners(part.get("coordinates"))
        elif isinstance(part, list):
            todo += [(value, depth + 1) for value in part]
        else:
            values += 1
            if isinstance(part, str) and "\0" in part:
                raise refused("含有空字符。", "It holds a null character.")
        for count, most, zh, en in (
            (nodes, MAX_NODES, "个运算与属性", "operations and properties"),
            (values, MAX_VALUES, "个值", "values"),
            (corners, MAX_CORNERS, "个顶点", "corners"),
            (spatial, MAX_SPATIAL, "个空间条件", "spatial conditions"),
        ):
            if count > most:
                raise _too_much(f"{most} {zh}", f"{most} {en}")


def _corners(coordinates: Any) -> int:
    """Count the lists in coordinates; each corner is one."""
    count, todo = 0, [coordinates]
    while todo and count <= 10 * MAX_CORNERS:
        part = todo.pop()
        if isinstance(part, list):
            count += not any(isinstance(inner, list) for inner in part)
            todo += part
    return count


def _too_much(zh: str, en: str) -> BadRequest:
    return refused(
        f"过滤条件过大：至多 {zh}。", f"The filter is too much: it may have {en} at most.", code="filter-too-costly"
    )
