"""`forest up` and what goes with it, as a person runs them: other processes, other folders, signals."""

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import forestapi.cli
from forestapi.db.cluster import Cluster

ROOT = Path(forestapi.cli.__file__).parents[2]
START_SECONDS = 120


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FOREST_")}
    kept.pop("DATABASE_URL", None)
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def forest(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "forestapi", *arguments],
        capture_output=True, text=True, timeout=START_SECONDS, env=environment(**more), check=False,
    )


class Up:
    """A running `forest up`."""

    def __init__(self, data: Path, **more: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "forestapi", "up", "--no-demo", "--json", "--port", "18000",
             "--data", str(data)],
            stdout=subprocess.PIPE, text=True, env=environment(**more),
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"forest up ended with {self.process.wait(5)}"
        self.told: dict[str, Any] = json.loads(line)

    def status(self, path: str) -> int:
        with urllib.request.urlopen(self.told["url"] + path, timeout=10) as answer:
            return answer.status

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "instance"
    yield folder
    Cluster(folder).remove()
    shutil.rmtree(folder, ignore_errors=True)


def test_up_serves_what_it_says_and_ends_cleanly_with_its_database(data: Path) -> None:
    up = Up(data)
    assert up.status("/readyz") == 200
    assert up.told["token"].startswith("forest_")
    assert Cluster(data).is_running()
    assert up.end(signal.SIGINT) == 0
    assert not Cluster(data).is_running()

    again = Up(data)
    assert again.told["token"] is None
    assert again.end(signal.SIGTERM) == 0


def test_a_second_up_on_the_same_instance_says_where_the_first_one_is(data: Path) -> None:
    up = Up(data)
    second = forest("up", "--data", str(data))
    assert second.returncode == 1
    assert up.told["url"] in second.stderr.replace("\n", " ")
    assert up.status("/readyz") == 200
    assert forest("down", "--data", str(data)).returncode == 0
    assert up.process.wait(10) == 0
    assert "Nothing was running" in forest("down", "--data", str(data)).stderr


def test_two_instances_run_side_by_side_on_ports_of_their_own(data: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    first = Up(data)
    second = Up(other)
    try:
        assert first.told["url"] != second.told["url"]
        assert (first.status("/readyz"), second.status("/readyz")) == (200, 200)
    finally:
        assert (first.end(), second.end()) == (0, 0)
        Cluster(other).remove()


def test_a_killed_server_leaves_nothing_that_stops_the_next_start(data: Path) -> None:
    up = Up(data)
    made = forest("token", "create", "--role", "recorder", "--label", "阿拉善左旗", "--json", "--data", str(data))
    assert made.returncode == 0, made.stderr
    up.end(signal.SIGKILL)
    cluster = Cluster(data)
    assert cluster.is_running()
    again = Up(data)
    listed = json.loads(forest("token", "list", "--json", "--data", str(data)).stdout)
    assert {row["label"] for row in listed} == {"first start", "阿拉善左旗"}
    assert again.end() == 0


def test_a_token_can_be_made_and_revoked_while_nothing_runs(data: Path) -> None:
    Up(data).end()
    made = forest("token", "create", "--role", "analyst", "--label", "a", "--data", str(data))
    assert made.stdout.startswith("forest_")
    assert not Cluster(data).is_running()
    listed = json.loads(forest("token", "list", "--json", "--data", str(data)).stdout)
    number = next(row["id"] for row in listed if row["label"] == "a")
    assert forest("token", "revoke", number, "--data", str(data)).returncode == 0
    assert forest("token", "revoke", number, "--data", str(data)).returncode == 1
    assert forest("token", "revoke", "nonsense", "--data", str(data)).returncode == 1


def test_reset_deletes_the_instance_and_only_an_instance(data: Path, tmp_path: Path) -> None:
    Up(data).end()
    home = Cluster(data).home
    assert forest("reset", "--data", str(data)).returncode == 2
    assert home.exists()
    assert forest("reset", "--yes", "--data", str(data)).returncode == 0
    assert not data.exists()
    assert not home.exists()
    (tmp_path / "precious").mkdir()
    assert forest("reset", "--yes", "--data", str(tmp_path / "precious")).returncode == 1
    assert (tmp_path / "precious").exists()


def test_a_given_server_is_used_and_neither_stopped_nor_emptied(data: Path, tmp_path: Path) -> None:
    server = Cluster(tmp_path / "server")
    server.create()
    server.start()
    try:
        url = f"postgresql://forest@/postgres?host={server.socket}"
        up = Up(data, DATABASE_URL=url)
        assert up.status("/readyz") == 200
        assert not Cluster(data).exists
        assert up.end() == 0
        assert server.is_running()
        refused = forest("reset", "--yes", "--data", str(data), DATABASE_URL=url)
        assert refused.returncode == 1
        assert "drop schema" in refused.stderr.replace("\n", " ")
        assert forest("doctor", "--data", str(data), DATABASE_URL=url).returncode == 0
    finally:
        server.remove()


@pytest.mark.parametrize("url", ["nonsense", "postgresql://forest:secret@127.0.0.1:1/forest"])
def test_a_server_that_cannot_be_reached_is_exit_code_3_and_no_password_is_shown(data: Path, url: str) -> None:
    failed = forest("up", "--data", str(data), DATABASE_URL=url)
    assert failed.returncode == 3
    assert "DATABASE_URL" in failed.stderr
    assert "secret" not in failed.stderr + failed.stdout


def test_doctor_names_what_it_looked_at_and_changes_nothing(data: Path) -> None:
    looked = forest("doctor", "--json", "--data", str(data))
    names = [check["name"] for check in json.loads(looked.stdout)]
    assert {"python", "disk", "front end", "postgresql", "database", "web server"} <= set(names)
    assert not data.exists()


def test_a_command_without_a_database_says_how_to_get_one(data: Path) -> None:
    failed = forest("token", "list", "--data", str(data))
    assert failed.returncode == 3
    assert "forest up" in failed.stderr


def test_help_lists_every_command(data: Path) -> None:
    listed = forest("--help")
    assert listed.returncode == 0
    for name in ("up", "down", "doctor", "reset", "migrate", "serve", "token"):
        assert f" {name} " in listed.stdout
