"""Phones of a crew: made known with a code that works once, enrolled by it, revoked."""

import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import segno
import structlog
from uuid_utils.compat import uuid7

from forestapi.access import Actor, fingerprint, new_secret
from forestapi.db.transaction import Row, Transaction, transaction
from forestapi.errors import BadRequest, Forbidden, Invalid, NotFound, Problem
from forestapi.records import Document
from forestapi.store import codes, tokens
from forestapi.store import devices as store
from geo.text import Text

CODE_HOURS = 24
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 26
log = structlog.get_logger()


def new_code() -> str:
    """Make a code of 127 random bits, without letters that look alike."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))


async def add(tx: Transaction, crew: str, label: str) -> Document:
    """Make a device known.

    Raises:
        NotFound: there is no such crew within the token's reach.
        Invalid: it has no name.
        Forbidden: a phone asks, not a person.

    """
    _is_a_person(tx)
    if not label.strip() or "\0" in label:
        message = Text("请给设备起个名字。", "Give the device a name.")
        raise Invalid(message, problems=[Problem(field="label", message=message)])
    crew = await codes.crew(tx, crew)
    programme = await tx.value("select programme from forest.crew where code = $1", crew)
    id = uuid7()
    await store.insert(tx, id, programme, crew, label.strip())
    return {"id": str(id), "crew": crew, "programme": programme, "label": label.strip()}


def _is_a_person(tx: Transaction) -> None:
    """See that a phone that was lost cannot let in another before it is revoked, nor shut out the others."""
    if tx.who is not None and tx.who.device is not None:
        raise Forbidden(
            Text(
                "手机不能登记或吊销设备；请用班组长自己的令牌。",
                "A phone neither enrols nor revokes devices; use the crew leader's own token.",
            )
        )


async def give_code(tx: Transaction, device: str, base: str) -> Document:
    """Make the code that enrols a device, with its address and QR code; as the owner of the database."""
    code, expires_at = new_code(), datetime.now(UTC) + timedelta(hours=CODE_HOURS)
    await store.add_code(tx, UUID(device), fingerprint(code), expires_at)
    url = f"{base.rstrip('/')}/field#enrol={code}"
    drawn = segno.make(url, error="m", micro=False).svg_inline(scale=6, border=4)
    return {"code": code, "url": url, "expires_at": expires_at, "qr_svg": drawn}


async def enrol(pool: asyncpg.Pool, code: str) -> Document:
    """Take a code for a token of the device.

    Raises:
        BadRequest: the code is unknown, used or too old.

    """
    async with transaction(pool, "enrolment") as tx:
        device = await store.use_code(tx, fingerprint(code.strip().upper()))
        if device is None:
            message = Text("登记码无效、已使用或已过期；请向班组长索取新的。", "The code is not known, used or too old; ask the crew leader for a new one.")
            raise BadRequest(message, code="enrolment-code", problems=[Problem(field="code", message=message)])
        secret, token = new_secret(), uuid7()
        await tokens.insert(
            tx, token, "crew_leader", device["label"], fingerprint(secret), programmes=[device["programme"]], crew=device["crew"]
        )
        await store.bind_token(tx, token, device["id"])
    return {
        "device": str(device["id"]),
        "token": secret,
        "label": device["label"],
        "programme": _named(device, "programme"),
        "crew": _named(device, "crew"),
    }


async def listing(tx: Transaction) -> list[Document]:
    """List the devices within reach, with what each has handed in."""
    return [await _described(tx, row) for row in await store.listing(tx)]


async def revoke(tx: Transaction, id: UUID, reason: str) -> Document:
    """Revoke a device: it may still hand in what it has, into quarantine, and nothing else.

    Raises:
        NotFound: there is none within reach.
        Invalid: no reason.
        Forbidden: a phone asks, not a person.

    """
    _is_a_person(tx)
    if not reason.strip() or "\0" in reason:
        message = Text("请写明吊销的理由。", "Say why it is revoked.")
        raise Invalid(message, problems=[Problem(field="reason", message=message)])
    row = await store.revoke(tx, id, reason.strip())
    if row is None:
        raise NotFound(Text(f"没有设备 {id}。", f"There is no device {id}."))
    log.info("device revoked", device=str(id), by=tx.actor)
    return await _described(tx, row)


async def own(tx: Transaction, actor: Actor, device: UUID) -> Row:
    """Give the device that a batch says it comes from, if the token is that device's.

    Raises:
        NotFound: it is not.

    """
    row = await store.get(tx, device) if actor.device == str(device) else None
    if row is None:
        raise NotFound(
            Text(f"此令牌不是设备 {device} 的；请先登记设备。", f"This token is not that of device {device}; enrol the phone first.")
        )
    return row


async def _described(tx: Transaction, row: Row) -> Document:
    upto, missing = await store.progress(tx, row["id"])
    return {**dict(row), "id": str(row["id"]), "received_upto": upto, "missing": missing}


def _named(row: Row, what: str) -> Document:
    return {"code": row[what], "name_zh": row[f"{what}_zh"], "name_en": row[f"{what}_en"]}

