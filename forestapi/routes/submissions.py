"""What phones with ODK Collect handed in: what became of each form, and the form as it came."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.params import FromPath, QueryParameter
from msgspec import Struct

from forestapi.errors import NotFound
from forestapi.records import RECORDERS
from forestapi.routes._request import DEFAULT_LIMIT, Tx, requires
from forestapi.routes.records import Limit
from forestapi.services.collecting import Outcome
from forestapi.store import collecting as store
from geo.text import Text

READERS = RECORDERS | {"auditor"}
Became = Annotated[
    Literal["created", "updated", "unchanged", "held", "refused", "conflict", "retry"] | None,
    QueryParameter(description="only forms of which a record had this outcome"),
]
Before = Annotated[datetime | None, QueryParameter(description="the `received_at` before which the page starts")]


class Submission(Struct, kw_only=True):
    """One filled-in form."""

    instance: str
    form: str
    version: str | None
    submission: UUID
    sha256: str
    outcomes: list[Outcome]
    files: int
    """How many files came with it, in all."""
    actor: str
    received_at: datetime


class Refused(Struct, kw_only=True):
    """What could not be taken, and is kept as it came."""

    instance: str
    """Of a form that names none, the hash of its bytes."""
    sha256: str
    code: str
    """Why: `xml-…`, `form-unknown`, or `instance-reused` for other content under an instance that is taken."""
    bytes: int
    actor: str
    received_at: datetime


@get("/api/v1/odk/submissions", guards=[requires(READERS)], tags=["odk"], operation_id="listOdkSubmissions")
async def listed(
    tx: Tx, outcome: Became = None, limit: Limit = DEFAULT_LIMIT, before: Before = None
) -> dict[str, list[Submission]]:
    """List the forms that came, the last first, with what became of each record in them."""
    rows = await store.page(tx, outcome, limit, before)
    return {"items": [msgspec.json.decode(row, type=Submission) for row in rows]}


@get("/api/v1/odk/refused", guards=[requires(READERS)], tags=["odk"], operation_id="listOdkRefused")
async def refused(tx: Tx, limit: Limit = DEFAULT_LIMIT, before: Before = None) -> dict[str, list[Refused]]:
    """List what could not be taken, the last first; a token with a scope sees its own."""
    rows = await store.refused_page(tx, limit, before)
    return {"items": [msgspec.json.decode(row, type=Refused) for row in rows]}


@get(
    "/api/v1/odk/submissions/{instance:str}",
    guards=[requires(READERS)],
    tags=["odk"],
    operation_id="getOdkSubmission",
    media_type="application/xml",
)
async def as_it_came(tx: Tx, instance: FromPath[str]) -> Response[bytes]:
    """Read a form as it came, byte for byte."""
    xml = await store.xml(tx, instance)
    if xml is None:
        raise NotFound(Text(f"没有表单 {instance}。", f"There is no form {instance}."))
    headers = {"Content-Disposition": "attachment"}
    return Response(xml, media_type="application/xml", headers=headers)


ROUTES = [listed, refused, as_it_came]
