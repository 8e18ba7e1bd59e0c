"""One operation: read, set beside the record as it is now, and written through the services of every other way in."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from uuid_utils.compat import uuid7

from forestapi.db.transaction import Row, Transaction
from forestapi.records import Document, Noun, nouns
from forestapi.records._sync import PARENTS
from forestapi.services import batches, records
from forestapi.services.records import Precondition, Saved
from forestapi.services.syncing import _merging, _photos
from forestapi.services.syncing._findings import said
from forestapi.services.syncing._result import Result, waiting
from forestapi.store import held as held_store
from forestapi.store import operations as store


class Work(Struct, kw_only=True):
    """An operation that is to be applied: what was put down of it, and its content."""

    op: UUID
    noun: str
    action: str
    key: str
    base_revision: int | None
    resolves: UUID | None
    choice: str | None
    content: Document
    group: UUID | None = None


def work_of(row: Row, content: Document) -> Work:
    """Make the work of an operation's row and its content."""
    names = ("op", "noun", "action", "base_revision", "resolves", "choice", "group")
    return Work(**{name: row[name] for name in names}, key=str(row["key"]), content=content)


async def apply(tx: Transaction, work: Work) -> Result:
    """Do what an operation says.

    Raises:
        ForestError: the ledger refuses it.

    """
    if work.noun == "photos":
        return await _photos.apply(tx, work.key, work.action, work.content)
    noun = nouns()[work.noun]
    if work.action != "delete":
        missing = await parents_missing(tx, noun, work.content)
        if missing:
            return waiting(missing)
    if work.action == "create":
        return await _create(tx, noun, work)
    if work.action == "delete":
        return await _delete(tx, noun, work)
    if work.choice == "office":
        return Result(outcome="unchanged", revision=(await _revision(tx, noun, work.key)))
    return await _update(tx, noun, work)


async def parents_missing(tx: Transaction, noun: Noun, content: Document) -> list[UUID]:
    """Find the records that a document names and that are not here."""
    found: list[UUID] = []
    for field, of in PARENTS.get(noun.name, ()):
        if content.get(field) is not None:
            record = batches.uuid_of(content[field])
            found += [] if record is None else await store.absent(tx, nouns()[of].table, [record])
    return found


async def _create(tx: Transaction, noun: Noun, work: Work) -> Result:
    found = await _merging.current(tx, noun, work.key)
    record = records.decode(noun, {**work.content, "id": work.key})
    if found is not None:
        office, revision = found
        given = msgspec.to_builtins(record)
        fields = _merging.changed(noun, office, given)
        if not fields:
            return Result(outcome="unchanged", revision=revision)
        return await _conflict(tx, noun, work, None, office, revision, {name: given[name] for name in fields}, fields)
    if await _is_deleted(tx, noun, work.key):
        return await _conflict(tx, noun, work, None, None, None, work.content, set(work.content))
    return _result(await records.create(tx, noun, record))


async def _update(tx: Transaction, noun: Noun, work: Work) -> Result:
    found = await _merging.current(tx, noun, work.key)
    if found is None:
        return await _update_of_none(tx, noun, work)
    office, revision = found
    findings = []
    mine = records.without_derived(noun, work.content)
    if work.choice == "ask":
        return await _ask(tx, noun, work, {**office, **(await _asked(tx, work) or mine)})
    if work.base_revision != revision:
        base = await _merging.at(tx, noun, work.key, work.base_revision or 0)
        fields = set(mine) if base is None else _merging.clash(noun, base, office, mine)
        if fields:
            return await _conflict(tx, noun, work, base, office, revision, mine, fields)
        findings = [said("sync-merged")]
    result = _result(await records.patch(tx, noun, work.key, mine, Precondition()))
    if result.outcome == "updated":
        result.findings += findings
    return result


