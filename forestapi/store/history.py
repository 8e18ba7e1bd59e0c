"""History as it is read: versions of one record, changes since a cursor, and the blocks that seal it."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from forestapi.db.transaction import Row, Transaction
from forestapi.records import Noun

Place = tuple[int, int, int]
"""(era, transaction, seq): where an entry stands in the order in which changes are given out."""
START: Place = (0, 0, 0)
BLOCK_ENTRIES = 20_000
_CURSOR = "h.era || '.' || h.transaction || '.' || h.seq as cursor"
_COMMITTED = "forest.committed_at(h.era, h.transaction, h.recorded_at) as recorded_at"
_AFTER = "(h.era, h.transaction, h.seq) > ($1::int, $2::text::xid8, $3::bigint)"
_SETTLED = (
    "(h.era < forest.current_era() or (h.era = forest.current_era()"
    " and h.transaction < pg_snapshot_xmin(pg_current_snapshot())))"
)
"""Below the oldest transaction that still runs nothing can be added any more: a reader skips no late commit."""


async def versions(tx: Transaction, noun: str, key: str, as_of: str | None = None) -> list[dict[str, Any]]:
    """Read the versions of a record, oldest first, with who, when and why."""
    rows = await tx.rows(
        f"""select {_CURSOR}, {_COMMITTED}, h.revision, h.action, h.actor, h.reason,
          forest.history_document(h.shape, h.row, h.boundary)::text as record
        from forest.history h where h.noun = $1 and h.key = $2
          and ($3::text is null or forest.is_known(h.era, h.transaction, h.recorded_at, $3))
        order by h.seq""",
        noun,
        key,
        as_of,
    )
    return [_entry(row) for row in rows]


async def public_versions(
    tx: Transaction, noun: str, key: str, as_of: str | None = None
) -> list[dict[str, Any]]:
    """Read the versions of a public record, without who changed it and why."""
    rows = await tx.rows(
        "select cursor, recorded_at, revision, action, record::text as record from forest.public_versions($1, $2, $3)",
        noun,
        key,
        as_of,
    )
    return [_entry(row) for row in rows]


async def changes(
    tx: Transaction, after: Place, *, limit: int, nouns: list[str] | None = None
) -> list[dict[str, Any]]:
    """Read entries after a place, in an order that no later commit can get in between."""
    rows = await tx.rows(
        f"""select {_CURSOR}, h.noun, h.key, {_COMMITTED}, h.revision, h.action, h.actor, h.reason,
          forest.history_document(h.shape, h.row, h.boundary)::text as record
        from forest.history h where {_AFTER} and {_SETTLED} and ($5::text[] is null or h.noun = any($5))
        order by h.era, h.transaction, h.seq limit $4""",
        after[0],
        str(after[1]),
        after[2],
        limit,
        nouns,
    )
    return [_entry(row) for row in rows]


async def unsealed(tx: Transaction, after: Place) -> list[Row]:
    """Read the leaves of settled entries after a place, as many as one block takes."""
    return await tx.rows(
        f"""select h.era, h.transaction::text as transaction, h.seq, forest.history_leaf(h) as leaf
        from forest.history h where {_AFTER} and {_SETTLED}
        order by h.era, h.transaction, h.seq limit {BLOCK_ENTRIES}""",
        after[0],
        str(after[1]),
        after[2],
    )


async def entries_between(tx: Transaction, after: Place, upto: Place) -> list[Row]:
    """Read the entries after one place and up to another, with the leaf that each has now."""
    return await tx.rows(
        f"""select h.seq, h.noun, h.key, h.revision, forest.history_leaf(h) as leaf
        from forest.history h where {_AFTER} and (h.era, h.transaction, h.seq) <= ($4::int, $5::text::xid8, $6::bigint)
        order by h.era, h.transaction, h.seq""",
        after[0],
        str(after[1]),
        after[2],
        upto[0],
        str(upto[1]),
        upto[2],
    )


async def count_after(tx: Transaction, after: Place) -> int:
    """Count the entries after a place, settled or not."""
    return await tx.value(
        f"select count(*) from forest.history h where {_AFTER}", after[0], str(after[1]), after[2]
    )


async def last_block(tx: Transaction) -> Row | None:
    """Read the newest block's number, place and head."""
    return await tx.row(
        "select number, era, transaction::text as transaction, seq, head from forest.history_block"
        " order by number desc limit 1"
    )


async def add_block(
    tx: Transaction, number: int, upto: Place, seqs: list[int], leaves: bytes, root: bytes, previous: bytes, head: bytes
) -> None:  # fmt: skip
    """Keep a block."""
    await tx.run(
        """insert into forest.history_block
          (number, era, transaction, seq, entries, seqs, leaves, root, previous, head, sealed_at)
        values ($1, $2, $3::text::xid8, $4, $5, $6, $7, $8, $9, $10, now())""",
        number,
        upto[0],
        str(upto[1]),
        upto[2],
        len(seqs),
        seqs,
        leaves,
        root,
        previous,
        head,
    )


async def blocks(tx: Transaction, *, whole: bool = False) -> AsyncIterator[Row]:
    """Go through the blocks in order; `whole` brings their leaves too."""
    columns = ", seqs, leaves" if whole else ""
    async for row in tx.connection.cursor(
        f"""select number, era, transaction::text as transaction, seq, entries, root, previous, head, sealed_at{columns}
        from forest.history_block order by number""",
        prefetch=10,
    ):
        yield row


async def try_lock(tx: Transaction) -> bool:
    """Become the only sealer until the transaction ends; False if another is at it."""
    return await tx.value("select pg_try_advisory_xact_lock(4778::bigint << 48)")


async def differences(tx: Transaction) -> list[dict[str, str]]:
    """Compare every record with its last entry: rows that were written past the triggers, or taken away."""
    found = []
    for row in await tx.rows("select distinct noun from forest.history_shape order by noun"):
        for each in await tx.rows(f"select key, difference from forest.history_differs_{row['noun']}()"):
            found.append({"kind": each["difference"], "noun": row["noun"], "key": each["key"]})
    return found


async def unwatched(tx: Transaction) -> list[str]:
    """Name the tables whose triggers of history are missing or switched off."""
    rows = await tx.rows(
        """select n.noun from (select distinct noun from forest.history_shape) n
        where (select count(*) from pg_trigger t where t.tgrelid = ('forest.' || n.noun)::regclass
          and t.tgname in ('history_inserted', 'history_updated', 'history_deleted', 'history_truncated')
          and t.tgenabled in ('O', 'A')) < 4 order by 1"""
    )
    return [row["noun"] for row in rows]


async def era_check(tx: Transaction) -> int:
    """Begin a new era if this ledger was restored into a cluster that counts lower."""
    return await tx.value("select forest.era_check()")


def table_of(noun: Noun) -> str:
    """Give the name that history knows a noun by."""
    return noun.table


def _entry(row: Row) -> dict[str, Any]:
    entry = dict(row)
    entry["record"] = msgspec.Raw(entry["record"].encode())
    return entry
