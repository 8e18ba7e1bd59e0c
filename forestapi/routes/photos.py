"""The bytes of photos over HTTP, under their hash."""

import re
from typing import Any

from litestar import MediaType, Request, Response, get, put
from litestar.params import FromPath
from litestar.response import File
from msgspec import Struct

from forestapi.errors import NotFound
from forestapi.records import MANAGERS, STAFF
from forestapi.routes._request import Tx, actor_of, requires
from forestapi.services import photos as service
from forestapi.settings import Settings
from geo.text import Text


class Kept(Struct, kw_only=True):
    """A photo's bytes are here."""

    sha256: str
    outcome: str


@put("/api/v1/photos/{sha256:str}", guards=[requires(MANAGERS | {"crew_leader"})], tags=["sync"], operation_id="putPhoto")
async def keep(request: Request[Any, Any, Any], sha256: FromPath[str], settings: Settings) -> Response[Kept]:
    """Send a photo's bytes (JPEG, PNG or WebP; 8 MB, 20 million pixels at most) under their SHA-256, as often as it takes.

    Answers 201, or 200 if they were here already. If the bytes are not those of the hash, nothing is kept.
    """
    content = await request.body()
    is_new = await service.keep(request.app.state.pool, actor_of(request), settings.data, _hash(sha256), content)
    answer = Kept(sha256=sha256, outcome="created" if is_new else "unchanged")
    return Response(answer, status_code=201 if is_new else 200)


@get(
    "/api/v1/photos/{sha256:str}",
    guards=[requires(STAFF)],
    tags=["sync"],
    operation_id="getPhoto",
    media_type=MediaType.JSON,
)
async def read(tx: Tx, sha256: FromPath[str], settings: Settings) -> File:
    """Read a photo's bytes, if a photo within the token's reach names them."""
    path, mime = await service.find(tx, settings.data, _hash(sha256))
    return File(path, media_type=mime, filename=sha256, content_disposition_type="inline")


def _hash(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise NotFound(Text("地址应为 64 位小写十六进制的 SHA-256。", "The address takes a SHA-256 of 64 lower-case digits."))
    return text


ROUTES = [keep, read]
