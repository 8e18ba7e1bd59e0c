"""Figures asked for: green work and planted area, against the same from the rows; net area against ST_Union."""

import time

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

        began = time.perf_counter()
        union_m2 = await connection.fetchval("select ST_Area(ST_Union(ground)) from forest.planted")
        union_s = time.perf_counter() - began
        began = time.perf_counter()
        await connection.execute("select forest.credit_rebuild()")
        rebuild_s = time.perf_counter() - began
        net_m2 = await connection.fetchval("select sum(credited_m2) from forest.credit")
        assert abs(net_m2 - union_m2) < 1e-6 * union_m2, (net_m2, union_m2)
        figures.append(
            Figure(name="net area from nothing", figure=rebuild_s, unit="s", ceiling=union_s, goal=1 / 50,
                   compared="at most", note="all pairs and credits, written; against ST_Union of all, read only")
        )  # fmt: skip
        net_ms = await median_ms(lambda: stats.answer(tx, area, is_from_rows=True), 3)
        figures.append(
            Figure(name="net area asked for", figure=net_ms / 1000, unit="s", ceiling=union_s, goal=1 / 50, compared="at most",
                   note="from the rows and the stored pairs")
        )  # fmt: skip
        species = _data.SPECIES[0]
        began = time.perf_counter()
        filtered_m2 = await connection.fetchval("select ST_Area(ST_Union(ground)) from forest.planted where species = $1", species)
        union_s = time.perf_counter() - began
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
