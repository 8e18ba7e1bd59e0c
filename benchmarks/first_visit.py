"""The public page on a slow phone: 4 × CPU slowdown and 1.6 Mbit/s, the first visit and the second, in real Chromium."""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from typing import Any

from benchmarks import _data
from benchmarks._benchmark import Benchmark, Context, Figure, load_plots

SLOWDOWN = 4
BYTES_PER_S = 1_600_000 // 8
LATENCY_MS = 150
LIMIT_S = 120
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


async def visits(url: str) -> list[tuple[float, int]]:
    """Open a page twice in one new browser; seconds until its map is drawn, and bytes that came over the wire, of each.

    Usable is when the map says that it stands still with everything in view (`data-state="ready"`).
    """
    from playwright.async_api import async_playwright

    program = next(filter(None, (shutil.which(name) for name in CHROMIUM)), None)
    found = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
        )
        context = await browser.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2, locale="zh-CN")
        for _ in range(2):
            page = await context.new_page()
            devtools = await context.new_cdp_session(page)
            requests: list[Any] = []
            page.on("requestfinished", lambda request, kept=requests: kept.append(request))  # the worker's are among them
            await devtools.send(
                "Network.emulateNetworkConditions",
                {"offline": False, "latency": LATENCY_MS, "downloadThroughput": BYTES_PER_S, "uploadThroughput": BYTES_PER_S},
            )
            await devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
            began = time.perf_counter()
            await page.goto(url, wait_until="commit")
            await page.wait_for_selector('#map[data-state="ready"]', state="attached", timeout=LIMIT_S * 1000)
            took_s = time.perf_counter() - began
            await page.wait_for_load_state("networkidle")
            sizes = [await request.sizes() for request in requests if request.url.startswith(url)]
            found.append((took_s, sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)))
            await page.close()
        await browser.close()
    return found


def figures(found: list[tuple[float, int]], load: float) -> list[Figure]:
    """Hold the visits against the goals."""
    (first_s, first_bytes), (second_s, second_bytes) = found
    note = f"390 px, {SLOWDOWN} × CPU slowdown, 1.6 Mbit/s, {LATENCY_MS} ms; load of the machine {load:.1f}"
    return [
        Figure(name="first visit, map usable", figure=first_s, unit="s", goal=5, compared="figure at most", note=note),
        Figure(name="first visit, over the wire", figure=first_bytes / 1000, unit="kB", goal=700, compared="figure at most"),
        Figure(name="second visit, map usable", figure=second_s, unit="s", goal=1.5, compared="figure at most"),
        Figure(name="second visit, over the wire", figure=second_bytes / 1000, unit="kB"),
    ]


async def run(context: Context) -> list[Figure]:
    """Measure `/` over as many plots as the other benchmarks have."""
    async with context.database("bench_visit") as (connection, settings):
        await load_plots(connection, _data.plots(context.sizes.plots))
        await connection.execute("vacuum analyze")
        environment = os.environ | {
            "DATABASE_URL": settings.database_url or "", "FOREST_DATA": str(settings.data), "PYTHONPATH": os.pathsep.join(sys.path),
        }  # fmt: skip
        server = subprocess.Popen(
            [sys.executable, "-P", "-m", "forestapi", "serve", "--port", "0"],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert server.stderr is not None
            line = await asyncio.to_thread(lambda: next(text for text in server.stderr if "Serving at" in text))
            return figures(await visits(line.split()[-1]), os.getloadavg()[0])
        finally:
            server.terminate()
            server.wait()


BENCHMARK = Benchmark("first-visit", "The public page on a slow phone", run)
