"""Vector tiles over HTTP, against pgbench with the same SQL; and what one worker of the server takes to start and holds."""

import asyncio
import math

import httpx

from benchmarks import _data
from benchmarks._benchmark import Benchmark, Context, Figure, load_plots, median_ms
from benchmarks._serving import pgbench, serving

SECONDS = 4
ZOOMS = (6, 8, 10, 11, 12, 14)


async def run(context: Context) -> list[Figure]:
    """Measure one client that asks for one tile after another, over the middle of the ground."""
    figures = []
    middle = _data.side(context.sizes.plots) / 2 * _data.STEP_DEG
    lon, lat = _data.WEST + middle, _data.SOUTH + middle
    async with context.database("bench_served") as (connection, settings):
        await load_plots(connection, _data.plots(context.sizes.plots))
        await connection.execute("vacuum analyze")
        async with serving(settings) as server:
            idle_mb = server.resident_mb()
            async with httpx.AsyncClient(base_url=server.url) as client:
                for z in ZOOMS:
                    x = int((lon + 180) / 360 * 2**z)
                    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z)
                    path = f"/tiles/plots/{z}/{x}/{y}.mvt"
                    answer = (await client.get(path)).raise_for_status()
                    ms = await median_ms(lambda path=path: client.get(path), 15)
                    script = f"select forest.tile_plots({z}, {x}, {y}, null);\n"
                    rate = await asyncio.to_thread(pgbench, context, "bench_served", script, seconds=SECONDS)
                    figures.append(
                        Figure(name=f"tile z{z} over HTTP", figure=1000 / ms, unit="tiles/s", ceiling=rate,
                               note=f"{len(answer.content) / 1000:.1f} kB, {ms:.1f} ms; one client, pgbench with the same SQL")
                    )  # fmt: skip
            loaded_mb = server.resident_mb()
    return [
        *figures,
        Figure(name="start of the server", figure=server.started_s, unit="s", note="from the command to the line that says where it serves"),
        Figure(name="memory of a worker, idle", figure=idle_mb, unit="MB"),
        Figure(name="memory of a worker, loaded", figure=loaded_mb, unit="MB", note="after the tiles above"),
    ]


BENCHMARK = Benchmark("served", "Tiles over HTTP, start and memory", run)
