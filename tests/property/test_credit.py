"""Credit under any sequence of writes: after every commit the ledger says what shapely says."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import numpy as np
import shapely
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from forestapi import stats
from forestapi.db.transaction import Transaction
from forestapi.records._query import Query
from forestapi.settings import Settings
from geo.overlap import net_area_m2
from tests.database.ground import (
    PROGRAMMES,
    SOUTH,
    Ledger,
    Plot,
    add_planting,
    add_plot,
    add_programmes,
    box,
    ewkb,
    frame,
    star,
)

cells = st.integers(0, 6)
boundaries = st.one_of(
    st.builds(box, cells, cells, st.integers(1, 4), st.integers(1, 4)),
    st.builds(frame, cells, cells, st.sampled_from([2, 4])),
    st.builds(
        star,
        st.floats(0, 6),
        st.floats(0, 6),
        st.lists(st.floats(0.3, 2.5), min_size=3, max_size=7),
        st.floats(0, 3),
    ),
    st.builds(lambda x, y: shapely.union(box(x, y, 1, 1), box(x + 2, y, 1, 2)), cells, cells),
).filter(lambda polygon: polygon.is_valid and polygon.area > 1e-9)
days = st.one_of(st.none(), st.integers(0, 500).map(lambda n: date(2017, 6, 1) + timedelta(days=n)))
which = st.integers(0, 1000)
kinds = st.sampled_from(["new", "new", "replant", "infill"])
shifts = st.sampled_from([0.0, 1e-12, 1e-9, 1e-7, 1e-6])
operations = st.one_of(
    st.tuples(st.just("plot"), st.sampled_from(PROGRAMMES), boundaries, days),
    st.tuples(st.just("plot"), st.sampled_from(PROGRAMMES), boundaries, days),
    st.tuples(st.just("copy"), which, shifts, days),
    st.tuples(st.just("bare plot"), st.sampled_from(PROGRAMMES), boundaries),
    st.tuples(st.just("move"), which, boundaries),
    st.tuples(st.just("remove plot"), which),
    st.tuples(st.just("change programme"), which, st.sampled_from(PROGRAMMES)),
    st.tuples(st.just("add planting"), which, kinds, days),
    st.tuples(st.just("change planting"), which, kinds, days),
    st.tuples(st.just("remove planting"), which),
)
histories = st.lists(st.lists(operations, min_size=1, max_size=5), min_size=6, max_size=14)
FIRST = 0x019ABC00000070008000 << 48


class Machine:
    """One history applied to the database, and to a model that shapely can judge."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self.plots: dict[str, Plot] = {}
        self.made = 0

    def new_key(self) -> str:
        """Make keys that do not grow, so that the order of ids is not the order of receipt."""
        self.made += 1
        return str(UUID(int=FIRST | (self.made * 7919) % 10_007))

    def pick(self, number: int) -> str | None:
        keys = list(self.plots)
        return keys[number % len(keys)] if keys else None

    def pick_planting(self, number: int) -> tuple[str, str] | None:
        found = [(plot, key) for plot, known in self.plots.items() for key in known.plantings]
        return found[number % len(found)] if found else None

    async def plot(self, programme: str, boundary: Any, *planted: date | None) -> None:
        key = self.new_key()
        await add_plot(self.connection, key, programme, boundary)
        self.plots[key] = Plot(programme, boundary)
        for day in planted:
            await self.planting(key, "new", day)

    async def planting(self, plot: str, kind: str, day: date | None) -> None:
        key = self.new_key()
        await add_planting(self.connection, key, plot, kind, day)
        self.plots[plot].plantings[key] = (kind, day)

    async def apply(self, operation: tuple[Any, ...]) -> None:
        match operation:
            case "plot", programme, boundary, day:
                await self.plot(programme, boundary, day)
            case "bare plot", programme, boundary:
                await self.plot(programme, boundary)
            case "copy", number, shift, day if key := self.pick(number):
                old = self.plots[key]
                await self.plot(old.programme, shapely.transform(old.boundary, lambda xy: xy + shift), day)
            case "move", number, boundary if key := self.pick(number):
                await self.connection.execute(
                    "update forest.plot set boundary = $2::text::geometry where id = $1::text::uuid",
                    key,
                    ewkb(boundary),
                )
                self.plots[key].boundary = boundary
            case "remove plot", number if key := self.pick(number):
                await self.connection.execute("delete from forest.plot where id = $1::text::uuid", key)
                del self.plots[key]
            case "change programme", number, programme if key := self.pick(number):
                await self.connection.execute(
                    "update forest.plot set programme = $2 where id = $1::text::uuid", key, programme
                )
                self.plots[key].programme = programme
            case "add planting", number, kind, day if key := self.pick(number):
                await self.planting(key, kind, day)
            case "change planting", number, kind, day if found := self.pick_planting(number):
                await self.connection.execute(
                    "update forest.planting set kind = $2, started_on = $3 where id = $1::text::uuid",
                    found[1], kind, day,
                )  # fmt: skip
                self.plots[found[0]].plantings[found[1]] = (kind, day)
            case "remove planting", number if found := self.pick_planting(number):
                await self.connection.execute(
                    "delete from forest.planting where id = $1::text::uuid", found[1]
                )
                del self.plots[found[0]].plantings[found[1]]

    async def check(self) -> None:
        ledger = await Ledger.read(self.connection)
        assert {
            row["id"]: (row["programme"], row["is_planted"], row["planted_on"]) for row in ledger.rows
        } == {key: (plot.programme, plot.is_planted, plot.planted_on) for key, plot in self.plots.items()}
        for row in ledger.rows:
            apart_m2 = abs(row["geodesic_area_m2"] - row["area_m2"])
            assert apart_m2 < 5e-7 * row["area_m2"] + _between_edges_m2(row["ground"])
        ledger.check()

    async def check_figures(self, by: tuple[str, ...], query: Query) -> None:
        """Hold `planted-area` under a filter against the union of the plots that meet it, group by group."""
        answer = await stats.answer(
            Transaction(self.connection, "test"), stats.get("planted-area"), by=by, query=query
        )
        groups: dict[tuple[Any, ...], list[Any]] = {}
        chosen = [p for p in self.plots.values() if p.is_planted and _meets(p, query)]
        for plot in chosen:
            groups.setdefault(tuple(_value(plot, name) for name in by), []).append(plot.boundary)
        assert {tuple(row[name] for name in by) for row in answer["rows"]} == (set(groups) if by else set())
        for row in answer["rows"]:
            net_m2 = net_area_m2(groups[tuple(row[name] for name in by)])
            assert abs(row["net_m2"] - net_m2) < 0.006
        assert abs(answer["total"]["net_m2"] - net_area_m2([p.boundary for p in chosen])) < 0.006

    async def check_rebuild(self) -> None:
        read = "select plot, credited_m2 from forest.credit order by plot"
        kept = await self.connection.fetch(read)
        await self.connection.execute("select forest.credit_rebuild()")
        rebuilt = await self.connection.fetch(read)
        assert [row["plot"] for row in kept] == [row["plot"] for row in rebuilt]
        for old, new in zip(kept, rebuilt, strict=True):
            assert abs(old["credited_m2"] - new["credited_m2"]) < 1e-6


