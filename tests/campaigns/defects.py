"""Ten defects that a sync can have, planted one at a time into the server or its database; a campaign must find each."""

import asyncio
import re
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from msgspec import Struct
from uuid_utils.compat import uuid7

from forestapi.db.cluster import Cluster
from forestapi.db.transaction import transaction
from forestapi.records._sync import Receipts
from forestapi.services import devices, photos
from forestapi.services.syncing import _applying, _merging, _processing, receiving
from forestapi.services.syncing._result import Result
from forestapi.store import operations as store
from tests.campaigns.campaign import Campaign, Size
from tests.campaigns.server import Server, make_database

SIZE = Size(phones=10, days=6, photo_bytes=500)


def nothing() -> None:
    """Plant nothing in the server: the defect is in the database."""


class Defect(Struct, frozen=True):
    """One defect, and how it is planted."""

    title: str
    plant: Callable[[], None] = nothing
    """Changes the server's functions, in its process before it starts."""
    sql: Callable[[asyncpg.Connection], Any] | None = None
    """Changes the database."""


async def as_owner(tx: Any, statement: str, *values: Any) -> Any:
    """Run a statement past the second fence, as only a defect would."""
    role = await tx.value("select current_setting('role')")
    await tx.run("select set_config('role', 'none', true)")
    found = await tx.rows(statement, *values)
    await tx.run("select set_config('role', $1, true)", role)
    return found


async def drop_key(connection: asyncpg.Connection) -> None:
    await connection.execute("alter table forest.sync_operation drop constraint sync_operation_pkey")


def claim_all() -> None:
    """Take every operation for a new one."""

    async def claim(tx: Any, rows: Sequence[dict[str, Any]]) -> set[str]:
        for row in rows:
            names = [name for name in row if name != "payload"]
            columns = ", ".join(f'"{name}"' for name in names)
            places = ", ".join(f"${n + 1}" for n in range(len(names)))
            await tx.run(
                f"insert into forest.sync_operation ({columns}, payload, era) values ({places}, ${len(names) + 1}, forest.current_era())",
                *(row[name] for name in names), row["payload"],
            )  # fmt: skip
        return {str(row["op"]) for row in rows}

    store.claim = claim


def receipt_first() -> None:
    """Answer, and commit a while later."""

    async def receive(pool: Any, actor: Any, batch: Any) -> Receipts:
        answer: asyncio.Future[Receipts] = asyncio.get_running_loop().create_future()

        async def work() -> None:
            number, received_at = UUID(str(uuid7())), datetime.now(UTC)
            async with transaction(pool, actor, is_durable=True) as tx:
                device = await devices.own(tx, actor, batch.device)
                await store.lock(tx, batch.device)
                receipts = await receiving._Receiving(tx, device, number, is_revoked=False).take(batch.operations)
                answer.set_result(Receipts(
                    batch=number, received_at=received_at, clock_offset_s=0, received_upto=0, missing=[], receipts=receipts
                ))  # fmt: skip
                await asyncio.sleep(0.5)

        task = asyncio.create_task(work())
        background.add(task)
        task.add_done_callback(background.discard)
        return await answer

    background: set[asyncio.Task[None]] = set()
    receiving.receive = receive


async def cursor_by_sequence(connection: asyncpg.Connection) -> None:
    body = await connection.fetchval("select pg_get_functiondef('forest.sync_changes(int, xid8, bigint, int)'::regprocedure)")
    await connection.execute(re.sub(r"h\.transaction < pg_snapshot_xmin\(pg_current_snapshot\(\)\)", "true", body))


def last_wins() -> None:
    """Let whoever comes last overwrite what is there."""
    _merging.clash = lambda *_: set()


def pay_merged() -> None:
    """Put changes of pay together like any other."""
    _merging.PAY = frozenset()


def photos_by_name() -> None:
    """Keep a photo under a name that another may have."""
    photos.path_of = lambda data, sha256: data / photos.FOLDER / f"IMG_{sha256[:1]}.jpg"


