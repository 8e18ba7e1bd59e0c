"""What phones fetch, photos, and how safe it is said to be."""

import asyncio
import hashlib
import struct
import zlib
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from litestar.testing import AsyncTestClient

from forestapi.app import create_app
from forestapi.services import backing_up
from forestapi.settings import Settings
from tests.phones import Phone, at_once, day, enrol, prepare
from tests.samples import key, plot

Headers = dict[str, str]


@pytest.fixture
async def phone(client: AsyncTestClient, as_administrator: Headers) -> Phone:
    await prepare(client, as_administrator)
    return await enrol(client, as_administrator)


def png(width: int = 2, height: int = 2) -> bytes:
    def part(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(b"\0\0\0" * 2)) + part(b"IEND", b"")


async def test_given_slow_and_fast_commits_when_a_phone_pulls_between_them_then_no_row_is_ever_skipped(
    phone: Phone, settings: Settings, client: AsyncTestClient, as_administrator: Headers
) -> None:
    slow = await asyncpg.connect(settings.database_url)
    open_one = slow.transaction()
    await open_one.start()
    await slow.execute(
        "insert into forest.plot (id, programme, number, boundary) select $1, 'tengger', 'slow',"
        " ST_Multi(ST_MakeEnvelope(106, 39, 106.01, 39.01, 4326))",
        key(500),
    )
    await phone.one(phone.create("plots", plot(1)))
    between, cursor = await phone.pull()
    await open_one.commit()
    await slow.close()
    after, _ = await phone.pull(cursor)
    assert key(500) not in {i["key"] for i in between}
    assert {key(500), key(1)} <= {i["key"] for i in between + after}


async def test_a_pull_from_zero_by_single_pages_equals_the_database(phone: Phone, client: AsyncTestClient) -> None:
    await phone.send(*(phone.create("plots", plot(i)) for i in range(1, 5)), phone.create("shifts", day(1)))
    await phone.one(phone.operation("plots", "delete", key(4), {}, base_revision=1))
    items, _ = await phone.pull(limit=1)
    latest = {(i["noun"], i["key"]): i for i in items}
    alive = {k for (noun, k), i in latest.items() if noun == "plots" and not i["is_deleted"]}
    assert alive == {key(i) for i in (1, 2, 3)} and latest["plots", key(4)]["is_deleted"]
    for k in alive:
        assert latest["plots", k]["record"]["number"] == (await client.get(f"/api/v1/plots/{k}")).json()["number"]


async def test_given_a_declared_hash_when_the_bytes_differ_then_incomplete_and_nothing_kept(
    phone: Phone, client: AsyncTestClient, settings: Settings, as_administrator: Headers
) -> None:
    content = png()
    sha256 = hashlib.sha256(content).hexdigest()
    await phone.one(phone.create("plots", plot(1)))
    said = {"subject_noun": "plots", "subject": key(1), "mime": "image/png", "size": len(content), "file": sha256, "lon": 105.0, "lat": 39.0}
    operation = phone.operation("photos", "create", key(40_001), said)
    assert (await phone.one(operation))["outcome"] == "created"
    assert not (await phone.verify(operation))[0]["is_complete"]
    address = f"/api/v1/photos/{sha256}"
    cut = await client.put(address, content=content[:-1], headers=phone.headers)
    assert cut.status_code == 422 and cut.json()["code"] == "hash-differs"
    assert not list((settings.data / "photos").rglob("*")) and not (await phone.verify(operation))[0]["is_complete"]
    assert [(await client.put(address, content=content, headers=phone.headers)).status_code for _ in range(2)] == [201, 200]
    assert (await phone.verify(operation))[0]["is_complete"]
    read = await client.get(address, headers=as_administrator)
    assert read.content == content and read.headers["content-type"] == "image/png"
    assert (await client.get(address)).status_code == 401
    for other, code in ((png(30_000, 30_000), 413), (b"not a picture", 422)):
        put = await client.put(f"/api/v1/photos/{hashlib.sha256(other).hexdigest()}", content=other, headers=phone.headers)
        assert put.status_code == code


async def test_given_a_photo_upload_when_it_is_cut_at_every_chunk_then_what_is_kept_is_the_original(
    phone: Phone, client: AsyncTestClient, settings: Settings, as_administrator: Headers
) -> None:
    content = png() + bytes(range(256)) * 64
    sha256 = hashlib.sha256(content).hexdigest()
    address = f"/api/v1/photos/{sha256}"
    for end in range(0, len(content), 1024):
        cut = await client.put(address, content=content[:end], headers=phone.headers)
        assert cut.status_code in (400, 422), cut.text
    assert not [path for path in (settings.data / "photos").rglob("*") if path.is_file()]
    assert (await client.put(address, content=content, headers=phone.headers)).status_code == 201
    await phone.one(phone.create("plots", plot(1)))
    said = {"subject_noun": "plots", "subject": key(1), "mime": "image/png", "size": len(content), "file": sha256}
    assert (await phone.one(phone.operation("photos", "create", key(40_001), said)))["outcome"] == "created"
    assert (await client.get(address, headers=as_administrator)).content == content


