"""The ledger of overlaps over HTTP: what two plots both claim, what it looks like, and what was decided."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Struct

from forestapi.records import STAFF
from forestapi.routes._request import DEFAULT_LIMIT, Tx, requires
from forestapi.routes.records import Limit
from forestapi.services import deciding
from forestapi.services.deciding import Kind, LedgerEntry, OverlapDecision, Resolve
from forestapi.store import overlaps as store

Programme = Annotated[str | None, QueryParameter(description="a programme's code: overlaps that one of its plots is in")]
OfKind = Annotated[Kind | None, QueryParameter(name="kind", description="as decided, else as the evidence looks")]
Resolution = Annotated[Resolve | None, QueryParameter(name="decision", description="open: none that stands")]
After = Annotated[UUID | None, QueryParameter(description="the id after which the page starts, from `next`")]


class Overlaps(Struct, kw_only=True):
    """A page of the ledger of overlaps."""

    items: list[LedgerEntry]
    next: UUID | None


@get("/api/v1/overlaps", guards=[requires(STAFF)], tags=["overlaps"], operation_id="listOverlapLedger")
async def listing(
    tx: Tx, programme: Programme = None, kind: OfKind = None, decision: Resolution = None,
    limit: Limit = DEFAULT_LIMIT, after: After = None,
) -> Overlaps:  # fmt: skip
    """List the ground that two plots claim, within a programme and across programmes, with kind, evidence and proposal."""
    rows = await store.page(tx, programme=programme, kind=kind, decision=decision, limit=limit, after=after)
    items = [LedgerEntry(**row) for row in rows]
    return Overlaps(items=items, next=items[-1].id if len(items) == limit else None)


@get("/api/v1/overlaps/{id:uuid}", guards=[requires(STAFF)], tags=["overlaps"], operation_id="getOverlapEntry")
async def one(tx: Tx, id: FromPath[UUID]) -> LedgerEntry:
    """Read one overlap, with all that was ever decided about it, by whom and why."""
    return await deciding.read(tx, id)


@post(
    "/api/v1/overlaps/{id:uuid}/decision", guards=[requires({"administrator"})], tags=["overlaps"],
    operation_id="decideOverlap", status_code=200,
)  # fmt: skip
async def decide(tx: Tx, id: FromPath[UUID], data: JSONBody[OverlapDecision]) -> LedgerEntry:
    """Decide about an overlap: what it is, and who keeps the ground. Credit follows at once; no boundary changes.

    A decision stands until another is made about the pair, or one of the two boundaries becomes another.
    """
    return await deciding.decide(tx, id, data)


ROUTES = [listing, one, decide]
