"""Operations of phones: put down once, answered for ever; and the bytes that were not taken into the ledger."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from forestapi.db.transaction import Row, Transaction
from forestapi.records import Noun
from forestapi.records._sync import Operation, Result

LOCK = 4779
"""First half of the advisory locks under which the batches of one crew come one after another."""


async def take_turn(tx: Transaction, crew: str) -> None:
    """Wait until no other batch of the crew is being stored, and make the commit one that has to last."""
    await tx.run("select set_config('synchronous_commit', 'on', true)")
    await tx.run("select pg_advisory_xact_lock($1, hashtext($2))", LOCK, crew)


async def mark(tx: Transaction) -> str:
    """Write something into the log of the database, so that the commit waits for a standby though nothing changed.

    A retry that finds its work done writes nothing, and would be confirmed by nobody. Returns the place (LSN).
    """
    return await tx.value("select pg_logical_emit_message(true, 'forest', 'receipt')::text")


async def claim(
    tx: Transaction,
    device: Row,
    batch: UUID,
    operations: Sequence[Operation],
    times: Sequence[datetime | None],
    clock_offset_s: float | None,
) -> set[UUID]:
    """Put operations down; return those that were not there. The primary key decides, whoever else sends them.

    They go in in the order of their ids, so that two batches with the same ones wait for each other in one order.
    """
    rows = [
        {
            "op": o.op, "seq": o.seq, "noun": o.noun, "action": o.action, "key": o.key, "base_revision": o.base_revision,
            "group_id": o.group, "resolves": o.resolves, "choice": o.choice, "sha256": f"\\x{o.sha256}", "device_at": at,
        }
        for o, at in zip(operations, times, strict=True)
    ]  # fmt: skip
    found = await tx.rows(
        """insert into forest.sync_operation (op, device, crew, programme, seq, batch, noun, action, key, base_revision,
          group_id, resolves, choice, sha256, device_at, clock_offset_s, era)
        select op, $2, $3, $4, seq, $5, noun, action, key, base_revision, group_id, resolves, choice, sha256, device_at,
          $6, forest.current_era()
        from jsonb_populate_recordset(null::forest.sync_operation, $1::jsonb) order by op
        on conflict (op) do nothing returning op""",
        msgspec.json.encode(rows).decode(), device["id"], device["crew"], device["programme"], batch, clock_offset_s,
    )  # fmt: skip
    return {UUID(str(row["op"])) for row in found}


_READ = """op, device, seq, noun, action, key, encode(sha256, 'hex') as sha256, file, outcome, revision, held::text as held,
  findings::text as findings, conflict::text as conflict, now_outcome, now_revision, now_held::text as now_held, is_waiting,
  received_at, forest.is_archived(era, transaction) and (file is null or exists (select from forest.photo_file f
    where f.sha256 = file and forest.is_archived(f.era, f.transaction))) as is_archived,
  file is null or exists (select from forest.photo_file f where f.sha256 = file) as has_file"""


async def known(tx: Transaction, ops: Sequence[UUID]) -> dict[UUID, Row]:
    """Read operations that are here, within the token's reach."""
    rows = await tx.rows(f"select {_READ} from forest.sync_operation where op = any($1)", list(ops))
    return {UUID(str(row["op"])): row for row in rows}


async def settle(tx: Transaction, results: Mapping[UUID, Result], *, is_first: bool) -> None:
    """Put down what became of operations: the first answer, or what has become of them since."""
    if not results:
        return
    rows = [
        {
            "op": op, "outcome": r.outcome, "revision": r.revision, "held": r.held, "findings": r.findings,
            "conflict": r.conflict, "file": r.file, "is_waiting": r.is_waiting,
        }
        for op, r in results.items()
    ]  # fmt: skip
    first = """outcome = n.outcome, revision = n.revision, held = n.held, findings = coalesce(n.findings, '[]'),
      conflict = n.conflict, file = n.file, is_waiting = n.is_waiting"""
    later = """now_outcome = n.outcome, now_revision = n.revision, now_held = n.held, now_findings = n.findings,
      conflict = n.conflict, file = coalesce(n.file, o.file), is_waiting = n.is_waiting"""
    await tx.run(
        f"""update forest.sync_operation o set {first if is_first else later}
        from jsonb_populate_recordset(null::forest.sync_operation, $1::jsonb) n where o.op = n.op""",
        msgspec.json.encode(rows).decode(),
    )


