"""A lean HTTP client for measuring: persistent connections, no redirects, nothing decoded."""

import asyncio
import time
from collections.abc import Iterable
from typing import Any

import httptools
from msgspec import Struct


class Answer(Struct):
    """One answer as it came."""

    status: int = 0
    headers: dict[str, str] = {}
    size: int = 0
    """Bytes of the body, as sent."""
    ms: float = 0.0


class Connection(asyncio.Protocol):
    """One connection that asks for one thing after another."""

    def __init__(self) -> None:
        """Wait to be connected."""
        self._transport: Any = None
        self._parser: Any = None
        self._answer = Answer()
        self._waiting: asyncio.Future[Answer] | None = None

    def connection_made(self, transport: Any) -> None:
        """Take the connection."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Read on."""
        self._parser.feed_data(data)

    def connection_lost(self, error: Exception | None) -> None:
        """Tell whoever waits."""
        if self._waiting and not self._waiting.done():
            self._waiting.set_exception(error or ConnectionError("closed"))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header."""
        self._answer.headers[name.decode().lower()] = value.decode()

    def on_body(self, body: bytes) -> None:
        """Count the body."""
        self._answer.size += len(body)

    def on_message_complete(self) -> None:
        """Hand the answer over."""
        self._answer.status = self._parser.get_status_code()
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(self._answer)

    async def get(self, host: str, path: str, headers: dict[str, str]) -> Answer:
        """Ask for a path."""
        self._answer, self._parser = Answer(headers={}), httptools.HttpResponseParser(self)
        self._waiting = asyncio.get_running_loop().create_future()
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        began = time.perf_counter()
        self._transport.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\n{lines}\r\n".encode())
        answer = await self._waiting
        answer.ms = (time.perf_counter() - began) * 1000
        return answer

    def close(self) -> None:
        """Close it."""
        self._transport.close()


async def ask_all(url: str, asked: Iterable[tuple[str, dict[str, str]]], clients: int = 1) -> tuple[list[Answer], float]:
    """Ask for everything by some clients side by side; the answers in the order asked, and the seconds it took."""
    host, _, port = url.removeprefix("http://").partition(":")
    loop = asyncio.get_running_loop()
    lines = [(await loop.create_connection(Connection, host, int(port)))[1] for _ in range(clients)]
    work = list(enumerate(asked))
    answers: list[Answer] = [Answer()] * len(work)
    left = iter(work)

    async def client(line: Connection) -> None:
        for number, (path, headers) in left:
            answers[number] = await line.get(host, path, headers)

    began = time.perf_counter()
    await asyncio.gather(*(client(line) for line in lines))
    seconds = time.perf_counter() - began
    for line in lines:
        line.close()
    return answers, seconds
