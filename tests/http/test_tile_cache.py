"""Tiles that are kept: never old for long, in any process; made once; and nobody can spoil them."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest
from litestar import Litestar

from forestapi.app import create_app
from forestapi.services.serving_tiles import Tiles
from forestapi.services.serving_tiles._serving import WAITING
from forestapi.settings import Settings
from tests.conftest import token
from tests.database.ground import add_planting, add_plot, add_programmes, box
from tests.http import mvt
from tests.http.test_tiles import tile_of
from tests.samples import key

HERE, THERE = (105.0005, 39.0005), (105.9005, 39.0005)
"""In the middle of the first plot, and of one far away."""
SECONDS = 60
"""How long a state is waited for; a test that fails takes as long."""


def address(place: tuple[float, float], z: int = 14) -> str:
    x, y = tile_of(*place, z)
    return f"/tiles/plots/{z}/{x}/{y}.mvt"


def tiles_of(client: "Client") -> Tiles:
    return client.app.state.tiles


async def until(is_so: Callable[[], Awaitable[Any] | Any]) -> Any:
    """Wait for a state; give what it answered."""
    async with asyncio.timeout(SECONDS):
        while True:
            found = is_so()
            found = await found if asyncio.iscoroutine(found) else found
            if found:
                return found
            await asyncio.sleep(0.02)


class Client(httpx.AsyncClient):
    """Speaks to one server process, which runs in the test's own loop, so that many requests can be under way."""

    def __init__(self, app: Litestar) -> None:
        super().__init__(transport=httpx.ASGITransport(app), base_url="http://testserver")
        self.app = app


@asynccontextmanager
async def process(settings: Settings, **changed: Any) -> AsyncIterator[Client]:
    """Run one more server process against the database, from when it knows of changes."""
    app = create_app(msgspec.structs.replace(settings, **changed))
    async with app.lifespan(), Client(app) as client:
        await until(lambda: tiles_of(client).watch.is_sure)
        yield client


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """Put in a plot here and one there; give a connection that belongs to no server."""
    connection = await asyncpg.connect(settings.database_url)
    async with connection.transaction():
        await add_programmes(connection)
        await add_plot(connection, key(1), "ant", box(0, 0, 1, 1))
        await add_plot(connection, key(2), "bee", box(900, 0, 1, 1))
        await add_planting(connection, key(10_002), key(2), "new", None)
    yield connection
    await connection.close()


async def is_waiting_for_a_lock(database: asyncpg.Connection) -> bool:
    return await database.fetchval(
        "select exists (select from pg_locks where not granted and database ="
        " (select oid from pg_database where datname = current_database()))"
    )


EDITS = {
    "a column": "update forest.plot set number = 'renamed' where id = '{one}'",
    "a planting": "insert into forest.planting (id, plot, kind, started_on) values ('{other}', '{one}', 'new', '2018-04-01')",
    "a planting changed": "update forest.planting set started_on = '2019-04-01' where plot = '{one}'",
    "a planting deleted": "delete from forest.planting where plot = '{one}'",
    "a survey": "insert into forest.survey (id, plot, surveyed_on, stage, sample_holes, live_holes)"
    " values ('{other}', '{one}', '2019-09-01', 'first_season', 100, 90)",
    "another plot": "insert into forest.plot (id, programme, number, boundary) select '{other}', 'ant', 'other',"
    " ST_Translate(boundary, 0.0012, 0) from forest.plot where id = '{one}'",
    "moved out of it": "update forest.plot set boundary = ST_Translate(boundary, 1, 0) where id = '{other}'",
    "moved into it": "update forest.plot set boundary = ST_Translate(boundary, -1, 0) where id = '{other}'",
    "deleted": "delete from forest.plot where id = '{one}'",
}


async def test_after_an_edit_no_process_serves_the_old_tile_and_tiles_elsewhere_stay(
    settings: Settings, database: asyncpg.Connection
) -> None:
    async with process(settings) as first, process(settings) as second:
        far, near, world = address(THERE), address(HERE), address(HERE, 0)
        for what, edit in EDITS.items():
            for client in (first, second):
                for each in (far, near, world):
                    await client.get(each)
            made = {id(client): tiles_of(client).made for client in (first, second)}
            await database.execute(edit.format(one=key(1), other=key(3)))
            x, y = tile_of(*HERE, 14)
            truth = await database.fetchval("select forest.tile_plots(14, $1, $2, null)", x, y) or b""
            for client in (first, second):

                async def is_made_anew(client: Client = client, made: int = made[id(client)]) -> bool:
                    content = (await client.get(near)).content
                    return tiles_of(client).made > made and content == truth  # noqa: B023

                await until(is_made_anew)
                assert (await client.get(near)).content == truth, what
                again = tiles_of(client).made
                await client.get(far)
                assert tiles_of(client).made == again, f"{what}: the tile elsewhere was made anew"
                cells = mvt.read((await client.get(world)).content).get("cells", [])
                count = await database.fetchval("select count(*) from forest.plot")
                assert sum(cell.properties["plots"] for cell in cells) == count, what