async def quarantine(
    tx: Transaction, device: Row, *, op: UUID | None, subject: UUID | None, sha256: str, content: bytes, why: str
) -> bool:
    """Keep bytes as they were handed in, sealed; say whether they were not there yet."""
    bound = f"{device['id']}:{sha256}".encode()
    tag: Any = await tx.run(
        """insert into forest.sync_quarantine (id, op, subject, device, crew, programme, sha256, sealed, why)
        values ($1, $2, $3, $4, $5, $6, decode($7, 'hex'), $8, $9) on conflict do nothing""",
        UUID(str(uuid7())), op, subject, device["id"], device["crew"], device["programme"], sha256,
        tx.vault.seal_bytes(content, bound), why,
    )  # fmt: skip
    return tag == "INSERT 0 1"


async def quarantined(tx: Transaction, op: UUID, sha256: str) -> bytes | None:
    """Open the bytes of an operation that were kept; None if they are not there."""
    row = await tx.row(
        "select device, sealed from forest.sync_quarantine where op = $1 and sha256 = decode($2, 'hex')", op, sha256
    )
    return None if row is None else tx.vault.open_bytes(row["sealed"], f"{row['device']}:{sha256}".encode())


async def waiting(tx: Transaction, crew: str) -> list[Row]:
    """List the operations of a crew that wait for what they rest on, oldest first."""
    return await tx.rows(
        """select op, device, seq, noun, action, key, base_revision, group_id, resolves, choice,
          encode(sha256, 'hex') as sha256 from forest.sync_operation
        where crew = $1 and is_waiting order by received_at, seq limit 500""",
        crew,
    )


async def existing(tx: Transaction, noun: Noun, keys: Sequence[UUID]) -> set[UUID]:
    """Find which records there are, and hold them for this transaction."""
    rows = await tx.rows(
        f"select id from forest.{noun.table} where id = any($1) order by id for update", list(keys)
    )
    return {UUID(str(row["id"])) for row in rows}


async def exist(tx: Transaction, table: str, ids: Sequence[UUID]) -> set[UUID]:
    """Find which of these ids there are, whoever's they are."""
    rows = await tx.rows("select forest.sync_exist($1, $2) as id", table, list(ids))
    return {UUID(str(row["id"])) for row in rows}


async def deleted(tx: Transaction, noun: Noun, keys: Sequence[UUID]) -> set[UUID]:
    """Find which of these records were deleted: a tombstone is the last that history has of them."""
    rows = await tx.rows(
        "select key from forest.sync_gone($1, $2) where is_deleted", noun.table, [str(key) for key in keys]
    )
    return {UUID(row["key"]) for row in rows}


async def versions(tx: Transaction, noun: Noun, key: UUID) -> list[dict[str, Any]]:
    """Read the versions of a record since it was last made, oldest first."""
    rows = await tx.rows(
        "select revision, action, recorded_at, actor, record::text as record from forest.sync_versions($1, $2)",
        noun.table,
        str(key),
    )
    found: list[dict[str, Any]] = []
    for row in rows:
        if row["action"] == "create":
            found = []
        found.append({**dict(row), "record": msgspec.json.decode(row["record"])})
    return found


async def own_revisions(tx: Transaction, device: UUID, key: UUID, before_seq: int) -> set[int]:
    """List the revisions of a record that earlier operations of this phone made."""
    rows = await tx.rows(
        """select coalesce(now_revision, revision) as revision from forest.sync_operation
        where key = $2 and device = $1 and seq < $3 and coalesce(now_outcome, outcome) in ('created', 'updated')""",
        device,
        key,
        before_seq,
    )
    return {row["revision"] for row in rows if row["revision"] is not None}


async def revisions(tx: Transaction, noun: Noun, keys: Sequence[UUID]) -> dict[UUID, int]:
    """Read the revisions of records."""
    rows = await tx.rows(f"select id, revision from forest.{noun.table} where id = any($1)", list(keys))
    return {UUID(str(row["id"])): row["revision"] for row in rows}


async def decisions(tx: Transaction, held: Sequence[str]) -> dict[str, Row]:
    """Read what was decided about held records that are not held any longer."""
    rows = await tx.rows(
        """select distinct on (d.held) d.held::text as held, d.decision, d.became from forest.held_decision d
        where d.held = any($1::uuid[]) and not exists (select from forest.held h where h.id = d.held)
        order by d.held, d.decided_at desc, d.id desc""",
        list(held),
    )
    return {row["held"]: row for row in rows}


async def is_confirmed(tx: Transaction, place: str) -> bool:
    """Whether a synchronous standby has what the database's log holds up to a place (LSN)."""
    return await tx.value(
        """select current_setting('synchronous_standby_names') <> '' and coalesce(
          (select bool_or(flush_lsn >= $1::text::pg_lsn) from pg_stat_replication
           where sync_state in ('sync', 'quorum')), false)""",
        place,
    )
