"""One worker of the server, started as anybody starts it, and pgbench beside it."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from benchmarks._benchmark import Context
from forestapi.settings import Settings


class Server(Struct, frozen=True):
    """A running server."""

    url: str
    pid: int
    started_s: float
    """From the command to the line that says where it serves."""

    def resident_mb(self) -> float:
        """Memory of the worker, shared libraries included."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Server]:
    """Start the server over a database, without a limit of requests, and end it afterwards."""
    environment = os.environ | {
        "DATABASE_URL": settings.database_url or "", "FOREST_DATA": str(settings.data),
        "FOREST_RATE_PER_SECOND": "0", "PYTHONPATH": os.pathsep.join(sys.path),
    }  # fmt: skip
    began = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-P", "-m", "forestapi", "serve", "--port", "0"],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stderr is not None
    try:
        line = await asyncio.to_thread(lambda: next(text for text in server.stderr or () if "Serving at" in text))
        started_s = time.perf_counter() - began
        drain = asyncio.ensure_future(asyncio.to_thread(lambda: [None for _ in server.stderr or ()]))
        yield Server(line.split()[-1], server.pid, started_s)
    finally:
        server.terminate()
        server.wait()
    await drain


def pgbench(context: Context, database: str, script: str, *, clients: int = 1, seconds: int = 4) -> float:
    """Run a script by some clients for some seconds; transactions a second."""
    file = context.scratch / "pgbench.sql"
    file.write_text(script, "utf-8")
    command = [
        context.cluster.programs().folder / "pgbench", "-n", "-M", "prepared", "-h", context.cluster.socket, "-U", "forest",
        "-c", str(clients), "-T", str(seconds), "-f", file, database,
    ]  # fmt: skip
    told = subprocess.run(
        command, check=True, capture_output=True, text=True, env=os.environ | context.cluster.programs().environ
    ).stdout
    return float(next(line for line in told.splitlines() if line.startswith("tps")).split()[2])


async def post_all(url: str, path: str, token: str, bodies: list[bytes], *, clients: int) -> tuple[float, list[float]]:
    """Send each body once, by some clients that each keep a connection; all seconds, and milliseconds of each request.

    Raises:
        AssertionError: an answer is none of 200 and 201.

    """
    address = urlsplit(url)
    waiting = iter(bodies)
    taken_ms: list[float] = []

    async def client() -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        for body in waiting:
            began = time.perf_counter()
            writer.write(
                f"POST {path} HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {token}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
            )
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = next(int(line.split(":")[1]) for line in head.lower().split("\r\n") if line.startswith("content-length"))
            answer = await reader.readexactly(length)
            assert head.split()[1] in ("200", "201"), (head, answer)
            taken_ms.append((time.perf_counter() - began) * 1000)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return time.perf_counter() - began, taken_ms
