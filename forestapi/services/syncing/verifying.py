"""What a phone asks before it drops its copy: is this here, is it the same, what became of it, how safe is it."""

from typing import Any
from uuid import UUID

import asyncpg

from forestapi.access import Actor
from forestapi.db.transaction import Row, Transaction, transaction
from forestapi.records import nouns
from forestapi.records._sync import Asked
from forestapi.services.syncing import _processing, safety
from forestapi.store import operations as store
from forestapi.store import photos

Item = dict[str, Any]
AS_DECIDED = {"discard": "refused", "accept": "updated", "replace": "updated", "superseded": "updated"}


async def verify(pool: asyncpg.Pool, actor: Actor, asked: list[Asked]) -> list[Item]:
    """Answer for each operation, in the order asked; what waited is tried again first."""
    if actor.scope.crew is not None:
        async with transaction(pool, actor, is_durable=True) as tx:
            tx.settles_late = True
            await _processing.admit_waiting(tx, actor.scope.crew)
    async with transaction(pool, actor, is_read_only=True) as tx:
        rows = await store.get(tx, [each.op for each in asked])
        safe = await safety.of(tx, [each.op for each in asked])
        decided = await store.decisions(tx, [row["held"] for row in rows.values() if row["held"]])
        incomplete = await photos.incomplete(tx, [row["key"] for row in rows.values() if row["noun"] == "photos"])
        now = await _revisions(tx, rows, decided)
    return [_item(each, rows.get(str(each.op)), decided, incomplete, now, safe.get(str(each.op), "local")) for each in asked]


def _item(
    asked: Asked, row: Row | None, decided: dict[str, Row], incomplete: set[str], now: dict[str, int], safe: str
) -> Item:
    if row is None:
        return {
            "op": str(asked.op), "is_known": False, "is_same": False, "outcome": None, "noun": None, "key": None,
            "revision": None, "safety": None, "is_complete": False,
        }  # fmt: skip
    key, outcome, revision = str(row["key"]), row["outcome"], row["revision"]
    decision = decided.get(str(row["held"]))
    if decision is not None:
        is_new = row["action"] == "create" and decision["decision"] in ("accept", "replace")
        outcome = "created" if is_new else AS_DECIDED[decision["decision"]]
        revision = now.get(key)
    return {
        "op": str(row["op"]), "is_known": True, "is_same": bytes(row["sha256"]).hex() == asked.sha256, "outcome": outcome,
        "noun": row["noun"], "key": key, "revision": revision, "safety": safe,
        "is_complete": key not in incomplete,
    }  # fmt: skip


async def _revisions(tx: Transaction, rows: dict[str, Row], decided: dict[str, Row]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name in {row["noun"] for row in rows.values() if str(row["held"]) in decided}:
        keys: list[UUID] = [row["key"] for row in rows.values() if row["noun"] == name]
        found |= await store.revisions(tx, nouns()[name].table, keys)
    return found
