"""Exports of all plots and all shifts in every format: rows a second beside COPY, and the most memory that one takes."""

import os
import subprocess
import sys
import time
from pathlib import Path

import asyncpg

from benchmarks import _data
from benchmarks._benchmark import Benchmark, Context, Figure, add_workers, load_plots, load_shifts, shift_rows
from forestapi.services.exporting import written_formats
from forestapi.settings import Settings

PROGRAM = """
import atexit
from forestapi.__main__ import main
def tell():
    with open("/proc/self/status") as status:
        print(next(line for line in status if line.startswith("VmHWM")).split()[1])
atexit.register(tell)
main()
"""
"""The command, which says at its end how many kB it held at most. What the kernel tells of a child that has ended
(`ru_maxrss`) is no less than what its parent held when it was forked."""
MEMORY_GROWTH_MB = 150
"""What an export of everything may take beyond one that finds nothing: a batch, a row group, and what GDAL keeps for an index."""


def _export(settings: Settings, path: Path, *arguments: str) -> tuple[float, float]:
    """Export in a process of its own; seconds and the most memory that it held, in MB."""
    environment = os.environ | {
        "DATABASE_URL": settings.database_url, "FOREST_DATA": str(settings.data), "PYTHONPATH": os.pathsep.join(sys.path),
    }  # fmt: skip
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, "export", *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    if done.returncode or not path.exists():
        raise RuntimeError(f"forest export {' '.join(arguments)} failed")
    return time.perf_counter() - began, int(done.stdout) / 1024


async def _copied(connection: asyncpg.Connection, view: str) -> float:
    began = time.perf_counter()
    await connection.copy_from_query(f"select * from forest.{view}", output=os.devnull, format="binary")
    return time.perf_counter() - began


async def run(context: Context) -> list[Figure]:
    """Export everything, one format after another, and nothing by the same way for comparison."""
    figures = []
    async with context.database("bench_exports") as (connection, settings):
        made = _data.plots(context.sizes.plots)
        await load_plots(connection, made)
        workers = await add_workers(connection, _data.worker_count(context.sizes.shifts))
        await load_shifts(connection, shift_rows(_data.shifts(context.sizes.shifts, len(made.ids)), workers, [str(key) for key in made.ids]))
        await connection.execute("vacuum analyze")
        counts = {"plots": context.sizes.plots, "shifts": context.sizes.shifts}
        for noun, count in counts.items():
            copying = await _copied(connection, "plots" if noun == "plots" else "shifts_located")
            for name, form in written_formats().items():
                path = context.scratch / f"{noun}{form.suffixes[0]}"
                _, least = _export(settings, path, noun, str(path), "--filter", "revision < 0")
                seconds, most = _export(settings, path, noun, str(path))
                figures.append(Figure(
                    name=f"{noun} as {name}", figure=count / seconds, unit="rows/s", ceiling=count / copying,
                    note=f"{path.stat().st_size / 1e6:.1f} MB, {seconds:.1f} s with the start of the command; COPY {copying:.1f} s",
                ))  # fmt: skip
                figures.append(Figure(
                    name=f"memory for {noun} as {name}", figure=most - least, unit="MB", goal=MEMORY_GROWTH_MB, compared="figure at most",
                    note=f"beyond the {least:.0f} MB of an export of nothing",
                ))  # fmt: skip
                path.unlink()
    return figures


BENCHMARK = Benchmark("exports", "Exports in every format", run)
