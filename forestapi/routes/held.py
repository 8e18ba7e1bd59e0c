"""Records that wait for a person."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import MediaType, Response, get
from litestar.params import Parameter

from forestapi.db.transaction import Transaction
from forestapi.records import STAFF
from forestapi.routes._request import DEFAULT_LIMIT, requires
from forestapi.routes.records import Limit
from forestapi.store import held as store

Noun = Annotated[str | None, Parameter(description="plots, shifts, …")]
Programme = Annotated[str | None, Parameter(description="a programme's code")]


@get("/api/v1/held", guards=[requires(STAFF)], tags=["held"], operation_id="listHeld", media_type=MediaType.JSON)
async def listing(
    tx: Transaction, noun: Noun = None, programme: Programme = None, limit: Limit = DEFAULT_LIMIT, after: UUID | None = None
) -> Response[bytes]:
    """List held records with what holds them; none of them counts anywhere."""
    rows = await store.page(tx, noun=noun, programme=programme, limit=limit, after=None if after is None else str(after))
    items: list[Any] = [msgspec.Raw(row.encode()) for row in rows]
    return Response(msgspec.json.encode({"items": items}), media_type=MediaType.JSON)


ROUTES = [listing]
