"""Submitted files: what came, from whom, and what became of it."""

import msgspec

from forestapi.db.transaction import Transaction


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


async def count(tx: Transaction, id: str, counts: dict[str, int]) -> None:
    """Put down what became of its rows."""
    await tx.run(
        "update forest.submission set counts = $2::text::jsonb where id = $1::text::uuid",
        id,
        msgspec.json.encode(counts).decode(),
    )
