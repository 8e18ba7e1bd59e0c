"""Snapshots: moments of the ledger with a name, which published figures refer to."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta, Struct
from uuid_utils.compat import uuid7

from forestapi.errors import NotFound
from forestapi.records import MANAGERS
from forestapi.routes._request import DEFAULT_LIMIT, Tx, anyone, requires
from forestapi.routes.records import Limit
from forestapi.store import snapshots as store
from geo.text import Text

MAKERS = MANAGERS | {"analyst", "auditor"}
Before = Annotated[UUID | None, QueryParameter(description="the id before which the page starts: older ones")]


class NewSnapshot(Struct, kw_only=True, forbid_unknown_fields=True):
    """A moment that is to be kept: now."""

    label: Annotated[str, Meta(min_length=1, max_length=200)]
    reason: Annotated[str, Meta(max_length=2000)] | None = None


class Snapshot(Struct, kw_only=True):
    """A moment of the ledger. Its `id` or its `moment` can be given as `as_of`, now and years later."""

    id: UUID
    label: str
    moment: str
    made_at: datetime
    history_block: int | None
    """The newest block of history that was sealed by then, and its head: whoever kept it can prove the rest."""
    history_head: str | None
    made_by: str | None = None
    """Not for the public, as the reason."""
    reason: str | None = None


@post("/api/v1/snapshots", guards=[requires(MAKERS)], tags=["figures"], operation_id="createSnapshot")
async def make(tx: Tx, data: JSONBody[NewSnapshot]) -> Snapshot:
    """Keep this moment under a name. It costs nothing, copies nothing, and is never removed."""
    return Snapshot(**await store.add(tx, UUID(str(uuid7())), data.label, data.reason))


@get("/api/v1/snapshots", guards=[anyone], tags=["figures"], operation_id="listSnapshots")
async def listing(tx: Tx, before: Before = None, limit: Limit = DEFAULT_LIMIT) -> dict[str, Any]:
    """List the snapshots, newest first; go on with `before`, the last id of the page."""
    rows = [Snapshot(**row) for row in await store.page(tx, before, limit)]
    return {"items": rows, "next": rows[-1].id if len(rows) == limit else None}


@get("/api/v1/snapshots/{id:uuid}", guards=[anyone], tags=["figures"], operation_id="getSnapshot")
async def one(tx: Tx, id: FromPath[UUID]) -> Snapshot:
    """Read one snapshot."""
    found = await store.get(tx, id)
    if found is None:
        raise NotFound(Text(f"没有快照 {id}。", f"There is no snapshot {id}."))
    return Snapshot(**found)


ROUTES = [make, listing, one]
