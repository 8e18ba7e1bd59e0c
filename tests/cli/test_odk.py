"""`forest odk` sets up a phone whose code opens this instance, and prints forms."""

import base64
import json
import zlib
from pathlib import Path

import pytest
from litestar.testing import AsyncTestClient

from forestapi.settings import Settings
from tests.cli.test_import import Forest
from tests.http.openrosa import Phone
from tests.samples import PROGRAMME


@pytest.fixture
def forest(settings: Settings) -> Forest:
    return Forest(settings)


async def test_the_code_opens_the_door(
    forest: Forest, client: AsyncTestClient, as_administrator: dict[str, str], tmp_path: Path
) -> None:
    for noun, record in (("programmes", PROGRAMME), ("crews", {"code": "crew-1", "programme": "tengger", "name_zh": "一班"})):
        assert (await client.post(f"/api/v1/{noun}", json=record, headers=as_administrator)).status_code == 201
    picture = tmp_path / "wang.svg"
    made = forest("odk", "qr", "--url", "https://forest.example.org", "--crew", "crew-1", "--label", "王", "--out", picture, "--json")
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout)
    assert json.loads(zlib.decompress(base64.b64decode(told["code"]))) == told["settings"]
    assert picture.read_bytes().lstrip().startswith(b"<?xml")
    root = told["settings"]["general"]["server_url"].removeprefix("https://forest.example.org")
    assert await Phone(client, root).update() == ["planting", "plot", "shifts", "survival"]
    drawn = forest("odk", "qr", "--url", "http://192.168.1.2:8000", "--programme", "tengger", "--label", "李")
    assert drawn.returncode == 0 and "█" in drawn.stdout


def test_forms_are_listed_and_printed_and_what_is_wrong_is_said(forest: Forest) -> None:
    listed = forest("odk", "forms")
    assert listed.returncode == 0 and "班组考勤" in listed.stdout
    printed = forest("odk", "form", "plot")
    assert printed.returncode == 0 and printed.stdout.startswith("<?xml") and "geoshape" in printed.stdout
    assert forest("odk", "form", "nothing").returncode == 1
    for wrong in (("--url", "forest.example.org", "--crew", "c"), ("--url", "https://x", "--crew", "nobody")):
        assert forest("odk", "qr", "--label", "x", *wrong).returncode == 1
    assert forest("odk", "qr", "--label", "x", "--url", "https://x").returncode == 2
    assert forest("odk", "qr", "--label", "x", "--url", "https://x", "--crew", "c", "--out", "x.gif").returncode == 2
