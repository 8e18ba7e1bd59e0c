"""Changes that meet other changes: merged field by field where that is safe, else shown to a person.

Nothing is decided by who comes last. Fields of pay are never merged, and a change never brings back or undoes a
deletion by itself.
"""

from typing import Any
from uuid import UUID

import msgspec
import shapely
from msgspec import Struct

from forestapi.errors import ForestError, Invalid
from forestapi.records import Document, Noun
from forestapi.records._sync import Result
from forestapi.services import admitting, records
from forestapi.services.admitting import Verdict
from forestapi.services.syncing import _findings, _reading
from forestapi.services.syncing._work import SETTLED, Task, Waiting, Work
from forestapi.store import features
from forestapi.store import operations as store
from forestapi.store import records as records_store
from geo.text import Text

PAY = frozenset(
    ("worker", "work_date", "number", "hours", "pay_basis", "quantity", "rate_yuan", "wage_yuan", "is_paid")
)
"""Fields of a shift that decide what somebody is paid."""
NEVER = frozenset(("identity", "id"))


async def update(work: Work, noun: Noun, task: Task) -> Result:
    """Change some fields of a record.

    Raises:
        Waiting: there never was such a record.

    """
    operation, patch = task.operation, records.without_derived(noun, task.document)
    if "identity" in patch:
        return Result(outcome="refused", findings=[_findings.identity_fixed()])
    versions = await store.versions(work.tx, noun, operation.key)
    current = await _current(work, noun, operation.key)
    if current is None:
        if versions and versions[-1]["action"] == "delete":
            return _against_deletion(noun, task, versions)
        raise Waiting([operation.key])
    office, revision = current
    own = await work.own_revisions(task)
    base_revision = operation.base_revision if operation.base_revision is not None else max(own, default=None)
    base = next((v for v in versions if v["revision"] == base_revision), None)
    if base is None:
        return _conflict(noun, patch, None, office, revision, versions[-1:], sorted(patch))
    others = changed_by_others(noun, versions, base["revision"], own)
    mine = _fields(_decoded(noun, records.merged(noun, _columns(noun, base["record"]), patch)))
    before, now = _fields(_decoded(noun, _columns(noun, base["record"]))), _fields(_decoded(noun, office))
    changed = {name for name in patch if name in mine and not _is_same(noun, name, mine[name], before[name])}
    wanted = {name for name in changed if not _is_same(noun, name, mine[name], now[name])}
    if not wanted:
        return Result(outcome="unchanged", revision=revision)
    clashes = (wanted & others) | ((wanted | others) & PAY if others and noun.name == "shifts" else set())
    if clashes:
        return _conflict(noun, patch, base, office, revision, versions[-1:], sorted(clashes))
    further = [_findings.merged(others)] if others else []
    verdict = await _write(work, noun, records.merged(noun, office, {n: patch[n] for n in wanted}), further)
    return await _answer(work, noun, operation.key, verdict)


async def delete(work: Work, noun: Noun, task: Task) -> Result:
    """Delete a record, unless somebody has changed it since the phone saw it.

    Raises:
        Waiting: there never was such a record.

    """
    operation = task.operation
    versions = await store.versions(work.tx, noun, operation.key)
    current = await _current(work, noun, operation.key)
    if current is None:
        if versions and versions[-1]["action"] == "delete":
            return Result(outcome="unchanged")
        raise Waiting([operation.key])
    office, revision = current
    own = await work.own_revisions(task)
    base_revision = operation.base_revision if operation.base_revision is not None else max(own, default=None)
    base = next((v for v in versions if v["revision"] == base_revision), None)
    others = changed_by_others(noun, versions, base_revision, own) if base and base_revision else set(noun.columns)
    if others:
        return _conflict(noun, {}, base, office, revision, versions[-1:], sorted(others - NEVER))
    reason = task.document.get("reason")
    if reason:
        await work.tx.run("select set_config('forest.reason', $1, true)", str(reason)[:1000])
    await records_store.remove(work.tx, noun, str(operation.key))
    if reason:
        await work.tx.run("select set_config('forest.reason', '', true)")
    return Result(outcome="updated", revision=None)


async def meet(work: Work, noun: Noun, task: Task) -> Result:
    """Answer the creation of a record that is there: the same is unchanged, another one is a conflict."""
    current = await _current(work, noun, task.operation.key)
    if current is None:  # there, but not for this token
        return Result(outcome="refused", findings=[_findings.refused(records.missing(noun, str(task.operation.key)))])
    office, revision = current
    given = {name: value for name, value in task.document.items() if name not in NEVER}
    mine = _fields(_reading.whole(task.operation, task.document, work.programme, work.crew))
    now = _fields(_decoded(noun, office))
    differing = sorted(name for name in given if name in mine and not _is_same(noun, name, mine[name], now[name]))
    if not differing:
        return Result(outcome="unchanged", revision=revision, file=task.document.get("file"))
    versions = await store.versions(work.tx, noun, task.operation.key)
    return _conflict(noun, given, None, office, revision, versions[-1:], differing)


