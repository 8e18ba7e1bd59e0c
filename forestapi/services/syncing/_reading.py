"""Reading what phones send: each operation by itself, so that a bad one never costs its neighbours anything."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from forestapi.db.transaction import Row
from forestapi.errors import Invalid
from forestapi.records import Document, Noun, nouns
from forestapi.records._photos import PHOTO
from forestapi.records._sync import Operation
from forestapi.services import records
from geo.formats._depth import DepthGuard
from geo.formats._format import FormatError
from geo.text import Text


class Unreadable(Struct, frozen=True):
    """Something in a batch that is no operation."""

    raw: bytes
    op: str | None
    sha256: str | None
    why: Text


def operation(raw: bytes) -> Operation | Unreadable:
    """Read one operation; where that cannot be done, find out at least what it is called."""
    try:
        return msgspec.json.decode(raw, type=Operation)
    except (msgspec.DecodeError, RecursionError) as error:
        why = Text(f"操作格式不符：{error}", f"This is no operation: {error}")
    try:
        found: Any = json.loads(raw)
    except (ValueError, RecursionError):
        found = {}
    found = found if isinstance(found, dict) else {}
    op, sha256 = found.get("op"), found.get("sha256")
    return Unreadable(raw, _text(op), _text(sha256), why)


def _text(value: Any) -> str | None:
    """Give a text that can be answered in UTF-8, or nothing."""
    if not isinstance(value, str) or len(value) > 200:
        return None
    return value.encode("utf-8", "replace").decode()


def is_intact(operation: Operation) -> bool:
    """Whether the payload's bytes are those that the hash was made of."""
    return hashlib.sha256(operation.payload.encode()).hexdigest() == operation.sha256


def moment(text: str | None) -> datetime | None:
    """Read a phone's time; what cannot be read is passed over, because nothing rests on it."""
    try:
        found = datetime.fromisoformat(text or "")
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def noun_of(operation: Operation) -> Noun:
    """Give the noun that an operation is about."""
    return PHOTO if operation.noun == PHOTO.name else nouns()[operation.noun]


def content(operation: Operation) -> Document:
    """Read the payload as a JSON object.

    Raises:
        Invalid: it is none, nests too deeply, or holds a character that no text may hold.

    """
    payload = operation.payload.encode()
    try:
        DepthGuard().feed(payload)
        document = msgspec.json.decode(payload)
    except FormatError as error:
        raise Invalid(error.text, code="wrong-shape") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise Invalid(Text(f"不是 JSON：{error}。", f"This is no JSON: {error}."), code="wrong-shape") from error
    if not isinstance(document, dict):
        raise Invalid(Text("应为一个 JSON 对象。", "It has to be one JSON object."), code="wrong-shape")
    if "\\u0000" in operation.payload and _has_nul(document):
        raise Invalid(Text("含有空字符（U+0000）。", "It holds the character U+0000."), code="wrong-shape")
    return document


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_has_nul(each) for pair in value.items() for each in pair)
    return isinstance(value, list) and any(_has_nul(each) for each in value)


def whole(operation: Operation, document: Document, programme: str, crew: str) -> Struct:
    """Read a document as the whole record of an operation, of the phone's programme and crew if it says none.

    Raises:
        Invalid: it does not have the noun's shape, or names another key.

    """
    noun = noun_of(operation)
    given = dict(document)
    own = given.pop("id", None)
    if own is not None and own != str(operation.key):
        raise Invalid(
            Text("内容中的 id 与 key 不同。", "The id in the payload is not the operation's key."), code="wrong-shape"
        )
    if "programme" in noun.columns:
        given.setdefault("programme", programme)
    if "crew" in noun.columns:
        given.setdefault("crew", crew)
    return records.decode(noun, {**given, "id": str(operation.key)})


def card_of(row: Row) -> Document | None:
    """Give the card of an operation that met a conflict; None if it met none."""
    is_conflict = (row["now_outcome"] or row["outcome"]) == "conflict" and row["conflict"]
    return msgspec.json.decode(row["conflict"]) if is_conflict else None


def parents(operation: Operation, document: Document) -> list[tuple[str, UUID]]:
    """Name the records that this one rests on: the table, and the id."""
    if operation.noun in ("plantings", "surveys"):
        named = [("plot", document.get("plot"))]
    elif operation.noun == "shifts":
        named = [("worker", document.get("worker")), ("plot", document.get("plot"))]
    elif operation.noun == "photos":
        found = nouns().get(str(document.get("subject_noun")))
        named = [(found.table, document.get("subject"))] if found else []
    else:
        named = []
    ids = []
    for table, text in named:
        try:
            ids.append((table, UUID(text)))
        except (ValueError, TypeError, AttributeError):
            continue
    return ids
