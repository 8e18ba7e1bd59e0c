"""Reading what a phone sends: each operation by itself, so that a bad one keeps none of the others."""

import hashlib
from typing import Any

import msgspec

from forestapi.records import Document
from forestapi.records._sync import Operation, Seq
from geo.formats import FormatError
from geo.formats._depth import DepthGuard


def operation(raw: Document) -> Operation | None:
    """Read one operation; None if it does not have the shape of one."""
    try:
        return msgspec.convert(raw, Operation)
    except msgspec.ValidationError:
        return None


def seq(raw: Document) -> int | None:
    """Read the number of an operation of which nothing else may be readable."""
    try:
        return msgspec.convert(raw.get("seq"), Seq)
    except msgspec.ValidationError:
        return None


def sha256(payload: str) -> bytes:
    """Give the hash of a payload's exact bytes."""
    return digest(payload.encode("utf-8", "surrogatepass"))


def digest(content: bytes) -> bytes:
    """Give the SHA-256 of bytes."""
    return hashlib.sha256(content).digest()


def content(payload: str) -> Document | None:
    """Read a payload as a JSON object; None where it is none, nests too deeply, or holds what no database stores."""
    encoded = payload.encode("utf-8", "surrogatepass")
    try:
        DepthGuard().feed(encoded)
        found: Any = msgspec.json.decode(encoded)
    except (msgspec.MsgspecError, FormatError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(found, dict) or "\\u0000" in payload or "\0" in payload:
        return None
    return found
