"""Figures asked for: green work and planted area, against the same from the rows; net area against ST_Union."""

import time
from typing import Any

import asyncpg

from benchmarks import _data
from benchmarks._benchmark import (
    Benchmark,
    Context,
    Figure,
    add_workers,
    load_plots,
    load_shifts,
    median_ms,
    shift_rows,
)
from forestapi import stats
from forestapi.db.transaction import Transaction
from forestapi.records._query import Query

COMPONENTS = """select sum(m2) from (
  select case when count(*) = 1 then min(area_m2) else ST_Area(ST_Union(ground)) end as m2
  from (select ground, area_m2, ST_ClusterDBSCAN(ground, 0, 1) over () as component from forest.planted) c group by component) u"""


async def _timed(connection: asyncpg.Connection, sql: str, *values: Any) -> tuple[float, Any]:
    """Ask for one value; seconds, and the value."""
    began = time.perf_counter()
    value = await connection.fetchval(sql, *values)
    return time.perf_counter() - began, value


async def run(context: Context) -> list[Figure]:
    """Measure in the database that has all plots and all shifts."""
    figures = []
    async with context.database("bench_figures") as (connection, _):
        made = _data.plots(context.sizes.plots)
        await load_plots(connection, made)
        people = await add_workers(connection, _data.worker_count(context.sizes.shifts))
        plots = [str(key) for key in made.ids]
        await load_shifts(connection, shift_rows(_data.shifts(context.sizes.shifts, len(plots)), people, plots))
        await connection.execute("vacuum analyze")
        tx = Transaction(connection, "bench")

        kept_ms = await median_ms(
            lambda: connection.fetch("select * from forest.work_totals('bench', 'month', 'county', 'sex')")
        )
        work, by = stats.get("green-work"), ("month", "region", "sex")
        began = time.perf_counter()
        told = await stats.answer(tx, work, by=by, is_from_rows=True)
        rows_ms = (time.perf_counter() - began) * 1000
        kept = await stats.answer(tx, work, by=by)
        assert kept["rows"] == told["rows"] and kept["total"] == told["total"]
        figures.append(
            Figure(name="green-work month×region×sex", figure=kept_ms, unit="ms", goal=5, compared="figure at most",
                   note=f"in the database, {context.sizes.shifts:,} shifts; equal to the rows, which take {rows_ms:,.0f} ms")
        )  # fmt: skip
        whole_ms = await median_ms(lambda: stats.answer(tx, work, by=by), 3)
        figures.append(Figure(name="green-work, whole answer", figure=whole_ms, unit="ms", note="with names and total"))

        area = stats.get("planted-area")
        by = ("region", "species", "year")
        kept_ms = await median_ms(
            lambda: connection.fetch("select * from forest.planted_totals('bench', 'year', 'county', 'species')")
        )
        rows_ms = await median_ms(lambda: stats.answer(tx, area, by=by, is_from_rows=True), 3)
        kept, told = await stats.answer(tx, area, by=by), await stats.answer(tx, area, by=by, is_from_rows=True)
        assert kept["rows"] == told["rows"] and kept["total"] == told["total"]
        figures.append(
            Figure(name="planted-area region×species×year", figure=kept_ms, unit="ms", goal=5, compared="figure at most",
                   note=f"in the database, {context.sizes.plots:,} plots; equal to the rows, which take {rows_ms:,.0f} ms")
        )  # fmt: skip
        whole_ms = await median_ms(lambda: stats.answer(tx, area, by=by), 5)
        figures.append(Figure(name="planted-area, whole answer", figure=whole_ms, unit="ms", note="with names and total"))

        alive = stats.get("survival")
        await connection.execute(
            "insert into forest.survey (id, plot, surveyed_on, stage, sample_holes, live_holes) select id, id, '2019-09-01',"
            " 'first_season', 100, 40 + get_byte(uuid_send(id), 15) % 60 from forest.plot"
        )
        await connection.execute("vacuum analyze forest.survey")
        kept, told = await stats.answer(tx, alive, by=by), await stats.answer(tx, alive, by=by, is_from_rows=True)
        assert kept["rows"] == told["rows"] and kept["total"] == told["total"]
        rows_ms = await median_ms(lambda: stats.answer(tx, alive, by=by, is_from_rows=True), 3)
        kept_ms = await median_ms(
            lambda: connection.fetch("select * from forest.survival_totals('bench', 'year', 'county', 'species')")
        )
        figures.append(
            Figure(name="survival region×species×year", figure=kept_ms, unit="ms", goal=5, compared="figure at most",
                   note=f"in the database, a check of each plot; equal to the rows, which take {rows_ms:,.0f} ms")
        )  # fmt: skip

        union_s, union_m2 = await _timed(connection, "select ST_Area(ST_Union(ground)) from forest.planted")
        net_s, net_m2 = await _timed(connection, COMPONENTS)
        assert abs(net_m2 - union_m2) < 1e-9 * union_m2, (net_m2, union_m2)
        figures.append(
            Figure(name="net area from nothing", figure=net_s, unit="s", ceiling=union_s, goal=1 / 50, compared="at most",
                   note="from the ground alone: plots that touch are united, of the others areas are added; against ST_Union of all")
        )  # fmt: skip
        rebuild_s, _ = await _timed(connection, "select forest.credit_rebuild()")
        net_m2 = await connection.fetchval("select sum(credited_m2) from forest.credit")
        assert abs(net_m2 - union_m2) < 1e-6 * union_m2, (net_m2, union_m2)
        figures.append(
            Figure(name="all credit from nothing", figure=rebuild_s, unit="s", ceiling=union_s,
                   note="every pair with its ground, every credit and every sum, written; ST_Union only reads")
        )  # fmt: skip
        await connection.execute("vacuum analyze forest.credit, forest.overlap")
        net_ms = await median_ms(lambda: stats.answer(tx, area, is_from_rows=True), 3)
        figures.append(
            Figure(name="net area asked for", figure=net_ms / 1000, unit="s", ceiling=union_s, goal=1 / 50, compared="at most",
                   note="from the rows and the stored pairs")
        )  # fmt: skip
        species = _data.SPECIES[0]
        union_s, filtered_m2 = await _timed(connection, "select ST_Area(ST_Union(ground)) from forest.planted where species = $1", species)
        query = Query(equals={"species": [species]})
        net_ms = await median_ms(lambda: stats.answer(tx, area, query=query), 3)
        net_m2 = (await stats.answer(tx, area, query=query))["total"]["net_m2"]
        assert abs(net_m2 - filtered_m2) < 1e-6 * filtered_m2 + 0.01, (net_m2, filtered_m2)
        figures.append(
            Figure(name="net area under a filter", figure=net_ms / 1000, unit="s", ceiling=union_s, goal=1 / 50,
                   compared="at most", note="one species of four; ST_Union of the same plots")
        )  # fmt: skip
    return figures


BENCHMARK = Benchmark("statistics", "Figures asked for", run)
