"""Preconditions of a request: the ETag of a record, and what If-Match and If-None-Match ask of it.

An ETag is `"<revision>.<origin>.<content>"`: the record's revision, a hash of when it was received (a record that
was deleted and made again starts at revision 1, and is another), and a hash of the answer's bytes. If-None-Match
compares all of it. If-Match compares revision and origin: what the ledger derives (a neighbour's plot changes the
credit of this one) is nobody's lost update. A bare revision, `"3"`, is taken too.
"""

import hashlib
from datetime import datetime
from typing import Any

import msgspec
from litestar import Request
from msgspec import Struct

from forestapi.errors import BadRequest
from forestapi.services.records import Precondition, origin
from geo.text import Text

GZIPPED = '-gzip"'
"""How the tag of a compressed answer ends: other bytes are another representation (RFC 9110, 8.8.3)."""


class _Stamp(Struct):
    revision: int
    received_at: Any = None


def etag(document: str) -> str:
    """Give the strong ETag of a record as it is answered."""
    stamp = msgspec.json.decode(document, type=_Stamp)
    return tag(stamp.revision, stamp.received_at, document)


def tag(revision: int, received_at: datetime | str, content: str) -> str:
    """Write the strong ETag of an answer that shows one version of a record."""
    return f'"{revision}.{origin(received_at)}.{hashlib.blake2b(content.encode(), digest_size=8).hexdigest()}"'


def is_fresh(request: Request[Any, Any, Any], tag: str) -> bool:
    """Whether the client has this very answer already (If-None-Match; a weak tag will do)."""
    tags = _tags(request, "if-none-match")
    return tags is not None and ("*" in tags or tag in {t.removeprefix("W/") for t in tags})


def precondition(request: Request[Any, Any, Any]) -> Precondition:
    """Read what a write rests on.

    Raises:
        BadRequest: If-Match holds no ETag.

    """
    tags = _tags(request, "if-match")
    if tags is not None and not all(t == "*" or t.startswith(('"', 'W/"')) or t.isdigit() for t in tags):
        raise BadRequest(
            Text("If-Match 应为读取时得到的 ETag。", "If-Match takes the ETag that the record was read with.")
        )
    return Precondition(
        match=None if tags is None else tuple(t.strip('"') for t in tags),
        is_absent="*" in (_tags(request, "if-none-match") or ()),
        is_strict=request.app.state.settings.strict_if_match,
    )


def _tags(request: Request[Any, Any, Any], header: str) -> list[str] | None:
    text = request.headers.get(header)
    return None if text is None else [plain(part.strip()) for part in text.split(",") if part.strip()]


def plain(tag: str) -> str:
    """Give the tag of an answer as it is before it is compressed (`_security.tag_coding` tells the two apart)."""
    return f'{tag.removesuffix(GZIPPED)}"' if tag.endswith(GZIPPED) else tag
