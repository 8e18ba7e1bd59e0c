"""What a wage ledger is made of: the work of a crew in a month, worker by worker, and what was paid for it."""

from collections.abc import Sequence
from datetime import date

import msgspec

from forestapi.db.transaction import Row, Transaction
from forestapi.records import Document


async def work(tx: Transaction, programme: str, crew: str, first: date, last: date) -> list[Row]:
    """Add up each worker's paid shifts of a crew between two dates: days, hours, quantities by rate, due, awaiting."""
    return await tx.rows(
        """select s.worker::text as worker, w.number,
          count(distinct s.work_date) filter (where s.status = 'approved')::int as days,
          (count(*) filter (where s.status = 'approved'))::int as shifts,
          coalesce(sum(s.hours) filter (where s.status = 'approved'), 0) as hours,
          coalesce(sum(s.wage_yuan) filter (where s.status = 'approved'), 0) as due_yuan,
          (count(*) filter (where s.status <> 'approved'))::int as awaiting_shifts,
          coalesce(sum(s.wage_yuan) filter (where s.status <> 'approved'), 0) as awaiting_yuan,
          coalesce((select jsonb_agg(jsonb_build_object('pay_basis', r.pay_basis, 'rate_yuan', r.rate_yuan::text,
              'quantity', r.quantity::text, 'wage_yuan', r.wage_yuan::text) order by r.pay_basis, r.rate_yuan)
            from (select pay_basis, rate_yuan, sum(quantity) as quantity, sum(wage_yuan) as wage_yuan
              from forest.shift p where p.worker = s.worker and p.programme = $1 and p.crew = $2
                and p.work_date between $3 and $4 and p.is_paid and p.status = 'approved'
              group by pay_basis, rate_yuan) r), '[]')::text as rates
        from forest.shift s join forest.worker w on w.id = s.worker
        where s.programme = $1 and s.crew = $2 and s.work_date between $3 and $4 and s.is_paid and s.status <> 'void'
        group by s.worker, w.number order by w.number nulls last, s.worker""",
        programme,
        crew,
        first,
        last,
    )


async def payments(tx: Transaction, programme: str, crew: str, month: str) -> list[Row]:
    """List the payments to a crew for a month, with what each settles of the wages due, oldest first."""
    return await tx.rows(
        """select y.id::text as id, y.worker::text as worker, w.number, y.items::text as items,
          y.deductions::text as deductions, y.due_yuan, y.deducted_yuan, y.net_yuan,
          forest.settled_yuan(y.items) as settled_yuan, y.paid_on, y.method, y.reference, y.photo
        from forest.payment y join forest.worker w on w.id = y.worker
        where y.programme = $1 and y.crew = $2 and y.month = $3 order by y.paid_on, y.received_at, y.id""",
        programme,
        crew,
        month,
    )


async def differing(tx: Transaction, documents: Sequence[Document]) -> set[str]:
    """Find those payments that are in the ledger with other content: ids."""
    rows = await tx.rows(
        """select p.id::text as id from forest.payment p
        join jsonb_populate_recordset(null::forest.payment, $1::jsonb) n using (id)
        where (p.worker, p.month, forest.with_numbers(p.items), forest.with_numbers(p.deductions), p.net_yuan, p.paid_on, p.method,
            p.reference)
          is distinct from (n.worker, n.month, forest.with_numbers(n.items), forest.with_numbers(n.deductions), n.net_yuan, n.paid_on,
            n.method, n.reference)""",
        msgspec.json.encode(documents).decode(),
    )
    return {row["id"] for row in rows}
