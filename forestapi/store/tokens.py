"""Tokens: only their SHA-256 is kept."""

from typing import Any
from uuid import UUID

from forestapi.db.transaction import Row, Transaction


async def insert(tx: Transaction, id: UUID, role: str, label: str, sha256: bytes) -> None:
    """Keep a new token."""
    await tx.run(
        "insert into forest.token (id, role, label, sha256) values ($1, $2, $3, $4)", id, role, label, sha256
    )


async def find(tx: Transaction, sha256: bytes) -> Row | None:
    """Find a valid token's role and label; its last use is put down to the minute."""
    return await tx.row(
        """with used as (update forest.token set used_at = now()
          where sha256 = $1 and revoked_at is null and (used_at is null or used_at < now() - interval '1 minute'))
        select role, label from forest.token where sha256 = $1 and revoked_at is null""",
        sha256,
    )


async def list_all(tx: Transaction) -> list[Row]:
    """List the tokens, newest first, without their secrets (which nobody has)."""
    return await tx.rows(
        "select id::text, role, label, created_at, used_at, revoked_at from forest.token order by created_at desc"
    )


async def revoke(tx: Transaction, id: UUID) -> bool:
    """Revoke a token; say whether there was one to revoke."""
    tag: Any = await tx.run(
        "update forest.token set revoked_at = now() where id = $1 and revoked_at is null", id
    )
    return tag == "UPDATE 1"
