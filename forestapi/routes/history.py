"""Who changed what, when and why: of one record, and of all of them since a cursor."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.params import FromPath, QueryParameter

from forestapi.access import PUBLIC, reaches
from forestapi.errors import Forbidden
from forestapi.records import Noun, nouns
from forestapi.routes._request import DEFAULT_LIMIT, Tx, actor_of, requires
from forestapi.routes.records import Limit, valid_key
from forestapi.services import history
from forestapi.services import records as service
from forestapi.store import features
from forestapi.store import history as store
from geo.text import Text

READERS = frozenset({"administrator", "programme_administrator", "auditor", "analyst"})
Since = Annotated[
    str | None, QueryParameter(description="the cursor to go on after, from `next`; empty: from the start")
]
Nouns = Annotated[str | None, QueryParameter(description="only these nouns, comma-separated: plot,shift")]


@get("/api/v1/history", guards=[requires(READERS)], tags=["history"], operation_id="listHistory")
async def changes(
    tx: Tx, since: Since = None, noun: Nouns = None, limit: Limit = DEFAULT_LIMIT
) -> Response[bytes]:
    """List changes since a cursor, in an order into which no late commit can come.

    Entries of transactions that still run, and of any that began after the oldest of these, wait for the next
    time: go on with `next` and nothing is skipped. A token must be for all programmes.
    """
    if reaches(tx.scope).is_limited:
        raise Forbidden(
            Text(
                "此令牌限于部分项目，不能读取全部历史。",
                "This token is not for all programmes, so not for all history.",
            ),
            code="out-of-scope",
        )
    names = (
        [
            n
            for part in noun.split(",")
            for n in (part, *(d.table for d in nouns().values() if d.name == part))
        ]
        if noun
        else None
    )
    found = await store.changes(tx, history.parse_cursor(since), limit=limit, nouns=names)
    following = found[-1]["cursor"] if found else since
    return Response(msgspec.json.encode({"items": found, "next": following}), media_type=MediaType.JSON)


def _of(noun: Noun) -> Callable[..., Any]:
    """Make the route that gives the history of one record of a noun."""

    @get(
        f"/api/v1/{noun.name}/{{key:str}}/history",
        guards=[requires(noun.readers)],
        tags=[noun.name.title()],
        operation_id=f"history{noun.name.title()}",
        summary=f"Who changed one of the {noun.name}, when and why",
    )
    async def versions(request: Request[Any, Any, Any], tx: Tx, key: FromPath[str]) -> Response[bytes]:
        """List the versions of a record, oldest first; the public sees them without who and why."""
        key = valid_key(noun, key) or ""
        is_public = actor_of(request).role == PUBLIC
        if reaches(tx.scope).is_limited and PUBLIC not in noun.readers and await features.get(tx, noun, key) is None:
            raise service.missing(noun, key)
        found = await history.versions(tx, noun, key, public=is_public)
        return Response(msgspec.json.encode({"items": found}), media_type=MediaType.JSON)

    return versions


ROUTES = [changes, *(_of(noun) for noun in nouns().values())]
