"""Taking in a batch: one transaction, answered after its commit; each operation for itself, once and for ever."""

import asyncio
import hashlib
import json
import random
from collections.abc import Sequence
from datetime import UTC
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import msgspec
import structlog
from msgspec import Meta, Struct
from uuid_utils.compat import uuid7

from forestapi.access import Actor, Scope
from forestapi.db.transaction import Row, transaction
from forestapi.errors import ForestError, Invalid, NotFound, Problem, Unavailable
from forestapi.records._sync import (
    MOST_OPERATIONS,
    BatchAnswer,
    FindingRecord,
    Operation,
    Receipt,
    Result,
    Safety,
)
from forestapi.services.syncing import _findings, _reading, _waiting
from forestapi.services.syncing._processing import process
from forestapi.services.syncing._reading import Unreadable
from forestapi.services.syncing._work import SETTLED, Task, Work
from forestapi.services.syncing.safety import level, of_row
from forestapi.store import devices
from forestapi.store import operations as store
from geo.text import Text

log = structlog.get_logger()
ATTEMPTS = 5
AGAIN = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError)
DIED = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InterfaceError,
    OSError,
)


class Incoming(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A batch as it came; its operations are read one by one."""

    device: UUID
    sent_at: str | None = None
    operations: Annotated[list[msgspec.Raw], Meta(min_length=1, max_length=MOST_OPERATIONS)]


async def receive(pool: asyncpg.Pool, actor: Actor, incoming: Incoming) -> BatchAnswer:
    """Take in a batch. Writers who waited for each other are tried again; nothing of a failed attempt stays.

    Raises:
        NotFound: the device is none within the token's reach.
        Unavailable: the database is not there, is full, or is too busy; the same batch can be sent again.

    """
    actor = await _for_device(pool, actor, incoming.device)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await _receive(pool, actor, incoming)
        except AGAIN:
            if attempt == ATTEMPTS:
                break
            await asyncio.sleep(random.uniform(0, 0.05 * 2**attempt))
        except DIED as error:
            log.warning("a batch could not be stored", device=str(incoming.device), error=str(error))
            break
    raise Unavailable(
        Text("暂时无法保存；请原样再次发送这一批。", "It cannot be stored now; send the same batch again."), code="retry"
    )


async def _for_device(pool: asyncpg.Pool, actor: Actor, device: UUID) -> Actor:
    """Act within the scope of the phone's crew, whoever carries the batch (a file may be handed in by others)."""
    if actor.device == str(device):
        return actor
    async with transaction(pool, actor, is_read_only=True) as tx:
        found = await devices.get(tx, device)
    if found is None or actor.is_deposit:
        raise NotFound(Text(f"没有设备 {device}。", f"There is no device {device}."))
    return Actor("crew_leader", actor.label, Scope((found["programme"],), found["crew"]), actor.token)


async def _receive(pool: asyncpg.Pool, actor: Actor, incoming: Incoming) -> BatchAnswer:
    batch = UUID(str(uuid7()))
    warnings: list[str] = []
    read = [_reading.operation(bytes(raw)) for raw in incoming.operations]
    async with transaction(pool, actor, warnings=warnings) as tx:
        device = await devices.get(tx, incoming.device)
        if device is None:
            raise NotFound(Text(f"没有设备 {incoming.device}。", f"There is no device {incoming.device}."))
        await store.take_turn(tx, device["crew"])
        received_at = await tx.value("select now()")
        sent_at = _reading.moment(incoming.sent_at)
        offset = round((received_at - sent_at).total_seconds(), 3) if sent_at else None
        work = Work(tx, device)
        receipts = await _take(work, batch, read, offset, is_revoked=actor.is_deposit or device["revoked_at"] is not None)
        upto = await devices.seen(tx, device["id"], offset)
        missing = (await devices.missing(tx, [device["id"]])).get(device["id"], [])
        place = await store.mark(tx)
    confirmed = await level(pool, place, warnings)
    for receipt in receipts:
        if receipt.safety == "local" and receipt.noun != "photos":
            receipt.safety = confirmed
    return BatchAnswer(
        batch=batch, received_at=received_at.astimezone(UTC), clock_offset_s=offset, received_upto=upto,
        missing=missing, receipts=receipts,
    )  # fmt: skip


async def _take(
    work: Work, batch: UUID, read: Sequence[Operation | Unreadable], offset: float | None, *, is_revoked: bool
) -> list[Receipt]:
    """Put the operations down, store those that are new, and answer each in the order in which they came."""
    intact: dict[UUID, Operation] = {}
    for each in read:
        if isinstance(each, Operation) and _reading.is_intact(each):
            intact.setdefault(each.op, each)
    times = [_reading.moment(o.at) for o in intact.values()]
    fresh = await store.claim(work.tx, work.device, batch, list(intact.values()), times, offset)
    known = await store.known(work.tx, list(intact))
    todo = [
        o for op, o in intact.items()
        if op in fresh or ((row := known.get(op)) and row["outcome"] == "retry" and row["sha256"] == o.sha256)
    ]  # fmt: skip
    results = await _store(work, todo, is_revoked=is_revoked)
    await store.settle(work.tx, {op: r for op, r in results.items() if r.outcome != "retry"}, is_first=True)
    if not is_revoked:
        await _waiting.admit(work)
    receipts = []
    answered: set[UUID] = set()
    for each in read:
        if isinstance(each, Unreadable):
            receipts.append(await _unreadable(work, each))
        elif not _reading.is_intact(each):
            receipts.append(await _damaged(work, each))
        elif each.op in results and each.sha256 == intact[each.op].sha256:
            receipts.append(_receipt(each, results[each.op], is_replayed=each.op in answered))
            answered.add(each.op)
        elif (row := known.get(each.op)) is not None and row["sha256"] == each.sha256:
            receipts.append(_again(row))
        else:
            receipts.append(await _reused(work, each))
    return receipts


async def _store(work: Work, todo: Sequence[Operation], *, is_revoked: bool) -> dict[UUID, Result]:
    results: dict[UUID, Result] = {}
    tasks: list[Task] = []
    for operation in todo:
        if is_revoked:
            results[operation.op] = Result(outcome="held", findings=[_findings.device_revoked()])
            continue
        try:
            document = _reading.content(operation)
        except ForestError as error:
            results[operation.op] = Result(outcome="refused", findings=[_findings.payload_unreadable(error.detail)])
        else:
            tasks.append(Task(operation, document, UUID(str(work.device["id"]))))
    results |= await process(work, tasks)
    for operation in todo:
        result = results[operation.op]
        if result.outcome not in (*SETTLED, "retry"):
            await store.quarantine(
                work.tx, work.device, op=operation.op, subject=operation.key, sha256=operation.sha256,
                content=operation.payload.encode(), why=_why(result),
            )  # fmt: skip
    return results


def _why(result: Result) -> str:
    return next((f["rule"] for f in result.findings if f["severity"] != "note"), result.outcome)


async def _unreadable(work: Work, each: Unreadable) -> Receipt:
    sha256 = hashlib.sha256(each.raw).hexdigest()
    is_new = await store.quarantine(
        work.tx, work.device, op=None, subject=None, sha256=sha256, content=each.raw, why="sync-payload-unreadable"
    )
    finding = _findings.payload_unreadable(each.why, "operation")
    return Receipt(
        op=each.op, sha256=each.sha256, outcome="refused", findings=[_finding(finding)], replayed=not is_new
    )


async def _damaged(work: Work, operation: Operation) -> Receipt:
    """Keep bytes that are not what their hash says; the operation itself is not decided, and can come again."""
    content = operation.payload.encode()
    await store.quarantine(
        work.tx, work.device, op=operation.op, subject=operation.key, sha256=hashlib.sha256(content).hexdigest(),
        content=content, why="sync-hash-differs",
    )  # fmt: skip
    return _receipt(operation, Result(outcome="retry", findings=[_findings.hash_differs()]), is_replayed=False)


async def _reused(work: Work, operation: Operation) -> Receipt:
    """Keep what came under an id that is taken, and raise the alarm: a phone was copied, or somebody tries things."""
    is_new = await store.quarantine(
        work.tx, work.device, op=operation.op, subject=operation.key, sha256=operation.sha256,
        content=operation.payload.encode(), why="sync-op-reused",
    )  # fmt: skip
    log.error("an operation's id came with other content", op=str(operation.op), device=str(work.device["id"]),
              rule="sync-op-reused")  # fmt: skip
    return _receipt(operation, Result(outcome="held", findings=[_findings.op_reused()]), is_replayed=not is_new)


def _receipt(operation: Operation, result: Result, *, is_replayed: bool) -> Receipt:
    return Receipt(
        op=str(operation.op), sha256=operation.sha256, outcome=result.outcome, noun=operation.noun,
        key=str(operation.key), revision=result.revision, findings=[_finding(f) for f in result.findings],
        conflict=result.conflict, replayed=is_replayed,
    )  # fmt: skip


def _again(row: Row) -> Receipt:
    """Answer what was answered before, with how safe it is by now."""
    safety: Safety = of_row(row, "local")
    return Receipt(
        op=str(row["op"]), sha256=row["sha256"], outcome=row["outcome"], noun=row["noun"], key=str(row["key"]),
        revision=row["revision"], safety=safety, findings=[_finding(f) for f in msgspec.json.decode(row["findings"])],
        conflict=msgspec.json.decode(row["conflict"]) if row["conflict"] else None, replayed=True,
    )  # fmt: skip


def _finding(found: dict[str, Any]) -> FindingRecord:
    named = {name: found[name] for name in ("rule", "severity", "field", "place", "message")}
    return msgspec.convert(msgspec.to_builtins(named), FindingRecord)


def read(body: bytes) -> Incoming:
    """Read the body of a request.

    Raises:
        Invalid: it is no batch; the message names the field.

    """
    try:
        try:
            return msgspec.json.decode(body, type=Incoming)
        except (msgspec.ValidationError, RecursionError):
            raise
        except msgspec.DecodeError:
            # Half a character, say, in one operation: a laxer reader gets at the others.
            found = json.loads(body)
            if isinstance(found, dict) and isinstance(found.get("operations"), list):
                found["operations"] = [msgspec.Raw(json.dumps(each).encode()) for each in found["operations"]]
            return msgspec.convert(found, Incoming)
    except msgspec.ValidationError as error:
        raise _no_batch(error) from error
    except (ValueError, RecursionError) as error:
        raise _no_batch(error) from error


def _no_batch(error: Exception) -> Invalid:
    text, _, path = str(error).partition(" - at `")
    field = path.rstrip("`").removeprefix("$.") or "operations"
    message = Text(f"格式不符：{text}。", f"{text}.")
    return Invalid(message, code="wrong-shape", problems=[Problem(field=field, message=message)])

