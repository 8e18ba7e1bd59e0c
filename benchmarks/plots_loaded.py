"""Plots loaded into the final tables, against one script that copies and does the same steps set by set."""

import asyncpg

from benchmarks import _data
from benchmarks._benchmark import Benchmark, Clock, Context, Figure, history, load_plots

SCRIPT = """
set local session_replication_role = replica;
insert into forest.plot (id, programme, number, region, boundary, capture_method, lifecycle, boundary_hash)
select id, 'bench', id::text, forest.region_at(ST_PointOnSurface(boundary)), boundary, 'file', 'planted',
  forest.boundary_hash(boundary) from staged;
insert into forest.planting (id, plot, kind, started_on, lines)
select id, id, 'new', planted_on, jsonb_build_array(jsonb_build_object('species', species, 'design_holes', holes)) from staged;
insert into forest.planting_line (planting, plot, species, design_holes) select id, id, species, holes from staged;
insert into forest.plot_species (plot, species, share) select id, species, 1 from staged;
insert into forest.planted (plot, programme, received_at, planted_on, species, area_m2, ground)
select p.id, p.programme, p.received_at, s.planted_on, s.species, p.area_m2, ST_Transform(p.boundary, 6933)
from staged s join forest.plot p using (id);
insert into forest.cell (level, x, y, programme, plots, area_m2)
select l, x >> (10 - l), y >> (10 - l), 'bench', sum(n), sum(m2) from (
  select forest.cell_column(shape) as x, forest.cell_row(shape) as y, count(*) as n, sum(area_m2) as m2
  from forest.plot group by 1, 2) c, generate_series(4, 10) l group by 1, 2, 3;
insert into forest.cell_year (level, x, y, programme, year, plots, area_m2)
select l, x >> (10 - l), y >> (10 - l), 'bench', year, sum(n), sum(m2) from (
  select forest.cell_column(shape) as x, forest.cell_row(shape) as y, extract(year from planted_on)::int as year,
    count(*) as n, sum(area_m2) as m2
  from forest.planted, lateral (select ST_Transform(ground, 3857) as shape offset 0) s group by 1, 2, 3) c,
  generate_series(4, 10) l group by 1, 2, 3, 5;
select forest.credit_rebuild();
select forest.planted_rebuild();
"""


async def script(connection: asyncpg.Connection, made: _data.Plots) -> tuple[float, float, float]:
    """Run the script; seconds and processor seconds of all of it, and seconds of the bare COPY in it."""
    rows = list(zip(made.ids, made.wkb(), made.planted_on, made.species, made.design_holes.tolist(), strict=True))
    clock = Clock(connection)
    async with connection.transaction():
        await connection.execute(
            "create temp table arrived (id uuid, boundary bytea, planted_on date, species text, holes bigint) on commit drop"
        )
        await connection.copy_records_to_table("arrived", records=rows)
        copied_s, _ = clock.stop()
        await connection.execute(
            "create temp table staged on commit drop as select id, ST_GeomFromEWKB(boundary) as boundary, planted_on,"
            " species, holes from arrived; analyze staged"
        )
        await connection.execute(SCRIPT)
        for noun in ("plot", "planting"):
            await connection.execute(await history(connection, noun))
    return *clock.stop(), copied_s


async def run(context: Context) -> list[Figure]:
    """Measure both, and that they give the same credit and as much history."""
    count = context.sizes.plots
    made = _data.plots(count)
    told = "select sum(credited_m2), (select count(*) from forest.history where noun in ('plot', 'planting')) from forest.credit"
    async with context.database("bench_plots_script") as (connection, _):
        script_s, script_processor_s, copy_s = await script(connection, made)
        credited_m2, entries = await connection.fetchrow(told)
    async with context.database("bench_plots") as (connection, _):
        ours_s, processor_s = await load_plots(connection, made)
        ours_m2, our_entries = await connection.fetchrow(told)
    assert abs(ours_m2 - credited_m2) < 1e-9 * credited_m2, (ours_m2, credited_m2)
    assert our_entries == entries, (our_entries, entries)
    return [
        Figure(name="plots-loaded", figure=count / ours_s, unit="plots/s", ceiling=count / script_s, goal=0.8,
               note=f"{count:,} plots with plantings and history; the script checks no foreign key; by processor time"
               f" {script_processor_s / processor_s:.2f}; the script's bare COPY {count / copy_s:,.0f}/s"),
    ]  # fmt: skip


BENCHMARK = Benchmark("plots-loaded", "Plots into the final tables, against a script", run)