async def test_given_a_full_disk_when_batches_arrive_then_retry_and_when_space_returns_every_row_is_there_once(
    phone: Phone, settings: Settings
) -> None:
    database = await asyncpg.connect(settings.database_url)
    await database.execute("""
        create function forest.disk_is_full() returns trigger language plpgsql as
          $$ begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$;
        create trigger disk_is_full before insert on forest.shift for each row execute function forest.disk_is_full()""")
    operations = [phone.create("shifts", day(1)), phone.create("shifts", day(2, 2)), phone.create("plots", plot(1))]
    answer = await phone.send(*operations)
    assert [(r["outcome"], r["replayed"]) for r in answer["receipts"]] == [("retry", False), ("retry", False), ("created", False)]
    assert answer["received_upto"] == 0 and [item["is_known"] for item in await phone.verify(*operations)] == [False, False, True]
    await database.execute("drop trigger disk_is_full on forest.shift")
    assert [r["outcome"] for r in (await phone.send(*operations))["receipts"]] == ["created"] * 3
    assert await database.fetchval("select count(*) from forest.shift") == 2
    await database.close()


async def test_a_photo_is_its_crews(phone: Phone, client: AsyncTestClient, as_administrator: Headers) -> None:
    content = png()
    sha256 = hashlib.sha256(content).hexdigest()
    await phone.one(phone.create("plots", plot(1)))
    said = {"subject_noun": "plots", "subject": key(1), "mime": "image/png", "size": len(content), "file": sha256}
    await phone.one(phone.operation("photos", "create", key(40_001), said))
    await client.put(f"/api/v1/photos/{sha256}", content=content, headers=phone.headers)
    other = {"code": "crew-b", "programme": "tengger", "name_zh": "二班"}
    await client.post("/api/v1/crews", json=other, headers=as_administrator)
    stranger = await enrol(client, as_administrator, "crew-b")
    assert (await client.get(f"/api/v1/photos/{sha256}", headers=phone.headers)).status_code == 200
    assert (await client.get(f"/api/v1/photos/{sha256}", headers=stranger.headers)).status_code == 404
    assert key(40_001) not in {i["key"] for i in (await stranger.pull())[0]}


async def test_a_verified_backup_archives_what_came_before_it_and_nothing_after(
    phone: Phone, settings: Settings, tmp_path: Path
) -> None:
    before, after = phone.create("plots", plot(1)), phone.create("plots", plot(2))
    await phone.one(before)
    await backing_up.backup(settings, tmp_path / "backup", with_keys=False)
    await phone.one(after)
    assert [item["safety"] for item in await phone.verify(before, after)] == ["archived", "local"]
    assert (await phone.one(before))["safety"] == "archived"


async def test_given_a_lost_standby_when_a_timed_out_batch_is_retried_then_no_replica_receipt(
    settings: Settings, client: AsyncTestClient, phone: Phone
) -> None:
    operation = phone.create("plots", plot(1))
    await phone.one(operation)  # committed here while no standby is asked for
    server = await asyncpg.connect(settings.database_url)
    try:
        await server.execute("alter system set synchronous_standby_names = 'gone'")
        await server.execute("select pg_reload_conf()")
        await _until_commits_wait(server, settings)
        answers: list[Any] = []
        for _ in range(2):
            answers.append(await _with_the_wait_cut(server, phone, operation))
        assert [a.status_code for a in answers] == [503, 503], [a.text for a in answers]
    finally:
        await server.execute("set synchronous_commit = off")
        await server.execute("alter system reset synchronous_standby_names")
        await server.execute("select pg_reload_conf()")
        await server.close()
    again = await phone.one(operation)
    assert again["replayed"] and again["outcome"] == "created" and again["safety"] == "local"


async def _until_commits_wait(server: asyncpg.Connection, settings: Settings) -> None:
    """The new configuration reaches the server's processes one after another; from here on a commit waits."""
    probe = await asyncpg.connect(settings.database_url)
    await probe.execute("set synchronous_commit = on")
    while True:
        commit = asyncio.create_task(probe.execute("select pg_logical_emit_message(true, 'probe', '')"))
        await asyncio.sleep(0.2)
        if not commit.done():
            break
    await server.execute("select pg_cancel_backend($1)", probe.get_server_pid())
    await asyncio.wait([commit], timeout=10)
    await probe.close(timeout=5)


async def _with_the_wait_cut(server: asyncpg.Connection, phone: Phone, operation: dict[str, Any]) -> Any:
    """Send a batch, and cancel its backend's wait for the standby as an impatient operator would."""
    sending = asyncio.create_task(at_once([phone.post(operation)]))
    while not sending.done():
        await asyncio.sleep(0.05)
        await server.execute("select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'")
    return sending.result()[0]


async def test_what_one_crew_sends_of_photos_in_a_day_is_limited(settings: Settings, phone: Phone) -> None:
    little = msgspec.structs.replace(settings, photo_mb_per_day=1)
    one, two, three = (png() + bytes([i]) * 600_000 for i in range(3))

    async def put(content: bytes) -> int:
        address = f"/api/v1/photos/{hashlib.sha256(content).hexdigest()}"
        answer = await other.put(address, content=content, headers=phone.headers)
        assert answer.status_code < 400 or answer.json()["code"] == "photo-quota", answer.text
        return answer.status_code

    async with AsyncTestClient(create_app(little)) as other:
        assert [await put(each) for each in (one, two, one, png(3), three)] == [201, 429, 200, 201, 429]
