"""The real server as `forest serve` starts it, in a process of its own that can be killed and started again."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
from uuid_utils.compat import uuid7

from forestapi.db.cluster import Cluster
from forestapi.db.migrate import migrate
from forestapi.db.pool import open_pool
from forestapi.db.transaction import transaction
from forestapi.services import devices, tokens
from forestapi.settings import Settings
from tests.campaigns.network import Network
from tests.campaigns.phones import PROGRAMME, WORKERS, crew_of, worker_id

ROOT = Path(__file__).parents[2]
START_S = 120


class Server:
    """A database with crews in it, and a web server before it."""

    def __init__(self, cluster: Cluster, database: str, folder: Path, *, defect: str | None = None) -> None:
        """Prepare to serve `database` of a running cluster; files and log go to `folder`."""
        self.cluster, self.defect = cluster, defect
        self.settings = Settings(
            database_url=f"postgresql://forest@/{database}?host={cluster.socket}", data=folder, rate_per_second=0
        )
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.network = Network(self.port, 0)
        self.process: subprocess.Popen[bytes] | None = None
        self.cpu_s = 0.0

    async def connect(self) -> asyncpg.Connection:
        """Open a connection of our own to the database."""
        return await asyncpg.connect(self.settings.database_url)

    async def start(self) -> None:
        """Start the web server, and wait until it answers."""
        self.settings.data.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {
            "DATABASE_URL": self.settings.database_url, "FOREST_DATA": str(self.settings.data), "FOREST_RATE_PER_SECOND": "0",
            "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        module = ["forestapi"] if self.defect is None else ["tests.campaigns.launch", self.defect]
        with (self.settings.data / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", *module, "serve", "--port", str(self.port)],
                env=environment, stdout=log, stderr=log, cwd=ROOT,
            )  # fmt: skip
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                if (await self.network.ask("GET", "/readyz", {}, None))[0] == 200:
                    return
            except (OSError, asyncio.IncompleteReadError):
                pass
            await asyncio.sleep(0.1)
        raise AssertionError(f"the server does not start: {(self.settings.data / 'serve.log').read_text()[-2000:]}")

    async def kill(self) -> None:
        """Kill the web server as a power cut would."""
        assert self.process is not None
        self.cpu_s += self.cpu_of_process_s()
        self.process.kill()
        await asyncio.to_thread(self.process.wait)

    def cpu_of_process_s(self) -> float:
        """Give the processor time of the web server so far."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """End the web server if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

    async def furnish(self, phones: int) -> list[tuple[str, str]]:
        """Put a programme, crews and workers in, and enrol phones: the device and token of each."""
        crews = sorted({crew_of(n) for n in range(phones)})
        connection = await self.connect()
        await connection.execute("insert into forest.programme (code, name_zh, name_en) values ($1, '腾格里', 'Tengger')", PROGRAMME)
        await connection.executemany(
            "insert into forest.crew (code, programme, name_zh) values ($1, $2, $1)", [(f"crew-{n}", PROGRAMME) for n in crews]
        )
        await connection.executemany(
            "insert into forest.worker (id, crew, number, sex) values ($1, $2, $3, 'female')",
            [(worker_id(n, k), f"crew-{n}", f"{n}-{k}") for n in crews for k in range(WORKERS)],
        )
        self.office = {"Authorization": f"Bearer {await tokens.create(connection, 'administrator', 'office')}", "Forest-Reason": "office"}
        self.analyst = {"Authorization": f"Bearer {await tokens.create(connection, 'analyst', 'analyst')}"}
        await connection.close()
        pool = await open_pool(self.settings)
        enrolled = []
        for n in range(phones):
            async with transaction(pool, "campaign") as tx:
                device = await devices.add(tx, f"crew-{crew_of(n)}", f"phone {n}")
                code = await devices.give_code(tx, device["id"], "http://localhost")
            made = await devices.enrol(pool, code["code"])
            enrolled.append((made["device"], made["token"]))
        await pool.close()
        return enrolled


async def make_database(cluster: Cluster, template: str | None = None) -> str:
    """Make a migrated, empty database in a running cluster, of a template if there is one; give its name."""
    name = f"campaign_{uuid7().hex[-12:]}"
    server = await asyncpg.connect(f"postgresql://forest@/postgres?host={cluster.socket}")
    await server.execute(f"create database {name}" + (f" template {template}" if template else ""))
    await server.close()
    if template is None:
        address = f"postgresql://forest@/{name}?host={cluster.socket}"
        connection = await asyncpg.connect(address)
        await connection.execute("create extension postgis; create extension btree_gist")
        await connection.close()
        await migrate(Settings(database_url=address))
    return name
