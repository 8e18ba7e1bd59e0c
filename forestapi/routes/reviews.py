"""Review of shifts over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from forestapi.records import nouns
from forestapi.records.shifts import Status
from forestapi.routes._conditions import precondition
from forestapi.routes._request import MAX_REASON, Tx, requires
from forestapi.routes.records import answer
from forestapi.services import reviewing


class Review(Struct, forbid_unknown_fields=True):
    """What a shift shall be, and why."""

    status: Status
    reason: Annotated[str, Meta(min_length=1, max_length=MAX_REASON)]


@post(
    "/api/v1/shifts/{key:uuid}/review",
    guards=[requires(nouns()["shifts"].writers)],
    tags=["Shifts"],
    operation_id="reviewShift",
    status_code=200,
)
async def review(
    request: Request[Any, Any, Any], tx: Tx, key: FromPath[UUID], data: JSONBody[Review]
) -> Response[bytes]:
    """Take a shift to another state, with a reason.

    Recorders submit drafts, answer what was asked, and void drafts of their own; administrators approve, ask for
    information, void, and reopen.
    """
    saved = await reviewing.review(tx, str(key), data.status, data.reason, precondition(request))
    return answer(nouns()["shifts"], saved)


ROUTES = [review]
