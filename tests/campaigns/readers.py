"""Who reads while phones hand in: the public, an analyst, and a phone that fetches what changes."""

import asyncio
import random
import time
from typing import Any

from tests.campaigns.server import Server

PUBLIC = ("/api/v1/headline", "/tiles/plots/8/199/98.mvt", "/api/v1/plots?limit=100", "/api/v1/statistics/planted-area?programme=tengger")
ANALYST = ("/api/v1/statistics/green-work?programme=tengger&by=activity", "/api/v1/shifts?limit=100",
           "/api/v1/plots?bbox=100,37,101,38&limit=200")  # fmt: skip
PAUSE_S = 0.2


class Readers:
    """Reads one thing after another until told to end, and notes how long each took."""

    def __init__(self, server: Server, seed: int) -> None:
        """Read from a server."""
        self.server, self.rng = server, random.Random(seed)
        self.latencies_s: dict[str, list[float]] = {"public": [], "analyst": []}
        self.seen: dict[tuple[str, str], Any] = {}
        self.cursor: str | None = None
        self.is_over = asyncio.Event()

    async def run(self) -> None:
        """Read until the end."""
        await asyncio.gather(self.read("public", PUBLIC, {}), self.read("analyst", ANALYST, self.server.analyst), self.follow())

    async def read(self, who: str, paths: tuple[str, ...], headers: dict[str, str]) -> None:
        """Ask for pages as one reader does; a server that is down is asked again."""
        while not self.is_over.is_set():
            began = time.monotonic()
            try:
                status, content = await self.server.network.ask("GET", self.rng.choice(paths), headers, None)
            except (OSError, asyncio.IncompleteReadError):
                status, content = 503, b""
            assert status < 400 or status >= 500, f"{who} was answered {status}: {content[:300]!r}"
            if status == 200:
                self.latencies_s[who].append(time.monotonic() - began)
            await asyncio.sleep(PAUSE_S)

    async def follow(self) -> None:
        """Fetch what changed since the last time, again and again."""
        while not self.is_over.is_set():
            await self.catch_up()
            await asyncio.sleep(PAUSE_S)
        await self.catch_up()

    async def catch_up(self) -> None:
        """Fetch page after page up to now."""
        is_more = True
        while is_more:
            since = "" if self.cursor is None else f"&since={self.cursor}"
            page, _ = await self.server.network.until_answered(
                "GET", f"/api/v1/sync/changes?limit=1000{since}", self.server.analyst, None, (200,), self.rng
            )
            self.seen |= {(item["noun"], item["key"]): (item["revision"], item["is_deleted"]) for item in page["items"]}
            self.cursor, is_more = page["next"], page["is_more"]

    async def broken(self) -> list[str]:
        """Say what following has missed that a pull from zero finds."""
        afresh = Readers(self.server, 0)
        await afresh.catch_up()
        missed = {key for key, item in afresh.seen.items() if self.seen.get(key) != item}
        return [f"whoever followed the changes missed {len(missed)}: {sorted(missed)[:2]}"] if missed else []
