"""Making and revoking the tokens that let people in."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from forestapi.access import CREW_ROLES, ROLES, fingerprint, new_secret
from forestapi.db.transaction import Transaction
from forestapi.errors import BadRequest, NotFound
from forestapi.store import codes
from forestapi.store import tokens as store
from geo.text import Text


async def create(
    connection: asyncpg.Connection,
    role: str,
    label: str,
    *,
    programmes: Sequence[str] = (),
    crew: str | None = None,
    days: float | None = None,
) -> str:
    """Make a token for `role` and return its secret, which is shown this once and kept nowhere.

    Args:
        connection: the instance's database.
        role: one of ROLES.
        label: who has it; written into the history of whatever they change.
        programmes: codes of the programmes that it is for; empty for all.
        crew: the one crew that it is for; its programme need not be given.
        days: after how many days it ends; None for never.

    Raises:
        BadRequest: there is no such role or programme, or the role does not go with a crew or without.
        NotFound: there is no such crew.

    """
    if role not in ROLES:
        names = ", ".join(ROLES)
        raise BadRequest(
            Text(f"没有角色 {role}；可用：{names}。", f"There is no role {role}; there are: {names}.")
        )
    if crew is not None and role not in CREW_ROLES:
        raise BadRequest(
            Text(f"角色 {role} 不限于班组。", f"The role {role} is not limited to a crew.")
        )
    if crew is None and role == "crew_leader":
        raise BadRequest(Text("班组长的令牌须指明班组。", "A crew leader's token takes a crew."))
    tx = Transaction(connection, label)
    if crew is not None:
        crew = await codes.crew(tx, crew)
        home = await tx.value("select programme from forest.crew where code = $1", crew)
        if programmes and home not in programmes:
            raise BadRequest(
                Text(f"班组 {crew} 属于项目 {home}。", f"The crew {crew} is of the programme {home}.")
            )
        programmes = [home]
    for code in programmes:
        if not await tx.value("select exists (select from forest.programme where code = $1)", code):
            raise BadRequest(Text(f"没有项目 {code}。", f"There is no programme {code}."))
    secret = new_secret()
    async with connection.transaction():
        await store.insert(
            tx, uuid7(), role, label, fingerprint(secret), programmes=list(programmes) or None, crew=crew,
            expires_at=None if days is None else datetime.now(UTC) + timedelta(days=days),
        )  # fmt: skip
    return secret


async def rotate(connection: asyncpg.Connection, id: str, grace_minutes: float = 0) -> str:
    """Put a new secret in the place of a token's, with the same rights; return it, shown this once.

    Raises:
        NotFound: there is no such valid token.

    """
    secret = new_secret()
    try:
        is_rotated = await store.rotate(
            Transaction(connection, "command line"), UUID(id), uuid7(), fingerprint(secret), grace_minutes * 60
        )
    except ValueError:
        is_rotated = False
    if not is_rotated:
        raise NotFound(Text(f"没有有效的令牌 {id}。", f"There is no valid token {id}."))
    return secret


async def has_administrator(connection: asyncpg.Connection) -> bool:
    """Whether anybody can administer this instance."""
    return await connection.fetchval(
        "select exists (select from forest.token where role = 'administrator' and revoked_at is null"
        " and expires_at is null)"
    )


async def list_all(connection: asyncpg.Connection) -> list[dict[str, object]]:
    """List the tokens, newest first."""
    return [dict(row) for row in await store.list_all(Transaction(connection, "command line"))]


async def revoke(connection: asyncpg.Connection, id: str) -> None:
    """Revoke a token; it is refused from the next request on.

    Raises:
        NotFound: there is no such token, or it is revoked already.

    """
    try:
        is_revoked = await store.revoke(Transaction(connection, "command line"), UUID(id))
    except ValueError:
        is_revoked = False
    if not is_revoked:
        raise NotFound(Text(f"没有可吊销的令牌 {id}。", f"There is no token {id} to revoke."))