async def test_a_region_and_a_programme_that_change(settings: Settings, database: asyncpg.Connection) -> None:
    x, y = tile_of(107.5, 39.5, 8)
    async with process(settings) as client:
        for edit, path in (
            ("insert into forest.region (code, level, name_zh, boundary) values"
             " ('620500000001', 'county', '甲县', ST_Multi(ST_MakeEnvelope(107, 39, 108, 40, 4326)))", f"/tiles/regions/8/{x}/{y}.mvt"),
            ("update forest.region set name_zh = '乙县'", f"/tiles/regions/8/{x}/{y}.mvt"),
            ("delete from forest.region", f"/tiles/regions/8/{x}/{y}.mvt"),
            ("update forest.programme set is_synthetic = true", address(HERE)),
        ):  # fmt: skip
            old = (await client.get(path)).content
            await database.execute(edit)

            async def is_other(path: str = path, old: bytes = old) -> bool:
                return (await client.get(path)).content != old

            await until(is_other)


async def test_who_writes_sees_it_at_once(settings: Settings, database: asyncpg.Connection) -> None:
    headers = await token(settings, "administrator")
    async with process(settings) as client:
        for number in range(5):
            await client.get(address(HERE))
            answer = await client.patch(f"/api/v1/plots/{key(1)}", json={"number": f"N-{number}"}, headers=headers)
            assert answer.status_code == 200, answer.text
            drawn = mvt.read((await client.get(address(HERE))).content)["plots"]
            assert [plot.properties["number"] for plot in drawn] == [f"N-{number}"]


async def test_a_tile_is_made_once_for_all_who_wait(settings: Settings, database: asyncpg.Connection) -> None:
    async with process(settings) as client:
        async with database.transaction():
            await database.execute("lock table forest.programme")
            asking = [asyncio.create_task(client.get(address(HERE))) for _ in range(20)]
            await until(lambda: is_waiting_for_a_lock(database))
        answers = await asyncio.gather(*asking)
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.content for answer in answers}) == 1 and tiles_of(client).made == 1


async def test_what_was_read_before_an_edit_is_not_kept_after_it(
    settings: Settings, database: asyncpg.Connection
) -> None:
    editor = await asyncpg.connect(settings.database_url)
    async with process(settings) as client:
        old = (await client.get(address(HERE))).content
        await editor.execute("update forest.plot set number = 'first' where id = $1::text::uuid", key(1))
        async with database.transaction():
            await database.execute("lock table forest.programme")

            async def is_being_made() -> bool:
                asking.append(asyncio.create_task(client.get(address(HERE))))
                return await is_waiting_for_a_lock(database)

            asking: list[asyncio.Task[Any]] = []
            await until(is_being_made)
            await editor.execute("update forest.plot set number = 'second' where id = $1::text::uuid", key(1))
            await until(lambda: not tiles_of(client)._flights)
        answers = [(await each).content for each in asking]
        assert old in answers or any(b"first" in content for content in answers)
        assert b"second" in (await client.get(address(HERE))).content
        assert b"second" in (await client.get(address(HERE))).content
    await editor.close()


async def test_without_news_nothing_kept_is_served_until_they_are_back(
    settings: Settings, database: asyncpg.Connection
) -> None:
    async with process(settings) as client:
        tiles = tiles_of(client)
        await client.get(address(HERE))
        lost = tiles.watch.connection.get_server_pid()
        tiles.watch.settings = msgspec.structs.replace(settings, database_url=f"{settings.database_url}&user=nobody")
        await database.execute("select pg_terminate_backend($1)", lost)
        await until(lambda: not tiles.watch.is_sure)
        await database.execute("update forest.plot set number = 'unheard' where id = $1::text::uuid", key(1))
        for _ in range(2):
            made = tiles.made
            assert b"unheard" in (await client.get(address(HERE))).content
            assert tiles.made == made + 1
        tiles.watch.settings = settings
        await until(lambda: tiles.watch.is_sure)
        await client.get(address(HERE))
        made = tiles.made
        assert b"unheard" in (await client.get(address(HERE))).content
        assert tiles.made == made


async def test_who_looked_too_long_ago_finds_out(settings: Settings, database: asyncpg.Connection) -> None:
    async with process(settings) as client:
        tiles = tiles_of(client)
        await client.get(address(HERE))
        async with tiles.watch._one:  # this process looks away
            await database.execute("update forest.plot set number = 'missed' where id = $1::text::uuid", key(1))
            await database.execute("delete from forest.tile_change")
            await database.execute("update forest.tile_settled set before = pg_snapshot_xmax(pg_current_snapshot())")

        async def is_found() -> bool:
            return b"missed" in (await client.get(address(HERE))).content

        await until(is_found)


