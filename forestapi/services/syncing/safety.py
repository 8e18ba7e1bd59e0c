"""How safe what was received is: here, on a standby too, or in a backup that was read again."""

from collections.abc import Sequence
from uuid import UUID

from forestapi.db.transaction import Transaction
from forestapi.records._sync import Receipt, Safety
from forestapi.store import operations as store


async def of(tx: Transaction, ops: Sequence[UUID]) -> dict[str, Safety]:
    """Say of committed operations how safe they are: id -> safety."""
    rows = list((await store.get(tx, ops)).values())
    archived = await store.safety(tx, [(row["era"], row["transaction"]) for row in rows])
    otherwise: Safety = "replica" if await store.has_standby(tx) else "local"
    return {str(row["op"]): "archived" if is_in else otherwise for row, is_in in zip(rows, archived, strict=True)}


async def say(tx: Transaction, receipts: Sequence[Receipt]) -> None:
    """Write into receipts how safe each is. What is in no ledger of ours (`retry`) is safe nowhere but on the phone."""
    known = [UUID(r.op) for r in receipts if r.op and _is_uuid(r.op) and r.outcome != "retry"]
    found = await of(tx, known)
    for receipt in receipts:
        if receipt.op and receipt.outcome != "retry":
            receipt.safety = found.get(receipt.op, "local")


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
