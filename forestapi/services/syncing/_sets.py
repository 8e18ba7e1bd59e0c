"""A day's sheet: operations that make records of one kind, and touch each other in nothing, are applied together.

What they do is what they would do one after the other; it only takes a few statements instead of some thirty each.
"""

from collections.abc import Sequence

import msgspec

from forestapi.db.transaction import Transaction
from forestapi.records import nouns
from forestapi.records._sync import PARENTS
from forestapi.services import admitting, batches, records
from forestapi.services.syncing._applying import Work
from forestapi.services.syncing._result import Result, waiting
from forestapi.store import operations as store

TOUCHING = {"shifts": "worker", "plantings": "plot", "surveys": "plot"}
"""Noun -> the field in which two of its records must differ, so that no rule looks at one because of the other."""


class Apart(Exception):
    """These have to be applied one by one."""


def length(works: Sequence[Work]) -> int:
    """Say how many of the first works can be applied together."""
    first = works[0]
    field = TOUCHING.get(first.noun)
    seen: set[str] = set()
    for count, work in enumerate(works):
        touched = {work.key, str(work.content.get(field or ""))}
        if (
            field is None or work.action != "create" or work.noun != first.noun or work.group is not None
            or work.content.get("programme") != first.content.get("programme") or touched & seen
        ):  # fmt: skip
            return max(count, 1)
        seen |= touched
    return len(works)


async def create(tx: Transaction, works: Sequence[Work]) -> list[Result]:
    """Make the records of works that can be applied together.

    Raises:
        Apart: one of them is more than a new record that is admitted or held.
        ForestError: the ledger refuses one of them.

    """
    noun = nouns()[works[0].noun]
    absent = set()
    for field, of in PARENTS.get(noun.name, ()):
        named = {batches.uuid_of(w.content[field]) for w in works if w.content.get(field) is not None} - {None}
        absent |= set(await store.absent(tx, nouns()[of].table, list(named))) if named else set()  # type: ignore[arg-type]
    results: dict[str, Result] = {}
    ready = []
    for work in works:
        parents = [batches.uuid_of(work.content.get(field)) for field, _ in PARENTS.get(noun.name, ())]
        missing = [parent for parent in parents if parent in absent and parent is not None]
        if missing:
            results[work.key] = waiting(missing)
        else:
            ready.append(work)
    if ready and await store.is_known(tx, noun.table, [work.key for work in ready]):
        raise Apart
    documents = [msgspec.to_builtins(records.decode(noun, {**work.content, "id": work.key})) for work in ready]
    verdicts = await admitting.admit(tx, noun, documents) if ready else []
    if any(verdict.outcome not in ("created", "held") for verdict in verdicts):
        raise Apart
    made = [batches.uuid_of(work.key) for work in ready]
    revisions = await store.revisions(tx, noun.table, made) if made else {}  # type: ignore[arg-type]
    for work, verdict in zip(ready, verdicts, strict=True):
        results[work.key] = Result(
            outcome=verdict.outcome, revision=revisions.get(work.key),
            findings=[admitting.describe(finding) for finding in verdict.findings],
            held=batches.uuid_of(verdict.key) if verdict.outcome == "held" else None,
        )  # fmt: skip
    return [results[work.key] for work in works]
