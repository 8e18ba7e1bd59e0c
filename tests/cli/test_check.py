"""`forest check` and `forest rules`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forestapi.cli import COMMANDS
from forestapi.settings import Settings

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


@pytest.fixture
def forest(settings: Settings):
    environment = {"DATABASE_URL": settings.database_url, "FOREST_DATA": str(settings.data)}

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(COMMANDS, list(arguments), env=environment, prog_name="forest")

    return run


def test_a_file_is_checked_and_nothing_is_written(forest) -> None:
    bad = forest("check", str(EXAMPLES / "plots-with-mistakes.geojson"), "--programme", "tengger", "--json")
    assert bad.exit_code == 1
    report = json.loads(bad.stdout)
    assert report["is_dry_run"] and report["counts"]["held"] + report["counts"]["refused"] == 3
    good = forest("check", str(EXAMPLES / "plots.geojson"), "--programme", "tengger")
    assert good.exit_code == 0 and "nothing was changed" in good.stdout and "plot-overlap" in good.stdout
    assert "shifts" not in good.stdout
    assert forest("check", str(EXAMPLES / "shifts.csv"), "--programme", "tengger", "--json").exit_code in (0, 1)
    assert json.loads(forest("check", "ground", "--json").stdout) == []


def test_credit_is_checked_against_the_ground(forest) -> None:
    assert forest("import", "plots", str(EXAMPLES / "plots.geojson"), "--programme", "tengger").exit_code == 0
    told = forest("check", "ground", "--json")
    (found,) = json.loads(told.stdout)
    assert told.exit_code == 0 and found["plots"] == 5
    assert found["credited_m2"] == pytest.approx(found["union_m2"], abs=1e-3)
    assert forest("check", "figures").exit_code == 0


def test_thresholds_are_set_and_shown(forest) -> None:
    forest("import", "plots", str(EXAMPLES / "plots.geojson"), "--programme", "tengger")
    set_ = ("rules", "set", "tengger", "shift-worker-too-young", "least_age")
    assert forest(*set_, "15", "--reason", "x").exit_code == 1
    assert "version 1" in forest(*set_, "18", "--reason", "TerraMatch's age").stdout
    listed = forest("rules", "list", "--programme", "tengger")
    assert "tengger: 18 (version 1)" in listed.stdout
    rules = json.loads(forest("rules", "list", "--json").stdout)
    assert len(rules) > 50 and all(r["title"]["zh"] for r in rules)
