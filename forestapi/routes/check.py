"""Asking what would become of records, and what the rules are."""

from typing import Annotated, Any

from litestar import Request, get, post
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta, Struct

from forestapi.access import require
from forestapi.errors import BadRequest
from forestapi.records import MANAGERS, RECORDERS, STAFF
from forestapi.routes._request import Tx, actor_of, requires
from forestapi.services import checks, thresholds
from forestapi.services.checks import Answer
from forestapi.services.thresholds import Wish
from forestapi.store import thresholds as thresholds_store
from forestapi.store.thresholds import Setting
from geo.text import Text

MOST_RECORDS = 1_000


class Check(Struct, forbid_unknown_fields=True, kw_only=True):
    """Records of one noun, as they would be sent to create them."""

    noun: str
    records: Annotated[list[dict[str, Any]], Meta(max_length=MOST_RECORDS)] = []
    record: dict[str, Any] | None = None
    """In the place of `records`, where there is only one."""


Repairs = Annotated[
    bool, QueryParameter(description="suggest repairs of up to five boundaries; none is ever applied")
]
Programme = Annotated[str | None, QueryParameter(description="a programme's code")]


@post(
    "/api/v1/check",
    guards=[requires(RECORDERS)],
    tags=["rules"],
    operation_id="checkRecords",
    status_code=200,
)
async def check(request: Request[Any, Any, Any], tx: Tx, data: JSONBody[Check], repairs: Repairs = False) -> Answer:
    """Say what would become of up to 1,000 records of any noun; nothing is written.

    The verdicts are those of writing them: the same rules and thresholds. Whoever may not write a noun may not check it.
    """
    noun = checks.noun_named(data.noun)
    require(actor_of(request), noun.writers)
    documents = [data.record] if data.record is not None else data.records
    if not documents:
        raise BadRequest(Text("没有记录可检查。", "There is no record to check."))
    return await checks.check(tx, noun, documents, with_repairs=repairs)


@get("/api/v1/thresholds", guards=[requires(STAFF)], tags=["rules"], operation_id="listThresholds")
async def listing(tx: Tx, programme: Programme = None) -> dict[str, list[Setting]]:
    """List what programmes have set for the parameters of rules, every version; where nothing is set, defaults hold."""
    return {"items": await thresholds_store.every(tx, programme)}


@post("/api/v1/thresholds", guards=[requires(MANAGERS)], tags=["rules"], operation_id="setThreshold")
async def put(tx: Tx, data: JSONBody[Wish]) -> Setting:
    """Set a programme's threshold from a date on, under the next version; nothing that was judged is judged again."""
    return await thresholds.put(tx, data)


ROUTES = [check, listing, put]