async def _update_of_none(tx: Transaction, noun: Noun, work: Work) -> Result:
    """Change what is not there: it was deleted, or has not come yet."""
    if not await _is_deleted(tx, noun, work.key):
        return waiting([UUID(work.key)])
    base = await _merging.at(tx, noun, work.key, work.base_revision or 0)
    if work.choice in ("mine", "ask"):
        # what was deleted comes back only by somebody who answers for it
        mine = await _asked(tx, work) or work.content
        last = await store.past(tx, noun.table, work.key, None)
        before = base or (msgspec.json.decode(last["record"]) if last else {})
        kept = {name: before[name] for name in noun.columns if name in before}
        return await _ask(tx, noun, work, {**kept, **mine})
    return await _conflict(tx, noun, work, base, None, None, work.content, set(work.content))


async def _delete(tx: Transaction, noun: Noun, work: Work) -> Result:
    found = await _merging.current(tx, noun, work.key)
    if found is None:
        return Result(outcome="unchanged") if await _is_deleted(tx, noun, work.key) else waiting([UUID(work.key)])
    office, revision = found
    if work.base_revision != revision and work.choice != "mine":
        base = await _merging.at(tx, noun, work.key, work.base_revision or 0)
        fields = set(noun.columns) if base is None else _merging.changed(noun, base, office)
        return await _conflict(tx, noun, work, base, office, revision, {}, fields)
    await tx.run("select set_config('forest.reason', $1, true)", str(work.content.get("reason") or ""))
    await records.remove(tx, noun, work.key, Precondition())
    await tx.run("select set_config('forest.reason', '', true)")
    return Result(outcome="updated")


async def _ask(tx: Transaction, noun: Noun, work: Work, wanted: Document) -> Result:
    """Put what the phone wants before a supervisor, on the page of held records."""
    record = msgspec.to_builtins(records.decode(noun, {**wanted, "id": work.key}))
    finding = said("sync-conflict")
    keys = await held_store.hold(
        tx,
        [{
            "id": str(uuid7()), "noun": noun.name, "identity": work.key, "record": record, "findings": [finding],
            "programme": record.get("programme") or next(iter(tx.scope.programmes or ()), None), "companions": [],
            "actor": tx.actor, "submission": None, "submission_row": None, "source_boundary": None,
        }],
    )  # fmt: skip
    return Result(outcome="held", findings=[finding], held=UUID(keys[work.key]))


async def _asked(tx: Transaction, work: Work) -> Document | None:
    """Give what the phone wanted in the operation that this one resolves."""
    if work.resolves is None:
        return None
    row = (await store.get(tx, [work.resolves])).get(str(work.resolves))
    if row is None or row["conflict"] is None:
        return None
    conflict = msgspec.json.decode(row["conflict"])
    return {name: value for name, value in conflict["mine"].items() if name in conflict["wanted"]}


async def _conflict(
    tx: Transaction, noun: Noun, work: Work, base: Document | None, office: Document | None, revision: int | None,
    mine: Document, fields: Sequence[str] | set[str],
) -> Result:  # fmt: skip
    last = await store.past(tx, noun.table, work.key, None)
    shown: dict[str, Any] = _merging.card(base, office, mine, set(fields))
    shown |= {
        "wanted": sorted(mine),
        "is_deleted": office is None,
        "revision": revision,
        "changed_at": last and last["recorded_at"],
        "changed_by": last and last["actor"],
    }
    return Result(outcome="conflict", revision=revision, conflict=shown)


async def _is_deleted(tx: Transaction, noun: Noun, key: str) -> bool:
    last = await store.past(tx, noun.table, key, None)
    return last is not None and last["action"] == "delete"


async def _revision(tx: Transaction, noun: Noun, key: str) -> int | None:
    found = await _merging.current(tx, noun, key)
    return found and found[1]


def _result(saved: Saved) -> Result:
    held = UUID(saved.key) if saved.outcome == "held" else None
    return Result(outcome=saved.outcome, revision=saved.revision, findings=list(saved.findings), held=held)
