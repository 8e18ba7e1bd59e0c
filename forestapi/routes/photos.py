"""Photos over HTTP: files under their SHA-256."""

import re
from typing import Any

from litestar import Request, Response, get, put
from litestar.params import FromPath
from litestar.response import File

from forestapi.errors import Invalid, NotFound
from forestapi.records import RECORDERS, STAFF
from forestapi.records._sync import PHOTO_BYTES
from forestapi.routes._request import PHOTOS, Tx, actor_of, requires
from forestapi.services import photos
from forestapi.settings import Settings
from geo.text import Text

_SHA256 = re.compile(r"[0-9a-f]{64}")


@put(
    PHOTOS + "{sha256:str}",
    guards=[requires(RECORDERS)],
    tags=["sync"],
    operation_id="putPhoto",
    request_max_body_size=PHOTO_BYTES,
)
async def put_photo(request: Request[Any, Any, Any], settings: Settings, sha256: FromPath[str]) -> Response[dict[str, Any]]:
    """Hand in a photo's file (JPEG, PNG or WebP) under the SHA-256 of its bytes; a second time changes nothing."""
    if not _SHA256.fullmatch(sha256):
        raise Invalid(Text("地址应为 64 位小写十六进制的 SHA-256。", "The address ends in a SHA-256: 64 lower-case hexadecimal digits."), code="hash-differs")
    content = await request.body()
    is_new = await photos.put(request.app.state.pool, actor_of(request), settings, sha256, content)
    return Response({"sha256": sha256, "bytes": len(content)}, status_code=201 if is_new else 200)


@get(PHOTOS + "{sha256:str}", guards=[requires(STAFF)], tags=["sync"], operation_id="getPhoto")
async def get_photo(tx: Tx, settings: Settings, sha256: FromPath[str]) -> File:
    """Read a photo's file, of which a description is within the token's reach."""
    if not _SHA256.fullmatch(sha256):
        raise NotFound(Text("没有这张照片。", "There is no such photo."))
    path, mime = await photos.get(tx, settings.data, sha256)
    return File(path, filename=sha256, media_type=mime, content_disposition_type="inline")


ROUTES = [put_photo, get_photo]
