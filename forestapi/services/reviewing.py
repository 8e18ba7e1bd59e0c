"""Review of shifts: draft → submitted → approved | needs_information | void, by role, with a reason.

The database keeps the table of what each role may do (db/functions/52_review.sql), so that every path obeys it.
"""

from typing import get_args

import msgspec

from forestapi.db.transaction import Transaction
from forestapi.errors import Invalid, NotFound, Problem
from forestapi.records import nouns
from forestapi.records.shifts import Status
from forestapi.services import records
from forestapi.services.records import Precondition, Saved
from forestapi.store import features
from forestapi.store import history as history_store
from geo.text import Text

STATES: tuple[str, ...] = get_args(Status)
RECORDERS = frozenset({"recorder", "crew_leader"})


async def review(tx: Transaction, key: str, status: Status, reason: str, given: Precondition) -> Saved:
    """Take a shift to another state.

    Raises:
        NotFound: there is no such shift within the token's reach.
        PreconditionFailed: it is at another version than `given`.
        Invalid: no reason, a draft of somebody else's, or a step that the role may not take.

    """
    noun = nouns()["shifts"]
    found = await features.get(tx, noun, key)
    if found is None:
        raise NotFound(Text(f"没有工单 {key}。", f"There is no record {key} among shifts."))
    before = msgspec.json.decode(found[0])["status"]
    if not reason.strip():
        message = Text("请写明理由。", "Say why.")
        raise Invalid(message, problems=[Problem(field="reason", message=message)])
    if tx.who is not None and tx.who.role in RECORDERS and status == "void":
        first = (await history_store.versions(tx, noun.table, key))[0]
        if first["actor"] != tx.actor:
            message = Text("录入员只能作废自己的草稿。", "A recorder voids only drafts of its own.")
            raise Invalid(message, problems=[Problem(field="status", message=message)])
    if before == status:
        return Saved(outcome="unchanged", key=key, json=found[0], revision=found[1])
    await tx.run("select set_config('forest.reason', $1, true)", reason.strip())
    return await records.patch(tx, noun, key, {"status": status}, given)
