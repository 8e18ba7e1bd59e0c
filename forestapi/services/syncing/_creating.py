"""New records of a batch: many at once, because a foreman logs a whole crew's day."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from forestapi.errors import ForestError
from forestapi.records import Document, Noun
from forestapi.records._sync import Operation, Result
from forestapi.services import admitting
from forestapi.services.admitting import Verdict
from forestapi.services.syncing import _merging, _reading
from forestapi.services.syncing._work import AGAIN, Task, Work
from forestapi.store import operations as store


async def create(work: Work, noun: Noun, tasks: Sequence[Task]) -> dict[UUID, Result]:
    """Create records of one noun; each is answered by itself, whatever becomes of the others."""
    keys = [task.operation.key for task in tasks]
    taken = await store.existing(work.tx, noun, keys)
    dead = await store.deleted(work.tx, noun, [key for key in keys if key not in taken])
    results: dict[UUID, Result] = {}
    fresh: list[tuple[Operation, Document]] = []
    for task in tasks:
        operation = task.operation
        if operation.key in taken:
            results[operation.op] = await work.guarded(lambda t=task: _merging.meet(work, noun, t))  # type: ignore[misc]
        elif operation.key in dead:
            results[operation.op] = await work.guarded(lambda t=task: _merging.buried(work, noun, t))  # type: ignore[misc]
        else:
            try:
                record = _reading.whole(operation, task.document, work.programme, work.crew)
            except ForestError as error:
                results[operation.op] = Result(outcome="refused", findings=[_merging.misshapen(noun, task, error)])
            else:
                fresh.append((operation, msgspec.to_builtins(record)))
    return results | await _admit(work, noun, fresh)


async def _admit(work: Work, noun: Noun, fresh: list[tuple[Operation, Document]]) -> dict[UUID, Result]:
    """Admit them together; if that fails as a whole, one after another, so that the bad one is found."""
    if not fresh:
        return {}
    if len(fresh) > 1:
        try:
            async with work.tx.connection.transaction():
                verdicts = await admitting.admit(work.tx, noun, [dict(document) for _, document in fresh])
        except AGAIN:
            raise
        except Exception:
            return {k: v for one in fresh for k, v in (await _admit(work, noun, [one])).items()}
        return {o.op: result_of(v, o, d) for (o, d), v in zip(fresh, verdicts, strict=True)}
    operation, document = fresh[0]

    async def alone() -> Result:
        return result_of((await admitting.admit(work.tx, noun, [document]))[0], operation, document)

    return {operation.op: await work.guarded(alone)}


def result_of(verdict: Verdict, operation: Operation, document: Document) -> Result:
    """Turn the verdict on a new record into what its operation is answered."""
    return Result(
        outcome=verdict.outcome,
        revision=1 if verdict.outcome == "created" else None,
        held=verdict.key if verdict.outcome == "held" else None,
        findings=[admitting.describe(finding) for finding in verdict.findings],
        file=document.get("file") if operation.noun == "photos" else None,
    )
