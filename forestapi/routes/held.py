"""Records that wait for a person: the list, one of them, a suggested repair, the decision, and the page."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from forestapi.errors import NotFound
from forestapi.records import RECORDERS, STAFF, nouns
from forestapi.routes._page import Lang
from forestapi.routes._request import DEFAULT_LIMIT, Tx, anyone, requires
from forestapi.routes._shell import shell
from forestapi.routes.records import Limit
from forestapi.services import holding
from forestapi.services.holding import Resolution, Resolved
from forestapi.settings import Settings
from forestapi.store import held as store
from forestapi.web import held as page_words
from geo import repair
from geo.text import Text

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


@get("/api/v1/held/{id:uuid}", guards=[requires(STAFF)], tags=["held"], operation_id="getHeld")
async def one(tx: Tx, id: FromPath[UUID]) -> dict[str, Any]:
    """Read a held record: its findings, its place, its original geometry, and who may wave it through.

    Of one that is held no longer, the answer says what was decided, by whom and why.
    """
    return await holding.read(tx, str(id))


@get("/api/v1/held/{id:uuid}/repair", guards=[requires(STAFF)], tags=["held"], operation_id="suggestRepair")
async def suggest_repair(tx: Tx, id: FromPath[UUID]) -> repair.Suggestion:
    """Suggest how the boundary of a held record could be mended, with the area before and after. Nothing changes."""
    found = await holding.read(tx, str(id))
    column = nouns()[found["noun"]].geometry if found["is_held"] else None
    boundary = found["record"].get(column) if column else None
    if not boundary:
        raise NotFound(Text("这条记录没有边界。", "This record has no boundary to mend."))
    return await asyncio.to_thread(repair.suggest, boundary)


@post(
    "/api/v1/held/{id:uuid}/resolve",
    guards=[requires(RECORDERS)],
    tags=["held"],
    operation_id="resolveHeld",
    status_code=200,
)
async def resolve(tx: Tx, id: FromPath[UUID], data: JSONBody[Resolution]) -> Resolved:
    """Accept a held record as it is, discard it, or replace it by a corrected one; always with the reason.

    Accepting takes a role that every holding rule lets wave it through. What was held is kept with the decision.
    """
    return await holding.resolve(tx, str(id), data)


@get("/held", guards=[anyone], media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=False)
def page(request: Request[Any, Any, Any], settings: Settings, lang: Lang = None) -> Response[str]:
    """Show the page for held records; it holds none itself, and asks for them with the token typed into it."""
    return shell(request, settings, lang, "held.html", page_words.WORDS, titles=page_words.titles)


ROUTES = [listing, one, suggest_repair, resolve, page]
