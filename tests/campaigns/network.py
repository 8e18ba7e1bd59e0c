"""A bad network: HTTP over connections that are cut in the middle of a request or of an answer."""

import asyncio
import json
import random
import time
from typing import Any

PATIENCE_S = 240.0
"""How long an answer is waited for over all attempts; only a server that does not come back takes so long."""
Headers = dict[str, str]


class CutError(ConnectionError):
    """The connection ended before the answer did."""


class Network:
    """Connections to one server, of which a share is cut."""

    def __init__(self, port: int, cut_share: float) -> None:
        """Reach the server at a port of this machine; `cut_share` of 1 is every request."""
        self.port, self.cut_share = port, cut_share
        self.cuts = self.failures = 0

    async def until_answered(
        self, method: str, path: str, headers: Headers, body: bytes | None, expected: tuple[int, ...], rng: random.Random
    ) -> tuple[Any, float]:
        """Ask until the answer is one of those expected; give it, and how long the attempt that was answered took.

        Raises:
            AssertionError: the server says something else, or nothing for a long time.

        """
        began, last = time.monotonic(), "nothing"
        while time.monotonic() - began < PATIENCE_S:
            fault = rng.choice(("request", "answer")) if rng.random() < self.cut_share else None
            started = time.monotonic()
            try:
                status, content = await self.ask(method, path, headers, body, fault, rng.random())
            except (OSError, asyncio.IncompleteReadError) as error:
                last = repr(error)
                self.cuts += fault is not None
                self.failures += fault is None
                if fault is None:
                    await asyncio.sleep(0.2)
                continue
            if status in expected:
                return json.loads(content) if content else None, time.monotonic() - started
            last = f"{status} {content[:500]!r}"
            if status < 500 and status not in (429, 408):
                break
            self.failures += 1
            await asyncio.sleep(0.2)
        raise AssertionError(f"{method} {path}: {last}")

    async def ask(
        self, method: str, path: str, headers: Headers, body: bytes | None, fault: str | None = None, share: float = 0.5
    ) -> tuple[int, bytes]:
        """Ask once. With the fault `request` only a share of it is sent, with `answer` a share of the answer is read.

        Raises:
            OSError: there is no whole answer.

        """
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Connection: close"]
        if body is not None:
            kind = "image/jpeg" if method == "PUT" else "application/json"
            lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
        message = ("\r\n".join([*lines, *(f"{n}: {v}" for n, v in headers.items())]) + "\r\n\r\n").encode() + (body or b"")
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(message[: int(len(message) * share)] if fault == "request" else message)
            await writer.drain()
            if fault == "request":
                raise CutError("in the request")
            head = await reader.readuntil(b"\r\n\r\n")
            if fault == "answer":
                raise CutError("in the answer")
            content = await reader.read()
        finally:
            writer.close()
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        if len(content) != int(fields.get(b"content-length", len(content))):
            raise CutError("the answer is not whole")
        return int(head.split()[1]), content
