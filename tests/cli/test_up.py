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
    """A folder in which there is no instance yet."""
    folder = tmp_path / "instance"
    yield folder
    Cluster(folder).remove()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An instance that has been started and stopped once, for the tests that leave it as it is."""
    folder = tmp_path_factory.mktemp("up") / "instance"
    up = Up(folder)
    assert up.told["token"].startswith("forest_")
    assert up.end() == 0
    yield folder
    Cluster(folder).remove()
    shutil.rmtree(folder, ignore_errors=True)


def test_up_serves_what_it_says_and_ends_cleanly_with_its_database(instance: Path) -> None:
    up = Up(instance)
    assert up.status("/readyz") == 200
    assert up.told["token"] is None
    assert Cluster(instance).is_running()
    assert up.end(signal.SIGINT) == 0
    assert not Cluster(instance).is_running()


def test_a_second_up_on_the_same_instance_says_where_the_first_one_is(instance: Path) -> None:
    up = Up(instance)
    second = forest("up", "--data", str(instance))
    assert second.returncode == 1
    assert up.told["url"] in second.stderr.replace("\n", " ")
    assert up.status("/readyz") == 200
    assert forest("down", "--data", str(instance)).returncode == 0
    assert up.process.wait(10) == 0
    assert "Nothing was running" in forest("down", "--data", str(instance)).stderr


def test_a_killed_server_leaves_nothing_that_stops_the_next_start(instance: Path) -> None:
    up = Up(instance)
    made = forest("token", "create", "--role", "recorder", "--label", "阿拉善左旗", "--data", str(instance))
    assert made.returncode == 0, made.stderr
    up.end(signal.SIGKILL)
    assert Cluster(instance).is_running()
    again = Up(instance)
    listed = json.loads(forest("token", "list", "--json", "--data", str(instance)).stdout)
    assert {"first start", "阿拉善左旗"} <= {row["label"] for row in listed}
    assert again.end() == 0


def test_a_token_can_be_made_and_revoked_while_nothing_runs(instance: Path) -> None:
    made = forest("token", "create", "--role", "analyst", "--label", "a", "--data", str(instance))
    assert made.stdout.startswith("forest_")
    assert not Cluster(instance).is_running()
    listed = json.loads(forest("token", "list", "--json", "--data", str(instance)).stdout)
    number = next(row["id"] for row in listed if row["label"] == "a")
    assert forest("token", "revoke", number, "--data", str(instance)).returncode == 0
    assert forest("token", "revoke", number, "--data", str(instance)).returncode == 1
    assert forest("token", "revoke", "nonsense", "--data", str(instance)).returncode == 1


def test_two_instances_on_one_port_take_the_next_and_reset_deletes_one(instance: Path, data: Path) -> None:
    first, second = Up(instance), Up(data)
    try:
        assert first.told["url"] != second.told["url"]
        assert (first.status("/readyz"), second.status("/readyz")) == (200, 200)
        home = Cluster(data).home
        assert forest("reset", "--data", str(data)).returncode == 2
        assert second.status("/readyz") == 200
        assert forest("reset", "--yes", "--data", str(data)).returncode == 0
        assert second.process.wait(10) == 0
        assert not data.exists()
        assert not home.exists()
        assert first.status("/readyz") == 200
    finally:
        assert first.end() == 0


def test_reset_deletes_nothing_that_is_not_an_instance(tmp_path: Path) -> None:
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


def test_help_lists_every_command() -> None:
    listed = forest("--help")
    assert listed.returncode == 0
    for name in ("up", "down", "doctor", "reset", "migrate", "serve", "token"):
        assert f" {name} " in listed.stdout
