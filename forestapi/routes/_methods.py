"""HEAD and OPTIONS on every path: what the framework answers for one handler, answered for the whole path."""

from typing import Any

from litestar import Litestar
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from litestar.utils import normalize_path

_ASKED = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Methods:
    """Wrapped around the router: HEAD is GET without its body, OPTIONS and 405 name all methods of the path."""

    def __init__(self, app: Litestar) -> None:
        """Stand before the application's own handler."""
        self.inner: ASGIApp = app.asgi_handler
        self.router: Any = app.asgi_router

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer OPTIONS, strip HEAD of its body, and leave the rest to the application."""
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        method = scope["method"]
        allowed = ", ".join(self.allowed(scope["path"]))
        if method == "OPTIONS" and allowed:
            headers = [(b"allow", allowed.encode()), (b"content-length", b"0")]
            if "PATCH" in allowed:
                headers.append((b"accept-patch", b"application/merge-patch+json, application/json"))
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 405:
                headers = [(name, value) for name, value in message["headers"] if name.lower() != b"allow"]
                message["headers"] = [*headers, (b"allow", allowed.encode())]
            if method == "HEAD" and message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        if method == "HEAD":
            scope = {**scope, "method": "GET"}  # type: ignore[assignment, misc]
        await self.inner(scope, receive, sent)

    def allowed(self, path: str) -> list[str]:
        """List the methods of a path; none where there is no such path."""
        found = []
        for method in _ASKED:
            try:
                self.router.handle_routing(path=normalize_path(path), method=method)
            except HTTPException:
                continue
            found.append(method)
        if "GET" in found:
            found.insert(1, "HEAD")
        return [*found, "OPTIONS"] if found else []
