"""The commands of the README, the tutorial and the how-to pages run, and say what the text says they do."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forestapi.cli import COMMANDS
from forestapi.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUN = [ROOT / "README.md", ROOT / "docs/tutorial/first-plot.md"]
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def lines(page: Path, *languages: str) -> list[str]:
    """Give the `./forest` lines in a page's blocks, without what follows a comment sign."""
    found = []
    for _, language, body in BLOCK.findall(page.read_text("utf-8")):
        if language in languages:
            found += [line.strip() for line in body.splitlines() if line.strip().startswith("./forest ")]
    return found


class Shell:
    """Runs the product's commands against a test's database, in the folder of a clone."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.folder = folder
        self.environment = {"DATABASE_URL": settings.database_url, "FOREST_DATA": str(settings.data)}

    def run(self, line: str) -> Result:
        return CliRunner().invoke(COMMANDS, shlex.split(line)[1:], env=self.environment, prog_name="forest")


@pytest.fixture
def shell(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    folder = tmp_path / "clone"
    folder.mkdir()
    (folder / "docs").symlink_to(ROOT / "docs")
    monkeypatch.chdir(folder)
    return Shell(settings, folder)


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.name)
def test_the_commands_run_one_after_another(page: Path, shell: Shell) -> None:
    commands = lines(page, "sh")
    assert len(commands) >= 6
    for line in commands:
        done = shell.run(line)
        expected = 1 if "with-mistakes" in line and "--dry-run" not in line else 0
        assert done.exit_code == expected, f"{line}\n{done.stdout}{done.stderr}"


def test_the_chinese_readme_has_the_same_commands() -> None:
    chinese, english = (lines(ROOT / name, "sh") for name in ("README.zh-CN.md", "README.md"))
    assert chinese == [line.removesuffix(" --language en") for line in english]


def test_how_to_commands_run_on_the_examples(shell: Shell) -> None:
    for line in lines(ROOT / "docs/tutorial/first-plot.md", "sh")[:5]:
        shell.run(line)
    for page in sorted((ROOT / "docs/how-to").glob("*.md")):
        for line in lines(page, "sh"):
            done = shell.run(line)
            assert done.exit_code == 0, f"{page.name}: {line}\n{done.stdout}{done.stderr}"


def test_the_figures_in_the_text_are_the_figures_of_the_examples(shell: Shell) -> None:
    shell.run("./forest import regions docs/examples/regions.geojson")
    created = shell.run("./forest import plots docs/examples/plots.geojson --programme tengger")
    assert "5 created" in created.stdout
    again = shell.run("./forest import plots docs/examples/plots.geojson --programme tengger")
    assert "5 unchanged" in again.stdout
    assert (
        "16 created"
        in shell.run("./forest import shifts docs/examples/shifts.csv --programme tengger").stdout
    )
    area = shell.run("./forest stats planted-area --programme tengger").stdout
    tutorial = (ROOT / "docs/tutorial/first-plot.md").read_text("utf-8")
    for figure in ("1,564.09", "23.01", "663.48", "105.8067", "104.2725", "1.5342", "44.2317"):
        assert figure in area and figure in tutorial
    work = shell.run("./forest stats green-work --programme tengger").stdout
    assert re.search(r"│ +16 │ +16 │ +15\.0 │ +120\.0 │ +6 │", work)


def test_a_sheet_in_gbk_is_the_same_sheet(shell: Shell) -> None:
    shell.run("./forest import plots docs/examples/plots.geojson --programme tengger")
    shell.run("./forest import shifts docs/examples/shifts.csv --programme tengger")
    sheet = (ROOT / "docs/examples/shifts.csv").read_text("utf-8")
    (shell.folder / "gbk.csv").write_bytes(sheet.encode("gbk"))
    assert "16 unchanged" in shell.run("./forest import shifts gbk.csv --programme tengger").stdout


def test_the_mistakes_are_found_and_count_nowhere(shell: Shell) -> None:
    shell.run("./forest import plots docs/examples/plots.geojson --programme tengger")
    before = shell.run("./forest stats planted-area --programme tengger").stdout.splitlines()[3]
    done = shell.run("./forest import plots docs/examples/plots-with-mistakes.geojson --programme tengger")
    assert done.exit_code == 1 and "2 held, 1 refused" in done.stdout
    for rule in ("plot-self-crossing", "plot-boundary-missing", "plot-lat-lon-swapped"):
        assert rule in done.stdout
    assert shell.run("./forest stats planted-area --programme tengger").stdout.splitlines()[3] == before


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_is_written_down_exists_with_its_options(page: Path) -> None:
    context = COMMANDS.make_context("forest", [], resilient_parsing=True)
    text = page.read_text("utf-8")
    for words in re.findall(r"\./forest ([a-z]+[^\n`|]*)", text):
        name, *rest = words.split("  ")[0].split()
        if name == "test" or not name.isidentifier():
            continue
        command = COMMANDS.get_command(context, name)
        assert command is not None, words
        if rest and rest[0] in getattr(command, "commands", {}):
            command = command.commands[rest[0]]
        known = {option for parameter in command.params for option in parameter.opts}
        for word in rest:
            if word.startswith("--"):
                assert word.rstrip(".,;)") in known | {"--help"}, words
