"""What credit adds to the writing of one plot: a planted plot against the same without the credit triggers.

Two databases with the same plots, one without the triggers, are written to in turns, so that whatever else the
machine does falls on both alike.
"""

import statistics
import time

import asyncpg

from benchmarks import _data
from benchmarks._benchmark import Benchmark, Context, Figure, load_plots

ROUNDS = 150
WARM_UP = 20
TRIGGERS = ("credit_inserted", "credit_updated", "credit_deleted")


async def _write(connection: asyncpg.Connection, made: _data.Plots, wkb: list[bytes], n: int) -> float:
    """Write one planted plot in a transaction of its own; milliseconds."""
    began = time.perf_counter()
    async with connection.transaction():
        await connection.execute(
            "insert into forest.plot (id, programme, number, boundary) values ($1, 'bench', $2, ST_GeomFromEWKB($3))",
            made.ids[n], str(made.ids[n]), wkb[n],
        )  # fmt: skip
        await connection.execute(
            "insert into forest.planting (id, plot, kind, started_on) values ($1, $1, 'new', $2)",
            made.ids[n], made.planted_on[n],
        )  # fmt: skip
    return (time.perf_counter() - began) * 1000


async def run(context: Context) -> list[Figure]:
    """Measure free ground and taken ground, each with and without credit."""
    base = context.sizes.plots
    figures = []
    async with (
        context.database("bench_credit") as (credited, _),
        context.database("bench_no_credit") as (plain, _),
    ):
        for connection in (credited, plain):
            await load_plots(connection, _data.plots(base))
            await connection.execute("vacuum analyze")
        for trigger in TRIGGERS:
            await plain.execute(f"alter table forest.planted disable trigger {trigger}")
        for case, first, lift, goal in (("free", base, 0.0, 2.0), ("overlapping", 0, 0.5, 3.0)):
            made = _data.plots(ROUNDS, first=first, of=base, lift=lift)
            wkb = made.wkb()
            before = await credited.fetchval("select count(*) from forest.overlap")
            taken: dict[asyncpg.Connection, list[float]] = {credited: [], plain: []}
            for n in range(ROUNDS):
                for connection in (credited, plain) if n % 2 else (plain, credited):
                    taken[connection].append(await _write(connection, made, wkb, n))
            pairs = await credited.fetchval("select count(*) from forest.overlap") - before
            assert pairs >= ROUNDS if case == "overlapping" else pairs <= ROUNDS / 10, (case, pairs)
            with_ms, without_ms = (statistics.median(taken[c][WARM_UP:]) for c in (credited, plain))
            figures.append(
                Figure(name=f"credit-{case}", figure=with_ms, unit="ms", ceiling=without_ms, goal=goal, compared="at most",
                       note=f"beside {base:,} plots; {ROUNDS} plots stored {pairs} overlaps; written in turns")
            )  # fmt: skip
    return figures


BENCHMARK = Benchmark("credit-cost", "What credit adds to writing one plot", run)
