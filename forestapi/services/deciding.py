"""Deciding about overlaps: who keeps ground that two plots claim. A decision changes credit, and never a boundary."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct
from uuid_utils.compat import uuid7

from forestapi.access import out_of_scope, reaches
from forestapi.db.transaction import Transaction
from forestapi.errors import BadRequest, Conflict, NotFound, Problem
from forestapi.store import overlaps as store
from geo.text import Text

Kind = Literal["duplicate", "replanting", "shared_boundary", "disputed"]
Resolve = Literal["clip", "merge", "accept", "open"]
KEEPS = ("clip", "merge")


class OverlapDecision(Struct, kw_only=True, forbid_unknown_fields=True):
    """What a person decides about an overlap."""

    kind: Kind
    """What it is."""
    resolution: Resolve
    """`clip`, `merge`: one plot keeps the ground; `accept`: it stays with the earlier one; `open`: undecided again."""
    credited_to: UUID | None = None
    """With `clip` and `merge`: the plot that keeps the ground."""
    reason: Annotated[str, Meta(min_length=1, max_length=2000)]


class Decided(Struct, kw_only=True):
    """A decision that was made."""

    id: UUID
    kind: Kind
    resolution: Resolve
    credited_to: UUID | None
    reason: str
    decided_by: str
    decided_at: datetime
    area_m2: float
    """The shared ground when it was decided."""
    is_standing: bool
    """Whether it is the last about the pair, on the boundaries of today."""


class LedgerEntry(Struct, kw_only=True):
    """Ground that two plots claim: evidence, proposal, and the decision that stands."""

    id: UUID
    earlier: UUID
    """The plot that comes first in the order of credit."""
    later: UUID
    earlier_number: str
    later_number: str
    earlier_programme: str
    later_programme: str
    is_one_programme: bool
    area_m2: float
    share_of_earlier: float | None
    share_of_later: float | None
    days_between: int | None
    """Days between the two plantings, where both are known."""
    kind: Kind
    """As decided; undecided, what the evidence looks like."""
    proposal: Literal["clip", "merge", "accept"] | None
    decision: Literal["clip", "merge", "accept"] | None
    credited_to: UUID | None
    decided_at: datetime | None
    earlier_credited_m2: float | None
    later_credited_m2: float | None
    decisions: list[Decided] | None = None
    """All that was ever decided about it, newest first; in the answer about one overlap."""


async def read(tx: Transaction, id: UUID) -> LedgerEntry:
    """Read one overlap with all that was decided about it.

    Raises:
        NotFound: there is none within the token's reach.

    """
    found = await store.get(tx, id)
    if found is None:
        raise NotFound(
            Text(
                f"没有重叠 {id}；边界变动后重叠可能已消失，见 /api/v1/overlaps。",
                f"There is no overlap {id}; it may have gone with a change of a boundary, see /api/v1/overlaps.",
            )
        )
    made = await store.decisions(tx, found["earlier"], found["later"])
    return LedgerEntry(**found, decisions=[Decided(**row) for row in made])


async def decide(tx: Transaction, id: UUID, decision: OverlapDecision) -> LedgerEntry:
    """Decide about an overlap, and settle credit by it. The same decision once more changes nothing.

    Raises:
        NotFound: there is no such overlap.
        BadRequest: no reason; or the plot that keeps the ground is missing, none of the two, or not asked for.
        Forbidden: one of the two plots is not within the token's scope.
        Conflict: other decisions already put these plots in the other order.

    """
    await store.take_turn(tx)
    entry = await read(tx, id)
    _check(entry, decision)
    scope = reaches(tx.scope)
    for programme in (entry.earlier_programme, entry.later_programme):
        if scope.programmes is not None and programme not in scope.programmes:
            raise out_of_scope(f"programme {programme}")
    wanted: dict[str, Any] = {
        "kind": decision.kind, "resolution": decision.resolution, "credited_to": decision.credited_to, "reason": decision.reason.strip(),
    }  # fmt: skip
    last = (entry.decisions or [None])[0]
    if last and last.is_standing and all(getattr(last, name) == value for name, value in wanted.items()):
        return entry
    if decision.credited_to and entry.is_one_programme:
        other = entry.later if decision.credited_to == entry.earlier else entry.earlier
        if await store.leads_back(tx, decision.credited_to, other):
            message = Text(
                "其他决定已把这块地的两个小班排成相反的先后；请先改那些决定。",
                "Other decisions already put these two plots in the other order; change those first.",
            )
            raise Conflict(message, code="overlap-order", problems=[Problem(field="credited_to", message=message)])
    await tx.run("select set_config('forest.reason', $1, true)", wanted["reason"])
    found = await store.get(tx, id)
    assert found is not None
    await store.add(tx, UUID(str(uuid7())), found, wanted)
    await tx.settle()
    return await read(tx, id)


def _check(entry: LedgerEntry, decision: OverlapDecision) -> None:
    if not decision.reason.strip() or "\0" in decision.reason:
        raise _bad("reason", "请写明原因。", "Say why.")
    if decision.resolution in KEEPS and decision.credited_to not in (entry.earlier, entry.later):
        raise _bad(
            "credited_to",
            f"须为两个小班之一：{entry.earlier} 或 {entry.later}。",
            f"It is one of the two plots: {entry.earlier} or {entry.later}.",
        )
    if decision.resolution not in KEEPS and decision.credited_to is not None:
        raise _bad("credited_to", "只用于 clip 与 merge。", "It goes with clip and merge only.")


def _bad(field: str, zh: str, en: str) -> BadRequest:
    message = Text(zh, en)
    return BadRequest(Text(f"{field}：{zh}", f"{field}: {en}"), problems=[Problem(field=field, message=message)])
