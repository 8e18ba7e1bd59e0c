"""Kept totals of survival equal the rows: checks that take the place of others, plots that change group, writers at once."""

import asyncio
from datetime import date
from random import Random
from uuid import UUID

import asyncpg

from forestapi.db.transaction import Transaction
from forestapi.services import checking
from forestapi.settings import Settings

COUNTIES = ("620101000000", "620102000000", "620201000000", None)
CLIMATES = ("ordinary", "semi_arid", "arid", "alpine", None)
DAYS = (date(2017, 5, 1), date(2017, 9, 30), date(2018, 5, 1), date(2018, 5, 9))
PLOTS = 12


def _id(kind: int, number: int) -> UUID:
    return UUID(int=(0x019ABC << 104) | (7 << 76) | (2 << 62) | (kind << 32) | number)


async def _ledger(connection: asyncpg.Connection) -> None:
    await connection.execute(
        """insert into forest.programme (code, name_zh, name_en) values ('ant', 'a', 'a'), ('bee', 'b', 'b');
        insert into forest.region (code, parent, level, name_zh) values ('620000000000', null, 'province', 'p'),
          ('620100000000', '620000000000', 'prefecture', 'q'), ('620101000000', '620100000000', 'county', 'r'),
          ('620102000000', '620100000000', 'county', 's'), ('620201000000', '620000000000', 'county', 't')"""
    )
    await connection.executemany(
        """insert into forest.plot (id, programme, number, region, climate_class, boundary) values ($1, $2, $3, $4, $5,
          ST_Multi(ST_MakeEnvelope(100 + $6 * 0.01, 40, 100.003 + $6 * 0.011, 40.005, 4326)))""",
        [(_id(2, n), ("ant", "bee")[n % 5 == 0], str(n), COUNTIES[n % 4], CLIMATES[n % 5], n) for n in range(PLOTS)],
    )


async def _change(connection: asyncpg.Connection, chance: Random) -> None:
    what, plot = chance.random(), _id(2, chance.randrange(PLOTS))
    if what < 0.5:
        sample = chance.randrange(1, 90)
        await connection.execute(
            """insert into forest.survey (id, plot, surveyed_on, stage, sample_holes, live_holes) values ($1, $2, $3, $4, $5, $6)
            on conflict (id) do update set plot = excluded.plot, surveyed_on = excluded.surveyed_on, stage = excluded.stage,
              sample_holes = excluded.sample_holes, live_holes = excluded.live_holes""",
            _id(4, chance.randrange(60)), plot, chance.choice(DAYS), chance.choice(["first_season", "first_season", "third_year"]),
            sample, chance.randrange(sample + 1),
        )  # fmt: skip
    elif what < 0.65:
        await connection.execute("delete from forest.survey where id = $1", _id(4, chance.randrange(60)))
    elif what < 0.75:
        await connection.execute(
            "update forest.plot set region = $2, climate_class = $3 where id = $1", plot, chance.choice(COUNTIES), chance.choice(CLIMATES)
        )
    elif what < 0.85:
        await connection.execute(
            "update forest.plot set boundary = ST_Translate(ST_Scale(boundary, 1, $2::float8), 0, 0) where id = $1",
            plot, chance.choice([0.9999, 1.0001]),
        )  # fmt: skip
    else:
        lines = ", ".join(
            f'{{"species": "{code}", "design_holes": {chance.randrange(1, 9)}}}'
            for code in chance.sample(("haloxylon-ammodendron", "salix-psammophila"), chance.randrange(3))
        )
        await connection.execute(
            """insert into forest.planting (id, plot, kind, lines) values ($1, $1, 'new', $2::jsonb)
            on conflict (id) do update set lines = excluded.lines""",
            plot, f"[{lines}]",
        )  # fmt: skip


async def _write(connection: asyncpg.Connection, chance: Random, steps: int) -> None:
    """Make changes of every kind, two in a transaction; writers of the same plots may deadlock, and try again."""
    for _ in range(steps):
        while True:
            try:
                async with connection.transaction():
                    await _change(connection, chance)
                    await _change(connection, chance)
                break
            except asyncpg.DeadlockDetectedError:
                continue


async def _differences(connection: asyncpg.Connection) -> list[checking.Difference]:
    async with connection.transaction():
        compared, found = await checking.figures(Transaction(connection, "test"), ["survival"])
        assert compared > 100
        return found


async def test_totals_of_survival_follow_every_change(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url)
    await _ledger(connection)
    await _write(connection, Random(1), 90)
    found = await _differences(connection)
    assert not found, found[:3]
    await connection.execute("update forest.region set parent = '620100000000', climate_class = 'alpine' where code = '620201000000'")
    assert not await _differences(connection)
    await connection.execute("update forest.survival_total set live_holes = live_holes + 1 where by_kind = 'species'")
    found = await _differences(connection)
    assert found and all("species" in difference.by for difference in found)
    async with connection.transaction():
        await checking.rebuild(Transaction(connection, "test"))
    assert not await _differences(connection)
    await connection.execute("delete from forest.planting; delete from forest.plot")
    assert await connection.fetchval("select count(*) from forest.survival_part") == 0
    assert await connection.fetchval("select count(*) from forest.survival_total where plots <> 0 or area_m2 <> 0 or live_m2 <> 0") == 0
    await connection.close()


async def test_writers_at_once_leave_survival_right(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url)
    await _ledger(connection)

    async def writer(number: int) -> None:
        own = await asyncpg.connect(settings.database_url)
        await _write(own, Random(number), 30)
        await own.close()

    await asyncio.gather(*(writer(number) for number in range(4)))
    found = await _differences(connection)
    assert not found, found[:3]
    await connection.close()
