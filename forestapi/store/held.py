"""Records that wait for a person: kept as submitted, counted nowhere."""

from typing import Any

import msgspec

from forestapi.db.transaction import Transaction
from forestapi.records import Noun


async def hold(tx: Transaction, rows: list[dict[str, Any]]) -> dict[str, str]:
    """Hold records, each under its identity; one that is held already is replaced. Returns identity -> id."""
    if not rows:
        return {}
    unique = {row["identity"]: row for row in rows}
    found = await tx.rows(
        """insert into forest.held as h
          (id, noun, programme, identity, record, findings, submission, submission_row, source_boundary, actor)
        select id, noun, programme, identity, record, findings, submission, submission_row, source_boundary, actor
        from jsonb_populate_recordset(null::forest.held, $1::jsonb)
        on conflict (noun, identity) do update set record = excluded.record, findings = excluded.findings
        returning id::text, identity""",
        msgspec.json.encode(list(unique.values())).decode(),
    )
    return {row["identity"]: row["id"] for row in found}


async def release(tx: Transaction, noun: Noun, identities: list[str]) -> None:
    """Let go of what was held under identities that the ledger has now admitted."""
    if identities:
        await tx.run("delete from forest.held where noun = $1 and identity = any($2)", noun.name, identities)


async def release_ids(tx: Transaction, ids: list[str]) -> None:
    """Let go of held records that corrected ones have taken the place of; what is no id is passed over."""
    if ids:
        await tx.run("delete from forest.held where id::text = any($1)", ids)


async def page(
    tx: Transaction, *, noun: str | None, programme: str | None, limit: int, after: str | None
) -> list[str]:
    """Read held records as JSON texts, in the order of their ids."""
    rows = await tx.rows(
        """select row_to_json(h)::text as json from (
          select id, noun, programme, record, findings, submission, submission_row as row, received_at
          from forest.held
          where ($1::text is null or noun = $1) and ($2::text is null or programme = $2)
            and ($3::uuid is null or id > $3)
          order by id limit $4) h""",
        noun,
        programme,
        after,
        limit,
    )
    return [row["json"] for row in rows]
