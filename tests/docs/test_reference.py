"""The reference says what the code says, and says it about everything."""

import ast
import inspect
from pathlib import Path

import pytest
from msgspec import Struct

from forestapi import stats
from forestapi.cli import COMMANDS
from forestapi.cli._reference import errors, files, formats, nouns, rules, settings, stale
from forestapi.cli._reference._page import field_docs
from forestapi.cli.docs import FOLDER
from forestapi.db.constraints import CONSTRAINTS
from forestapi.db.transaction import Transaction
from forestapi.errors import ForestError
from forestapi.records import BOOKKEEPING
from forestapi.records import nouns as all_nouns
from forestapi.rules import rules as all_rules
from forestapi.services.collecting import forms
from forestapi.services.importing import importers
from forestapi.settings import Settings
from geo import reading
from geo.formats import PROBLEMS
from geo.formats import formats as all_formats
from geo.text import Text
from maps import layers

ROOT = Path(__file__).parents[2]


def texts(value: object, at: str) -> list[tuple[str, Text]]:
    """Find every bilingual text in a declaration, with the way to it."""
    if isinstance(value, Text):
        return [(at, value)]
    if isinstance(value, Struct) and not inspect.isclass(value):
        return [t for name in value.__struct_fields__ for t in texts(getattr(value, name), f"{at}.{name}")]
    if isinstance(value, dict):
        return [t for key, each in value.items() for t in texts(each, f"{at}[{key}]")]
    if isinstance(value, list | tuple):
        return [t for i, each in enumerate(value) for t in texts(each, f"{at}[{i}]")]
    return []


REGISTRIES = {
    "nouns": all_nouns(),
    "statistics": stats.statistics(),
    "dimensions": stats.DIMENSIONS,
    "rules": all_rules(),
    "formats": all_formats(),
    "importers": importers(),
    "collecting forms": forms(),
    "constraints": CONSTRAINTS,
    "file errors": reading.CODES,
    "row problems": PROBLEMS,
}


def test_the_reference_is_what_the_code_says() -> None:
    assert stale(FOLDER) == [], "run ./forest docs"


def test_writing_it_twice_gives_the_same() -> None:
    assert files() == files()


@pytest.mark.parametrize("name", REGISTRIES)
def test_every_registered_thing_has_words_in_both_languages(name: str) -> None:
    found = texts(REGISTRIES[name], name)
    assert found
    for at, text in found:
        assert text.zh.strip() and text.en.strip(), at


def test_every_map_layer_has_words_in_both_languages() -> None:
    for layer in layers.every().values():
        assert layer.title.zh.strip() and layer.title.en.strip()


def test_rules_and_statistics_say_it_in_chinese_and_in_english() -> None:
    for name in ("rules", "statistics", "nouns"):
        for at, text in texts(REGISTRIES[name], name):
            is_name_of_property = at.endswith("label")
            assert is_name_of_property or any("\u4e00" <= letter <= "\u9fff" for letter in text.zh), at
            assert not any("\u4e00" <= letter <= "\u9fff" for letter in text.en), at


def test_every_setting_says_what_it_means() -> None:
    docs = field_docs(Settings)
    assert set(docs) == set(Settings.__struct_fields__)
    page = settings.write()
    assert all(f"`{settings.variable(name)}`" in page for name in Settings.__struct_fields__)


def test_every_noun_and_field_is_on_its_page() -> None:
    page = nouns.write()
    for noun in all_nouns().values():
        assert f"\n## {noun.name}\n" in page
        for name in (*noun.columns, *noun.derived, *BOOKKEEPING):
            assert f"| `{name}` |" in page, (noun.name, name)


async def test_the_fields_of_every_noun_are_the_columns_of_its_view(tx: Transaction) -> None:
    for noun in all_nouns().values():
        rows = await tx.rows(
            "select column_name from information_schema.columns where table_schema = 'forest' and table_name = $1",
            noun.view,
        )
        written = set(noun.columns) - {"identity"}
        assert {row["column_name"] for row in rows} == written | {*noun.derived, *BOOKKEEPING}, noun.name


def test_every_command_and_option_says_what_it_does() -> None:
    context = COMMANDS.make_context("forest", [], resilient_parsing=True)
    commands = [COMMANDS.get_command(context, name) for name in COMMANDS.list_commands(context)]
    for command in commands:
        assert command is not None
        for each in (command, *getattr(command, "commands", {}).values()):
            assert each.help, each.name
            for parameter in each.params:
                if parameter.param_type_name == "option":
                    assert parameter.help, (each.name, parameter.name)


def test_every_error_code_is_on_its_page() -> None:
    assert errors.codes_in_use() - {kind.code for kind in ForestError.__subclasses__()} == set(
        errors.NARROWER
    )
    page = errors.write()
    for kind in ForestError.__subclasses__():
        assert f"`{kind.code}`" in page
    assert all(f"`{code}`" in page for code in reading.CODES)


def test_every_format_and_column_is_on_its_page() -> None:
    page = formats.write()
    assert all(f"`{name}`" in page for name in all_formats())
    for importer in importers().values():
        assert all(f"| `{field}` |" in page for field in importer.fields)


def test_every_rule_that_importing_and_storing_find_is_on_the_page() -> None:
    found = set()
    for path in (ROOT / "forestapi" / "services").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Finding"
            ):
                found.add(_rule_id(node.args[1]))
    assert found - {None} == set(rules.OTHERS)


def _rule_id(node: ast.expr) -> str | None:
    """Read the id of a rule from the source: as it stands, or with `*` for what varies."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)
    return None
