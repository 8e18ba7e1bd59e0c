"""Shifts loaded into the final tables, against one script that copies and does the same steps set by set."""

import resource

from benchmarks import _data
from benchmarks._benchmark import (
    Benchmark,
    Clock,
    Context,
    Figure,
    add_workers,
    history,
    load_shifts,
    shift_rows,
)

SCRIPT = """
set local session_replication_role = replica;
insert into forest.shift (id, worker, programme, work_date, number, activity, is_paid, hours, hours_known, pay_basis, wage_yuan, status)
select id::uuid, worker::uuid, 'bench', day, 1, activity, true, 8, 'measured', 'day', wage, 'approved' from staged;
insert into forest.person_day (worker, work_date, shifts, hours)
select worker, work_date, count(*), sum(hours) from forest.shift group by 1, 2;
select forest.work_rebuild();
"""


async def run(context: Context) -> list[Figure]:
    """Measure both, and that they give as much history and the same totals."""
    count = context.sizes.shifts
    made = _data.shifts(count, 1)
    people = _data.worker_count(count)
    told = """select (select count(*) from forest.history where noun = 'shift'), count(*), sum(workers), sum(days), sum(wages_yuan)
        from forest.work_total"""
    async with context.database("bench_shifts_script") as (connection, _):
        rows = shift_rows(made, await add_workers(connection, people), [])
        clock = Clock(connection)
        async with connection.transaction():
            await connection.execute(
                "create temp table staged (id text, worker text, day date, activity text, wage int) on commit drop"
            )
            await connection.copy_records_to_table("staged", records=[(r[0], r[1], r[3], r[4], r[5]) for r in rows])
            copied_s, _ = clock.stop()
            await connection.execute(SCRIPT)
            await connection.execute(await history(connection, "shift"))
        script_s, script_processor_s = clock.stop()
        script_told = await connection.fetchrow(told)
    async with context.database("bench_shifts") as (connection, _):
        await add_workers(connection, people)
        ours_s, processor_s = await load_shifts(connection, rows)
        assert await connection.fetchrow(told) == script_told
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        Figure(name="shifts-loaded", figure=count / ours_s, unit="shifts/s", ceiling=count / script_s, goal=0.8,
               note=f"{count:,} shifts of {people:,} people, with history; the script checks no foreign key; by processor time"
               f" {script_processor_s / processor_s:.2f}; the script's bare COPY {count / copied_s:,.0f}/s;"
               f" this process at most {peak_mb:,.0f} MB, data in it included"),
    ]  # fmt: skip


BENCHMARK = Benchmark("shifts-loaded", "Shifts into the final tables, against a script", run)
