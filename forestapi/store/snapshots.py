"""Snapshots: moments of the ledger that were given a name. Only ever added to."""

from uuid import UUID

from forestapi.access import PUBLIC
from forestapi.db.transaction import Row, Transaction

_PUBLIC = "id, moment, made_at, label, history_block, encode(history_head, 'hex') as history_head"
_COLUMNS = f"{_PUBLIC}, made_by, reason"


async def add(tx: Transaction, id: UUID, label: str, reason: str | None) -> Row:
    """Keep this transaction's moment: all that was committed before it."""
    row = await tx.row(
        f"""insert into forest.snapshot (id, moment, made_by, label, reason, history_block, history_head)
        select $1, forest.current_era() || '@' || pg_current_snapshot(), $2, $3, $4, b.number, b.head
        from (select) one left join (
          select number, head from forest.history_block order by number desc limit 1) b on true
        returning {_COLUMNS}""",
        id,
        tx.actor,
        label,
        reason,
    )
    assert row is not None
    return row


async def get(tx: Transaction, id: UUID) -> Row | None:
    """Read one; the public without who made it, and why."""
    return await tx.row(f"select {_columns(tx)} from forest.snapshot where id = $1", id)


async def page(tx: Transaction, before: UUID | None, limit: int) -> list[Row]:
    """Read the newest first; `before` is the last id of the page before."""
    return await tx.rows(
        f"""select {_columns(tx)} from forest.snapshot
        where $1::uuid is null or (made_at, id) < (select made_at, id from forest.snapshot where id = $1)
        order by made_at desc, id desc limit $2""",
        before,
        limit,
    )


def _columns(tx: Transaction) -> str:
    return _PUBLIC if tx.who is not None and tx.who.role == PUBLIC else _COLUMNS
