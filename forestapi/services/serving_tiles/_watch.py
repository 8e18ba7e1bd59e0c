"""Watching the map for changes, so that what is kept is never older than a second, or is not served.

A look asks the database what was committed since the look before, some times a second and over a connection of its
own. Between looks nobody asks anything: what the last look left standing is taken as it is for LEASE_SECONDS after
that look began. When a look fails, or comes too late, kept tiles are not served until one has succeeded again.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import asyncpg
import structlog

from forestapi.db.server import connect
from forestapi.settings import Settings
from forestapi.store import tile_changes
from forestapi.store.tile_changes import Change

LOOK_SECONDS = 0.2
LEASE_SECONDS = 0.8
SETTLE_SECONDS = 60
LONG_AGO = float("-inf")
log = structlog.get_logger()


class Watch:
    """Looks for changes while the server runs, and says whether it has looked lately."""

    def __init__(self, settings: Settings, on_change: Callable[[Change], None], on_gap: Callable[[], None]) -> None:
        """Tell `on_change` of each change; `on_gap` when anything may have changed."""
        self.settings, self.on_change, self.on_gap = settings, on_change, on_gap
        self.connection: asyncpg.Connection | None = None
        self._moment: str | None = None
        self._seen_until = self._doubted_at = LONG_AGO
        self._older: tuple[float, str] | None = None
        self._has_changes = self._is_lost = False
        self._one = asyncio.Lock()

    @property
    def is_sure(self) -> bool:
        """Whether everything that was committed up to LEASE_SECONDS ago is known here."""
        return time.monotonic() - self._seen_until < LEASE_SECONDS

    def doubt(self) -> None:
        """Take note that this process has just written something: the next question waits for a look."""
        self._doubted_at = time.monotonic()

    async def settle_doubts(self) -> None:
        """See what this process has written itself, before anything kept is served again."""
        if self.connection is not None and self._doubted_at >= self._seen_until:
            await self._look()

    async def keep_looking(self) -> None:
        """Look for as long as the server runs; a lost connection is opened again."""
        try:
            while True:
                await self._look()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            await self._let_go()

    async def _look(self) -> None:
        asked_at = time.monotonic()
        async with self._one:
            if self._seen_until > asked_at:
                return  # while this one waited, another look began and ended
            try:
                async with asyncio.timeout(LEASE_SECONDS if self.connection else 5):
                    if self.connection is None:
                        self.connection, self._moment = await connect(self.settings), None
                    began = time.monotonic()
                    look = await tile_changes.look(self.connection, self._moment)
                    self._take(look, began)
                    await self._settle(began)
                    self._is_lost = False
            except Exception as error:  # whatever it is, the next look may succeed
                self._seen_until = LONG_AGO
                if not self._is_lost:
                    log.warning("changes of the map cannot be read; nothing kept is served meanwhile", error=repr(error))
                self._is_lost = True
                await self._let_go()

    def _take(self, look: tile_changes.Look, began: float) -> None:
        if not look.is_gapless:
            self.on_gap()
        for change in look.changes:
            self.on_change(change)
        self._has_changes |= bool(look.changes) and not look.is_standby
        self._moment, self._seen_until = look.moment, began

    async def _settle(self, now: float) -> None:
        """Take out what was seen a while ago; those who look too seldom find out that they have missed something."""
        if self._older is None:
            self._older = (now, self._moment or "")
        elif now - self._older[0] > SETTLE_SECONDS and self.connection is not None:
            if self._has_changes:
                await tile_changes.settle(self.connection, self._older[1])
            self._older, self._has_changes = (now, self._moment or ""), False

    async def _let_go(self) -> None:
        connection, self.connection, self._older = self.connection, None, None
        if connection is not None:
            with suppress(Exception):
                connection.terminate()
