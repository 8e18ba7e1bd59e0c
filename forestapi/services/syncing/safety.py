"""How safe what was committed is: on this machine, on a standby too, or in a verified backup."""

import asyncpg

from forestapi.db.transaction import Row, transaction
from forestapi.records._sync import Safety
from forestapi.store import operations as store


async def level(pool: asyncpg.Pool, place: str, warnings: list[str]) -> Safety:
    """Say how safe all is that was committed up to a place in the database's log.

    A wait for the standby that was cut short commits all the same, and is told of only by a warning: then nothing
    is known beyond this machine. Whoever cannot ask for the standby's state is told `local`.
    """
    if warnings:
        return "local"
    try:
        async with transaction(pool, "sync", is_read_only=True) as tx:
            return "replica" if await store.is_confirmed(tx, place) else "local"
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return "local"


def of_row(row: Row, confirmed: Safety) -> Safety:
    """Say how safe one operation is; the bytes of a photo are in no standby, so only a backup makes them safer."""
    if row["is_archived"]:
        return "archived"
    return "local" if row["noun"] == "photos" else confirmed
