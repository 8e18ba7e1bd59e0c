"""Records that wait for a person."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import MediaType, Response, get
from litestar.params import QueryParameter

from forestapi.records import STAFF
from forestapi.routes._request import DEFAULT_LIMIT, Tx, requires
from forestapi.routes.records import Limit
from forestapi.store import held as store

Noun = Annotated[str | None, QueryParameter(description="plots, shifts, …")]
After = Annotated[UUID | None, QueryParameter(description="the id after which the page starts")]
Programme = Annotated[str | None, QueryParameter(description="a programme's code")]


@get(
    "/api/v1/held",
    guards=[requires(STAFF)],
    tags=["held"],
    operation_id="listHeld",
    media_type=MediaType.JSON,
)
async def listing(
    tx: Tx, noun: Noun = None, programme: Programme = None, limit: Limit = DEFAULT_LIMIT, after: After = None
) -> Response[bytes]:
    """List held records with what holds them; none of them counts anywhere."""
    rows = await store.page(
        tx, noun=noun, programme=programme, limit=limit, after=None if after is None else str(after)
    )
    items: list[Any] = [msgspec.Raw(row.encode()) for row in rows]
    return Response(msgspec.json.encode({"items": items}), media_type=MediaType.JSON)


ROUTES = [listing]
