"""Tokens: only their SHA-256 is kept."""

from datetime import datetime
from typing import Any
from uuid import UUID

from forestapi.db.transaction import Row, Transaction


async def insert(
    tx: Transaction,
    id: UUID,
    role: str,
    label: str,
    sha256: bytes,
    *,
    programmes: list[str] | None = None,
    crew: str | None = None,
    expires_at: datetime | None = None,
) -> None:
    """Keep a new token."""
    await tx.run(
        """insert into forest.token (id, role, label, sha256, programmes, crew, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7)""",
        id, role, label, sha256, programmes, crew, expires_at,
    )  # fmt: skip


async def rotate(tx: Transaction, old: UUID, new: UUID, sha256: bytes, grace_s: float) -> bool:
    """Put a token with the same rights, and the same time to live, in the place of a valid one.

    The old one is revoked, after `grace_s` seconds. Says whether there was a valid one.
    """
    tag: Any = await tx.run(
        f"""with old as (update forest.token set revoked_at = now() + make_interval(secs => $4)
          where id = $1 and {VALID} returning *)
        insert into forest.token (id, role, label, sha256, programmes, crew, device, expires_at, rotates)
        select $2, role, label, $3, programmes, crew, device, now() + (expires_at - created_at), id from old""",
        old,
        new,
        sha256,
        grace_s,
    )
    return tag == "INSERT 0 1"


async def find(connection: Any, sha256: bytes) -> Row | None:
    """Find a valid token's role, label and scope; its last use is put down to the minute.

    One statement and a transaction of its own: every request that carries a token waits for it.
    """
    return await connection.fetchrow(
        f"""with used as (update forest.token set used_at = now()
          where sha256 = $1 and {VALID} and (used_at is null or used_at < now() - interval '1 minute'))
        select id::text as id, role, label, programmes, crew, device::text as device,
          exists (select from forest.device d where d.id = token.device and d.revoked_at is not null) as is_revoked_device
        from forest.token where sha256 = $1 and {VALID}""",
        sha256,
    )


VALID = "(revoked_at is null or revoked_at > now()) and (expires_at is null or expires_at > now())"


async def list_all(tx: Transaction) -> list[Row]:
    """List the tokens, newest first, without their secrets (which nobody has)."""
    return await tx.rows(
        """select id::text, role, label, programmes, crew, created_at, used_at, expires_at, revoked_at,
          rotates::text as rotates from forest.token order by created_at desc"""
    )


async def revoke(tx: Transaction, id: UUID) -> bool:
    """Revoke a token; say whether there was one to revoke."""
    tag: Any = await tx.run(
        f"update forest.token set revoked_at = now() where id = $1 and {VALID}", id
    )
    return tag == "UPDATE 1"
