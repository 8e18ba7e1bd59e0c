"""The shape of the code: directions of imports, registries, sizes, and where SQL may stand."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import forestapi
from forestapi import records, rules, stats
from forestapi.services import collecting, importing
from forestapi.store.collections import collections
from geo import formats
from maps import layers

ROOT = Path(forestapi.__file__).parents[1]
CODE = sorted(path for name in ("forestapi", "maps", "geo", "tests") for path in (ROOT / name).rglob("*.py"))
MAX_LINES = 400
SQL = re.compile(r"\btx\.(rows|row|value|run)\(|\.(fetch|fetchrow|fetchval|executemany)\(")
MAY_SPEAK_SQL = ("db/", "store/", "stats/", "services/", "cli/", "routes/health.py")
OUTSIDE = {"asyncpg", "psycopg", "sqlalchemy", "socket", "http", "httpx", "requests", "litestar"}


def test_imports_go_one_way() -> None:
    checked = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("registry", "folder"),
    [
        (records.nouns, "forestapi/records"), (stats.statistics, "forestapi/stats"), (rules.rules, "forestapi/rules"),
        (importing.importers, "forestapi/services/importing"),
        (collecting.forms, "forestapi/services/collecting"), (layers.every, "maps/layers"), (collections, "forestapi/store/collections"), (formats.formats, "geo/formats"),
    ],
)  # fmt: skip
def test_every_module_of_a_registry_declares_its_entry(
    registry: Callable[[], dict[str, Any]], folder: str
) -> None:
    modules = [path for path in (ROOT / folder).glob("*.py") if not path.name.startswith("_")]
    assert len(registry()) == len(modules) > 0


def test_no_file_is_longer_than_a_person_reads() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in CODE}
    assert {path: length for path, length in lengths.items() if length > MAX_LINES} == {}


def test_sql_is_spoken_where_it_belongs() -> None:
    inside = ROOT / "forestapi"
    speaking = [
        p.relative_to(inside).as_posix() for p in inside.rglob("*.py") if SQL.search(p.read_text("utf-8"))
    ]
    assert [path for path in speaking if not path.startswith(MAY_SPEAK_SQL)] == []


@pytest.mark.parametrize("package", ["maps", "geo"])
def test_maps_and_geo_know_no_database_and_no_socket(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        tree = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        names = [alias.name for node in tree if isinstance(node, ast.Import) for alias in node.names]
        names += [node.module or "" for node in tree if isinstance(node, ast.ImportFrom)]
        assert not {name.split(".")[0] for name in names} & OUTSIDE, path
