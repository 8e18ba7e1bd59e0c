"""Operations of phones: one row each, for ever; what is quarantined; and how records were."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from forestapi.db.transaction import Row, Transaction

_COLUMNS = """o.op, o.device, o.seq, o.noun, o.action, o.key, o.base_revision, o."group", o.resolves, o.choice, o.sha256, o.payload,
  o.outcome, o.revision, o.findings::text as findings, o.conflict::text as conflict, o.waits_for, o.held, o.label,
  o.era, o.transaction::text as transaction"""


async def lock(tx: Transaction, device: UUID) -> None:
    """Let one batch of a device go after another."""
    await tx.run("select pg_advisory_xact_lock(hashtextextended($1, 5521))", str(device))


async def claim(tx: Transaction, rows: Sequence[dict[str, Any]]) -> set[str]:
    """Put down operations that are new, in the order of their ids so that no two batches wait for each other.

    Returns the ids of those that were not there.
    """
    if not rows:
        return set()
    found = await tx.rows(
        """insert into forest.sync_operation (op, device, programme, crew, seq, noun, action, key, base_revision,
          device_time, batch, "group", resolves, choice, sha256, payload, label, era)
        select op, device, programme, crew, seq, noun, action, key, base_revision, device_time, batch, "group", resolves,
          choice, sha256, payload, label, forest.current_era()
        from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::uuid[], $6::int[], $7::text[], $8::uuid[],
          $9::uuid[], $10::text[], $11::bytea[], $12::bytea[]) as n (op, seq, noun, action, key, base_revision,
          device_time, "group", resolves, choice, sha256, payload),
          (select $13::uuid as device, $14::text as programme, $15::text as crew, $16::uuid as batch, $17::text as label) d
        order by op on conflict (op) do nothing returning op::text as op""",
        *([row[name] for row in rows] for name in (
            "op", "seq", "noun", "action", "key", "base_revision", "device_time", "group", "resolves", "choice", "sha256",
            "payload",
        )),
        rows[0]["device"], rows[0]["programme"], rows[0]["crew"], rows[0]["batch"], rows[0]["label"],
    )  # fmt: skip
    return {row["op"] for row in found}


async def get(tx: Transaction, ops: Sequence[UUID]) -> dict[str, Row]:
    """Read operations within reach: id -> row."""
    rows = await tx.rows(f"select {_COLUMNS} from forest.sync_operation o where o.op = any($1)", list(ops))
    return {str(row["op"]): row for row in rows}


async def waiting(tx: Transaction, crew: str) -> list[Row]:
    """Read the operations of a crew that wait for records to come, oldest first, and keep them for this transaction."""
    return await tx.rows(
        f"""select {_COLUMNS} from forest.sync_operation o where o.crew = $1 and o.waits_for is not null
        order by o.received_at, o.seq, o.op for update of o skip locked""",
        crew,
    )


async def decide(tx: Transaction, found: Sequence[dict[str, Any]]) -> None:
    """Put down what became of operations.

    Each says `op`, `outcome`, `revision`, `findings`, `conflict`, `waits_for`, `held`, and whether it `keeps_payload`.
    """
    if found:
        await tx.run(
            """update forest.sync_operation o set outcome = f.outcome, revision = f.revision, findings = f.findings,
              conflict = f.conflict, waits_for = f.waits_for, held = f.held,
              payload = case when f.keeps_payload then o.payload end,
              decided_at = now(), era = forest.current_era(), transaction = pg_current_xact_id()
            from jsonb_to_recordset($1::jsonb) as f (op uuid, outcome text, revision int, findings jsonb, conflict jsonb,
              waits_for uuid[], held uuid, keeps_payload boolean) where o.op = f.op""",
            msgspec.json.encode(found).decode(),
        )


async def forget(tx: Transaction, ops: Sequence[UUID]) -> None:
    """Let go of operations that had no effect and are to be sent again, in the transaction that claimed them."""
    if ops:
        await tx.run("select forest.sync_forget(op) from unnest($1::uuid[]) op", list(ops))


async def quarantine(
    tx: Transaction, *, op: str | None, seq: int | None, device: UUID, programme: str, crew: str, rule: str,
    sha256: bytes, sealed: bytes,
) -> bool:  # fmt: skip
    """Keep bytes that are not taken; the same bytes for the same reason once. Says whether they are new."""
    tag: Any = await tx.run(
        """insert into forest.sync_quarantine (op, seq, device, programme, crew, rule, sha256, bytes)
        values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (device, sha256, rule) do nothing""",
        op, seq, device, programme, crew, rule, sha256, sealed,
    )  # fmt: skip
    return tag == "INSERT 0 1"


async def past(tx: Transaction, noun: str, key: str, revision: int | None) -> Row | None:
    """Read a record at a revision, or its last entry in history (also of a deleted one), within the token's scope."""
    return await tx.row(
        "select revision, action, actor, recorded_at, record::text as record from forest.sync_past($1, $2, $3)",
        noun,
        key,
        revision,
    )


async def is_known(tx: Transaction, noun: str, keys: Sequence[str]) -> bool:
    """Whether one of these records is or was in the ledger, within the token's scope."""
    return await tx.value(
        f"""select exists (select from unnest($2::text[]) key where exists (select from forest.{noun} r where r.id = key::uuid)
          or exists (select from forest.sync_past($1, key, null)))""",
        noun,
        list(keys),
    )


async def absent(tx: Transaction, noun: str, ids: Sequence[UUID]) -> list[UUID]:
    """Find which of these records are not there, or out of the token's reach."""
    rows = await tx.rows(
        f"select id from unnest($1::uuid[]) id where not exists (select from forest.{noun} r where r.id = id.id)", list(ids)
    )
    return [row["id"] for row in rows]


async def decisions(tx: Transaction, helds: Sequence[UUID]) -> dict[str, Row]:
    """Read what became of held records that are held no longer: id -> its last decision, and the record's id."""
    rows = await tx.rows(
        """select distinct on (d.held) d.held::text as held, d.decision, d.became, d.record ->> 'id' as key
        from forest.held_decision d where d.held = any($1) and not exists (select from forest.held h where h.id = d.held)
        order by d.held, d.decided_at desc, d.id desc""",
        list(helds),
    )
    return {row["held"]: row for row in rows}


async def revisions(tx: Transaction, noun: str, ids: Sequence[UUID]) -> dict[str, int]:
    """Read the revisions of records within reach: id -> revision."""
    rows = await tx.rows(f"select id::text as id, revision from forest.{noun} where id = any($1)", list(ids))
    return {row["id"]: row["revision"] for row in rows}


async def safety(tx: Transaction, rows: Sequence[tuple[int, str]]) -> list[bool]:
    """Say of each (era, transaction) whether a verified backup holds it."""
    found = await tx.rows(
        """select forest.is_archived(era, transaction::xid8) as is_archived
        from unnest($1::int[], $2::text[]) with ordinality as t (era, transaction, place) order by place""",
        [era for era, _ in rows],
        [transaction for _, transaction in rows],
    )
    return [row["is_archived"] for row in found]


async def has_standby(tx: Transaction) -> bool:
    """Whether every commit waits until a standby has it on disk."""
    return await tx.value(
        "select current_setting('synchronous_standby_names') <> '' and current_setting('synchronous_commit')"
        " in ('on', 'remote_apply')"
    )
