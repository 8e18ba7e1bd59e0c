"""Phones of a crew over HTTP: made known, enrolled, listed, revoked."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from forestapi.db.transaction import transaction
from forestapi.routes._request import MAX_REASON, Tx, actor_of, anyone, requires
from forestapi.services import devices

LEADERS = frozenset({"crew_leader", "programme_administrator", "administrator"})
"""Those who may let a phone in, and shut it out."""


class NewDevice(Struct, forbid_unknown_fields=True):
    """A phone that is to be let in."""

    crew: str
    label: Annotated[str, Meta(min_length=1, max_length=200, description="whose phone it is")]


class Enrolment(Struct, forbid_unknown_fields=True):
    """A code that enrols a phone."""

    code: Annotated[str, Meta(min_length=1, max_length=200)]


class Revocation(Struct, forbid_unknown_fields=True):
    """Why a phone is shut out."""

    reason: Annotated[str, Meta(min_length=1, max_length=MAX_REASON)]


class Device(Struct, kw_only=True):
    """A phone, and what it has handed in."""

    id: str
    label: str
    crew: str
    programme: str
    enrolled_at: datetime | None
    seen_at: datetime | None
    revoked_at: datetime | None
    revoke_reason: str | None
    received_upto: int
    missing: list[tuple[int, int]]


@post("/api/v1/devices", guards=[requires(LEADERS)], tags=["sync"], operation_id="addDevice", status_code=201)
async def add(request: Request[Any, Any, Any], data: JSONBody[NewDevice]) -> dict[str, Any]:
    """Let a phone in: the answer has a code, its address and its QR code, which work once within 24 hours."""
    pool, actor = request.app.state.pool, actor_of(request)
    async with transaction(pool, actor) as tx:
        device = await devices.add(tx, data.crew, data.label)
    async with transaction(pool, actor.label) as tx:
        code = await devices.give_code(tx, device["id"], str(request.base_url))
    return {**device, "enrolment": code}


@post("/api/v1/devices/enrolments", guards=[anyone], tags=["sync"], operation_id="enrolDevice", status_code=201)
async def enrol(request: Request[Any, Any, Any], data: JSONBody[Enrolment]) -> dict[str, Any]:
    """Take a code for the phone's token, which is shown this once."""
    return await devices.enrol(request.app.state.pool, data.code)


@get("/api/v1/devices", guards=[requires(LEADERS)], tags=["sync"], operation_id="listDevices")
async def listing(tx: Tx) -> dict[str, list[Device]]:
    """List the phones within the token's reach, and what each has handed in."""
    return {"items": [Device(**each) for each in await devices.listing(tx)]}


@post(
    "/api/v1/devices/{id:uuid}/revocation",
    guards=[requires(LEADERS)],
    tags=["sync"],
    operation_id="revokeDevice",
    status_code=200,
)
async def revoke(tx: Tx, id: FromPath[UUID], data: JSONBody[Revocation]) -> Device:
    """Shut a phone out. It may still hand in what it has, into quarantine."""
    return Device(**await devices.revoke(tx, id, data.reason))


ROUTES = [add, enrol, listing, revoke]
