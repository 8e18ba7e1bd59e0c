"""Limits on what one sender may ask for, and the headers that every answer carries."""

import re

import numpy as np
from litestar.datastructures import MutableScopeHeaders
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, OpenAPIType, PathItem, Schema
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from forestapi.errors import BadRequest, TooLarge
from forestapi.records._sync import BATCH_BYTES
from forestapi.routes._conditions import GZIPPED
from forestapi.routes._rates import is_in, trusted_proxies
from forestapi.routes._request import BATCHES, COLLECT, PHOTOS
from forestapi.settings import Settings
from geo.text import Text

JSON_BYTES = 1_000_000
"""The largest body of a request that is not an import: a record with 10,000 corners has half of that."""
JSON_DEPTH = 32
JSON_BRACKETS = 100_000
"""Opening brackets in one body: every corner of a boundary is one."""
_FILES = ("/api/v1/imports/", COLLECT, PHOTOS)
"""Where bodies are files; their routes have limits of their own."""
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_DEFAULTS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_NO_PAGE = "default-src 'none'; frame-ancestors 'none'"
_SCRIPT = "default-src 'self'; frame-ancestors 'none'"
"""A worker is fenced by the policy that its own file came with, and the map's worker fetches tiles."""
_DOCUMENTATION = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; frame-ancestors 'self'; base-uri 'none'"
)


class Limits:
    """Middleware behind Authentication: size, depth and corners of JSON bodies."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what is too much, before a handler and a connection to the database are taken."""
        if scope["type"] == "http":
            _take_scheme(scope, scope["litestar_app"].state.settings)
            if scope["method"] in ("POST", "PUT", "PATCH") and not scope["path"].startswith(_FILES):
                receive = await _checked(scope, receive)
        await self.app(scope, receive, send)


def _take_scheme(scope: Scope, settings: Settings) -> None:
    """Let a trusted proxy say that the reader came by HTTPS, so that addresses in answers begin rightly."""
    client = scope.get("client")
    trusted = trusted_proxies(settings)
    if client and trusted and is_in(str(client[0]), trusted):
        told = dict(scope["headers"]).get(b"x-forwarded-proto", b"").decode("latin-1")
        if told in ("http", "https"):
            scope["scheme"] = told


async def _checked(scope: Scope, receive: Receive) -> Receive:
    """Read a body of limited size, look at its nesting, and hand it on whole."""
    body, more = bytearray(), True
    limit = BATCH_BYTES if scope["path"] == BATCHES else JSON_BYTES
    while more:
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > limit:
            raise TooLarge(
                Text("请求内容超过 1 MB；较大的请作为文件导入。", "The body is over 1 MB; import larger ones as files.")
                if limit == JSON_BYTES
                else Text("一批超过 2 MiB；请分成几批。", "The batch is over 2 MiB; send it in several.")
            )
    check_nesting(bytes(body))
    is_given = False

    async def again() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": bytes(body), "more_body": False}

    return again


def check_nesting(body: bytes) -> None:
    """See that JSON is not nested too deeply and has not too many corners, in time linear in its length.

    Raises:
        BadRequest: it is nested deeper than JSON_DEPTH.
        TooLarge: it has more brackets than JSON_BRACKETS.

    """
    if body.count(b"[") + body.count(b"{") <= JSON_DEPTH:
        return
    codes = np.frombuffer(_STRINGS.sub(b"", body), dtype=np.uint8)
    opening, closing = (codes == 91) | (codes == 123), (codes == 93) | (codes == 125)
    steps = opening.astype(np.int32) - closing
    if steps.size and int(np.cumsum(steps).max()) > JSON_DEPTH:
        raise BadRequest(
            Text(f"JSON 嵌套超过 {JSON_DEPTH} 层。", f"The JSON is nested more than {JSON_DEPTH} deep."),
            code="too-deep",
        )
    if int(opening.sum()) > JSON_BRACKETS:
        raise TooLarge(Text("一次请求中的顶点过多。", "There are too many corners in one request."))


def document_problems(paths: dict[str, PathItem]) -> None:
    """Write into the OpenAPI document which problems any request may be answered with."""
    content = {"application/problem+json": OpenAPIMediaType(schema=Schema(type=OpenAPIType.OBJECT, properties={
        "type": Schema(type=OpenAPIType.STRING), "code": Schema(type=OpenAPIType.STRING),
        "status": Schema(type=OpenAPIType.INTEGER), "title": Schema(type=OpenAPIType.STRING),
        "detail": Schema(type=OpenAPIType.STRING)}))}  # fmt: skip
    for path in paths.values():
        for verb in ("get", "post", "put", "patch", "delete"):
            operation = getattr(path, verb)
            if operation is None:
                continue
            operation.responses = operation.responses or {}
            for status, text in PROBLEMS.items():
                operation.responses[status] = OpenAPIResponse(description=text, content=content)


PROBLEMS = {
    "400": "the request cannot be read", "401": "no token, or one that is not valid any longer",
    "403": "the token may not do this", "404": "there is no such thing, or not for this token",
    "405": "the address has no such method", "409": "in conflict with what is there",
    "412": "changed since it was read", "413": "too large", "415": "of a media type that is not taken",
    "422": "the content breaks a rule; see `problems`", "428": "an If-Match is needed",
    "429": "too many requests; see Retry-After", "503": "not at the moment; see Retry-After",
}  # fmt: skip


async def add_headers(message: Message, scope: Scope) -> None:
    """Put the headers on that every answer carries; what was asked with a token is nobody else's to keep.

    Whoever has written finds it on the tiles of this process at once, and not within a second as with all others.
    """
    if message["type"] != "http.response.start":
        return
    if scope.get("method") not in ("GET", "HEAD", "OPTIONS"):
        scope["litestar_app"].state.tiles.watch.doubt()
    headers = MutableScopeHeaders.from_message(message)
    for name, value in _DEFAULTS.items():
        headers.setdefault(name, value)
    kind = headers.get("content-type", "")
    policy = _DOCUMENTATION if kind.startswith("text/html") else _SCRIPT if "javascript" in kind else _NO_PAGE
    headers.setdefault("Content-Security-Policy", policy)
    tag_coding(headers, scope, message["status"])
    if scope["path"].startswith(COLLECT):
        headers["Cache-Control"] = "private, no-store"
    elif any(name == b"authorization" for name, _ in scope.get("headers", [])):
        headers["Cache-Control"] = "private, no-store"
        _vary(headers, "Authorization")


def tag_coding(headers: MutableScopeHeaders, scope: Scope, status: int) -> None:
    """Give a compressed answer a strong ETag of its own; a 304 repeats the one that the client has."""
    tag = headers.get("etag", "")
    if not tag.startswith('"'):
        return
    _vary(headers, "Accept-Encoding")
    zipped = tag[:-1] + GZIPPED
    known = dict(scope.get("headers", [])).get(b"if-none-match", b"").decode("latin-1")
    if headers.get("content-encoding") == "gzip" or (status == 304 and zipped in known):
        headers["ETag"] = zipped


def _vary(headers: MutableScopeHeaders, name: str) -> None:
    vary = headers.get("vary", "")
    if name.lower() not in vary.lower():
        headers["Vary"] = f"{vary}, {name}" if vary else name
