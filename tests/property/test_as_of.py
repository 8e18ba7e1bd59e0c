"""Figures as known then: random writes, figures noted at several moments, asked for again afterwards."""

import asyncio
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from forestapi import stats
from forestapi.db.transaction import Transaction
from forestapi.settings import Settings
from tests.samples import key

VIEWS = ("planted_ground", "work", "survival_checks", "overlap", "plot_species", "region_ancestor")
ASKED = (
    ("planted-area", ("programme", "species")),
    ("planted-area", ("region",)),
    ("green-work", ("region", "sex")),
    ("survival", ("programme",)),
)
small = st.integers(0, 5)
writes = st.one_of(
    st.tuples(st.just("plot"), small, small, small),
    st.tuples(st.just("plot"), small, small, small),
    st.tuples(st.just("planting"), small, small, st.integers(0, 400)),
    st.tuples(st.just("planting"), small, small, st.integers(0, 400)),
    st.tuples(st.just("remove plot"), small),
    st.tuples(st.just("remove planting"), small),
    st.tuples(st.just("shift"), small, small, st.sampled_from(["approved", "submitted", "void"])),
    st.tuples(st.just("worker"), small, st.sampled_from(["female", "male"])),
    st.tuples(st.just("survey"), small, small, st.integers(0, 100)),
    st.tuples(st.just("region"), st.sampled_from(["a", "b"])),
)
histories = st.lists(st.lists(writes, min_size=1, max_size=4), min_size=3, max_size=7)


async def write(connection: asyncpg.Connection, operation: tuple[Any, ...]) -> None:
    """Do one of the writes, in a way that any state allows."""
    run = connection.execute
    match operation:
        case "plot", n, x, y:
            await run(
                """insert into forest.plot (id, programme, number, boundary, region)
                values ($1, $2, 'n', ST_Multi(ST_MakeEnvelope($3::float8, $4::float8, $3::float8 + 0.0023, $4::float8 + 0.0017, 4326)), 'a')
                on conflict (id) do update set boundary = excluded.boundary, revision = forest.plot.revision + 1""",
                key(n), ("ant", "bee")[n % 2], 105 + x * 0.001, 39 + y * 0.001,
            )  # fmt: skip
        case "planting", n, plot, day:
            await run(
                """insert into forest.planting (id, plot, started_on, lines) select $1, id, $3, $4 from forest.plot where id = $2
                on conflict (id) do update set plot = excluded.plot, started_on = excluded.started_on, lines = excluded.lines""",
                key(100 + n), key(plot), date(2017, 3, 1) + timedelta(days=day),
                f'[{{"species": "haloxylon-ammodendron", "design_holes": {day + 1}}},'
                ' {"species": "salix-psammophila", "design_holes": 70}]',
            )  # fmt: skip
        case "remove plot", n:
            await run("update forest.shift set plot = null where plot = $1", key(n))
            await run("delete from forest.plot where id = $1", key(n))
        case "remove planting", n:
            await run("delete from forest.planting where id = $1", key(100 + n))
        case "worker", n, sex:
            await run("update forest.worker set sex = $2 where id = $1", key(200 + n), sex)
        case "shift", n, plot, status:
            await run(
                """insert into forest.shift (id, worker, programme, plot, region, work_date, activity, status, wage_yuan)
                values ($1, $2, 'ant', (select id from forest.plot where id = $3), 'b', $4, 'planting', $5, 160)
                on conflict (id) do update set status = excluded.status, plot = excluded.plot""",
                key(300 + n), key(200 + plot), key(plot), date(2018, 4, 1 + n), status,
            )  # fmt: skip
        case "survey", n, plot, live:
            await run(
                """insert into forest.survey (id, plot, surveyed_on, stage, sample_holes, live_holes)
                select $1, id, '2019-09-01', 'first_season', 100, $3 from forest.plot where id = $2
                on conflict (id) do update set live_holes = excluded.live_holes""",
                key(400 + n), key(plot), live,
            )  # fmt: skip
        case "region", parent:
            await run("update forest.region set parent = $1 where code = 'c'", parent)


async def figures(connection: asyncpg.Connection, as_of: str | None = None) -> tuple[list[Any], str, str]:
    """Ask every statistic; return what they say, when it was, and the snapshot."""
    said, moment, snapshot = [], "", ""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        for name, by in ASKED:
            found = await stats.answer(
                Transaction(connection, "test"),
                stats.get(name),
                by=by,
                region_level="prefecture",
                as_of=as_of,
            )
            said.append((found["rows"], found["total"]))
            moment, snapshot = found["as_of"], found["snapshot"]
    return said, moment, snapshot


async def begin(connection: asyncpg.Connection) -> None:
    """Empty the ledger (its history stays), and put in what the writes need."""
    for table in ("shift", "plot", "worker", "region", "programme"):
        await connection.execute(f"delete from forest.{table}")
    await connection.execute(
        """insert into forest.programme (code, name_zh, name_en) values ('ant', 'x', 'x'), ('bee', 'x', 'x');
        insert into forest.region (code, level, name_zh) values ('a', 'prefecture', 'x'), ('b', 'prefecture', 'x');
        insert into forest.region (code, level, name_zh, parent) values ('c', 'county', 'x', 'a')"""
    )
    await connection.executemany(
        "insert into forest.worker (id, birth_year) values ($1, 1980)", [(key(200 + n),) for n in range(6)]
    )


def same(one: Any, other: Any) -> bool:
    """Whether two answers are equal, areas to a square decimetre."""
    if isinstance(one, float) and isinstance(other, float | int):
        return one == pytest.approx(other, abs=0.011)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


async def test_figures_asked_for_as_of_a_moment_are_those_of_that_moment(settings: Settings) -> None:
    async def replay(history: list[list[tuple[Any, ...]]]) -> None:
        connection = await asyncpg.connect(settings.database_url)
        try:
            await begin(connection)
            noted = []
            for step in history:
                async with connection.transaction():
                    for operation in step:
                        await write(connection, operation)
                noted.append(await figures(connection))
            for said, moment, snapshot in noted:
                assert same((await figures(connection, moment))[0], said)
                assert same((await figures(connection, snapshot))[0], said)
        finally:
            await connection.close()

    @limits(
        max_examples=12, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(histories)
    def all_histories(history: list[list[tuple[Any, ...]]]) -> None:
        asyncio.run(replay(history))

    await asyncio.to_thread(all_histories)


async def test_the_past_has_the_columns_of_the_present(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url)
    for view in VIEWS:
        now = await connection.prepare(f"select * from forest.{view}")
        then = await connection.prepare(f"select * from forest.{view}_as_of($1)")
        assert {a.name: a.type.name for a in now.get_attributes()} == {
            a.name: a.type.name for a in then.get_attributes()
        }
    await connection.close()