async def test_kept_tiles_take_no_connection(settings: Settings, database: asyncpg.Connection) -> None:
    async with process(settings, pool_size=1) as client:
        first = await client.get(address(HERE))
        async with client.app.state.pool.acquire():
            assert (await client.get(address(HERE))).content == first.content
            for sent in (first.headers["etag"], f"W/{first.headers['etag']}", "*"):
                again = await client.get(address(HERE), headers={"If-None-Match": sent})
                assert again.status_code == 304 and again.content == b"" and again.headers["etag"] == first.headers["etag"]


async def test_headers_and_spellings_make_no_other_tile(settings: Settings, database: asyncpg.Connection) -> None:
    random = "".join(chr(97 + n % 26) for n in range(600))
    await database.execute("update forest.plot set number = $1", random)  # large enough to be compressed
    async with process(settings) as client:
        first = await client.get(address(HERE), headers={"Accept-Encoding": "gzip"})
        assert first.headers["content-encoding"] == "gzip" and first.headers["vary"] == "Accept-Encoding"
        for name, value in {
            "Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher", "Forwarded": "host=evil.example",
            "X-Original-URL": "/tiles/plots/0/0/0.mvt", "X-HTTP-Method-Override": "DELETE", "Range": "bytes=0-3", "Cookie": "a=b",
            "Accept-Language": "zh", "Origin": "https://evil.example", "Cache-Control": "no-store",
        }.items():  # fmt: skip
            answer = await client.get(address(HERE), headers={"Accept-Encoding": "gzip", name: value})
            assert answer.content == first.content and "evil" not in str(answer.headers), name
        for accepted, coding in {
            "identity": None, "": None, "gzip;q=0": None, "br": None, "*": "gzip", "*;q=0": None, "GZIP": "gzip", "x-gzip": None,
            "gzip;q=0.001, br": "gzip", "gzip;q=x": "gzip", "," * 500: None,
        }.items():  # fmt: skip
            answer = await client.get(address(HERE), headers={"Accept-Encoding": accepted})
            assert answer.headers.get("content-encoding") == coding, accepted
            assert answer.content == first.content
            assert answer.headers["etag"] == (first.headers["etag"] if coding else first.headers["etag"].replace("-gzip", ""))
        for query in ("?_=1", "?Programme=ant", "?v=2&cachebust=3"):
            answer = await client.get(address(HERE) + query)
            assert (answer.status_code, answer.json()["code"]) == (400, "unknown-parameter")
        assert tiles_of(client).made == 1 and len(tiles_of(client).all_plots) == 1

        picked = [await client.get(f"{address(HERE)}?programme={these}") for these in ("ant,bee", "bee,ant", "ant,ant,bee")]
        assert len({answer.content for answer in picked}) == 1 and tiles_of(client).made == 2
        filters = [{"lifecycle": "planted", "tenure": "a"}, {"tenure": "a", "lifecycle": "planted"}, {"tenure": "a,a", "lifecycle": "planted"}]
        assert {(await client.get(address(HERE), params=each)).status_code for each in filters} <= {200, 400}
        assert len(tiles_of(client).all_plots) == 1


async def test_what_one_reader_got_is_not_given_to_another(settings: Settings, database: asyncpg.Connection) -> None:
    analyst, recorder = await token(settings, "analyst"), await token(settings, "recorder", programmes=["ant"])
    async with process(settings) as client:
        for headers in ({}, analyst, recorder, {}, analyst, recorder):
            answer = await client.get(address(HERE), headers=headers)
            assert answer.headers["cache-control"].startswith("private" if headers else "public")
        assert tiles_of(client).made == 3
        refused = await client.get(address(HERE), headers={"Authorization": "Bearer of-bad-news"})
        assert refused.status_code == 401


async def test_more_tiles_than_can_be_made_are_told_to_come_back(settings: Settings, database: asyncpg.Connection) -> None:
    async with process(settings, concurrent_tiles=1) as client:
        x, y = tile_of(*HERE, 15)
        asked = [f"/tiles/plots/15/{x + n}/{y}.mvt" for n in range(WAITING + 3)]
        async with database.transaction():
            await database.execute("lock table forest.programme")
            asking = [asyncio.create_task(client.get(each)) for each in asked]
            await until(lambda: sum(each.done() for each in asking) == 2)
            await until(lambda: is_waiting_for_a_lock(database))
        answers = await asyncio.gather(*asking)
        codes = [answer.status_code for answer in answers]
        assert codes.count(503) == 2 and codes.count(200) == WAITING + 1
        for answer in answers:
            if answer.status_code == 503:
                assert answer.headers["retry-after"] and answer.json()["code"] == "tiles-busy"
                assert answer.headers["content-type"] == "application/problem+json"


async def test_a_compressed_tile_is_the_tile(settings: Settings, database: asyncpg.Connection) -> None:
    await database.execute("update forest.plot set number = repeat('n', 700)")
    async with process(settings) as client:
        plain = await client.get(address(HERE), headers={"Accept-Encoding": "identity"})
        async with client.stream("GET", address(HERE), headers={"Accept-Encoding": "gzip"}) as answer:
            raw = b"".join([part async for part in answer.aiter_raw()])
        assert gzip.decompress(raw) == plain.content
