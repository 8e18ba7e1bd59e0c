"""Sealing history and proving it: blocks of entries, each with the root of a Merkle tree, chained by their heads.

A leaf is SHA-256 over 0x00 and the whole entry, a node over 0x01 and its two children (RFC 6962); a head is
SHA-256 over the previous head, the block's number, its number of entries, its last place and its root. Whoever
keeps a head elsewhere (`forest history export`) can tell any later change of what came before it.
"""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import structlog

from forestapi.db.transaction import Row, Transaction, transaction
from forestapi.errors import BadRequest, NotFound, Problem
from forestapi.records import Noun
from forestapi.stats import resolve_as_of
from forestapi.store import history as store
from forestapi.store.history import START, Place
from geo.text import Text

GENESIS = bytes(32)
SEAL_SECONDS = 60
log = structlog.get_logger()


def merkle_root(leaves: list[bytes]) -> bytes:
    """Give the root over at least one leaf; an odd node goes up as it is."""
    level = leaves
    while len(level) > 1:
        pairs = [
            hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)
        ]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]


def head_of(previous: bytes, number: int, upto: Place, entries: int, root: bytes) -> bytes:
    """Give the head of a block."""
    place = f"{number} {entries} {upto[0]} {upto[1]} {upto[2]}".encode()
    return hashlib.sha256(b"\x02" + previous + place + root).digest()


async def seal(tx: Transaction) -> int:
    """Seal what is settled into blocks; return how many entries. Writers wait for nothing."""
    if not await store.try_lock(tx):
        return 0
    sealed = 0
    last = await store.last_block(tx)
    number, after, previous = (last["number"], _place(last), last["head"]) if last else (0, START, GENESIS)
    while rows := await store.unsealed(tx, after):
        leaves = [row["leaf"] for row in rows]
        number, after = number + 1, _place(rows[-1])
        root = merkle_root(leaves)
        head = head_of(previous, number, after, len(rows), root)
        await store.add_block(
            tx, number, after, [row["seq"] for row in rows], b"".join(leaves), root, previous, head
        )
        previous, sealed = head, sealed + len(rows)
        if len(rows) < store.BLOCK_ENTRIES:
            break
    return sealed


async def keep_sealing(pool: asyncpg.Pool) -> None:
    """Seal every minute for as long as the server runs; a failure is logged and tried again."""
    async with transaction(pool, "sealer", timeout_s=0) as tx:
        await store.era_check(tx)
    while True:
        await asyncio.sleep(SEAL_SECONDS)
        try:
            async with transaction(pool, "sealer", timeout_s=0) as tx:
                await seal(tx)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            log.warning("history could not be sealed; trying again in a minute", error=str(error))


async def verify(
    tx: Transaction, against: list[dict[str, Any]] | None = None, *, records: bool = True
) -> dict[str, Any]:
    """Recompute the chain and compare every record with its last entry.

    Args:
        tx: a read-only transaction of the operator's, so that all is of one moment.
        against: heads that were exported earlier.
        records: whether to look at the records too, not only at the chain.

    Returns:
        `{ok, blocks, entries, unsealed, head, problems}`; a problem is of the kind `tampered`, `missing` or
        `inserted` (an entry, by noun, key and revision), `block` (a block that does not fit its own leaves or the
        one before), `head` (not what was exported), `unwatched` (a table without its triggers), or of a record
        against its last entry: `differs`, `lost`, `unrecorded`.

    """
    problems: list[dict[str, Any]] = []
    after, previous, expected, entries = START, GENESIS, 1, 0
    heads: dict[int, str] = {}
    async for block in store.blocks(tx, whole=True):
        number, upto = block["number"], _place(block)
        leaves = [block["leaves"][i : i + 32] for i in range(0, len(block["leaves"]), 32)]
        if number != expected:
            problems.append(
                {"kind": "block", "block": expected, "why": f"blocks before {number} are missing"}
            )
        root = merkle_root(leaves) if leaves else b""
        fits = len(leaves) == len(block["seqs"]) == block["entries"] and root == block["root"]
        if not fits:
            problems.append({"kind": "block", "block": number, "why": "its root is not that of its leaves"})
        if block["previous"] != previous or block["head"] != head_of(
            previous, number, upto, block["entries"], root
        ):
            problems.append({"kind": "block", "block": number, "why": "it does not rest on the block before"})
        problems += _compare(block, leaves, await store.entries_between(tx, after, upto))
        heads[number] = block["head"].hex()
        after, previous, expected = upto, block["head"], number + 1
        entries += block["entries"]
    for kept in against or []:
        if heads.get(kept["number"]) != kept["head"]:
            problems.append(
                {"kind": "head", "block": kept["number"], "why": "its head is not the one that was exported"}
            )
    problems += [{"kind": "unwatched", "noun": noun} for noun in await store.unwatched(tx)]
    if records:
        problems += await store.differences(tx)
    return {
        "ok": not problems,
        "blocks": len(heads),
        "entries": entries,
        "unsealed": await store.count_after(tx, after),
        "head": previous.hex() if heads else None,
        "problems": problems,
    }


