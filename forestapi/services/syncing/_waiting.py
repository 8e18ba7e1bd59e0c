"""Operations that came before what they rest on: taken in by themselves once it is here."""

from uuid import UUID

from forestapi.records._sync import Operation
from forestapi.services.syncing import _reading
from forestapi.services.syncing._processing import process
from forestapi.services.syncing._work import Task, Work
from forestapi.store import operations as store


async def admit(work: Work) -> None:
    """Go over the crew's waiting operations; what can be stored now is, by the same rules as ever."""
    tasks = []
    for row in await store.waiting(work.tx, work.crew):
        content = await store.quarantined(work.tx, row["op"], row["sha256"])
        if content is None:
            continue
        operation = Operation(
            op=_id(row["op"]), seq=row["seq"], noun=row["noun"], action=row["action"], key=_id(row["key"]),
            base_revision=row["base_revision"], group=_id(row["group_id"]) if row["group_id"] else None,
            resolves=_id(row["resolves"]) if row["resolves"] else None, choice=row["choice"],
            payload=content.decode(), sha256=row["sha256"],
        )  # fmt: skip
        tasks.append(Task(operation, _reading.content(operation), _id(row["device"])))
    if not tasks:
        return
    results = await process(work, tasks)
    await store.settle(
        work.tx, {op: r for op, r in results.items() if not r.is_waiting and r.outcome != "retry"}, is_first=False
    )


def _id(value: object) -> UUID:
    return UUID(str(value))
