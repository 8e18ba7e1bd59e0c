"""Serving tiles: from what is kept, or made by the database once for all who wait."""

import asyncio
import time
from collections.abc import Iterator

import asyncpg
from msgspec import Struct

from forestapi.access import PUBLIC, Actor
from forestapi.db.transaction import Transaction, transaction
from forestapi.errors import Unavailable
from forestapi.services.serving_tiles._asked import Asked, Key
from forestapi.services.serving_tiles._kept import Kept, Tile, touches
from forestapi.services.serving_tiles._watch import LEASE_SECONDS, Watch
from forestapi.settings import Settings
from forestapi.store import tiles as store
from forestapi.store.tile_changes import Change
from geo.text import Text

WAITING = 200
"""Tiles that may wait for their turn in one process."""
WAIT_SECONDS = 8.0
ZIPPED_HERE = 50_000
"""Bytes that are compressed in the event loop; more is done beside it."""


class Flight(Struct, eq=False):
    """One tile that is being made."""

    asked: Asked
    task: "asyncio.Task[Tile] | None" = None
    began: float | None = None
    """When its reading began; None while it waits for its turn."""
    is_current: bool = True
    """Whether nothing that is known by now has changed it since it began."""


class Tiles:
    """The tiles of one server process."""

    def __init__(self, pool: asyncpg.Pool, public: asyncpg.Pool, settings: Settings) -> None:
        """Start with nothing; `run` has to be running for anything to be kept. `public` is `open_public_pool`'s."""
        self.pool, self.public, self.settings = pool, public, settings
        whole = settings.tile_cache_mb * 1_000_000
        self.all_plots, self.picked = Kept(whole * 3 // 4), Kept(whole // 4)
        self.watch = Watch(settings, self._drop, self._clear)
        self.made = 0
        """Tiles that were made by the database since the start."""
        self._flights: dict[Key, Flight] = {}
        self._tasks: set[asyncio.Task[Tile]] = set()
        self._turns = asyncio.Semaphore(settings.concurrent_tiles)

    async def run(self) -> None:
        """Watch the map until cancelled, then let nothing be made any more."""
        try:
            await self.watch.keep_looking()
        finally:
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def get(self, asked: Asked) -> Tile:
        """Give a tile that shows everything committed a second ago.

        Raises:
            Unavailable: too many tiles are being made, or wait for it.
            BadRequest: as `store.tiles.tile`.

        """
        key = asked.key()
        await self.watch.settle_doubts()
        kept = self._shelf(asked).get(key) if self.watch.is_sure else None
        if kept is not None:
            return kept
        flight = self._flights.get(key)
        if flight is None or not self._is_joined(flight):
            flight = self._start(key, asked)
        assert flight.task is not None
        return await asyncio.shield(flight.task)

    def _shelf(self, asked: Asked) -> Kept:
        return self.picked if asked.is_picked else self.all_plots

    def _is_joined(self, flight: Flight) -> bool:
        """Whether who asks now may have what is being made: it will show all that was committed a second ago."""
        return flight.began is None or self.watch.is_sure or time.monotonic() - flight.began < LEASE_SECONDS

    def _start(self, key: Key, asked: Asked) -> Flight:
        if len(self._tasks) >= self.settings.concurrent_tiles + WAITING:
            raise _busy()
        flight = self._flights[key] = Flight(asked)
        flight.task = asyncio.create_task(self._make(key, flight))
        self._tasks.add(flight.task)
        flight.task.add_done_callback(self._landed)
        return flight

    def _landed(self, task: "asyncio.Task[Tile]") -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waited has it; if nobody did, nobody needs it

    async def _make(self, key: Key, flight: Flight) -> Tile:
        try:
            try:
                await asyncio.wait_for(self._turns.acquire(), WAIT_SECONDS)
            except TimeoutError:
                raise _busy() from None
            try:
                flight.began = time.monotonic()
                content = await self._read(flight.asked)
            finally:
                self._turns.release()
            tile = Tile.of(content) if len(content) < ZIPPED_HERE else await asyncio.to_thread(Tile.of, content)
            if flight.is_current:
                self._shelf(flight.asked).put(key, flight.asked, tile)
            return tile
        finally:
            if self._flights.get(key) is flight:
                del self._flights[key]

    async def _read(self, asked: Asked) -> bytes:
        self.made += 1
        limit_s = self.settings.public_statement_timeout_s if asked.actor.role == PUBLIC else self.settings.statement_timeout_s
        programmes = None if asked.programmes is None else list(asked.programmes)
        if asked.actor == Actor() and asked.query is None and len(asked.layers) == 1:
            async with self.public.acquire() as connection:
                return await store.tile(Transaction(connection, asked.actor), asked.layers[0], *asked.place, programmes)
        async with transaction(self.pool, asked.actor, is_read_only=True, timeout_s=limit_s) as tx:
            return b"".join([
                await store.tile(
                    tx, layer, *asked.place, programmes, asked.query if layer == "plots" or len(asked.layers) == 1 else None
                )
                for layer in asked.layers
            ])  # fmt: skip

    def _drop(self, change: Change) -> None:
        self.all_plots.drop(change)
        self.picked.drop(change)
        self._outdate(key for key, flight in self._flights.items() if touches(change, flight.asked))

    def _clear(self) -> None:
        self.all_plots.clear()
        self.picked.clear()
        self._outdate(iter(self._flights))

    def _outdate(self, keys: Iterator[Key]) -> None:
        """Let nobody join, and let nobody keep, what was read before a change; what has not been read yet may go on."""
        for key in list(keys):
            flight = self._flights[key]
            if flight.began is not None:
                flight.is_current = False
                del self._flights[key]


def _busy() -> Unavailable:
    message = Text("正在生成的瓦片过多；请稍后再试。", "Too many tiles are being made; try again shortly.")
    return Unavailable(message, code="tiles-busy")
