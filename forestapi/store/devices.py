"""Phones, the codes that enrol them, and which of their operations are here."""

from datetime import datetime
from typing import Any
from uuid import UUID

from forestapi.access import reaches
from forestapi.db.sql import Sql, all_of
from forestapi.db.transaction import Row, Transaction

_COLUMNS = """d.id, d.label, d.crew, d.programme, d.created_by, d.created_at, d.enrolled_at, d.seen_at, d.revoked_at,
  d.revoked_by, d.revoke_reason, d.received_upto, d.clock_offset_s"""


def _within(tx: Transaction) -> Sql:
    scope = reaches(tx.scope)
    conditions = []
    if scope.programmes is not None:
        conditions.append(Sql("d.programme = any({})", list(scope.programmes)))
    if scope.crew is not None:
        conditions.append(Sql("d.crew = {}", scope.crew))
    return all_of(conditions)


async def insert(tx: Transaction, id: UUID, crew: str, programme: str, label: str) -> None:
    """Put down a phone that is to be enrolled."""
    await tx.run(
        "insert into forest.device (id, crew, programme, label, created_by) values ($1, $2, $3, $4, $5)",
        id, crew, programme, label, tx.actor,
    )  # fmt: skip


async def offer(tx: Transaction, device: UUID, sha256: bytes, expires_at: datetime) -> None:
    """Keep the hash of a code; roles of requests cannot reach it, so this takes the operator's transaction."""
    await tx.run(
        "insert into forest.enrolment (sha256, device, expires_at) values ($1, $2, $3)", sha256, device, expires_at
    )


async def take_code(tx: Transaction, sha256: bytes) -> Row | None:
    """Use up a code: of two who send it at once, one is enrolled. None if it is not valid."""
    return await tx.row(
        """with used as (update forest.enrolment set used_at = now()
          where sha256 = $1 and used_at is null and expires_at > now() returning device),
        enrolled as (update forest.device set enrolled_at = now() from used
          where id = used.device and revoked_at is null returning id, label, crew, programme)
        select e.id, e.label, c.code as crew, c.name_zh as crew_zh, c.name_en as crew_en,
          p.code as programme, p.name_zh, p.name_en
        from enrolled e join forest.crew c on c.code = e.crew join forest.programme p on p.code = e.programme""",
        sha256,
    )


async def get(tx: Transaction, id: UUID) -> Row | None:
    """Read one phone within the token's reach."""
    return await tx.row(Sql(f"select {_COLUMNS} from forest.device d where d.id = {{}} and {{}}", id, _within(tx)))


async def page(tx: Transaction, limit: int, after: UUID | None) -> list[Row]:
    """Read the phones within the token's reach, in the order of their ids."""
    return await tx.rows(
        Sql(
            f"select {_COLUMNS} from forest.device d where {{}} and ({{}}::uuid is null or d.id > {{}})"
            " order by d.id limit {}",
            _within(tx), after, after, limit,
        )  # fmt: skip
    )


async def revoke(tx: Transaction, id: UUID, reason: str) -> None:
    """Revoke a phone; the first revocation stays."""
    await tx.run(
        """update forest.device set revoked_at = now(), revoked_by = $2, revoke_reason = $3
        where id = $1 and revoked_at is null""",
        id,
        tx.actor,
        reason,
    )


async def seen(tx: Transaction, id: UUID, clock_offset_s: float | None) -> int:
    """Put down that a phone was here, and up to which number all of its operations are; return that number."""
    return await tx.value(
        """update forest.device d set seen_at = now(), clock_offset_s = coalesce($2, clock_offset_s),
          received_upto = coalesce((
            select min(s.before) from (select seq, lag(seq, 1, d.received_upto) over (order by seq) as before from (
              select distinct seq from forest.sync_operation
              where device = d.id and seq > d.received_upto and outcome <> 'retry') n) s
            where s.seq > s.before + 1),
            greatest(d.received_upto, (select max(seq) from forest.sync_operation
              where device = d.id and seq > d.received_upto and outcome <> 'retry')))
        where id = $1 returning received_upto""",
        id,
        clock_offset_s,
    )


async def missing(tx: Transaction, ids: list[UUID]) -> dict[UUID, list[tuple[int, int]]]:
    """List the gaps in the numbers of phones, above the number up to which all is here."""
    rows: list[Any] = await tx.rows(
        """select device, before + 1 as first, seq - 1 as last from (
          select o.device, o.seq, lag(o.seq, 1, d.received_upto) over (partition by o.device order by o.seq) as before
          from forest.device d cross join lateral (select distinct device, seq from forest.sync_operation o
            where o.device = d.id and o.seq > d.received_upto and o.outcome <> 'retry') o
          where d.id = any($1)) s
        where seq > before + 1 order by device, seq limit 1000""",
        ids,
    )
    found: dict[UUID, list[tuple[int, int]]] = {}
    for row in rows:
        found.setdefault(row["device"], []).append((row["first"], row["last"]))
    return found
