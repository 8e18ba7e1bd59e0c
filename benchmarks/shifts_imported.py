"""Shifts imported from a Parquet sheet by the command of that name: rows a second, and the memory of its largest process."""

import os
import subprocess
import sys
import time

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import _data
from benchmarks._benchmark import Benchmark, Context, Figure, add_workers

PART = 500_000
GOAL_MB = 1000


async def run(context: Context) -> list[Figure]:
    """Write the sheet in parts, and import it in a process of its own."""
    count = context.sizes.shifts
    people = _data.worker_count(count)
    path = context.scratch / "shifts.parquet"
    writer = None
    for first in range(0, count, PART):
        made = _data.shifts(min(PART, count - first), 1, first=first, of=count)
        table = pa.table({
            "worker_no": pa.array(made.worker.astype(str)), "work_date": pa.array(made.dates, pa.date32()),
            "activity": pa.array(_data.ACTIVITIES).take(pa.array(made.activity)), "hours": pa.array([8.0] * len(made.worker)),
            "pay_basis": pa.array(["day"] * len(made.worker)), "wage": pa.array(made.wage_yuan),
        })  # fmt: skip
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()
    async with context.database("bench_shifts_imported") as (connection, settings):
        await add_workers(connection, people)
        environment = os.environ | {
            "DATABASE_URL": settings.database_url or "", "FOREST_DATA": str(settings.data), "PYTHONPATH": os.pathsep.join(sys.path),
        }  # fmt: skip
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "forestapi", "import", "shifts", str(path), "--programme", _data.PROGRAMME, "--json"],
            env=environment, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - began
        stored = await connection.fetchval("select count(*) from forest.shift")
    assert process.returncode == 0 and stored == count, (process.returncode, stored)
    return [
        Figure(name="shifts imported", figure=count / seconds, unit="shifts/s", note=f"{count:,} shifts of {people:,} people, file to report"),
        Figure(name="memory of the import", figure=usage.ru_maxrss / 1024, unit="MB", goal=GOAL_MB, compared="figure at most",
               note="the larger of the command and the process that reads the file; PostgreSQL has its own"),
    ]  # fmt: skip


BENCHMARK = Benchmark("shifts-imported", "A sheet of shifts from end to end", run)
