"""The quality of the records: what the rules have found and nobody has settled."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.params import QueryParameter
from msgspec import Struct

from forestapi.records import STAFF
from forestapi.routes._page import Lang
from forestapi.routes._request import DEFAULT_LIMIT, Tx, anyone, requires
from forestapi.routes._shell import shell
from forestapi.routes.records import Limit
from forestapi.rules import title_of
from forestapi.settings import Settings
from forestapi.store import quality as store
from forestapi.web.held import titles
from forestapi.web.quality import WORDS
from geo.text import Text

Programme = Annotated[str | None, QueryParameter(description="a programme's code")]
Rule = Annotated[str | None, QueryParameter(description="a rule's id")]
After = Annotated[str | None, QueryParameter(description="the record after which the page starts, from `next`")]


class Open(Struct, kw_only=True):
    """How many findings of one rule are open."""

    programme: str | None
    noun: str
    rule: str
    title: Text
    severity: str
    state: str
    """`noted`: the record is in the ledger and counts; `held`: it waits for a person, and counts nowhere."""
    count: int
    """Records that the rule speaks about. One record may be held by several rules, and is counted under each."""
    records: int
    """Of these, the records that /held lists under this rule: each held record once, under the first rule that holds it."""
    since: datetime


@get("/api/v1/quality", guards=[requires(STAFF)], tags=["quality"], operation_id="getQuality")
async def summary(tx: Tx, programme: Programme = None) -> list[Open]:
    """Count the open findings by programme, noun, rule and severity, worst first."""
    return [Open(**row, title=title_of(row["rule"])) for row in await store.summary(tx, programme)]


@get("/api/v1/quality/findings", guards=[requires(STAFF)], tags=["quality"], operation_id="listFindings")
async def findings(
    tx: Tx, programme: Programme = None, rule: Rule = None, limit: Limit = DEFAULT_LIMIT, after: After = None
) -> dict[str, Any]:
    """List open findings one by one, in the order of their records."""
    rows = await store.findings(tx, programme=programme, rule=rule, limit=limit, after=after)
    items = [{**row, "message": msgspec.Raw(row["message"].encode())} for row in rows]
    return {"items": items, "next": items[-1]["record"] if len(items) == limit else None}


@get("/quality", guards=[anyone], media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=False)
def page(request: Request[Any, Any, Any], settings: Settings, lang: Lang = None) -> Response[str]:
    """Show the page of open findings; it asks for them with the token typed into it."""
    return shell(request, settings, lang, "quality.html", WORDS, titles=titles)


ROUTES = [summary, findings, page]
