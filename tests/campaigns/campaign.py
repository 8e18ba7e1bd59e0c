"""A campaign: phones hand in what they did while others read and things are killed; then the verdict."""

import asyncio
import json
import random
import time
from typing import Any

from msgspec import Struct

from tests.campaigns.chaos import Chaos
from tests.campaigns.network import Network
from tests.campaigns.phones import PROGRAMME, ROUNDS, Document, Foreman, Sender
from tests.campaigns.readers import Readers
from tests.campaigns.server import Server
from tests.campaigns.verdict import Verdict

CUT = 0.1
"""Share of requests that are cut."""
LATE_PLOT = "019a0000-0000-7000-8000-00000000fffe"


class Size(Struct, frozen=True):
    """How much of everything."""

    phones: int
    days: int
    at_once: int = 4
    """Phones that have a network at the same time."""
    photo_bytes: int = 20_000
    kills: dict[str, int] = {}
    """Of `application`, `session`, `backend` and `database`."""


class Campaign:
    """One run against a server that is started."""

    def __init__(self, server: Server, size: Size, seed: int) -> None:
        """Prepare; the same seed and size give the same phones that do the same."""
        self.server, self.size, self.seed = server, size, seed
        self.senders: list[Sender] = []
        self.rounds_done = 0

    async def run(self) -> dict[str, Any]:
        """Run it, and give what was measured and what is `broken`.

        Raises:
            AssertionError: the server answers what it never should, or not at all.

        """
        enrolled = await self.server.furnish(self.size.phones)
        await self.server.start()
        self.network = Network(self.server.port, CUT)
        for number, (device, token) in enumerate(enrolled):
            foreman = Foreman(self.seed, number, self.size.days, self.size.photo_bytes)
            self.senders.append(Sender(foreman, self.network, device, token))
        readers = Readers(self.server, self.seed)
        chaos = Chaos(self.server, self.seed, self.size.kills, lambda: self.rounds_done / (4 * len(self.senders)))
        reading, killing = asyncio.create_task(readers.run()), asyncio.create_task(chaos.run())
        room = asyncio.Semaphore(self.size.at_once)
        cpu_before, client_before, began = _cpu_s(self.server), time.process_time(), time.monotonic()
        working = asyncio.gather(self.late_commit(), *(self.live(sender, room) for sender in self.senders))
        others = {reading, killing}
        try:
            while not working.done():
                done, _ = await asyncio.wait({working, *others}, return_when=asyncio.FIRST_COMPLETED)
                for task in done & others:
                    task.result()
                others -= done
            working.result()
            seconds = time.monotonic() - began
            cpu = _cpu_s(self.server) - cpu_before
            client = time.process_time() - client_before
        finally:
            chaos.is_over.set()
            readers.is_over.set()
            working.cancel()
            await asyncio.gather(reading, killing, return_exceptions=True)
        self.network.cut_share = 0
        broken = await Verdict(self.server, self.senders, [LATE_PLOT]).reach() + await readers.broken()
        return self._measured(seconds, cpu, client, readers, chaos) | {"broken": broken}

    async def live(self, sender: Sender, room: asyncio.Semaphore) -> None:
        """Let a phone's days pass: work, hand in when there is a network, and meanwhile the office changes something."""
        for number, operations in enumerate(sender.foreman.rounds(), start=1):
            async with room:
                await sender.hand_in(operations)
                for noun, key, fields in sender.foreman.office() if number < ROUNDS else ():
                    await self.office(sender, noun, key, fields)
            self.rounds_done += 1

    async def office(self, sender: Sender, noun: str, key: str, fields: Document | None) -> None:
        """Change or delete a record as an administrator; a lost answer is asked for again."""
        method, body = ("DELETE", None) if fields is None else ("PATCH", json.dumps(fields).encode())
        expected = (204, 404) if fields is None else (200,)
        await self.server.network.until_answered(method, f"/api/v1/{noun}/{key}", self.server.office, body, expected, random.Random(0))
        if fields is None:
            sender.foreman.ledger.remove(key)
        else:
            sender.foreman.ledger.edit(key, fields)

    async def late_commit(self) -> None:
        """Write a plot in a transaction that commits long after others that began later."""
        if "database" in self.size.kills or "backend" in self.size.kills:
            return  # it would be rolled back with the server
        connection = await self.server.connect()
        async with connection.transaction():
            await connection.execute(
                "insert into forest.plot (id, programme, number, boundary) values ($1, $2, 'late',"
                " ST_Multi(ST_MakeEnvelope(90, 39, 90.001, 39.001, 4326)))",
                LATE_PLOT, PROGRAMME,
            )  # fmt: skip
            while self.rounds_done < len(self.senders) * 2:
                await asyncio.sleep(0.05)
        await connection.close()

    def _measured(self, seconds: float, cpu: float, client: float, readers: Readers, chaos: Chaos) -> dict[str, Any]:
        new = sum(len(sender.sent) for sender in self.senders)
        received = sum(sender.received for sender in self.senders)
        batches = [s for sender in self.senders for s in sender.latencies_s]
        return {
            "seed": self.seed, "phones": self.size.phones, "days": self.size.days, "at_once": self.size.at_once,
            "operations": new, "received": received, "photos": sum(len(s.foreman.photos) for s in self.senders),
            "cuts": self.network.cuts, "failures": self.network.failures, "killed": chaos.killed,
            "seconds": round(seconds, 1), "operations_per_s": round(new / seconds, 1), "received_per_s": round(received / seconds, 1),
            "batch_p50_s": share(batches, 0.5), "batch_p95_s": share(batches, 0.95),
            "public_p95_s": share(readers.latencies_s["public"], 0.95), "analyst_p95_s": share(readers.latencies_s["analyst"], 0.95),
            "reads": sum(map(len, readers.latencies_s.values())),
            "server_cpu_ms_per_operation": round(cpu / new * 1000, 2), "client_cpu_ms_per_operation": round(client / new * 1000, 2),
            "outcomes": self._outcomes(),
        }  # fmt: skip

    def _outcomes(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for sender in self.senders:
            for receipt in sender.promised.values():
                found[receipt["outcome"]] = found.get(receipt["outcome"], 0) + 1
        return found


def share(values: list[float], of: float) -> float | None:
    """Give a quantile in seconds."""
    return round(sorted(values)[int(of * (len(values) - 1))], 3) if values else None


def _cpu_s(server: Server) -> float:
    """Give the processor time of the web server."""
    return server.cpu_s + server.cpu_of_process_s()
