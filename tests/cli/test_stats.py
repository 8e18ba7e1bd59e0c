"""`forest stats` gives the figures that the API gives."""

import json
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from forestapi.settings import Settings
from tests.cli.test_import import Forest
from tests.http.random_rows import Rows
from tests.http.test_statistics import rows  # noqa: F401 - a fixture

Headers = dict[str, str]


@pytest.fixture
def forest(settings: Settings) -> Forest:
    return Forest(settings)


async def test_the_command_and_the_api_say_the_same(
    forest: Forest,
    client: AsyncTestClient,
    as_analyst: Headers,
    rows: Rows,  # noqa: F811
) -> None:
    def without_time(answer: dict[str, Any]) -> dict[str, Any]:
        return {name: answer[name] for name in ("name", "columns", "rows", "total", "parameters", "method")}

    for name, by in (("planted-area", "programme,year"), ("green-work", "sex"), ("survival", "region")):
        told = forest("stats", name, "--by", by, "--json")
        assert told.returncode == 0 and told.stderr == "", told.stderr
        asked = await client.get(f"/api/v1/statistics/{name}?by={by}", headers=as_analyst)
        assert without_time(json.loads(told.stdout)) == without_time(asked.json())


def test_the_list_the_table_and_what_is_wrong(forest: Forest) -> None:
    listed = forest("stats")
    assert listed.returncode == 0 and "planted-area" in listed.stdout and "造林面积" in listed.stdout
    table = forest("stats", "planted-area", "--by", "year")
    assert table.returncode == 0 and "net_mu *" in table.stdout
    for arguments in (("nothing",), ("planted-area", "--by", "colour"), ("planted-area", "--set", "a=1")):
        wrong = forest("stats", *arguments)
        assert wrong.returncode == 1 and wrong.stdout == "" and "Traceback" not in wrong.stderr
    assert forest("stats", "planted-area", "--set", "a").returncode == 2


async def test_a_figure_in_a_file_is_computed_again(forest: Forest, rows: Rows, tmp_path: Path) -> None:  # noqa: F811
    assert forest("snapshot", "make", "").returncode == 1
    made = forest("snapshot", "make", "January", "--reason", "headline")
    assert made.returncode == 0, made.stderr
    assert "January" in forest("snapshot", "list").stdout
    file = tmp_path / "figure.json"
    asked = ("stats", "planted-area", "--by", "region,year", "--datetime", "../2018", "--as-of", made.stdout.strip())
    file.write_text(forest(*asked, "--json").stdout)
    verified = forest("figure", "verify", str(file))
    assert verified.returncode == 0 and "全部数字复算一致" in verified.stderr, verified.stderr
    file.write_text(file.read_text().replace('"net_mu": ', '"net_mu": 1', 1))
    forged = forest("figure", "verify", str(file))
    assert forged.returncode == 1 and "net_mu was published as 1" in forged.stdout and "hash" in forged.stderr
    file.write_text("760,000 mu")
    assert forest("figure", "verify", str(file)).returncode == 2
