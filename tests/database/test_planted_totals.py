"""Kept sums of planted ground equal the rows after any writes: moved, replanted, accepted, deleted, by several writers."""

import asyncio
from datetime import date
from random import Random
from uuid import UUID

import asyncpg

from forestapi.db.transaction import Transaction
from forestapi.services import checking
from forestapi.settings import Settings

COUNTIES = ("620101000000", "620102000000", "620201000000", None)
SPECIES = ("haloxylon-ammodendron", "salix-psammophila", "populus-euphratica")
CLIMATES = ("ordinary", "arid", None)
PLOTS = 24


def _id(kind: int, number: int) -> UUID:
    return UUID(int=(0x019ABC << 104) | (7 << 76) | (2 << 62) | (kind << 32) | number)


async def _ledger(connection: asyncpg.Connection) -> None:
    await connection.execute(
        """insert into forest.programme (code, name_zh, name_en) values ('ant', 'a', 'a'), ('bee', 'b', 'b');
        insert into forest.region (code, parent, level, name_zh) values ('620000000000', null, 'province', 'p'),
          ('620100000000', '620000000000', 'prefecture', 'q'), ('620101000000', '620100000000', 'county', 'r'),
          ('620102000000', '620100000000', 'county', 's'), ('620201000000', '620000000000', 'county', 't')"""
    )


async def _plot(connection: asyncpg.Connection, chance: Random, number: int) -> None:
    """Put a plot in, or move the one that has the number: a box in a square where a few fit side by side."""
    west, south = 100 + chance.randrange(6) * 0.001, 40 + chance.randrange(6) * 0.001
    await connection.execute(
        """insert into forest.plot (id, programme, number, region, lifecycle, climate_class, boundary)
        values ($1, $2, $3, $4, $5, $6, ST_Multi(ST_MakeEnvelope($7::float8, $8::float8, $7 + $9::float8, $8 + $10::float8, 4326)))
        on conflict (id) do update set programme = excluded.programme, boundary = excluded.boundary""",
        _id(2, number), chance.choice(["ant", "ant", "bee"]), str(number), chance.choice(COUNTIES),
        chance.choice(["planted", "accepted", "preserved"]), chance.choice(CLIMATES), west, south,
        chance.choice([0.001, 0.0015, 0.004]), chance.choice([0.001, 0.0015, 0.003]),
    )  # fmt: skip


async def _planting(connection: asyncpg.Connection, chance: Random, plot: int) -> None:
    lines = ", ".join(
        f'{{"species": "{code}", "design_holes": {chance.randrange(1, 900)}}}'
        for code in chance.sample(SPECIES, chance.randrange(4))
    )
    await connection.execute(
        """insert into forest.planting (id, plot, kind, started_on, lines) select $1, $2, $3, $4, $5::jsonb
        where exists (select from forest.plot where id = $2)
        on conflict (id) do update set kind = excluded.kind, started_on = excluded.started_on, lines = excluded.lines""",
        _id(3, plot * 2 + chance.randrange(2)), _id(2, plot), chance.choice(["new", "new", "replant"]),
        chance.choice([date(2017, 4, 1), date(2017, 9, 9), date(2018, 4, 2)]), f"[{lines}]",
    )  # fmt: skip


async def _write(connection: asyncpg.Connection, chance: Random, steps: int) -> None:
    """Make changes of every kind, several in a transaction; writers of the same plots may deadlock, and try again."""
    for _ in range(steps):
        state = chance.getstate()
        for _ in range(20):
            chance.setstate(state)
            try:
                async with connection.transaction():
                    for _ in range(chance.randrange(1, 4)):
                        await _change(connection, chance)
                break
            except (asyncpg.DeadlockDetectedError, asyncpg.ForeignKeyViolationError):
                await asyncio.sleep(0.01)


async def _change(connection: asyncpg.Connection, chance: Random) -> None:
    what, plot = chance.random(), chance.randrange(PLOTS)
    if what < 0.25:
        await _plot(connection, chance, plot)
    elif what < 0.6:
        await _planting(connection, chance, plot)
    elif what < 0.7:
        await connection.execute("update forest.plot set region = $2 where id = $1", _id(2, plot), chance.choice(COUNTIES))
    elif what < 0.8:
        await connection.execute(
            "update forest.plot set lifecycle = case lifecycle when 'planted' then 'accepted' else 'planted' end where id = any($1)",
            [_id(2, chance.randrange(PLOTS)) for _ in range(4)],
        )
    elif what < 0.87:
        await connection.execute("update forest.plot set climate_class = $2 where id = $1", _id(2, plot), chance.choice(CLIMATES))
    elif what < 0.94:
        await connection.execute("delete from forest.planting where plot = $1", _id(2, plot))
    else:
        await connection.execute("delete from forest.planting where plot = $1", _id(2, plot))
        await connection.execute("delete from forest.plot where id = $1", _id(2, plot))


async def _differences(connection: asyncpg.Connection) -> tuple[int, list[checking.Difference]]:
    async with connection.transaction():
        compared, found = await checking.figures(Transaction(connection, "test"))
        return compared, [difference for difference in found if difference.statistic == "planted-area"]


async def test_sums_follow_every_change(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url)
    await _ledger(connection)
    for seed in range(6):
        await _write(connection, Random(seed), 25)
        compared, found = await _differences(connection)
        assert compared > 100 and not found, found[:3]
    assert await connection.fetchval("select max(n) from (select count(*) n from forest.overlap group by later) t") > 2
    await connection.execute("update forest.region set parent = '620100000000' where code = '620201000000'")
    assert not (await _differences(connection))[1]
    await connection.execute("update forest.region set climate_class = 'alpine' where code = '620101000000'")
    assert not (await _differences(connection))[1]
    await connection.execute(
        "begin; update forest.region set parent = '629900000000' where code = '620201000000';"
        "insert into forest.region (code, level, name_zh) values ('629900000000', 'prefecture', 'late'); commit"
    )
    assert not (await _differences(connection))[1]
    await connection.execute("select forest.credit_rebuild()")
    assert not (await _differences(connection))[1]
    await connection.execute("delete from forest.planting; delete from forest.plot")
    assert await connection.fetchval("select count(*) from forest.planted_part") == 0
    assert await connection.fetchval(
        "select count(*) from forest.planted_total where (plots, gross_m2, net_m2, credited_m2, accepted_m2) <> (0, 0, 0, 0, 0)"
    ) == 0
    await connection.close()


async def test_writers_at_once_leave_the_sums_right(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url)
    await _ledger(connection)
    await _write(connection, Random(99), 20)

    async def writer(number: int) -> None:
        own = await asyncpg.connect(settings.database_url)
        await _write(own, Random(number), 40)
        await own.close()

    await asyncio.gather(*(writer(n) for n in range(4)))
    compared, found = await _differences(connection)
    assert compared > 100 and not found, found[:3]
    await connection.close()


async def test_a_wrong_sum_is_found_and_mended(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url)
    await _ledger(connection)
    await _write(connection, Random(3), 30)
    await connection.execute("update forest.planted_total set net_m2 = net_m2 + 1 where level = 'county' and by_kind = 'species'")
    found = (await _differences(connection))[1]
    assert found and all("species" in difference.by and difference.region_level == "county" for difference in found)
    async with connection.transaction():
        await checking.rebuild(Transaction(connection, "test"))
    assert not (await _differences(connection))[1]
    await connection.close()
