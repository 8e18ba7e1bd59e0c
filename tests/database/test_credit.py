"""Credit with several writers at once, and the cells behind the low zooms."""

import asyncio
import random
from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import shapely

from forestapi.settings import Settings
from tests.database.ground import (
    PROGRAMMES,
    Ledger,
    add_planting,
    add_plot,
    add_programmes,
    box,
    ewkb,
    star,
)

WRITERS = 4
FIRST = 0x019ABC00000070008000 << 48


def _key(random_: random.Random) -> str:
    return str(UUID(int=FIRST | random_.getrandbits(60)))


def _day(random_: random.Random) -> date | None:
    return random_.choice([None, date(2017, 6, 1) + timedelta(days=random_.randrange(500))])


def _boundary(random_: random.Random, cells: int = 6) -> Any:
    while True:
        column, row = random_.uniform(0, cells), random_.uniform(0, cells)
        if random_.random() < 0.4:
            return box(int(column), int(row), random_.randint(1, 3), random_.randint(1, 3))
        drawn = star(column, row, [random_.uniform(0.3, 2.5) for _ in range(random_.randint(3, 7))])
        if drawn.is_valid:
            return drawn


async def _open(settings: Settings) -> asyncpg.Connection:
    return await asyncpg.connect(settings.database_url, server_settings={"synchronous_commit": "off"})


async def _write(connection: asyncpg.Connection, random_: random.Random, own: list[str]) -> None:
    """Make one change, to ground that the other writers change too; remove and move only what is our own."""
    what = random_.choice(["plot"] * 4 + ["move", "remove", "date", "programme", "batch"])
    if not own:
        what = "plot"
    key = random_.choice(own) if own else ""
    match what:
        case "plot" | "batch":
            for _ in range(1 if what == "plot" else 5):
                key = _key(random_)
                await add_plot(connection, key, random_.choice(PROGRAMMES), _boundary(random_))
                await add_planting(connection, _key(random_), key, "new", _day(random_))
                own.append(key)
        case "move":
            await connection.execute(
                "update forest.plot set boundary = $2::text::geometry where id = $1::text::uuid",
                key,
                ewkb(_boundary(random_)),
            )
        case "remove":
            own.remove(key)
            await connection.execute("delete from forest.plot where id = $1::text::uuid", key)
        case "date":
            await connection.execute(
                "update forest.planting set started_on = $2 where plot = $1::text::uuid", key, _day(random_)
            )
        case "programme":
            await connection.execute(
                "update forest.plot set programme = $2 where id = $1::text::uuid",
                key,
                random_.choice(PROGRAMMES),
            )


async def _writer(settings: Settings, seed: int, changes: int) -> None:
    connection = await _open(settings)
    random_ = random.Random(seed)
    own: list[str] = []
    for _ in range(changes):
        async with connection.transaction():
            await _write(connection, random_, own)
    await connection.close()


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_writers_at_once_lose_no_credit_and_never_deadlock(settings: Settings, seed: int) -> None:
    connection = await _open(settings)
    await add_programmes(connection)
    await asyncio.gather(*(_writer(settings, seed * 100 + n, 40) for n in range(WRITERS)))
    ledger = await Ledger.read(connection)
    assert len(ledger.planted) > 60 and len(ledger.pairs) > 100
    ledger.check()
    await connection.close()


async def test_writers_far_apart_that_share_one_large_neighbour_lose_no_credit(settings: Settings) -> None:
    connection = await _open(settings)
    await add_programmes(connection)
    large = str(UUID(int=FIRST | (1 << 61)))
    await add_plot(connection, large, "ant", box(0, 0, 100, 100))
    await add_planting(connection, str(UUID(int=FIRST | (1 << 61) + 1)), large, "new", date(2019, 1, 1))

    async def writer(number: int) -> None:
        own = await _open(settings)
        random_ = random.Random(number)
        for _ in range(15):
            async with own.transaction():
                key = _key(random_)
                corner = box(number * 30 + random_.uniform(0, 4), number * 30, 3, 3)
                await add_plot(own, key, "ant", corner)
                await add_planting(own, _key(random_), key, "new", date(2018, 1, 1))
        await own.close()

    await asyncio.gather(*(writer(n) for n in range(WRITERS)))
    (await Ledger.read(connection)).check()
    await connection.close()


async def test_plantings_of_one_plot_recorded_at_once_all_count(settings: Settings) -> None:
    connection = await _open(settings)
    await add_programmes(connection)
    plot = str(UUID(int=FIRST | (1 << 62)))
    await add_plot(connection, plot, "ant", box(0, 0, 1, 1))
    species = ["haloxylon-ammodendron", "salix-psammophila", "caragana-korshinskii", "tamarix-ramosissima"]

    async def writer(number: int) -> None:
        own = await _open(settings)
        async with own.transaction():
            await own.execute(
                "insert into forest.planting (id, plot, kind, started_on, lines)"
                " values ($1::text::uuid, $2::text::uuid, 'new', $3, jsonb_build_array("
                " jsonb_build_object('species', $4::text, 'design_holes', 100)))",
                str(UUID(int=FIRST | (1 << 62) + number + 1)), plot, date(2018, 4, 1 + number), species[number],
            )  # fmt: skip
            await asyncio.sleep(0.1)
        await own.close()

    await asyncio.gather(*(writer(n) for n in reversed(range(WRITERS))))
    assert await connection.fetchval("select planted_on from forest.planted") == date(2018, 4, 1)
    shares = await connection.fetch("select species, share from forest.plot_species")
    assert {row["species"]: row["share"] for row in shares} == dict.fromkeys(species, 0.25)
    await connection.close()


