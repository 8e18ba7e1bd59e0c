"""Sync over HTTP: batches of phones, what became of them, changes to fetch, and the crew's roster."""

from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta, Struct

from forestapi.records import MANAGERS, STAFF
from forestapi.records._sync import MOST_VERIFIED, Asked, BatchAnswer, Verified
from forestapi.routes._request import Tx, actor_of, requires
from forestapi.services.syncing import changes as changing
from forestapi.services.syncing import receiving, verifying
from forestapi.services.syncing.roster import roster as crew_roster

LEADERS = MANAGERS | {"crew_leader"}
Since = Annotated[str | None, QueryParameter(description="`next` of the page before; left out: everything, from zero")]
ChangeLimit = Annotated[int, QueryParameter(ge=1, le=1000, description="changes on a page")]


class Question(Struct, kw_only=True, forbid_unknown_fields=True):
    """Operations that a phone wants to know about."""

    operations: Annotated[list[Asked], Meta(min_length=1, max_length=MOST_VERIFIED)]


class Answers(Struct, kw_only=True):
    """What the ledger has of each."""

    items: list[Verified]


@post("/api/v1/sync/batches", guards=[requires(LEADERS)], tags=["sync"], operation_id="sendBatch", status_code=200)
async def batch(request: Request[Any, Any, Any]) -> BatchAnswer:
    """Hand in up to 50 operations of a phone: each is answered for itself, after it is committed, and for ever the same.

    The body is `{device, sent_at, operations: [{op, seq, noun, action, key, base_revision, at, group, resolves, choice,
    payload, sha256}]}`, at most 2 MiB.
    """
    incoming = receiving.read(await request.body())
    return await receiving.receive(request.app.state.pool, actor_of(request), incoming)


@post("/api/v1/sync/verify", guards=[requires(LEADERS)], tags=["sync"], operation_id="verifyOperations", status_code=200)
async def verify(request: Request[Any, Any, Any], data: JSONBody[Question]) -> Answers:
    """Ask what has become of operations by now, and how safe they are: what a phone may forget."""
    return Answers(items=await verifying.verify(request.app.state.pool, actor_of(request), data.operations))


@get(
    "/api/v1/sync/changes",
    guards=[requires(STAFF)],
    tags=["sync"],
    operation_id="listSyncChanges",
    media_type=MediaType.JSON,
)
async def changes(tx: Tx, since: Since = None, limit: ChangeLimit = 500) -> Response[bytes]:
    """Fetch what the token may see of plots, plantings, surveys, workers, shifts and photos, then what has changed since.

    Go on with `next`; while `is_more`, at once. No change is skipped, however late its commit; a record may come twice.
    """
    found = await changing.changes(tx, since, limit)
    return Response(msgspec.json.encode(found), media_type=MediaType.JSON)


@get(
    "/api/v1/sync/roster",
    guards=[requires({"crew_leader", "recorder"})],
    tags=["sync"],
    operation_id="getRoster",
    media_type=MediaType.JSON,
)
async def roster(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Fetch a crew's workers by name (which is logged), species, activities, and the values of its last day."""
    found = await crew_roster(request.app.state.pool, actor_of(request))
    return Response(msgspec.json.encode(found), media_type=MediaType.JSON)


ROUTES = [batch, verify, changes, roster]
