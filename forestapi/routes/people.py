"""Who workers are: one at a time, with a reason, and every reading written down before it is answered."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get
from litestar.params import FromPath, QueryParameter
from msgspec import Struct

from forestapi.records import MANAGERS
from forestapi.routes._request import DEFAULT_LIMIT, Tx, actor_of, requires
from forestapi.routes.records import Limit
from forestapi.services import people
from forestapi.store import workers as store

Worker = Annotated[UUID | None, QueryParameter(description="only this worker's")]
Before = Annotated[int | None, QueryParameter(description="the id before which the page starts")]


class Identity(Struct, kw_only=True):
    """Who a worker is."""

    worker: UUID
    name: str | None = None
    id_number: str | None = None
    phone: str | None = None
    account: str | None = None


class Entry(Struct, kw_only=True):
    """One reading or erasing of an identity."""

    id: int
    at: datetime
    actor: str
    role: str
    token: str | None
    action: str
    worker: str
    reason: str


@get(
    "/api/v1/workers/{key:uuid}/identity",
    guards=[requires(MANAGERS)],
    tags=["people"],
    operation_id="getIdentity",
)
async def identity(request: Request[Any, Any, Any], key: FromPath[UUID]) -> Identity:
    """Read who a worker is. Takes the header `Forest-Reason`; who asked, when and why is kept for ever."""
    reason = request.headers.get("forest-reason", "")
    found = await people.read(request.app.state.pool, actor_of(request), key, reason)
    return Identity(worker=key, **found)


@get(
    "/api/v1/access-log",
    guards=[requires({"administrator", "auditor"})],
    tags=["people"],
    operation_id="listAccessLog",
)
async def access_log(
    tx: Tx, worker: Worker = None, limit: Limit = DEFAULT_LIMIT, before: Before = None
) -> dict[str, list[Entry]]:
    """List who read whose identity, newest first."""
    rows = await store.log_page(tx, worker=worker, limit=limit, before=before)
    return {"items": [Entry(**dict(row)) for row in rows]}


ROUTES = [identity, access_log]
