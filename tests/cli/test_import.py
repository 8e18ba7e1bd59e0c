"""`forest import` as a person runs it: another process, exit codes, reports, and an end in the middle."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import asyncpg
import pytest

import forestapi.cli
from forestapi.settings import Settings
from tests.http.test_imports import PLOTS, SHEET, collection, dump
from tests.samples import square

ROOT = Path(forestapi.cli.__file__).parents[2]
SHARED = Path(os.environ.get("FOREST_SHARED_DATA", ROOT.parent / "shared" / "data"))
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data files are not here")


class Forest:
    """Runs commands against the test's database."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FOREST_")}
        return kept | {"DATABASE_URL": self.settings.database_url, "PYTHONPATH": str(ROOT)}

    def arguments(self, *arguments: object) -> list[str]:
        command = [sys.executable, "-P", "-m", "forestapi", *map(str, arguments)]
        return [*command, "--data", str(self.settings.data)]

    def __call__(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.arguments(*arguments),
            env=self.environment(), capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    def report(self, *arguments: object) -> Any:
        done = self("import", *arguments, "--json")
        assert done.returncode in (0, 1), done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def forest(settings: Settings) -> Forest:
    return Forest(settings)


def counts(report: dict[str, Any]) -> dict[str, int]:
    return {outcome: count for outcome, count in report["counts"].items() if count}


async def test_a_file_comes_in_once_and_the_answer_alone_is_on_standard_output(
    forest: Forest, tmp_path: Path
) -> None:
    path = tmp_path / "小班.geojson"
    path.write_bytes(PLOTS)
    would = forest.report("plots", path, "--programme", "tengger", "--dry-run")
    empty = await dump(forest.settings)
    assert empty["forest.plot"] == empty["forest.held"] == empty["forest.programme"] == []
    first = forest.report("plots", path, "--programme", "tengger")
    assert counts(first) == counts(would) == {"created": 2, "held": 4}
    assert Path(first["correction_file"]).is_file() and first["programme"] == "tengger"
    before = await dump(forest.settings)
    assert counts(forest.report("plots", path, "--programme", "tengger")) == {"unchanged": 2, "held": 4}
    assert await dump(forest.settings) == before


def test_exit_codes_say_whether_rows_were_refused_or_the_usage_was_wrong(
    forest: Forest, tmp_path: Path
) -> None:
    good, sheet = tmp_path / "a.geojson", tmp_path / "a.csv"
    good.write_bytes(collection((square(), {})))
    sheet.write_text(SHEET, encoding="gbk")
    assert forest("import", "plots", good).returncode == 0
    told = forest("import", "shifts", sheet)
    assert told.returncode == 1 and "shift-activity-unknown" in told.stdout and "种植" not in told.stderr
    assert forest("import", "plots", good, "--map", "nonsense").returncode == 2
    assert forest("import", "plots", tmp_path / "none.geojson").returncode == 2
    assert forest("import", "plots", good, "--map", "no=number").returncode == 1
    broken = tmp_path / "b.geojson"
    broken.write_text("{")
    failed = forest("import", "plots", broken)
    assert failed.returncode == 1 and "Traceback" not in failed.stderr


async def test_an_import_that_is_killed_leaves_the_ledger_as_it_was(forest: Forest, tmp_path: Path) -> None:
    random_ = random.Random(5)
    path = tmp_path / "many.geojson"
    squares = ((square(random_.uniform(100, 105), random_.uniform(38, 42), 0.002), {}) for _ in range(12_000))
    path.write_bytes(collection(*squares))
    before = await dump(forest.settings)
    process = subprocess.Popen(
        forest.arguments("import", "plots", path), env=forest.environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    connection = await asyncpg.connect(forest.settings.database_url)
    until = time.monotonic() + 60
    writing = (
        "select count(*) from pg_stat_activity where datname = current_database() and backend_xid is not null"
    )
    while not await connection.fetchval(writing):
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    while await connection.fetchval(writing):
        assert time.monotonic() < until
        time.sleep(0.05)
    await connection.close()
    assert await dump(forest.settings) == before


@needs_shared
async def test_the_sahel_exports_in_order_double_nothing(forest: Forest, settings: Settings) -> None:
    files = sorted((SHARED / "restoration" / "sahel").glob("*.geojson")) or sorted(
        path
        for path in (SHARED / "restoration" / "sahel").iterdir()
        if path.suffix in (".zip", ".gpkg", ".json")
    )
    assert files
    for path in files:
        report = forest.report("plots", path, "--programme", "sahel", "--layer", "sahel")
    again = forest.report("plots", files[-1], "--programme", "sahel", "--layer", "sahel")
    assert again["counts"]["created"] == again["counts"]["updated"] == 0
    admitted = sum(report["counts"][outcome] for outcome in ("created", "updated", "unchanged"))
    assert again["counts"]["unchanged"] == admitted > 0
    connection = await asyncpg.connect(settings.database_url)
    doubled = await connection.fetchval("select count(*) - count(distinct boundary_hash) from forest.plot")
    await connection.close()
    assert doubled == 0


@needs_shared
async def test_plots_find_their_county_among_the_north_western_ones(forest: Forest, tmp_path: Path) -> None:
    counties = SHARED / "regions" / "nw_counties_tianditu.gpkg"
    report = forest.report("regions", counties)
    assert report["counts"]["created"] > 400
    assert forest.report("regions", counties)["counts"]["created"] == 0
    path = tmp_path / "alxa.geojson"
    path.write_bytes(collection((square(105.7, 38.85), {"number": "1"})))
    forest.report("plots", path, "--programme", "tengger")
    answer = json.loads(forest("stats", "planted-area", "--by", "region", "--json").stdout)
    assert [row["region"] for row in answer["rows"]] == ["152921000000"]
