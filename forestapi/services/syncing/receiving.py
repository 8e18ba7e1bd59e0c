"""Receiving a batch: one transaction, a savepoint for each operation, and receipts after the commit."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import structlog
from uuid_utils.compat import uuid7

from forestapi.access import Actor
from forestapi.db.transaction import Row, Transaction, transaction
from forestapi.records import Document
from forestapi.records._sync import Batch, Operation, Receipt, Receipts
from forestapi.services import devices
from forestapi.services.syncing import _applying, _processing, _reading, safety
from forestapi.services.syncing._findings import said
from forestapi.services.syncing._result import Result, refused
from forestapi.store import devices as devices_store
from forestapi.store import operations as store

log = structlog.get_logger()


async def receive(pool: asyncpg.Pool, actor: Actor, batch: Batch) -> Receipts:
    """Take in a batch; every operation has one effect however often it comes.

    Raises:
        NotFound: the token is not that device's.
        Unavailable: it could not be committed, or not where a standby has it: send it again.

    """
    number, received_at = UUID(str(uuid7())), datetime.now(UTC)
    async with transaction(pool, actor, is_durable=True) as tx:
        tx.settles_late = True
        device = await devices.own(tx, actor, batch.device)
        await store.lock(tx, batch.device)
        receipts = await _Receiving(tx, device, number, is_revoked=actor.is_depositor).take(batch.operations)
        await devices_store.seen(tx, batch.device)
        upto, missing = await devices_store.progress(tx, batch.device)
    async with transaction(pool, actor, is_read_only=True) as tx:
        await safety.say(tx, [receipt for receipt in receipts if receipt.op])
    return Receipts(
        batch=number, received_at=received_at, clock_offset_s=(received_at - _aware(batch.sent_at)).total_seconds(),
        received_upto=upto, missing=missing, receipts=receipts,
    )  # fmt: skip


class _Receiving:
    """One batch while it is taken in."""

    def __init__(self, tx: Transaction, device: Row, batch: UUID, *, is_revoked: bool) -> None:
        self.tx, self.device, self.batch, self.is_revoked = tx, device, batch, is_revoked

    async def take(self, raws: list[Document]) -> list[Receipt]:
        """Take in what can be read, and keep what cannot."""
        read = [_reading.operation(raw) for raw in raws]
        sound: dict[str, Operation] = {}
        for each in read:
            if each is not None:
                sound.setdefault(str(each.op), each)
        new = await store.claim(self.tx, [self._row(each) for each in sound.values()])
        results = await self._apply([sound[op] for op in sound if op in new])
        await _processing.admit_waiting(self.tx, self.device["crew"])
        latest = await store.get(self.tx, [each.op for each in sound.values()])
        first: set[str] = set()
        receipts = []
        for raw, each in zip(raws, read, strict=True):
            if each is None:
                receipts.append(await self._unreadable(raw))
                continue
            op = str(each.op)
            row = latest.get(op)
            if op in results and results[op].outcome == "retry" and bytes.fromhex(each.sha256) == bytes.fromhex(sound[op].sha256):
                receipts.append(_receipt_of(each, results[op]))
            elif row is None or bytes(row["sha256"]) != bytes.fromhex(each.sha256) or not self._is_ours(row):
                receipts.append(await self._reused(each))
            else:
                receipts.append(receipt(row, replayed=op not in new or op in first))
            first.add(op)
        return receipts

    def _row(self, each: Operation) -> dict[str, Any]:
        sealed = self.tx.vault.seal_bytes(each.payload.encode("utf-8", "surrogatepass"), str(each.op))
        return {
            "op": each.op, "device": self.device["id"], "programme": self.device["programme"], "crew": self.device["crew"],
            "seq": each.seq, "noun": each.noun, "action": each.action, "key": each.key, "base_revision": each.base_revision,
            "device_time": each.at, "batch": self.batch, "group": each.group, "resolves": each.resolves,
            "choice": each.choice, "sha256": bytes.fromhex(each.sha256), "payload": sealed, "label": self.device["label"],
        }  # fmt: skip

    async def _apply(self, operations: list[Operation]) -> dict[str, Result]:
        """Apply new operations in the order in which the phone made them."""
        results: dict[str, Result] = {}
        works = []
        for each in sorted(operations, key=lambda o: o.seq):
            content = _reading.content(each.payload)
            if _reading.sha256(each.payload).hex() != each.sha256:
                results[str(each.op)] = refused("sync-hash-differs")
            elif self.is_revoked:
                results[str(each.op)] = Result(outcome="held", findings=[said("sync-device-revoked")])
            elif content is None:
                results[str(each.op)] = refused("sync-unreadable")
            else:
                works.append(
                    _applying.Work(
                        op=each.op, noun=each.noun, action=each.action, key=str(each.key), base_revision=each.base_revision,
                        resolves=each.resolves, choice=each.choice, content=content, group=each.group,
                    )  # fmt: skip
                )
        for work, result in zip(works, await _processing.run(self.tx, works), strict=True):
            results[str(work.op)] = result
        await store.forget(self.tx, [UUID(op) for op, result in results.items() if result.outcome == "retry"])
        await _processing.keep(self.tx, {UUID(op): r for op, r in results.items() if r.outcome != "retry"})
        return results

    def _is_ours(self, row: Row) -> bool:
        return str(row["device"]) == str(self.device["id"])

    async def _reused(self, each: Operation) -> Receipt:
        """Keep the second content of an id beside the first, and raise the alarm."""
        if await self._keep("sync-op-reused", str(each.op), each.seq, each.payload.encode("utf-8", "surrogatepass")):
            log.error("an operation's id came with other content", op=str(each.op), device=str(self.device["id"]))
        return _receipt_of(each, Result(outcome="held", findings=[said("sync-op-reused")]))

    async def _unreadable(self, raw: Document) -> Receipt:
        """Keep what is no operation."""
        await self._keep("sync-unreadable", None, _reading.seq(raw), msgspec.json.encode(raw))
        op, sha256 = raw.get("op"), raw.get("sha256")
        return Receipt(
            op=op if isinstance(op, str) else None, sha256=sha256 if isinstance(sha256, str) else None, outcome="refused",
            findings=[said("sync-unreadable")],
        )  # fmt: skip

    async def _keep(self, rule: str, op: str | None, seq: int | None, content: bytes) -> bool:
        return await store.quarantine(
            self.tx, op=op, seq=seq, device=self.device["id"], programme=self.device["programme"], crew=self.device["crew"],
            rule=rule, sha256=_reading.digest(content), sealed=self.tx.vault.seal_bytes(content, rule),
        )  # fmt: skip


def receipt(row: Row, *, replayed: bool) -> Receipt:
    """Write the receipt of an operation as it was put down."""
    return Receipt(
        op=str(row["op"]), sha256=bytes(row["sha256"]).hex(), outcome=row["outcome"], noun=row["noun"], key=str(row["key"]),
        revision=row["revision"], findings=msgspec.json.decode(row["findings"]), replayed=replayed,
        conflict=None if row["conflict"] is None else msgspec.json.decode(row["conflict"]),
    )  # fmt: skip


def _receipt_of(each: Operation, result: Result) -> Receipt:
    return Receipt(
        op=str(each.op), sha256=each.sha256, outcome=result.outcome, noun=each.noun, key=str(each.key),
        findings=result.findings,
    )  # fmt: skip


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
