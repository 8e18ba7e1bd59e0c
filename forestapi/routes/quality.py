"""The quality of the records: what the rules have found and nobody has settled."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import QueryParameter
from msgspec import Struct

from forestapi.records import STAFF
from forestapi.routes._request import DEFAULT_LIMIT, Tx, requires
from forestapi.routes.records import Limit
from forestapi.rules import title_of
from forestapi.store import quality as store
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


ROUTES = [summary, findings]
