"""The ledger of overlaps: ground that two plots claim, and what was decided about it. Decisions are only ever added."""

from typing import Any
from uuid import UUID

from forestapi.db.sql import Sql, all_of
from forestapi.db.transaction import Row, Transaction
from forestapi.store import scopes

_COLUMNS = """o.id, o.earlier, o.later, o.earlier_number, o.later_number, o.earlier_programme, o.later_programme,
  o.is_one_programme, o.area_m2, o.share_of_earlier, o.share_of_later, o.days_between, o.kind, o.proposal, o.decision,
  o.credited_to, o.decided_at, e.credited_m2 as earlier_credited_m2, l.credited_m2 as later_credited_m2"""
_FROM = """forest.overlaps_located o left join forest.credit e on e.plot = o.earlier
  left join forest.credit l on l.plot = o.later"""


async def page(
    tx: Transaction, *, programme: str | None, kind: str | None, decision: str | None, limit: int, after: UUID | None
) -> list[Row]:
    """Read overlaps in the order of their ids, after `after`; `decision` may be `open`: none that stands."""
    conditions = [_within(tx)]
    if programme:
        conditions.append(Sql("{} in (o.earlier_programme, o.later_programme)", programme))
    if kind:
        conditions.append(Sql("o.kind = {}", kind))
    if decision:
        conditions.append(Sql("coalesce(o.decision, 'open') = {}", decision))
    if after:
        conditions.append(Sql("o.id > {}", after))
    return await tx.rows(Sql(f"select {_COLUMNS} from {_FROM} where {{}} order by o.id limit {{}}", all_of(conditions), limit))


async def get(tx: Transaction, id: UUID) -> Row | None:
    """Read one; None where there is none, or it is out of the token's reach."""
    return await tx.row(
        Sql(
            f"select {_COLUMNS} from {_FROM} where (o.later, o.earlier) in"
            " (select later, earlier from forest.overlap where forest.overlap_id(later, earlier) = {}) and {}",
            id,
            _within(tx),
        )
    )


async def decisions(tx: Transaction, one: UUID, other: UUID) -> list[Row]:
    """Read all that was ever decided about two plots, newest first, and whether it stands."""
    return await tx.rows(
        """select d.id, d.kind, d.resolution, d.first as credited_to, d.reason, d.actor as decided_by, d.decided_at, d.area_m2,
          exists (select from forest.overlap_standing s where s.id = d.id) as is_standing
        from forest.overlap_decision d where d.a = least($1::uuid, $2::uuid) and d.b = greatest($1::uuid, $2::uuid) order by d.seq desc""",
        one,
        other,
    )


async def take_turn(tx: Transaction) -> None:
    """Wait for whoever else decides at this moment; held to the end of the transaction."""
    await tx.run("select pg_advisory_xact_lock(4778::bigint << 48)")


async def leads_back(tx: Transaction, first: UUID, second: UUID) -> bool:
    """Whether decisions that stand, other than about this pair, put `second` before `first`."""
    return await tx.value(
        """with recursive pair as (
          select d.first, case when d.first = d.a then d.b else d.a end as second from forest.overlap_standing d
          where d.first is not null and (d.a, d.b) <> (least($1::uuid, $2::uuid), greatest($1::uuid, $2::uuid))
        ), reached (plot) as (
          select $2::uuid union select p.second from reached r join pair p on p.first = r.plot
        ) select exists (select from reached where plot = $1::uuid)""",
        first,
        second,
    )


async def add(tx: Transaction, id: UUID, overlap: Row, decision: dict[str, Any]) -> None:
    """Keep a decision about an overlap, with the boundaries that it rests on."""
    await tx.run(
        """insert into forest.overlap_decision (id, a, b, kind, resolution, first, reason, actor, area_m2, a_hash, b_hash)
        select $1, a.id, b.id, $4, $5, $6, $7, $8, $9, a.boundary_hash, b.boundary_hash
        from forest.plot a, forest.plot b where a.id = least($2::uuid, $3::uuid) and b.id = greatest($2::uuid, $3::uuid)""",
        id,
        overlap["earlier"],
        overlap["later"],
        decision["kind"],
        decision["resolution"],
        decision["credited_to"],
        decision["reason"],
        tx.actor,
        overlap["area_m2"],
    )


def _within(tx: Transaction) -> Sql:
    """Write the condition that one of the two plots at least is within the token's programmes."""
    if not scopes.is_limited(tx.scope) or tx.scope.programmes is None:
        return Sql("true")
    return Sql("(o.earlier_programme = any({}) or o.later_programme = any({}))", list(tx.scope.programmes), list(tx.scope.programmes))
