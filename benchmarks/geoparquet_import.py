"""A GeoParquet file imported from end to end (read, rules, report), against the script on the same rows."""

import time

import geopandas as gpd

from benchmarks import _data
from benchmarks._benchmark import Benchmark, Context, Figure
from benchmarks.plots_loaded import script
from forestapi.db.pool import open_pool
from forestapi.services.importing import Options, import_file


async def run(context: Context) -> list[Figure]:
    """Measure both."""
    count = context.sizes.plots
    made = _data.plots(count)
    table = _data.plots_table(made).drop_columns(["geometry"]).to_pandas()
    path = context.scratch / "plots.parquet"
    gpd.GeoDataFrame(table, geometry=made.boundaries, crs=4326).to_parquet(path)
    async with context.database("bench_import_script") as (connection, _):
        script_s, _, _ = await script(connection, made)
    async with context.database("bench_import") as (_, settings):
        pool = await open_pool(settings)
        began = time.perf_counter()
        report = await import_file(
            settings, pool, "plots", path, Options(programme=_data.PROGRAMME, layer="bench", key="plot_no"), actor="bench"
        )
        ours_s = time.perf_counter() - began
        await pool.close()
    assert report.counts["created"] == count, report.counts
    return [
        Figure(name="geoparquet-import", figure=count / ours_s, unit="plots/s", ceiling=count / script_s, goal=0.6,
               note=f"{count:,} plots, from the file to the report"),
    ]  # fmt: skip


BENCHMARK = Benchmark("geoparquet-import", "A GeoParquet file from end to end", run)
