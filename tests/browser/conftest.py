"""The product as a visitor meets it: started by its own command with the demonstration, seen in real Chromium."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from maps import assets
from tests.browser.visiting import Visit

ROOT = Path(__file__).parents[2]
START_SECONDS = 300


def chromium() -> str | None:
    """Find the machine's Chromium."""
    return next(
        filter(None, (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))), None
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip these tests, saying so, where there is no browser or no front-end."""
    here = Path(__file__).parent
    missing = "no Chromium" if chromium() is None else "no front-end files" if assets.missing() else ""
    for item in items:
        if missing and here in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=f"{missing}: ./forest test installs it"))


@contextmanager
def running(*options: str) -> Iterator[tuple[str, Path]]:
    """Start the product in a folder of its own; give its address and the folder."""
    folder = Path(tempfile.mkdtemp(prefix="forest-browser-"))
    folder.chmod(0o755)
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"} | {"PYTHONPATH": str(ROOT)}
    data = folder / "instance"
    command = [sys.executable, "-m", "forestapi", "up", "--data", str(data), "--port", "0", "--json", "--yes", *options]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, (folder / "log").read_text()
        yield json.loads(line)["url"], data
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def instance() -> Iterator[tuple[str, Path]]:
    """Start the product with the demonstration."""
    with running() as started:
        yield started


@pytest.fixture(scope="session")
def server(instance: tuple[str, Path]) -> str:
    """Give the product's address."""
    return instance[0]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium, with WebGL in software."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
        )
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser, server: str) -> Iterator[Callable[..., Visit]]:
    """Open pages; every one of them is closed afterwards."""
    opened: list[Visit] = []

    def open_page(viewport: ViewportSize, language: str, origin: str = server) -> Visit:
        opened.append(Visit(browser, origin, viewport, language))
        return opened[-1]

    yield open_page
    for visited in opened:
        visited.context.close()
