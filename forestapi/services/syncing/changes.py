"""What has changed since a phone last asked: in the order of commits, of what its token may see."""

from typing import Any
from uuid import UUID

import msgspec

from forestapi.db.transaction import Transaction
from forestapi.records import nouns
from forestapi.services.history import parse_cursor
from forestapi.store import sync_changes as store

NOUN_OF = {noun: f"{noun}s" for noun in store.TABLES}
"""History knows a noun by its table."""


async def changes(tx: Transaction, since: str | None, limit: int) -> dict[str, Any]:
    """Read the records that changed after a cursor, each once a page as it is now, and the cursor to go on from.

    Raises:
        BadRequest: the cursor is none of ours.

    """
    entries = await store.entries(tx, parse_cursor(since), limit)
    latest = {(entry["noun"], entry["key"]): entry for entry in entries if entry["is_seen"]}
    items = []
    for table in store.TABLES:
        keys = [UUID(key) for noun, key in latest if noun == table]
        noun = nouns().get(NOUN_OF[table])
        records = await store.photos(tx, keys) if noun is None else await store.records(tx, noun, keys)
        for key in keys:
            record, entry = records.get(str(key)), latest[(table, str(key))]
            items.append(
                {
                    "noun": NOUN_OF[table],
                    "key": str(key),
                    "revision": entry["revision"] if record is None else record[1],
                    "is_deleted": record is None,
                    "record": None if record is None else msgspec.Raw(record[0].encode()),
                }
            )
    return {
        "items": items,
        "next": entries[-1]["place"] if entries else (since or "0.0.0"),
        "is_more": len(entries) == limit,
    }
