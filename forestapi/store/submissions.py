"""Submitted files: what came, from whom, and what became of it."""

from uuid import UUID

import msgspec

from forestapi.db.sql import Sql
from forestapi.db.transaction import Row, Transaction
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


async def add_evidence(tx: Transaction, id: str, papers: list[dict[str, object]]) -> None:
    """Put down which photographs came with a file: sha256, file_name, media_type, bytes of each."""
    if papers:
        await tx.run(
            """insert into forest.submission_evidence (submission, sha256, file_name, media_type, bytes, actor)
            select $1::text::uuid, sha256, file_name, media_type, bytes, $3
            from jsonb_to_recordset($2::text::jsonb) as p (sha256 text, file_name text, media_type text, bytes bigint)
            on conflict do nothing""",
            id,
            msgspec.json.encode(papers).decode(),
            tx.actor,
        )


async def evidence(tx: Transaction, id: UUID) -> list[Row]:
    """List the photographs that came with a file."""
    return await tx.rows(
        """select sha256, file_name, media_type, bytes, actor, received_at from forest.submission_evidence
        where submission = $1 order by received_at, sha256""",
        id,
    )


async def count(tx: Transaction, id: str, counts: dict[str, int]) -> None:
    """Put down what became of its rows."""
    await tx.run(
        "update forest.submission set counts = $2::text::jsonb where id = $1::text::uuid",
        id,
        msgspec.json.encode(counts).decode(),
    )
