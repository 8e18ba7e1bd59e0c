"""Vector tiles over HTTP, against pgbench with the same SQL; and what one worker of the server takes to start and holds."""

import asyncio
import math
import os
import subprocess
import sys
import time
from pathlib import Path

import httpx

from benchmarks import _data
from benchmarks._benchmark import Benchmark, Context, Figure, load_plots, median_ms

SECONDS = 4
ZOOMS = (6, 8, 10, 11, 12, 14)


def _resident_mb(pid: int) -> float:
    """Memory of a process that is its own."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _pgbench(context: Context, database: str, script: Path) -> float:
    """Run a script by one client for some seconds; transactions a second."""
    program = context.cluster.programs().folder / "pgbench"
    told = subprocess.run(
        [program, "-n", "-h", context.cluster.socket, "-U", "forest", "-c", "1", "-T", str(SECONDS), "-f", script, database],
        check=True, capture_output=True, text=True, env=os.environ | context.cluster.programs().environ,
    ).stdout  # fmt: skip
    return float(next(line for line in told.splitlines() if line.startswith("tps")).split()[2])


async def run(context: Context) -> list[Figure]:
    """Measure one client that asks for one tile after another, over the middle of the ground."""
    figures = []
    middle = _data.side(context.sizes.plots) / 2 * _data.STEP_DEG
    lon, lat = _data.WEST + middle, _data.SOUTH + middle
    async with context.database("bench_served") as (connection, settings):
        await load_plots(connection, _data.plots(context.sizes.plots))
        await connection.execute("vacuum analyze")
        environment = os.environ | {
            "DATABASE_URL": settings.database_url or "", "FOREST_DATA": str(settings.data),
            "FOREST_RATE_PER_SECOND": "0", "PYTHONPATH": os.pathsep.join(sys.path),
        }  # fmt: skip
        began = time.perf_counter()
        server = subprocess.Popen(
            [sys.executable, "-P", "-m", "forestapi", "serve", "--port", "0"],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert server.stderr is not None
            line = await asyncio.to_thread(lambda: next(text for text in server.stderr if "Serving at" in text))
            started_s, idle_mb = time.perf_counter() - began, _resident_mb(server.pid)
            async with httpx.AsyncClient(base_url=line.split()[-1]) as client:
                for z in ZOOMS:
                    x = int((lon + 180) / 360 * 2**z)
                    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z)
                    path = f"/tiles/plots/{z}/{x}/{y}.mvt"
                    answer = (await client.get(path)).raise_for_status()
                    ms = await median_ms(lambda path=path: client.get(path), 15)
                    script = context.scratch / "tile.sql"
                    script.write_text(f"select forest.tile_plots({z}, {x}, {y}, null);\n", "utf-8")
                    rate = await asyncio.to_thread(_pgbench, context, "bench_served", script)
                    figures.append(
                        Figure(name=f"tile z{z} over HTTP", figure=1000 / ms, unit="tiles/s", ceiling=rate,
                               note=f"{len(answer.content) / 1000:.1f} kB, {ms:.1f} ms; one client, pgbench with the same SQL")
                    )  # fmt: skip
            loaded_mb = _resident_mb(server.pid)
        finally:
            server.terminate()
            server.wait()
    return [
        *figures,
        Figure(name="start of the server", figure=started_s, unit="s", note="from the command to the line that says where it serves"),
        Figure(name="memory of a worker, idle", figure=idle_mb, unit="MB"),
        Figure(name="memory of a worker, loaded", figure=loaded_mb, unit="MB", note="after the tiles above"),
    ]


BENCHMARK = Benchmark("served", "Tiles over HTTP, start and memory", run)
