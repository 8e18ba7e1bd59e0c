"""Phones: enrolled by a code that works once, bound to their crew, and shut out without losing what they hold."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import segno
from msgspec import Struct
from uuid_utils.compat import uuid7

from forestapi.access import Actor, fingerprint, new_secret, out_of_scope
from forestapi.db.transaction import Transaction, transaction
from forestapi.errors import Invalid, NotFound, Problem
from forestapi.records import nouns
from forestapi.store import devices as store
from forestapi.store import features, tokens
from geo.text import Text

CODE_HOURS = 24


class Enrolment(Struct, kw_only=True):
    """What a phone is enrolled with; shown this once."""

    code: str
    url: str
    expires_at: datetime
    qr_svg: str
    """The address as a QR code, an inline SVG."""


class Made(Struct, kw_only=True):
    """A phone that waits for its code to be read."""

    id: UUID
    crew: str
    programme: str
    label: str
    enrolment: Enrolment


class Named(Struct, kw_only=True):
    """What something is called."""

    code: str
    name_zh: str
    name_en: str | None


class Enrolled(Struct, kw_only=True):
    """A phone that is let in: its token is shown this once."""

    device: UUID
    token: str
    label: str
    programme: Named
    crew: Named


async def make(pool: asyncpg.Pool, actor: Actor | str, crew: str, label: str, base: str) -> Made:
    """Put down a phone of a crew, and give the code that enrols it, once, within a day.

    Raises:
        Invalid: no label, or there is no such crew.
        Forbidden: the token is not for this crew.

    """
    label = label.strip()
    if not label or len(label) > 200 or "\0" in label:
        message = Text("请给手机起名（至多 200 字）。", "Give the phone a label, 200 characters at most.")
        raise Invalid(message, problems=[Problem(field="label", message=message)])
    id, code = UUID(str(uuid7())), secrets.token_urlsafe(18)
    expires_at = datetime.now(UTC) + timedelta(hours=CODE_HOURS)
    async with transaction(pool, actor) as tx:
        if tx.scope.crew not in (None, crew):
            raise out_of_scope(f"crew {crew}")
        programme = await _programme(tx, crew)
        await store.insert(tx, id, crew, programme, label)
    async with transaction(pool, "enrolment") as tx:
        await store.offer(tx, id, fingerprint(code), expires_at)
    url = f"{base.rstrip('/')}/field#enrol={code}"
    picture = segno.make(url, error="m").svg_inline(scale=6, border=2, omitsize=True)
    return Made(
        id=id, crew=crew, programme=programme, label=label,
        enrolment=Enrolment(code=code, url=url, expires_at=expires_at, qr_svg=picture),
    )  # fmt: skip


async def _programme(tx: Transaction, crew: str) -> str:
    found = await features.get(tx, nouns()["crews"], crew)
    if found is None:
        message = Text(f"没有班组 {crew}。", f"There is no crew {crew}.")
        raise Invalid(message, problems=[Problem(field="crew", message=message)])
    return str(msgspec.json.decode(found[0])["programme"])


async def enrol(pool: asyncpg.Pool, code: str) -> Enrolled:
    """Let a phone in by its code, and give it the token of its crew, which is shown this once.

    Raises:
        Invalid: the code is wrong, was used, or is older than a day.

    """
    async with transaction(pool, "enrolment") as tx:
        found = await store.take_code(tx, fingerprint(code.strip()))
        if found is None:
            raise Invalid(
                Text(
                    "登记码无效、已用过或已过期；请班组长重新生成。",
                    "The code is wrong, was used, or has expired; ask the crew leader for a new one.",
                ),
                code="enrolment-invalid",
            )
        secret = new_secret()
        await tokens.insert(
            tx, UUID(str(uuid7())), "crew_leader", found["label"], fingerprint(secret),
            programmes=[found["programme"]], crew=found["crew"], device=found["id"],
        )  # fmt: skip
    return Enrolled(
        device=UUID(str(found["id"])), token=secret, label=found["label"],
        programme=Named(code=found["programme"], name_zh=found["name_zh"], name_en=found["name_en"]),
        crew=Named(code=found["crew"], name_zh=found["crew_zh"], name_en=found["crew_en"]),
    )  # fmt: skip


async def listing(tx: Transaction, limit: int, after: UUID | None) -> list[dict[str, Any]]:
    """List phones with what is known of their operations."""
    rows = await store.page(tx, limit, after)
    missing = await store.missing(tx, [row["id"] for row in rows])
    return [describe(row, missing.get(row["id"], [])) for row in rows]


async def revoke(tx: Transaction, id: UUID, reason: str) -> dict[str, Any]:
    """Shut a phone out: from now on it may only hand in what it holds, into quarantine.

    Raises:
        Invalid: no reason.
        NotFound: there is no such phone within reach.

    """
    if not reason.strip() or "\0" in reason:
        message = Text("请写明原因。", "Say why.")
        raise Invalid(message, problems=[Problem(field="reason", message=message)])
    if await store.get(tx, id) is None:
        raise missing_device(id)
    await store.revoke(tx, id, reason.strip()[:1000])
    row = await store.get(tx, id)
    assert row is not None
    return describe(row, (await store.missing(tx, [id])).get(id, []))


def missing_device(id: UUID) -> NotFound:
    """Say that there is no such phone."""
    return NotFound(Text(f"没有设备 {id}。", f"There is no device {id}."))


def describe(row: Mapping[str, Any], missing: list[tuple[int, int]]) -> dict[str, Any]:
    """Give a phone as lists show it."""
    return {**dict(row), "missing": missing}
