"""Kept totals equal the rows after any writes, by several writers, through every change that moves work about."""

import asyncio
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from forestapi.db.transaction import Transaction
from forestapi.services import checking
from forestapi.settings import Settings

WRITERS = 4
COUNTIES = ("620101000000", "620102000000", "620201000000")


def _id(kind: int, number: int) -> UUID:
    return UUID(int=(0x019ABC << 104) | (7 << 76) | (2 << 62) | (kind << 32) | number)


async def _ledger(connection: asyncpg.Connection) -> None:
    await connection.execute(
        """insert into forest.programme (code, name_zh, name_en) values ('ant', 'a', 'a'), ('bee', 'b', 'b');
        insert into forest.region (code, parent, level, name_zh) values ('620000000000', null, 'province', 'p'),
          ('620100000000', '620000000000', 'prefecture', 'q'), ('620101000000', '620100000000', 'county', 'r'),
          ('620102000000', '620100000000', 'county', 's'), ('620201000000', '620000000000', 'county', 't');
        insert into forest.crew (code, programme, name_zh, region) values ('c', 'ant', 'c', '620101000000')"""
    )
    await connection.executemany(
        "insert into forest.worker (id, number, sex, crew) values ($1, $2, $3, 'c')",
        [(_id(1, n), str(n), "female" if n % 2 else "male") for n in range(8)],
    )
    await connection.executemany(
        """insert into forest.plot (id, programme, number, region, boundary) values ($1, 'ant', $2, $3,
          ST_Multi(ST_MakeEnvelope(100 + $4 * 0.01, 40, 100.005 + $4 * 0.01, 40.005, 4326)))""",
        [(_id(2, n), str(n), COUNTIES[n], n) for n in range(3)],
    )


def _shift(chance: Random, number: int) -> tuple[Any, ...]:
    return (
        _id(3, number), _id(1, chance.randrange(8)), chance.choice(["ant", "ant", "bee"]),
        chance.choice([None, *(_id(2, n) for n in range(3))]), chance.choice([None, *COUNTIES]),
        date(2018, 11, 15) + timedelta(days=chance.randrange(90)), number % 30_000,
        chance.choice(["planting", "watering"]), chance.random() < 0.9, chance.choice([0.5, 1.25]),
        chance.choice(["approved", "approved", "submitted", "void"]),
    )  # fmt: skip


async def _write(connection: asyncpg.Connection, chance: Random, first: int) -> None:
    """Make changes of every kind, most of them to the same few workers."""
    for step in range(25):
        what = chance.random()
        async with connection.transaction():
            if what < 0.5:
                rows = [_shift(chance, first + step * 10 + n) for n in range(chance.randrange(1, 6))]
                await connection.executemany(
                    "insert into forest.shift (id, worker, programme, crew, plot, region, work_date, number, activity, is_paid,"
                    " hours, wage_yuan, status) values ($1, $2, $3, 'c', $4, $5, $6, $7, $8, $9, $10, 100, $11)",
                    rows,
                )
            elif what < 0.6:
                await connection.execute("delete from forest.shift where number % 7 = $1", chance.randrange(7))
            elif what < 0.75:
                await connection.execute(
                    "update forest.shift set status = case status when 'approved' then 'void' else 'approved' end, wage_yuan = $2"
                    " where number % 5 = $1",
                    chance.randrange(5),
                    chance.randrange(50, 200),
                )
            elif what < 0.85:
                await connection.execute(
                    "update forest.shift set work_date = work_date + 40, activity = 'weeding' where number % 9 = $1",
                    chance.randrange(9),
                )
            elif what < 0.9:
                await connection.execute(
                    "update forest.plot set region = $2 where id = $1",
                    _id(2, chance.randrange(3)), chance.choice(COUNTIES),
                )  # fmt: skip
            elif what < 0.95:
                await connection.execute("update forest.crew set region = $1", chance.choice(COUNTIES))
            else:
                await connection.execute(
                    "update forest.worker set sex = $2 where id = $1",
                    _id(1, chance.randrange(8)), chance.choice(["female", "male", "unknown"]),
                )  # fmt: skip


async def _differences(connection: asyncpg.Connection) -> tuple[int, list[checking.Difference]]:
    async with connection.transaction():
        return await checking.figures(Transaction(connection, "test"))


async def test_totals_follow_every_change(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url)
    await _ledger(connection)
    for seed in range(4):
        await _write(connection, Random(seed), seed * 1000)
        compared, found = await _differences(connection)
        assert compared > 100 and not found, found[:3]
    await connection.execute("update forest.region set parent = '620100000000' where code = '620201000000'")
    compared, found = await _differences(connection)
    assert not found, found[:3]
    await connection.close()


async def test_writers_at_once_leave_the_totals_right(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url)
    await _ledger(connection)

    async def writer(number: int) -> None:
        own = await asyncpg.connect(settings.database_url)
        chance = Random(number)
        for step in range(20):
            rows = [_shift(chance, number * 1000 + step * 10 + n) for n in range(4)]
            async with own.transaction():
                await own.executemany(
                    "insert into forest.shift (id, worker, programme, crew, plot, region, work_date, number, activity, is_paid,"
                    " hours, wage_yuan, status) values ($1, $2, $3, 'c', $4, $5, $6, $7, $8, $9, 0.25, $10, $11)",
                    [(*row[:9], row[9], row[10]) for row in sorted(rows, key=lambda row: (row[1], row[5]))],
                )
        await own.close()

    await asyncio.gather(*(writer(n + 1) for n in range(WRITERS)))
    compared, found = await _differences(connection)
    assert compared > 100 and not found, found[:3]
    await connection.close()


async def test_a_wrong_total_is_found_and_mended(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url)
    await _ledger(connection)
    await _write(connection, Random(3), 0)
    await connection.execute(
        "update forest.work_total set workers = workers + 1 where level = '' and by_kind = '' and period_kind = 'year'"
    )
    found = (await _differences(connection))[1]
    assert found and all(difference.by == ["year"] for difference in found)
    async with connection.transaction():
        await checking.rebuild(Transaction(connection, "test"))
    assert not (await _differences(connection))[1]
    await connection.close()
