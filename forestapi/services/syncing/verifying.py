"""What the ledger has of operations by now, so that a phone knows what it may forget."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from forestapi.access import Actor
from forestapi.db.transaction import Row, transaction
from forestapi.records import nouns
from forestapi.records._photos import PHOTO
from forestapi.records._sync import Asked, Safety, Verified
from forestapi.services.syncing import _waiting
from forestapi.services.syncing._work import SETTLED, Work
from forestapi.services.syncing.safety import level, of_row
from forestapi.store import devices
from forestapi.store import operations as store


async def verify(pool: asyncpg.Pool, actor: Actor, asked: Sequence[Asked]) -> list[Verified]:
    """Answer what became of operations, in the order in which they are asked about.

    It commits as a batch does, so that `replica` means that a standby has all that is answered here.
    """
    warnings: list[str] = []
    async with transaction(pool, actor, warnings=warnings) as tx:
        if actor.device is not None and actor.scope.crew is not None:
            device = await devices.get(tx, UUID(actor.device))
            if device is not None:
                await store.take_turn(tx, device["crew"])
                await _waiting.admit(Work(tx, device))
        known = await store.known(tx, [each.op for each in asked])
        held = [h for row in known.values() if (h := row["now_held"] or row["held"])]
        decided = await store.decisions(tx, held) if held else {}
        became: dict[str, list[UUID]] = {}
        for row in known.values():
            became.setdefault(row["noun"], []).append(UUID(str(row["key"])))
        current = {
            noun: await store.revisions(tx, PHOTO if noun == PHOTO.name else nouns()[noun], keys)
            for noun, keys in became.items()
        }
        place = await store.mark(tx)
    confirmed = await level(pool, place, warnings)
    return [_one(each, known.get(each.op), decided, current, confirmed) for each in asked]


def _one(
    asked: Asked, row: Row | None, decided: dict[str, Row], current: dict[str, dict[UUID, int]], confirmed: Safety
) -> Verified:
    if row is None or row["outcome"] == "retry":
        return Verified(op=asked.op, is_known=False)
    if row["sha256"] != asked.sha256:
        return Verified(op=asked.op, is_known=True)
    key = UUID(str(row["key"]))
    outcome, revision = row["now_outcome"] or row["outcome"], row["revision"]
    if row["now_outcome"]:
        revision = row["now_revision"]
    decision = decided.get(row["now_held"] or row["held"] or "")
    if outcome == "held" and decision is not None:
        outcome = "refused" if decision["decision"] == "discard" else "created" if row["action"] == "create" else "updated"
        revision = current[row["noun"]].get(key) if outcome != "refused" else None
    return Verified(
        op=asked.op, is_known=True, is_same=True, outcome=outcome, noun=row["noun"], key=key, revision=revision,
        safety=of_row(row, confirmed), is_complete=row["has_file"] if outcome in SETTLED else not row["is_waiting"],
    )  # fmt: skip
