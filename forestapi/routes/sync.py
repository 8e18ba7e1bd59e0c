"""Sync over HTTP: batches in, changes out, and what became of each operation."""

from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.params import JSONBody, QueryParameter

from forestapi.records import RECORDERS, STAFF
from forestapi.records._sync import Batch, Receipts, Verify
from forestapi.routes._request import BATCHES, Tx, actor_of, requires
from forestapi.services.syncing import changes as changing
from forestapi.services.syncing import receiving, verifying
from forestapi.services.syncing import roster as rosters

Since = Annotated[str | None, QueryParameter(description="`next` of the page before")]
Limit = Annotated[int, QueryParameter(ge=1, le=1000, description="entries of history on a page")]


@post(BATCHES, guards=[requires(RECORDERS)], tags=["sync"], operation_id="postBatch", status_code=200)
async def batches(request: Request[Any, Any, Any], data: JSONBody[Batch]) -> Receipts:
    """Hand in what a phone has: up to 50 operations, each with one effect however often it comes."""
    return await receiving.receive(request.app.state.pool, actor_of(request), data)


@post("/api/v1/sync/verify", guards=[requires(RECORDERS)], tags=["sync"], operation_id="verifyOperations", status_code=200)
async def verify(request: Request[Any, Any, Any], data: JSONBody[Verify]) -> dict[str, Any]:
    """Ask whether operations are here, the same, and how safe, before a phone drops its copies."""
    return {"items": await verifying.verify(request.app.state.pool, actor_of(request), data.operations)}


@get(
    "/api/v1/sync/changes",
    guards=[requires(STAFF)],
    tags=["sync"],
    operation_id="getChanges",
    media_type=MediaType.JSON,
)
async def changes(tx: Tx, since: Since = None, limit: Limit = 500) -> Response[bytes]:
    """Fetch what has changed since a cursor; no commit, however late, is skipped."""
    return Response(msgspec.json.encode(await changing.changes(tx, since, limit)), media_type=MediaType.JSON)


@get("/api/v1/sync/roster", guards=[requires({"crew_leader"})], tags=["sync"], operation_id="getRoster")
async def roster(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Fetch what a day without a network needs. Names only of people; the reading of each is logged."""
    return await rosters.roster(request.app.state.pool, actor_of(request))


ROUTES = [batches, verify, changes, roster]
