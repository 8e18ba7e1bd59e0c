"""Published figures: computing one again, and finding out why a total moved."""

from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from forestapi import stats
from forestapi.access import PUBLIC, out_of_scope, reaches, require
from forestapi.records import STAFF
from forestapi.routes._request import Tx, actor_of, anyone, requires
from forestapi.routes.records import Limit
from forestapi.routes.statistics import When, asked, keep_to_scope
from forestapi.services import figures
from forestapi.services.figures import Verification

From = Annotated[str, QueryParameter(name="from", description="the earlier moment, as `as_of` takes it")]
To = Annotated[str | None, QueryParameter(name="to", description="the later moment; left out, it is now")]


@post(
    "/api/v1/figures/verification", guards=[anyone], tags=["figures"], operation_id="verifyFigure", status_code=200
)
async def verify(request: Request[Any, Any, Any], tx: Tx, data: JSONBody[dict[str, Any]]) -> Verification:
    """Compute a published figure again: send the JSON answer of a statistic, whole, as it was given.

    It is recomputed from the records of its own snapshot, by its own version of the method, however long ago.
    """
    statistic = figures.statistic_of(data)
    require(actor_of(request), statistic.readers)
    if PUBLIC not in statistic.readers:
        wanted = figures.programmes_of(data)
        equals = {"programme": wanted} if wanted else {}
        keep_to_scope(reaches(tx.scope), equals)
        if wanted is not None and equals.get("programme") != wanted:
            raise out_of_scope(f"all of the programmes {', '.join(wanted)}")
        if equals:
            data["parameters"]["programme"] = equals["programme"]
    return await figures.verify(tx, data)


@get(
    "/api/v1/statistics/{name:str}/movement",
    guards=[requires(STAFF)],
    tags=["figures"],
    operation_id="getMovement",
)
async def movement(
    request: Request[Any, Any, Any],
    tx: Tx,
    name: FromPath[str],
    from_: From,
    to: To = None,
    datetime: When = None,
    limit: Limit = 1000,
) -> Response[bytes]:
    """Say why a total moved between two moments: the records whose part in it differs, with who, when and why."""
    statistic = stats.get(name)
    require(actor_of(request), statistic.readers)
    query, parameters = asked(request, tx, statistic, datetime, own={"from", "to", "datetime", "limit"})
    found = await stats.movement(tx, statistic, from_, to, query=query, parameters=parameters, limit=limit)
    return Response(msgspec.json.encode(found), media_type=MediaType.JSON)


ROUTES = [verify, movement]
