"""A map session of some 150 tiles: made, served again, and revalidated; beside pgbench, and beside tipg where there is one.

`FOREST_BENCH_TIPG` names the Python of an environment in which tipg is installed. Everything is measured in turns over the
same table, so that whatever else the machine does meets all alike; what counts are ratios of one run.
"""

import asyncio
import math
import os
import statistics
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import quote

from benchmarks import _data
from benchmarks._benchmark import Benchmark, Context, Figure, load_plots
from benchmarks._client import Answer, ask_all
from forestapi.settings import Settings

ZOOMS = range(6, 15)
ROUNDS = 3
CROWD = 100
READY_SECONDS = 120
Place = tuple[int, int, int]


def session(plots: int) -> list[Place]:
    """Give the tiles of a reader who comes nearer at three places, looking around at each zoom: 3 by 3 tiles."""
    side_deg = _data.side(plots) * _data.STEP_DEG
    seen: dict[Place, None] = {}
    for part in (0.25, 0.5, 0.75):
        lon, lat = _data.WEST + side_deg * part, _data.SOUTH + side_deg * part
        for z in ZOOMS:
            x = int((lon + 180) / 360 * 2**z)
            y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z)
            seen |= dict.fromkeys((z, x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1))
    return list(seen)


@asynccontextmanager
async def serving(command: list[str], environment: dict[str, str], ready: str) -> AsyncIterator[None]:
    """Run a server until it answers at `ready`."""
    server = subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        for _ in range(READY_SECONDS * 5):
            with suppress(OSError, urllib.error.URLError):
                await asyncio.to_thread(direct.open, ready, timeout=5)
                break
            await asyncio.sleep(0.2)
        else:
            raise TimeoutError(f"{command[0]} does not answer at {ready}")
        yield
    finally:
        server.terminate()
        server.wait()


def _ours(settings: Settings, port: int, cache_mb: int) -> tuple[list[str], dict[str, str], str]:
    environment = {
        "DATABASE_URL": settings.database_url, "FOREST_DATA": str(settings.data), "FOREST_RATE_PER_SECOND": "0",
        "FOREST_TILE_CACHE_MB": str(cache_mb), "PYTHONPATH": os.pathsep.join(sys.path),
    }  # fmt: skip
    command = [sys.executable, "-P", "-m", "forestapi", "serve", "--port", str(port)]
    return command, environment, f"http://127.0.0.1:{port}/readyz"


def _tipg(settings: Settings, port: int, python: str) -> tuple[list[str], dict[str, str], str]:
    name, _, socket = settings.database_url.removeprefix("postgresql://forest@/").partition("?host=")
    environment = {
        "DATABASE_URL": f"postgresql://forest@{quote(socket, safe='')}/{name}", "TIPG_DB_SCHEMAS": '["forest"]', "TIPG_DB_TABLES": '["forest.plot"]',
        "TIPG_DB_EXCLUDE_FUNCTION_SCHEMAS": '["forest", "people", "public"]', "TIPG_MAX_FEATURES_PER_TILE": "1000000",
    }  # fmt: skip
    command = [python, "-m", "uvicorn", "tipg.main:app", "--port", str(port), "--log-level", "error"]
    return command, environment, f"http://127.0.0.1:{port}/healthz"


async def _pgbench_ms(context: Context, database: str, places: list[Place]) -> float:
    """Milliseconds that one of the tiles takes pgbench, with the same SQL and one client that has done it once before."""
    script, log = context.scratch / "session.sql", context.scratch / "pgbench"
    script.write_text("".join(f"select forest.tile_plots({z}, {x}, {y}, null);\n" for z, x, y in places), "utf-8")
    program = context.cluster.programs().folder / "pgbench"
    await asyncio.to_thread(
        subprocess.run,
        [program, "-n", "-h", context.cluster.socket, "-U", "forest", "-c", "1", "-t", "4", "-l", f"--log-prefix={log}", "-f", script, database],
        check=True, capture_output=True, text=True, env=os.environ | context.cluster.programs().environ,
    )  # fmt: skip
    (written,) = context.scratch.glob("pgbench.*")
    microseconds = [int(line.split()[2]) for line in written.read_text("ascii").splitlines()]
    written.unlink()
    return statistics.median(microseconds[1:]) / 1000 / len(places)


async def _timed(url: str, paths: list[str], headers: list[dict[str, str]] | None = None, clients: int = 1) -> tuple[list[Answer], float]:
    """Ask for the paths; the answers, and milliseconds a request."""
    answers, seconds = await ask_all(url, zip(paths, headers or [{}] * len(paths), strict=True), clients)
    return answers, seconds * 1000 / len(paths)


