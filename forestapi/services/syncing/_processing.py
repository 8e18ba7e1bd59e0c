"""Working on operations within one transaction: a savepoint each, groups together, and those that waited after them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg
import structlog

from forestapi.db.constraints import translate
from forestapi.db.transaction import Transaction
from forestapi.errors import ForestError
from forestapi.services.syncing import _applying, _reading, _sets
from forestapi.services.syncing._applying import Work
from forestapi.services.syncing._findings import said, told
from forestapi.services.syncing._result import Result
from forestapi.store import operations as store

BUSY = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.InsufficientResourcesError)
"""What passes by itself: the phone keeps the operation and sends it again."""
ROUNDS = 5
"""How often those that wait are looked at again after others of them came in."""
log = structlog.get_logger()


class _Undone(Exception):
    """One of a group did not come in: none of it does."""


async def run(tx: Transaction, works: Sequence[Work]) -> list[Result]:
    """Apply operations in their order; those of one group come in together or not at all."""
    results: dict[int, Result] = {}
    for index, work in enumerate(works):
        if index in results:
            continue
        if work.group is not None:
            members = [i for i, w in enumerate(works) if w.group == work.group]
            found = await _together(tx, [works[i] for i in members])
        else:
            members = list(range(index, index + _sets.length(works[index:])))
            found = await _set(tx, [works[i] for i in members])
        results |= dict(zip(members, found, strict=True))
    return [results[index] for index in range(len(works))]


async def _set(tx: Transaction, works: Sequence[Work]) -> list[Result]:
    """Apply what touches each other in nothing at once; one by one if anything is in the way of that."""
    if len(works) > 1:
        try:
            async with tx.connection.transaction():
                return await _sets.create(tx, works)
        except asyncpg.OperatorInterventionError:
            raise
        except (_sets.Apart, ForestError, asyncpg.PostgresError) as reason:
            log.debug("operations are applied one by one", reason=type(reason).__name__)
    return [await _one(tx, work) for work in works]


async def _together(tx: Transaction, works: Sequence[Work]) -> list[Result]:
    if len(works) == 1:
        return [await _one(tx, works[0])]
    results: list[Result] = []
    try:
        async with tx.connection.transaction():
            for work in works:
                results.append(await _one(tx, work))
                if not results[-1].is_done:
                    raise _Undone
    except _Undone:
        failed = results[-1]
        # what held one of them was undone with the group: the bytes are what is left to decide about
        failed.held = None
        other = Result(outcome="retry" if failed.outcome == "retry" else "held", findings=[said("sync-group")])
        waits = failed.waits_for
        return [
            failed if i == len(results) - 1 else Result(outcome=other.outcome, findings=other.findings, waits_for=waits)
            for i in range(len(works))
        ]
    return results


async def _one(tx: Transaction, work: Work) -> Result:
    try:
        async with tx.connection.transaction():
            return await _applying.apply(tx, work)
    except BUSY as error:
        log.warning("an operation has to be sent again", op=str(work.op), error=str(error))
        return Result(outcome="retry", findings=[said("sync-busy")])
    except ForestError as error:
        return Result(outcome="refused", findings=told(error))
    except asyncpg.PostgresError as error:
        known = translate(error)
        if known is None or isinstance(error, asyncpg.OperatorInterventionError):
            raise
        return Result(outcome="refused", findings=told(known))


async def keep(tx: Transaction, results: Mapping[UUID, Result]) -> None:
    """Put down what became of operations."""
    await store.decide(
        tx,
        [
            {"op": op, "keeps_payload": r.keeps_payload}
            | {name: getattr(r, name) for name in ("outcome", "revision", "findings", "conflict", "waits_for", "held")}
            for op, r in results.items()
        ],
    )


async def admit_waiting(tx: Transaction, crew: str) -> None:
    """Admit the operations of a crew whose parents have come, in the name of the phones that sent them."""
    actor = tx.actor
    for _ in range(ROUNDS):
        rows = await store.waiting(tx, crew)
        works, labels = [], {}
        for row in rows:
            payload = tx.vault.open_bytes(row["payload"], str(row["op"])).decode("utf-8", "surrogatepass")
            content = _reading.content(payload)
            if content is not None:
                works.append(_applying.work_of(row, content))
                labels[row["op"]] = row["label"]
        progress = False
        for label in dict.fromkeys(labels[work.op] for work in works):
            theirs = [work for work in works if labels[work.op] == label]
            await tx.run("select set_config('forest.actor', $1, true)", label)
            tx.actor = label
            found = dict(zip((work.op for work in theirs), await run(tx, theirs), strict=True))
            settled = {op: result for op, result in found.items() if result.outcome != "retry" and not result.waits_for}
            await keep(tx, settled)
            progress = progress or bool(settled)
        tx.actor = actor
        await tx.run("select set_config('forest.actor', $1, true)", actor)
        if not progress:
            return

