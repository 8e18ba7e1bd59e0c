"""History: every write leaves an entry, none can be changed, and what was changed all the same is named."""

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from forestapi.db.transaction import transaction
from forestapi.services import history
from forestapi.settings import Settings
from forestapi.store import history as store
from tests.samples import key

BOX = "ST_Multi(ST_MakeEnvelope(105, 39, 105.01, 39.01, 4326))"


async def put(connection: asyncpg.Connection, n: int = 1) -> None:
    """Write a programme and `n` plots with a planting each."""
    await connection.execute(
        "insert into forest.programme (code, name_zh, name_en) values ('t', 'x', 'x') on conflict do nothing"
    )
    for i in range(1, n + 1):
        await connection.execute(
            f"insert into forest.plot (id, programme, number, boundary) values ($1, 't', 'n', {BOX})", key(i)
        )
        await connection.execute(
            "insert into forest.planting (id, plot, started_on) values ($1, $2, '2018-04-01')",
            key(100 + i),
            key(i),
        )


async def entries(connection: asyncpg.Connection, noun: str) -> list[tuple[str, int]]:
    rows = await connection.fetch(
        "select action, revision from forest.history where noun = $1 order by seq", noun
    )
    return [(row["action"], row["revision"]) for row in rows]


async def verify(pool: asyncpg.Pool, against: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    async with transaction(pool, "test", is_read_only=True) as tx:
        return (await history.verify(tx, against))["problems"]


async def seal(pool: asyncpg.Pool) -> int:
    async with transaction(pool, "test") as tx:
        return await history.seal(tx)


@pytest.fixture
async def connection(settings: Settings) -> Any:
    connection = await asyncpg.connect(settings.database_url)
    yield connection
    await connection.close()


async def test_every_change_is_an_entry_and_what_is_derived_is_none(connection: asyncpg.Connection) -> None:
    await put(connection)
    assert await entries(connection, "plot") == [("create", 1)]
    await connection.execute("update forest.plot set number = 'm', revision = 2")
    await connection.execute("update forest.plot set number = 'm'")
    await connection.execute("select set_config('forest.reason', 'sold', false)")
    await connection.execute("delete from forest.plot")
    assert await entries(connection, "plot") == [("create", 1), ("update", 2), ("delete", 2)]
    assert await entries(connection, "planting") == [("create", 1), ("delete", 1)]
    last = await connection.fetchrow(
        "select * from forest.history where noun = 'plot' order by seq desc limit 1"
    )
    assert last["reason"] == "sold" and last["actor"] == "forest"
    boundary = await connection.fetchval(
        f"select boundary = {BOX} from forest.history where noun = 'plot' limit 1"
    )
    assert boundary is True


async def test_a_change_of_key_is_an_end_and_a_beginning(connection: asyncpg.Connection) -> None:
    await put(connection)
    await connection.execute("delete from forest.planting")
    await connection.execute("update forest.plot set id = $1", key(9))
    assert sorted(await entries(connection, "plot")) == [("create", 1), ("create", 1), ("delete", 1)]


@pytest.mark.parametrize("table", ["history", "history_block", "history_shape", "era"])
async def test_history_refuses_every_change(connection: asyncpg.Connection, table: str) -> None:
    column = (await connection.fetch(
        "select attname from pg_attribute where attrelid = $1::regclass and attnum > 0 order by attnum desc limit 1", f"forest.{table}"
    ))[0]["attname"]  # fmt: skip
    for statement in (f"update forest.{table} set {column} = {column}", f"delete from forest.{table}",
                      f"truncate forest.{table} cascade"):  # fmt: skip
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)


async def test_a_watched_table_cannot_be_emptied_unseen(connection: asyncpg.Connection) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("truncate forest.shift cascade")


async def test_no_identity_enters_history(settings: Settings, client: Any, as_administrator: Any) -> None:
    identity = {"name": "张三", "id_number": "62052119800101001X"}
    body = {"id": key(1), "identity": identity, "birth_year": 1980}
    assert (await client.post("/api/v1/workers", json=body, headers=as_administrator)).status_code == 201
    connection = await asyncpg.connect(settings.database_url)
    told = await connection.fetchval("select string_agg(h::text, ' ') from forest.history h")
    await connection.close()
    assert "张三" not in told and "62052119800101001X" not in told and key(1) in told


async def test_a_reader_skips_no_late_commit(
    settings: Settings, connection: asyncpg.Connection, pool: asyncpg.Pool
) -> None:
    await connection.execute("insert into forest.programme (code, name_zh, name_en) values ('t', 'x', 'x')")
    slow = await asyncpg.connect(settings.database_url)
    late = slow.transaction()
    await late.start()
    await slow.execute("insert into forest.crew (code, programme, name_zh) values ('late', 't', 'x')")
    await connection.execute("insert into forest.crew (code, programme, name_zh) values ('soon', 't', 'x')")

    async def read(after: store.Place) -> tuple[list[str], store.Place]:
        async with transaction(pool, "test", is_read_only=True) as tx:
            found = await store.changes(tx, after, limit=100, nouns=["crew"])
        return [each["key"] for each in found], (
            history.parse_cursor(found[-1]["cursor"]) if found else after
        )

    first, after = await read(store.START)
    assert first == []
    assert await seal(pool) > 0
    await late.commit()
    await slow.close()
    assert sorted((await read(after))[0]) == ["late", "soon"]
    assert await seal(pool) == 2
    assert await verify(pool) == []


async def test_what_is_whole_verifies_and_goes_on_being_sealed(
    connection: asyncpg.Connection, pool: asyncpg.Pool
) -> None:
    await put(connection, 3)
    assert await seal(pool) == await connection.fetchval("select count(*) from forest.history")
    assert await seal(pool) == 0
    await connection.execute("update forest.plot set number = 'm', revision = 2")
    assert await seal(pool) == 3
    assert await verify(pool) == []


