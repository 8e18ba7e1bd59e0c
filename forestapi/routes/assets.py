"""The installed front-end files: compressed once and as far as gzip goes, for a phone waits for every kilobyte."""

import gzip
import hashlib
import mimetypes
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from forestapi.errors import NotFound
from forestapi.routes._conditions import is_fresh
from forestapi.routes._request import anyone
from geo.text import Text
from maps import assets

_PACKED = (".woff2", ".png")
"""Compressed already."""
_TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".woff2": "font/woff2"}


@get("/assets/{path:path}", guards=[anyone], include_in_schema=False, sync_to_thread=False)
def asset(request: Request[Any, Any, Any], path: FromPath[str]) -> Response[bytes]:
    """Hand out one file; 304 where the client has it."""
    file = Path(os.path.realpath(assets.FOLDER / str(path).lstrip("/").replace("\0", "")))
    if not file.is_relative_to(assets.FOLDER.resolve()) or not os.path.isfile(file):
        raise NotFound(Text("没有这个文件。", "There is no such file."))
    content, zipped, etag = _read(file, file.stat().st_mtime_ns)
    headers = {"ETag": etag, "Cache-Control": "public, max-age=3600", "Vary": "Accept-Encoding"}
    kind = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    if is_fresh(request, etag):
        return Response(b"", status_code=304, headers=headers, media_type=kind)
    if zipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
        content, headers["Content-Encoding"] = zipped, "gzip"
    return Response(content, headers=headers, media_type=kind)


@lru_cache(maxsize=64)
def _read(file: Path, _changed_ns: int) -> tuple[bytes, bytes | None, str]:
    content = file.read_bytes()
    zipped = None if file.suffix in _PACKED else gzip.compress(content, 9, mtime=0)
    return content, zipped, f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'


ROUTES = [asset]