async def run(context: Context) -> list[Figure]:
    """Measure the session in all its states."""
    places = session(context.sizes.plots)
    paths = [f"/tiles/plots/{z}/{x}/{y}.mvt" for z, x, y in places]
    python = os.environ.get("FOREST_BENCH_TIPG", "")
    async with context.database("bench_session") as (connection, settings):
        await load_plots(connection, _data.plots(context.sizes.plots))
        await connection.execute("vacuum analyze")
        async with serving(*_ours(settings, 18431, 0)), serving(*_ours(settings, 18432, 64)):
            uncached, cached = "http://127.0.0.1:18431", "http://127.0.0.1:18432"
            figures = await _cold(context, uncached, places)
            figures += await _kept(settings, cached, paths, places, python)
            figures.append(await _crowd(uncached, paths))
    return figures


async def _cold(context: Context, url: str, places: list[Place]) -> list[Figure]:
    """Measure tiles that are made for each request, zoom by zoom, in turns with pgbench."""
    figures = []
    for z in ZOOMS:
        here = [place for place in places if place[0] == z]
        paths = [f"/tiles/plots/{z}/{x}/{y}.mvt" for z, x, y in here]
        ours, theirs = [], []
        for _ in range(ROUNDS + 1):
            theirs.append(await _pgbench_ms(context, "bench_session", here))
            ours.append((await _timed(url, paths))[1])
        ms, ceiling_ms = statistics.median(ours[1:]), statistics.median(theirs[1:])
        figures.append(
            Figure(name=f"cold z{z}", figure=1000 / ms, unit="tiles/s", ceiling=1000 / ceiling_ms, goal=0.6,
                   note=f"{len(here)} tiles, {ms:.2f} ms; pgbench {ceiling_ms:.2f} ms with the same SQL, one client each")
        )  # fmt: skip
    return figures


async def _kept(settings: Settings, url: str, paths: list[str], places: list[Place], python: str) -> list[Figure]:
    """Measure tiles that are kept, and those that the client has already, in turns with tipg."""
    first, _ = await _timed(url, paths)
    tags = [{"If-None-Match": answer.headers["etag"]} for answer in first]
    kilobytes = sum(answer.size for answer in first) / 1000
    warm, again, peer = [], [], []
    peer_paths = [f"/collections/forest.plot/tiles/WebMercatorQuad/{z}/{x}/{y}?geom-column=shape" for z, x, y in places if z > 10]
    deep = [path for path, (z, _, _) in zip(paths, places, strict=True) if z > 10]
    warm_deep = []

    async def turn(peer_url: str) -> None:
        warm.append((await _timed(url, paths * 5, clients=4))[1])
        answers, ms = await _timed(url, paths * 5, tags * 5, clients=4)
        assert {answer.status for answer in answers} == {304}
        again.append(ms)
        warm_deep.append((await _timed(url, deep * 5, clients=4))[1])
        if peer_url:
            answers, ms = await _timed(peer_url, peer_paths, clients=4)
            assert {answer.status for answer in answers} == {200}, answers[0]
            peer.append(ms)

    if python:
        async with serving(*_tipg(settings, 18433, python)):
            for _ in range(ROUNDS + 1):
                await turn("http://127.0.0.1:18433")
    else:
        for _ in range(ROUNDS + 1):
            await turn("")

    def rate(found: list[float]) -> float:
        return 1000 / statistics.median(found[1:])

    figures: list[Any] = [
        Figure(name="warm", figure=rate(warm), unit="tiles/s", note=f"{len(paths)} distinct tiles, {kilobytes:,.0f} kB as sent; 4 clients"),
        Figure(name="revalidated", figure=rate(again), unit="answers/s", note="304 to each; 4 clients"),
    ]
    if peer:
        figures.append(
            Figure(name="warm from z11 up, beside tipg", figure=rate(warm_deep), unit="tiles/s", ceiling=rate(peer), goal=5,
                   note=f"{len(deep)} tiles; tipg with its own SQL and all columns of the same table, which keeps none; 4 clients")
        )  # fmt: skip
    return figures


async def _crowd(url: str, paths: list[str]) -> Figure:
    """Let many ask for tiles of which none is kept; nobody may fail otherwise than by 503 with Retry-After."""
    answers, _ = await ask_all(url, [(path, {}) for path in paths * 2], CROWD)
    busy = sum(answer.status == 503 and "retry-after" in answer.headers for answer in answers)
    failed = sum(answer.status not in (200, 503) or (answer.status == 503 and "retry-after" not in answer.headers) for answer in answers)
    return Figure(name=f"failed with {CROWD} clients", figure=failed, unit="requests", goal=0, compared="figure at most",
                  note=f"of {len(answers)}; {busy} were told to come back")  # fmt: skip


BENCHMARK = Benchmark("map-session", "A map session beside pgbench and tipg", run)