async def test_every_plot_is_in_one_cell_of_every_level_after_any_write(settings: Settings) -> None:
    connection = await _open(settings)
    await add_programmes(connection)
    random_ = random.Random(7)
    own: list[str] = []
    for turn in range(60):
        async with connection.transaction():
            await _write(connection, random_, own)
        if turn % 10 == 9:
            await _check_cells(connection)
    await connection.execute("delete from forest.plot")
    await _check_cells(connection)
    await connection.close()


async def _check_cells(connection: asyncpg.Connection) -> None:
    plots = await connection.fetch(
        "select programme, area_m2, ST_X(c) as x, ST_Y(c) as y from forest.plot, ST_Centroid(shape) as c"
    )
    cells = await connection.fetch("select * from forest.cell where plots <> 0")
    for level in range(4, 11):
        side_m = 40075016.685578488 / (1 << level) / 64
        expected = Counter(
            (p["programme"], int((p["x"] + 20037508.342789244) // side_m), int((p["y"] + 20037508.342789244) // side_m))
            for p in plots
        )  # fmt: skip
        found = {(c["programme"], c["x"], c["y"]): c["plots"] for c in cells if c["level"] == level}
        assert found == expected
        area_m2 = sum(c["area_m2"] for c in cells if c["level"] == level)
        assert area_m2 == pytest.approx(sum(p["area_m2"] for p in plots), abs=1e-3)
    await _check_cell_years(connection)


async def _check_cell_years(connection: asyncpg.Connection) -> None:
    """Each plot of a known year is in one cell of that year at each level: no more is in a cell than in all its years."""
    kept = await connection.fetch(
        "select level, programme, year, sum(plots) as plots, sum(area_m2) as area_m2 from forest.cell_year"
        " where plots <> 0 group by 1, 2, 3 order by 1, 2, 3"
    )
    rows = await connection.fetch(
        "select l.level, programme, extract(year from planted_on)::int as year, count(*) as plots, sum(area_m2) as area_m2"
        " from forest.planted, generate_series(4, 10) as l (level) where planted_on is not null"
        " group by 1, 2, 3 order by 1, 2, 3"
    )
    assert [tuple(row)[:4] for row in kept] == [tuple(row)[:4] for row in rows]
    assert [row["area_m2"] for row in kept] == pytest.approx([row["area_m2"] for row in rows], abs=1e-3)
    too_many = await connection.fetch(
        "select level, x, y, programme from forest.cell_year y group by 1, 2, 3, 4 having sum(plots) >"
        " (select c.plots from forest.cell c where (c.level, c.x, c.y, c.programme) = (y.level, y.x, y.y, y.programme))"
    )
    assert not too_many


async def test_a_plot_on_the_antimeridian_or_far_north_is_in_a_tile(settings: Settings) -> None:
    connection = await _open(settings)
    await add_programmes(connection)
    for number, west in enumerate((-180.0, 179.99)):
        await add_plot(connection, str(UUID(int=FIRST | number)), "ant", _square(west, 60.0))
    await _check_cells(connection)
    assert await connection.fetchval(
        "select min(x) >= 0 and max(x) < 16 * 64 from forest.cell where level = 4"
    )
    await connection.close()


def _square(west: float, south: float) -> Any:
    return shapely.box(west, south, west + 0.01, south + 0.01)


async def test_nobody_waits_for_an_import_that_is_under_way_nearby(settings: Settings) -> None:
    connection, importer = await _open(settings), await _open(settings)
    await add_programmes(connection)
    async with importer.transaction():
        await add_plot(importer, str(UUID(int=FIRST | 1)), "ant", box(0, 0, 1, 1))
        await add_planting(importer, str(UUID(int=FIRST | 2)), str(UUID(int=FIRST | 1)), "new", None)
        await connection.execute("set lock_timeout = '500ms'")
        await add_plot(connection, str(UUID(int=FIRST | 3)), "ant", box(0.5, 0, 1, 1))
        await add_planting(connection, str(UUID(int=FIRST | 4)), str(UUID(int=FIRST | 3)), "new", None)
    (await Ledger.read(connection)).check()
    await _check_cells(connection)
    await importer.close()
    await connection.close()


async def test_regions_imported_at_once_are_all_in_the_tree(settings: Settings) -> None:
    async def writer(number: int) -> None:
        own = await _open(settings)
        async with own.transaction():
            await own.execute(
                "insert into forest.region (code, level, name_zh) values ($1, 'province', $1)",
                f"{number:012}",
            )
            await asyncio.sleep(0.1)
        await own.close()

    await writer(WRITERS)
    await asyncio.gather(*(writer(n) for n in range(WRITERS)))
    connection = await _open(settings)
    assert await connection.fetchval("select count(*) from forest.region_ancestor") == WRITERS + 1
    await connection.close()
