"""Phones over HTTP: made by a crew leader, enrolled by their code, listed, revoked."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta, Struct

from forestapi.records import MANAGERS
from forestapi.routes._request import DEFAULT_LIMIT, Tx, actor_of, anyone, requires
from forestapi.routes.records import Limit
from forestapi.services import devices as service
from forestapi.services.devices import Enrolled, Made

LEADERS = MANAGERS | {"crew_leader"}
After = Annotated[UUID | None, QueryParameter(description="the id after which the page starts, from `next`")]


class NewDevice(Struct, kw_only=True, forbid_unknown_fields=True):
    """A phone that is to be enrolled."""

    crew: str
    label: Annotated[str, Meta(min_length=1, max_length=200)]


class Code(Struct, kw_only=True, forbid_unknown_fields=True):
    """The code that a phone has read from the QR picture."""

    code: Annotated[str, Meta(min_length=1, max_length=200)]


class Revocation(Struct, kw_only=True, forbid_unknown_fields=True):
    """Why a phone is shut out."""

    reason: Annotated[str, Meta(max_length=1000)]


class Device(Struct, kw_only=True):
    """A phone of a crew."""

    id: UUID
    label: str
    crew: str
    programme: str
    created_by: str
    created_at: datetime
    enrolled_at: datetime | None
    seen_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None
    revoke_reason: str | None
    clock_offset_s: float | None
    """How far the server's clock was ahead of the phone's, when it last sent something."""
    received_upto: int
    """All its operations up to this number are here."""
    missing: list[tuple[int, int]]
    """Numbers above it that are not, from and to."""


@post("/api/v1/devices", guards=[requires(LEADERS)], tags=["sync"], operation_id="createDevice")
async def make(request: Request[Any, Any, Any], data: JSONBody[NewDevice]) -> Made:
    """Make a phone of a crew; the code in the answer enrols it, once, within a day."""
    base = str(request.base_url)
    return await service.make(request.app.state.pool, actor_of(request), data.crew, data.label, base)


@post("/api/v1/devices/enrolments", guards=[anyone], tags=["sync"], operation_id="enrolDevice")
async def enrol(request: Request[Any, Any, Any], data: JSONBody[Code]) -> Enrolled:
    """Enrol a phone by its code; the token in the answer is shown this once."""
    return await service.enrol(request.app.state.pool, data.code)


@get("/api/v1/devices", guards=[requires(LEADERS | {"auditor"})], tags=["sync"], operation_id="listDevices")
async def listing(tx: Tx, limit: Limit = DEFAULT_LIMIT, after: After = None) -> dict[str, Any]:
    """List phones, and which of their operations have not arrived."""
    rows = [Device(**row) for row in await service.listing(tx, limit, after)]
    return {"items": rows, "next": str(rows[-1].id) if len(rows) == limit else None}


@post(
    "/api/v1/devices/{id:uuid}/revocation",
    guards=[requires(LEADERS)],
    tags=["sync"],
    operation_id="revokeDevice",
    status_code=200,
)
async def revoke(tx: Tx, id: FromPath[UUID], data: JSONBody[Revocation]) -> Device:
    """Shut a phone out; what it still holds it may hand in, into quarantine."""
    return Device(**await service.revoke(tx, id, data.reason))


ROUTES = [make, enrol, listing, revoke]