def _compare(block: Row, leaves: list[bytes], rows: list[Row]) -> list[dict[str, Any]]:
    """Name the entries of a block that are not as they were sealed."""
    sealed = dict(zip(block["seqs"], leaves, strict=False))
    found: list[dict[str, Any]] = []
    for row in rows:
        leaf = sealed.pop(row["seq"], None)
        if leaf != row["leaf"]:
            kind = "inserted" if leaf is None else "tampered"
            named = {name: row[name] for name in ("seq", "noun", "key", "revision")}
            found.append({"kind": kind, "block": block["number"], **named})
    return found + [{"kind": "missing", "block": block["number"], "seq": seq} for seq in sealed]


async def export(tx: Transaction, file: Path) -> int:
    """Write the heads of all blocks, one JSON object a line, to be kept elsewhere; return how many."""
    lines = [
        msgspec.json.encode(
            {
                "number": block["number"],
                "entries": block["entries"],
                "upto": ".".join(map(str, _place(block))),
                "root": block["root"].hex(),
                "head": block["head"].hex(),
                "sealed_at": block["sealed_at"],
            }
        )
        async for block in store.blocks(tx)
    ]
    file.write_bytes(b"".join(line + b"\n" for line in lines))
    return len(lines)


def read_export(file: Path) -> list[dict[str, Any]]:
    """Read heads that were exported.

    Raises:
        BadRequest: the file is not an export of heads.

    """
    try:
        found = [msgspec.json.decode(line) for line in file.read_bytes().splitlines() if line]
        return [{"number": int(each["number"]), "head": str(each["head"])} for each in found]
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        raise BadRequest(
            Text(f"{file.name} 不是导出的链头文件。", f"{file.name} is no export of heads.")
        ) from None


async def versions(tx: Transaction, noun: Noun, key: str, *, public: bool = False) -> list[dict[str, Any]]:
    """Read every version of a record.

    Raises:
        NotFound: there never was one.

    """
    read = store.public_versions if public else store.versions
    found = await read(tx, store.table_of(noun), key)
    if not found:
        raise _never(noun, key)
    return found


async def at(tx: Transaction, noun: Noun, key: str, as_of: str, *, public: bool = False) -> dict[str, Any]:
    """Read a record's version as known at a moment: what was written, without what the ledger derives.

    Raises:
        BadRequest: the moment cannot be read.
        NotFound: there was no such record then.

    """
    read = store.public_versions if public else store.versions
    found = await read(tx, store.table_of(noun), key, await resolve_as_of(tx, as_of))
    if not found or found[-1]["action"] == "delete":
        raise _never(noun, key)
    return found[-1]


def parse_cursor(text: str | None) -> Place:
    """Read a cursor, as `next` gives it.

    Raises:
        BadRequest: it is none.

    """
    if not text:
        return START
    try:
        era, number, seq = (int(part) for part in text.split("."))
        if not (0 <= era < 2**31 and 0 <= number < 2**63 and 0 <= seq < 2**63):
            raise ValueError
    except ValueError:
        message = Text("请原样使用上一页的 next。", "Use `next` of the page before, as it came.")
        raise BadRequest(message, problems=[Problem(field="since", message=message)]) from None
    return era, number, seq


def _place(row: Row) -> Place:
    return row["era"], int(row["transaction"]), row["seq"]


def _never(noun: Noun, key: str) -> NotFound:
    return NotFound(
        Text(f"历史中没有{noun.title.zh} {key}。", f"History has no record {key} among {noun.name}.")
    )
