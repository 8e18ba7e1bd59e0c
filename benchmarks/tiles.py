"""Vector tiles in the database, over the middle of the ground."""

import math

from benchmarks import _data
from benchmarks._benchmark import Benchmark, Context, Figure, load_plots, median_ms


async def run(context: Context) -> list[Figure]:
    """Measure milliseconds and kB at each zoom."""
    figures = []
    middle = _data.side(context.sizes.plots) / 2 * _data.STEP_DEG
    lon, lat = _data.WEST + middle, _data.SOUTH + middle
    async with context.database("bench_tiles") as (connection, _):
        await load_plots(connection, _data.plots(context.sizes.plots))
        await connection.execute("vacuum analyze")
        for z in (6, 8, 10, 11, 12, 14):
            x = int((lon + 180) / 360 * 2**z)
            y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z)
            tile = await connection.fetchval("select forest.tile_plots($1, $2, $3, null)", z, x, y)
            ms = await median_ms(
                lambda z=z, x=x, y=y: connection.fetchval("select forest.tile_plots($1, $2, $3, null)", z, x, y)
            )
            figures.append(Figure(name=f"tile z{z}", figure=ms, unit="ms", note=f"{len(tile or b'') / 1000:.1f} kB"))
    return figures


BENCHMARK = Benchmark("tiles", "Vector tiles in the database", run)
