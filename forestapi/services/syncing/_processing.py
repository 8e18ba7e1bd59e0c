"""The operations of a batch in the order in which the phone made them, as far as what they rest on is here."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from forestapi.records._sync import Operation, Result
from forestapi.services.syncing import _creating, _findings, _merging, _reading
from forestapi.services.syncing._work import SETTLED, Task, Waiting, Work, waits
from forestapi.store import features
from forestapi.store import operations as store


class _BrokenError(Exception):
    """Ends a group's savepoint, so that nothing of it stays."""


async def process(work: Work, tasks: Sequence[Task]) -> dict[UUID, Result]:
    """Store what can be stored; go over the rest again as long as new records have come that it may rest on."""
    results: dict[UUID, Result] = {}
    pending = sorted(tasks, key=lambda task: task.operation.seq)
    while pending:
        left: list[tuple[Task, Waiting]] = []
        is_going_on = False
        for segment in _segments(pending):
            missing = await _missing(work, segment)
            if segment[0].operation.group is not None and missing:
                every = Waiting(sorted({str(key) for keys in missing.values() for key in keys}))
                left += [(task, every) for task in segment]
                continue
            ready = [task for task in segment if task.operation.op not in missing]
            left += [(t, Waiting(missing[t.operation.op])) for t in segment if t.operation.op in missing]
            try:
                done = await _store(work, ready)
            except Waiting as error:
                left += [(task, error) for task in ready]
                continue
            for task in ready:
                work.wrote(task, done[task.operation.op])
            is_going_on |= any(result.outcome in SETTLED for result in done.values())
            results |= done
        pending = [task for task, _ in left]
        if not is_going_on:
            results |= {task.operation.op: waits(error) for task, error in left}
            break
    return results


def _segments(tasks: Sequence[Task]) -> Iterator[list[Task]]:
    """Part them into runs that can be stored together: new records of one noun, a group, or one alone."""
    run: list[Task] = []
    grouped = {t.operation.group for t in tasks if t.operation.group is not None}
    for task in tasks:
        operation = task.operation
        if run and not _goes_with(run[-1].operation, operation, run):
            yield run
            run = []
        if operation.group is None:
            run.append(task)
        elif operation.group in grouped:
            if run:
                yield run
                run = []
            grouped.remove(operation.group)
            yield [t for t in tasks if t.operation.group == operation.group]
    if run:
        yield run


def _goes_with(before: Operation, now: Operation, run: list[Task]) -> bool:
    is_new = before.action == now.action == "create" and before.noun == now.noun and now.resolves is None
    return is_new and before.resolves is None and all(t.operation.key != now.key for t in run)


async def _missing(work: Work, tasks: Sequence[Task]) -> dict[UUID, list[object]]:
    """Find which operations rest on records that there are not: operation -> their keys."""
    parents = {t.operation.op: _reading.parents(t.operation, t.document) for t in tasks}
    wanted: dict[str, set[UUID]] = {}
    for table, key in {pair for pairs in parents.values() for pair in pairs}:
        wanted.setdefault(table, set()).add(key)
    there = {table: await store.exist(work.tx, table, list(keys)) for table, keys in wanted.items()}
    own = {t.operation.key for t in tasks if t.operation.group is not None and t.operation.action == "create"}
    found = {
        op: [key for table, key in pairs if key not in there[table] and key not in own] for op, pairs in parents.items()
    }
    return {op: keys for op, keys in found.items() if keys}  # type: ignore[misc]


async def _store(work: Work, tasks: Sequence[Task]) -> dict[UUID, Result]:
    if not tasks:
        return {}
    if tasks[0].operation.group is not None:
        return await _together(work, tasks)
    if tasks[0].operation.action == "create":
        return await _creating.create(work, _reading.noun_of(tasks[0].operation), tasks)
    return {task.operation.op: await _one(work, task) for task in tasks}


async def _together(work: Work, tasks: Sequence[Task]) -> dict[UUID, Result]:
    """Store all of a group, or nothing of it."""
    results: dict[UUID, Result] = {}
    try:
        async with work.tx.connection.transaction():
            for task in tasks:
                if task.operation.action == "create":
                    results |= await _creating.create(work, _reading.noun_of(task.operation), [task])
                else:
                    results[task.operation.op] = await _one(work, task)
                work.wrote(task, results[task.operation.op])
            if any(result.outcome not in SETTLED for result in results.values()):
                raise _BrokenError
    except _BrokenError:
        return {op: _broken(result) for op, result in results.items()}
    return results


def _broken(result: Result) -> Result:
    if result.outcome in ("conflict", "refused", "retry"):
        return result
    return Result(outcome="refused", findings=[*result.findings, _findings.group_broken()])


async def _one(work: Work, task: Task) -> Result:
    """Change, delete or decide one record.

    Raises:
        Waiting: there never was such a record.

    """
    noun = _reading.noun_of(task.operation)
    if task.operation.resolves is not None:
        return await work.guarded(lambda: _decide(work, task))
    if task.operation.action == "delete":
        return await work.guarded(lambda: _merging.delete(work, noun, task))
    return await work.guarded(lambda: _merging.update(work, noun, task))


async def _decide(work: Work, task: Task) -> Result:
    """Carry out what a foreman chose in a conflict."""
    operation, noun = task.operation, _reading.noun_of(task.operation)
    assert operation.resolves is not None
    cited = (await store.known(work.tx, [operation.resolves])).get(operation.resolves)
    card = _reading.card_of(cited) if cited is not None and UUID(str(cited["key"])) == operation.key else None
    if card is None or operation.choice is None:
        return Result(outcome="refused", findings=[_findings.resolves_unknown()])
    current = await features.get(work.tx, noun, str(operation.key))
    if operation.choice == "office":
        return Result(outcome="unchanged", revision=current[1] if current else None)
    if operation.choice == "mine" and current is not None:
        return await _merging.update(work, noun, task)
    mine = {**card["mine"], **task.document}
    return await _merging.ask(work, noun, task, card, mine, current)
