"""A server in a process of its own, with a few plots in it: real clients block, and deadlock with one in theirs."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen
from uuid import uuid4

import asyncpg

from forestapi.db.cluster import Cluster
from forestapi.services import tokens
from forestapi.settings import Settings
from tests.conftest import url
from tests.samples import PROGRAMME, key, planting, plot, shift, square, worker

PROGRAM = """
import pathlib, sys, uvicorn
from forestapi.app import create_app
from forestapi.settings import Settings
app = create_app(Settings(database_url=sys.argv[1], data=pathlib.Path(sys.argv[2]), rate_per_second=0))
uvicorn.run(app, port=int(sys.argv[3]), access_log=True, log_level="info")
"""
PLOTS = 12
STATES = ("planted", "accepted", "checked")


class Served:
    """A running server: its address, the lines that it has logged, and a token of an administrator."""

    def __init__(self, root: str, log: Path, token: str) -> None:
        self.root, self.log, self.token = root, log, token

    @property
    def ogc(self) -> str:
        """The landing page of OGC API."""
        return f"{self.root}/ogc"

    def requests(self) -> list[str]:
        """Give the addresses that were asked for, in order."""
        return [line.split('"')[1] for line in self.log.read_text().splitlines() if '"' in line]


def records() -> list[tuple[str, dict[str, Any]]]:
    """List what the server has: plots along a parallel, each planted in one of three years, an overlap, a shift."""
    found: list[tuple[str, dict[str, Any]]] = [("programmes", PROGRAMME), ("workers", worker(1))]
    for number in range(1, PLOTS + 1):
        boundary = square(105 + number / 10, side=0.01) if number > 1 else square(105.205, side=0.01)
        found.append(("plots", plot(number, boundary, lifecycle=STATES[number % 3])))
        found.append(("plantings", planting(number, number, f"{2016 + number % 3}-04-0{1 + number % 9}")))
    found.append(("shifts", shift(1, 1, plot=key(1))))
    return found


@contextmanager
def serving(cluster: Cluster, template: str, folder: Path) -> Iterator[Served]:
    """Run a server on a copy of the template, which is dropped afterwards."""
    name = f"served_{uuid4().hex[:12]}"

    async def ask(statement: str) -> None:
        connection = await asyncpg.connect(url(cluster, "postgres"))
        await connection.execute(statement)
        await connection.close()

    asyncio.run(ask(f"create database {name} template {template}"))
    with _running(url(cluster, name), folder) as server:
        yield server
    asyncio.run(ask(f"drop database {name} with (force)"))


@contextmanager
def _running(database_url: str, folder: Path) -> Iterator[Served]:
    """Run a server until the end of the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "server.log"
    settings = Settings(database_url=database_url, data=folder)

    async def fill() -> str:
        from litestar.testing import AsyncTestClient

        from forestapi.app import create_app

        connection = await asyncpg.connect(database_url)
        token = await tokens.create(connection, "administrator", "a client")
        await connection.close()
        async with AsyncTestClient(create_app(settings)) as client:
            for noun, record in records():
                answer = await client.post(f"/api/v1/{noun}", json=record, headers={"Authorization": f"Bearer {token}"})
                assert answer.status_code == 201, answer.text
        return token

    token = asyncio.run(fill())
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", PROGRAM, database_url, str(folder), str(port)],
            stdout=out, stderr=out, env=environment,
        )  # fmt: skip
        try:
            _wait(f"http://127.0.0.1:{port}/ogc", process, log)
            yield Served(f"http://127.0.0.1:{port}", log, token)
        finally:
            process.terminate()
            process.wait(30)


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        assert process.poll() is None, log.read_text()
        try:
            urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.25)
    raise AssertionError(log.read_text())