async def buried(work: Work, noun: Noun, task: Task) -> Result:
    """Answer the creation of a record that was deleted: it does not come back by itself."""
    return _against_deletion(noun, task, await store.versions(work.tx, noun, task.operation.key))


async def ask(
    work: Work, noun: Noun, task: Task, card: Document, mine: Document, current: tuple[str, int] | None
) -> Result:
    """Leave a conflict to the office: the record, as the phone would have it, is held until somebody decides.

    So a deleted record comes back only if the office accepts it.
    """
    rest = msgspec.json.decode(current[0]) if current else {**(card["base"] or {}), "id": str(task.operation.key)}
    document = records.merged(noun, _columns(noun, rest), mine)
    finding = _findings.conflict_asked(card["fields"])
    verdict = await _write(work, noun, document, [finding], identity=f"{task.operation.key}:asked")
    return await _answer(work, noun, task.operation.key, verdict)


def changed_by_others(noun: Noun, versions: list[dict[str, Any]], since: int, own: set[int]) -> set[str]:
    """Name the fields that were changed after a revision, other than by this phone itself."""
    changed: set[str] = set()
    for before, after in zip(versions, versions[1:], strict=False):
        if after["revision"] <= since or after["revision"] in own or after["action"] == "delete":
            continue
        changed |= {
            name
            for name in noun.columns
            if name not in NEVER and before["record"].get(name) != after["record"].get(name)
        }
    return changed


def misshapen(noun: Noun, task: Task, error: ForestError) -> dict[str, Any]:
    """Say that a payload does not have the shape of its noun."""
    return _findings.payload_unreadable(error.detail, error.problems[0].field if error.problems else None)


async def _current(work: Work, noun: Noun, key: UUID) -> tuple[Document, int] | None:
    """Hold a record, and read what is written of it, with its revision; None if there is none within reach."""
    if not await store.existing(work.tx, noun, [key]):
        return None
    found = await features.get(work.tx, noun, str(key))
    return None if found is None else (_columns(noun, msgspec.json.decode(found[0])), found[1])


async def _write(
    work: Work, noun: Noun, document: Document, further: list[Any], *, identity: str | None = None
) -> Verdict:
    record = msgspec.to_builtins(_decoded(noun, document))
    identities = [identity] if identity else None
    return (await admitting.admit(work.tx, noun, [record], further=further, identities=identities))[0]


async def _answer(work: Work, noun: Noun, key: UUID, verdict: Verdict) -> Result:
    is_settled = verdict.outcome in SETTLED
    return Result(
        outcome=verdict.outcome,
        revision=(await store.revisions(work.tx, noun, [key])).get(key) if is_settled else None,
        held=verdict.key if verdict.outcome == "held" else None,
        findings=[admitting.describe(finding) for finding in verdict.findings],
    )


def _against_deletion(noun: Noun, task: Task, versions: list[dict[str, Any]]) -> Result:
    mine = {name: value for name, value in task.document.items() if name not in NEVER}
    base = next((v for v in versions if v["revision"] == task.operation.base_revision), versions[-1])
    return _conflict(noun, mine, base, None, None, versions[-1:], sorted(mine))


def _conflict(
    noun: Noun,
    mine: Document,
    base: dict[str, Any] | None,
    office: Document | None,
    revision: int | None,
    last: list[dict[str, Any]],
    fields: list[str],
) -> Result:
    """Make the card on which a foreman sees both sides; who a worker is stands on none."""
    card = {
        "base": None if base is None else _columns(noun, base["record"]),
        "mine": {name: value for name, value in mine.items() if name not in NEVER},
        "office": office,
        "fields": fields,
        "revision": revision,
        "changed_at": last[0]["recorded_at"] if last else None,
        "changed_by": last[0]["actor"] if last else None,
    }
    return Result(outcome="conflict", revision=revision, conflict=card)


def _columns(noun: Noun, document: Document) -> Document:
    return {name: document[name] for name in noun.columns if name in document and name != "identity"}


def _decoded(noun: Noun, document: Document) -> Struct:
    """Read a record in its canonical types.

    Raises:
        Invalid: it does not have the noun's shape.

    """
    return records.decode(noun, document)


def _fields(record: Struct) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__ if name not in NEVER}


def _is_same(noun: Noun, name: str, one: Any, other: Any) -> bool:
    """Whether two values of a field are the same; boundaries, if their ground is, to a tenth of a millimetre."""
    if name != noun.geometry or one is None or other is None:
        return bool(one == other)
    shapes = [_shape(value) for value in (one, other)]
    return bool(shapely.equals_exact(shapes[0], shapes[1], tolerance=1e-9))


def _shape(boundary: Any) -> Any:
    try:
        shape = shapely.from_geojson(msgspec.json.encode(boundary).decode())
    except shapely.errors.GEOSException as error:
        raise Invalid(Text("边界读不出来。", "The boundary cannot be read."), code="wrong-shape") from error
    return shapely.normalize(shapely.multipolygons([shape]) if shape.geom_type == "Polygon" else shape)

