"""Submitted files: what came, from whom, and what became of it."""

from uuid import UUID

import msgspec

from forestapi.db.sql import Sql
from forestapi.db.transaction import Transaction
from forestapi.store import scopes


async def insert(
    tx: Transaction,
    *,
    id: str,
    noun: str,
    file_name: str,
    sha256: str,
    programme: str | None,
    layer: str | None,
    crs: str | None,
) -> None:
    """Put down that a file came."""
    await tx.run(
        """insert into forest.submission (id, noun, file_name, sha256, programme, layer, crs, actor, counts)
        values ($1::text::uuid, $2, $3, $4, $5, $6, $7, $8, '{}')""",
        id, noun, file_name, sha256, programme, layer, crs, tx.actor,
    )  # fmt: skip


async def is_within(tx: Transaction, id: UUID) -> bool:
    """Whether a submitted file is there and within the token's reach."""
    return await tx.value(
        Sql(
            "select exists (select from forest.submission where id = {} and {})",
            id,
            scopes.submission_within(tx.scope, tx.actor),
        )
    )


async def count(tx: Transaction, id: str, counts: dict[str, int]) -> None:
    """Put down what became of its rows."""
    await tx.run(
        "update forest.submission set counts = $2::text::jsonb where id = $1::text::uuid",
        id,
        msgspec.json.encode(counts).decode(),
    )