def _between_edges_m2(ground: bytes) -> float:
    """Bound the ground between straight edges and geodesic ones: each bows by L²·tan(latitude) / 8R."""
    edges_m = [
        np.hypot(*np.diff(shapely.get_coordinates(ring), axis=0).T)
        for ring in shapely.get_rings(shapely.get_parts(shapely.from_wkb(ground)))
    ]
    return (
        1.5 * float((np.concatenate(edges_m) ** 3).sum()) * np.tan(np.radians(SOUTH + 0.02)) / (12 * 6.371e6)
    )


def _meets(plot: Plot, query: Query) -> bool:
    for name, values in query.equals.items():
        value = _value(plot, name)
        if value is None or str(value) not in values:
            return False
    if query.interval:
        first, last = query.interval
        day = plot.planted_on
        return day is not None and (first is None or day >= first) and (last is None or day <= last)
    return True


def _value(plot: Plot, dimension: str) -> Any:
    day = plot.planted_on
    return {
        "programme": plot.programme,
        "year": day and day.year,
        "month": day and f"{day:%Y-%m}",
        "quarter": day and f"{day.year}-Q{(day.month + 2) // 3}",
    }[dimension]


dimensions = st.lists(st.sampled_from(["programme", "year", "month", "quarter"]), max_size=2, unique=True)
queries = st.builds(
    lambda equals, interval: Query(equals=equals, interval=interval),
    st.sampled_from([{}, {"programme": ["ant"]}, {"year": ["2018"]}, {"quarter": ["2017-Q3", "2018-Q1"]}]),
    st.sampled_from(
        [None, (date(2017, 9, 1), None), (None, date(2018, 5, 1)), (date(2017, 8, 1), date(2018, 1, 31))]
    ),
)


def test_after_every_commit_credit_is_what_shapely_says(settings: Settings) -> None:
    with asyncio.Runner() as runner:
        connection = runner.run(
            asyncpg.connect(settings.database_url, server_settings={"synchronous_commit": "off"})
        )

        async def replay(history: Any, by: Any, query: Query) -> None:
            await connection.execute("delete from forest.plot")
            await add_programmes(connection)
            machine = Machine(connection)
            for transaction in history:
                async with connection.transaction():
                    for operation in transaction:
                        await machine.apply(operation)
                await machine.check()
            await machine.check_figures(tuple(by), query)
            await machine.check_rebuild()

        @limits(
            max_examples=200,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            database=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )
        @given(histories, dimensions, queries)
        def any_history(history: Any, by: Any, query: Query) -> None:
            runner.run(replay(history, by, query))

        try:
            any_history()
        finally:
            runner.run(connection.close())
