"""Kills, by a seed, each when so much of the work is receipted: the web server, one backend, the whole database."""

import asyncio
import os
import random
import signal
from collections.abc import Callable

import asyncpg

from tests.campaigns.server import Server

BACKEND = "select pid from pg_stat_activity where backend_type = 'client backend' and application_name = 'forest'"


class Chaos:
    """Kills a server's parts and starts them again."""

    def __init__(self, server: Server, seed: int, kills: dict[str, int], done: Callable[[], float]) -> None:
        """Plan kills: how many of `application`, `session`, `backend`, `database`; `done` says how much is done, of 1."""
        rng = random.Random(f"{seed} chaos")
        self.server, self.done, self.rng = server, done, rng
        self.plan = sorted((rng.uniform(0.02, 0.7), kind) for kind, count in kills.items() for _ in range(count))
        self.killed = dict.fromkeys(kills, 0)
        self.is_over = asyncio.Event()

    async def run(self) -> None:
        """Kill at each planned moment; what is left of the plan when all is done is not carried out."""
        for moment, kind in self.plan:
            while self.done() < moment:
                if self.is_over.is_set():
                    return
                await asyncio.sleep(0.01)
            await getattr(self, kind)()
            self.killed[kind] += 1

    async def application(self) -> None:
        """Kill the web server."""
        await self.server.kill()
        await self.server.start()

    async def session(self) -> None:
        """End one connection of the web server, as an administrator does."""
        await self._any(lambda pid, c: c.execute("select pg_terminate_backend($1)", pid))

    async def backend(self) -> None:
        """Kill the process of one connection; PostgreSQL then ends all of them, and recovers."""

        async def kill(pid: int, _: asyncpg.Connection) -> None:
            os.kill(pid, signal.SIGKILL)

        await self._any(kill)

    async def database(self) -> None:
        """Kill the whole database, and start it again."""
        number = self.server.cluster.process_number()
        if number is not None:
            os.kill(number, signal.SIGKILL)
        while self.server.cluster.is_running():
            await asyncio.sleep(0.01)
        await asyncio.to_thread(self.server.cluster.start)

    async def _any(self, act: Callable[..., object]) -> None:
        try:
            connection = await self.server.connect()
        except (OSError, asyncpg.PostgresError):
            return  # it is recovering from the kill before
        try:
            pids = [row["pid"] for row in await connection.fetch(BACKEND)]
            if pids:
                await act(self.rng.choice(pids), connection)  # type: ignore[misc]
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            pass
        finally:
            connection.terminate()
