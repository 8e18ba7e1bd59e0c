"""Making and revoking the tokens that let people in."""

from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from forestapi.access import ROLES, fingerprint, new_secret
from forestapi.db.transaction import Transaction
from forestapi.errors import BadRequest, NotFound
from forestapi.store import tokens as store
from geo.text import Text


async def create(connection: asyncpg.Connection, role: str, label: str) -> str:
    """Make a token for `role` and return its secret, which is shown this once and kept nowhere.

    Raises:
        BadRequest: there is no such role.

    """
    if role not in ROLES:
        names = ", ".join(ROLES)
        raise BadRequest(
            Text(f"没有角色 {role}；可用：{names}。", f"There is no role {role}; there are: {names}.")
        )
    secret = new_secret()
    async with connection.transaction():
        await store.insert(Transaction(connection, label), uuid7(), role, label, fingerprint(secret))
    return secret


async def has_administrator(connection: asyncpg.Connection) -> bool:
    """Whether anybody can administer this instance."""
    return await connection.fetchval(
        "select exists (select from forest.token where role = 'administrator' and revoked_at is null)"
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