TAMPERING = {
    "tampered": "update forest.history set row = replace(row, ',n,', ',q,') where noun = 'plot' and key = '{key}'",
    "missing": "delete from forest.history where noun = 'plot' and key = '{key}'",
    "inserted": """insert into forest.history overriding system value select transaction, 9999, recorded_at, era, revision,
      shape, action, noun, key, actor, reason, row, boundary from forest.history where noun = 'plot' and key = '{key}'""",
}


@pytest.mark.parametrize("kind", TAMPERING)
async def test_a_superuser_who_changes_history_is_named(
    connection: asyncpg.Connection, pool: asyncpg.Pool, kind: str
) -> None:
    await put(connection, 3)
    await seal(pool)
    seq = await connection.fetchval("select seq from forest.history where noun = 'plot' and key = $1", key(2))
    await connection.execute("set session_replication_role = replica")
    await connection.execute(TAMPERING[kind].format(key=key(2)))
    found = [problem for problem in await verify(pool) if problem["kind"] == kind]
    assert len(found) == 1
    assert found[0]["seq"] == (9999 if kind == "inserted" else seq)
    if kind != "missing":
        assert (found[0]["noun"], found[0]["key"]) == ("plot", key(2))


async def test_a_superuser_who_changes_a_record_past_its_triggers_is_named(
    connection: asyncpg.Connection, pool: asyncpg.Pool
) -> None:
    await put(connection, 3)
    await connection.execute("set session_replication_role = replica")
    await connection.execute("update forest.plot set declared_area_m2 = 1 where id = $1", key(1))
    await connection.execute("delete from forest.planting where id = $1", key(102))
    await connection.execute("insert into forest.crew (code, programme, name_zh) values ('ghost', 't', 'x')")
    found = await verify(pool)
    assert {"kind": "differs", "noun": "plot", "key": key(1)} in found
    assert {"kind": "lost", "noun": "planting", "key": key(102)} in found
    assert {"kind": "unrecorded", "noun": "crew", "key": "ghost"} in found
    await connection.execute("alter table forest.shift disable trigger history_inserted")
    assert {"kind": "unwatched", "noun": "shift"} in await verify(pool)


async def test_who_rewrites_the_whole_chain_is_found_by_heads_kept_elsewhere(
    connection: asyncpg.Connection, pool: asyncpg.Pool, tmp_path: Path
) -> None:
    await put(connection, 2)
    await seal(pool)
    async with transaction(pool, "test", is_read_only=True) as tx:
        assert await history.export(tx, tmp_path / "heads") == 1
    kept = history.read_export(tmp_path / "heads")
    assert await verify(pool, kept) == []
    await connection.execute("set session_replication_role = replica")
    await connection.execute("update forest.history set actor = 'nobody'; delete from forest.history_block")
    await seal(pool)
    assert await verify(pool) == []
    assert [problem["kind"] for problem in await verify(pool, kept)] == ["head"]


async def test_a_block_that_does_not_fit_is_named(connection: asyncpg.Connection, pool: asyncpg.Pool) -> None:
    await put(connection)
    await seal(pool)
    await put_more(connection)
    await seal(pool)
    await connection.execute("set session_replication_role = replica")
    await connection.execute("update forest.history_block set root = sha256('x') where number = 1")
    assert {problem["block"] for problem in await verify(pool)} == {1}
    await connection.execute("delete from forest.history_block where number = 1")
    assert any(problem["kind"] == "block" for problem in await verify(pool))


async def put_more(connection: asyncpg.Connection) -> None:
    await connection.execute("update forest.plot set number = 'more', revision = revision + 1")


async def test_two_sealers_do_not_seal_twice(connection: asyncpg.Connection, pool: asyncpg.Pool) -> None:
    await put(connection, 5)
    await asyncio.gather(*(seal(pool) for _ in range(4)))
    await seal(pool)
    sealed = await connection.fetchval("select sum(entries) from forest.history_block")
    assert sealed == await connection.fetchval("select count(*) from forest.history")


async def test_a_restored_ledger_goes_on_in_a_new_era(
    connection: asyncpg.Connection, pool: asyncpg.Pool
) -> None:
    await put(connection)
    await connection.execute("set session_replication_role = replica")
    await connection.execute("update forest.history set transaction = '999999999' where noun = 'planting'")
    await connection.execute("set session_replication_role = origin")
    async with transaction(pool, "test") as tx:
        assert await store.era_check(tx) == 2
    async with transaction(pool, "test") as tx:
        assert await store.era_check(tx) == 2
    await put_more(connection)
    async with transaction(pool, "test", is_read_only=True) as tx:
        found = await store.changes(tx, store.START, limit=100)
    assert found[-1]["noun"] == "plot" and found[-1]["cursor"].startswith("2.")


async def test_a_time_takes_what_had_been_committed_by_then_not_what_had_begun(settings: Settings) -> None:
    slow, other = await asyncpg.connect(settings.database_url), await asyncpg.connect(settings.database_url)
    numbers = "select array_agg(number order by number) from forest.plot_then($1)"
    insert = f"insert into forest.plot (id, programme, number, boundary) values ($1, 't', $2, {BOX})"
    await put(other)
    running = slow.transaction()
    await running.start()
    await slow.execute(insert, key(50), "slow")
    await other.execute(insert, key(51), "quick")
    between = await other.fetchval("select clock_timestamp()")
    await running.commit()
    after = await other.fetchval("select clock_timestamp()")
    assert await other.fetchval(numbers, between.isoformat()) == ["n", "quick"]
    assert await other.fetchval(numbers, after.isoformat()) == ["n", "quick", "slow"]
    await slow.close()
    await other.close()