def same_content() -> None:
    """Take an operation with bytes that were seen before for a replay."""
    apply = _applying.apply

    async def of_new_content(tx: Any, work: Any) -> Result:
        seen = await as_owner(
            tx, "select from forest.sync_operation o join forest.sync_operation p using (sha256) where o.op = $1 and p.op <> $1 limit 1", work.op
        )  # fmt: skip
        return Result(outcome="unchanged") if seen else await apply(tx, work)

    _applying.apply = of_new_content


def forgotten_ids() -> None:
    """Forget what is deleted, and its operations with it."""
    delete = _applying._delete

    async def and_forget(tx: Any, noun: Any, work: Any) -> Result:
        result = await delete(tx, noun, work)
        if result.outcome == "updated":
            await as_owner(tx, "delete from forest.sync_operation where key = $1 and op <> $2 returning op", UUID(work.key), work.op)
        return result

    async def never(*_: Any) -> bool:
        return False

    _applying._delete, _applying._is_deleted, store.is_known = and_forget, never, never


class _Undone(Exception):
    pass


def all_or_nothing() -> None:
    """Undo a whole batch when one of it does not come in, and still say of the others that they did."""
    run = _processing.run

    async def together(tx: Any, works: Any) -> list[Result]:
        results: list[Result] = []
        try:
            async with tx.connection.transaction():
                results = await run(tx, works)
                if not all(result.is_done for result in results):
                    raise _Undone
        except _Undone:
            pass
        return results

    _processing.run = together


def trusted_clock() -> None:
    """Believe a phone whose clock is ahead that its change is the newest."""
    apply = _applying.apply

    async def by_clock(tx: Any, work: Any) -> Result:
        rows = await as_owner(tx, "select device_time from forest.sync_operation where op = $1", work.op)
        if work.action == "update" and rows and rows[0]["device_time"] > "2030":
            found = await _merging.current(tx, _applying.nouns()[work.noun], work.key)
            work.base_revision = found[1] if found else work.base_revision
        return await apply(tx, work)

    _applying.apply = by_clock


DEFECTS = {
    "no-unique-key": Defect("operations have no unique key", claim_all, drop_key),
    "receipt-before-commit": Defect("the receipt is given before the commit", receipt_first),
    "sequence-cursor": Defect("the cursor of changes skips what commits late", sql=cursor_by_sequence),
    "last-write-wins": Defect("whoever comes last overwrites the other", last_wins),
    "photos-by-file-name": Defect("photos are kept by a file name", photos_by_name),
    "duplicates-by-content": Defect("equal bytes are taken for the same operation", same_content),
    "ids-forgotten": Defect("what is deleted is forgotten, with its operations", forgotten_ids),
    "partial-batch-lost": Defect("one bad operation undoes a batch that is receipted", all_or_nothing),
    "phone-clock-trusted": Defect("a phone's clock decides a conflict", trusted_clock),
    "pay-merged": Defect("two changes of pay are put together silently", pay_merged),
}


async def found_by(
    cluster: Cluster, template: str | None, folder: Path, name: str, seed: int = 1, size: Size = SIZE
) -> list[str]:
    """Run a short campaign against a server with a defect; give what it finds."""
    defect = DEFECTS[name]
    server = Server(cluster, await make_database(cluster, template), folder / name, defect=name)
    if defect.sql is not None:
        connection = await server.connect()
        await defect.sql(connection)
        await connection.close()
    try:
        return (await Campaign(server, size, seed).run())["broken"]
    except AssertionError as error:
        return [str(error)[:300]]
    finally:
        server.stop()


async def show_all(cluster: Cluster, folder: Path, names: Sequence[str], seed: int) -> int:
    """Plant defects one after the other, and print a line for each; 1 if one is not found."""
    template, missed = await make_database(cluster), 0
    for name in names or DEFECTS:
        broken = await found_by(cluster, template, folder, name, seed)
        missed += not broken
        sys.stdout.write(f"{name}: {DEFECTS[name].title}: {broken[0] if broken else 'NOT FOUND'}\n")
        sys.stdout.flush()
    return 1 if missed else 0
