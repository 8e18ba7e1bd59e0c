"""Reading, erasing and letting expire who workers are."""

import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec

from forestapi.access import Actor
from forestapi.db.transaction import Transaction, transaction
from forestapi.errors import BadRequest, Conflict, NotFound
from forestapi.records import CIVIL_TIME, nouns
from forestapi.services import scoping
from forestapi.store import workers as store
from geo.text import Text

MIN_REASON = 3
MIN_YEARS = 3
"""For so long wage records are kept at least, whatever the setting; the database refuses sooner erasing by itself."""


async def read(pool: asyncpg.Pool, actor: Actor, worker: UUID, reason: str) -> dict[str, str | None]:
    """Open an identity, after the reading is in the log for good.

    Raises:
        BadRequest: no reason is given.
        NotFound: there is none within the token's reach, or it was erased.

    """
    reason = _reason(reason)
    async with transaction(pool, actor) as tx:
        await scoping.reach(tx, nouns()["workers"], [str(worker)])
        row, vault = await store.sealed(tx, worker), tx.vault
        if row is not None:
            await store.log(tx, "read", worker, reason)
    if row is None or row["erased_at"] is not None:
        raise NotFound(Text("没有这个工人的身份信息。", "There is no identity of this worker."))
    return vault.open(str(worker), row["wrapped"], row["sealed"])


async def names_in(tx: Transaction, workers: Sequence[str], reason: str | None) -> dict[str, str]:
    """Open the names of workers within a transaction: id -> name; see `names`.

    Without a reason nothing is logged: for a checksum of a list that is handed to nobody.
    """
    rows = await store.sealed_names(tx, workers)
    if reason is not None:
        await store.log_all(tx, "read name", [row["worker"] for row in rows], reason)
    opened = {row["worker"]: tx.vault.open_name(row["worker"], row["wrapped"], row["sealed_name"]) for row in rows}
    return {worker: name for worker, name in opened.items() if name}


async def names(pool: asyncpg.Pool, actor: Actor | str, workers: Sequence[str], reason: str) -> dict[str, str]:
    """Open the names (nothing else) of workers, after the reading of each is in the log for good: id -> name.

    Left out are those out of the token's reach, those without a name, and those that were erased.
    """
    if not workers:
        return {}
    async with transaction(pool, actor) as tx:
        return await names_in(tx, workers, reason)


async def identities(
    pool: asyncpg.Pool, actor: Actor | str, workers: Sequence[str], reason: str
) -> dict[str, dict[str, str | None]]:
    """Open whole identities of workers, after the reading of each is in the log for good: id -> identity.

    Left out are those out of the token's reach, and those that were erased.

    Raises:
        BadRequest: no reason is given.

    """
    reason = _reason(reason)
    async with transaction(pool, actor) as tx:
        rows, vault = await store.sealed_all(tx, workers), tx.vault
        await store.log_all(tx, "read", [row["worker"] for row in rows], reason)
    return {row["worker"]: vault.open(row["worker"], row["wrapped"], row["sealed"]) for row in rows}


async def erase(tx: Transaction, worker: UUID, reason: str, ledger: Path, years: int = MIN_YEARS) -> None:
    """Destroy a person's key. Shifts, wages and history stay; nobody reads the name again.

    The erasure also goes into `ledger`, a file outside the database, which is replayed over a restored backup.

    Raises:
        NotFound: there is no such worker, or the identity is erased already.
        Conflict: the worker has a shift or a payment of the last `years` years, for which wage records are kept.

    """
    reason = _reason(reason)
    last_day = await store.last_day(tx, worker)
    until = last_day and last_day.replace(year=last_day.year + years, day=min(last_day.day, 28))
    if until is not None and until >= datetime.now(CIVIL_TIME).date():
        raise Conflict(
            Text(
                f"该工人最后一次出工或支付是 {last_day}；工资记录须保存 {years} 年，期满（{until} 之后）方可删除身份。",
                f"The worker's last shift or payment was on {last_day}; wage records are kept {years} years, so the identity may"
                f" be erased after {until}.",
            ),
            code="retention",
        )
    if not await store.erase(tx, worker, reason):
        raise NotFound(Text(f"没有可删除的身份：{worker}。", f"There is no identity to erase: {worker}."))
    await store.log(tx, "erase", worker, reason)
    ledger.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    entry = {"worker": str(worker), "reason": reason, "at": datetime.now(UTC)}
    with open(os.open(ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
        file.write(msgspec.json.encode(entry) + b"\n")
        file.flush()
        os.fsync(file.fileno())


async def replay(tx: Transaction, ledger: Path) -> int:
    """Erase again those that a ledger says were erased, after a backup has brought them back; say how many."""
    entries = [msgspec.json.decode(line) for line in ledger.read_bytes().splitlines() if line]
    return sum([await store.erase(tx, UUID(entry["worker"]), entry["reason"]) for entry in entries])


async def expired_files(tx: Transaction, data: Path, years: int) -> list[Path]:
    """List what is kept of sheets of shifts that came more than `years` years ago, and all reports that old.

    What came again since is kept, and so is what came with another noun; the ledger keeps the hash of what is
    deleted. Of a file that the ledger took nothing from, its own time is asked.
    """
    before = time.time() - years * 366 * 86_400
    old = [path for path in [*(data / "files").glob("*/*"), *(data / "reports").glob("*")] if path.stat().st_mtime < before]
    hashes = {path.name.partition(".")[0]: path for path in old if path.parent.parent.name == "files"}
    needed = await store.needed_files(tx, list(hashes), years)
    return [path for path in old if path.name.partition(".")[0] not in needed]


def erasures(data: Path) -> Path:
    """Say where an instance's ledger of erasures is."""
    return data / "keys" / "erased.jsonl"


def _reason(text: str) -> str:
    """Read a reason, which may come percent-encoded (headers are not made for Chinese)."""
    from urllib.parse import unquote

    reason = unquote(text).strip()
    if len(reason) < MIN_REASON or len(reason) > 500 or "\0" in reason:
        raise BadRequest(
            Text(
                "请说明理由：命令行用 --reason，API 用 Forest-Reason 头（可用百分号编码）。",
                "Say why: with --reason on the command line, in the header Forest-Reason over HTTP (percent-encoded if it is not ASCII).",
            ),
            code="reason-needed",
        )
    return reason
