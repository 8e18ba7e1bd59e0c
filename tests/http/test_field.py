"""The field app's files: all of them are kept offline, whole, and none of them knows another host."""

import base64
import hashlib
import json
import re

import pytest
from litestar.testing import AsyncTestClient

from forestapi.routes.field import FIELD
from maps import assets

SCRIPTS = sorted(FIELD.glob("*.js"))


def said() -> dict[str, tuple[str, str]]:
    """Read the app's words: key, Chinese, English."""
    text = (FIELD / "words.js").read_text("utf-8")
    return {key: (zh, en) for key, zh, en in re.findall(r'(\w+): \["((?:[^"\\]|\\.)*)", "((?:[^"\\]|\\.)*)"\]', text)}


async def test_the_page_lets_no_other_host_and_no_inline_script_in(client: AsyncTestClient) -> None:
    answer = await client.get("/field")
    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 200 and "default-src 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy
    assert "geolocation=(self)" in answer.headers["permissions-policy"]
    assert not re.search(r"<script(?![^>]*src=)|style=|onclick", answer.text)


@pytest.mark.skipif(bool(assets.missing()), reason="no front-end files: ./forest test installs them")
async def test_the_worker_keeps_every_file_under_the_hash_it_is_served_with(client: AsyncTestClient) -> None:
    script = await client.get("/field/sw.js")
    assert script.headers["service-worker-allowed"] == "/field"
    listed = re.search(r"^const FILES = (.*);$", script.text, re.MULTILINE)
    assert listed
    files = json.loads(listed[1])
    for address, integrity in files.items():
        answer = await client.get(address)
        assert answer.status_code == 200, address
        assert integrity == "sha256-" + base64.b64encode(hashlib.sha256(answer.content).digest()).decode(), address
    imported = {name for script in SCRIPTS for name in re.findall(r'from "\./([\w-]+\.js)"', script.read_text("utf-8"))}
    assert {f"/field/files/{name}" for name in imported} < set(files)
    assert any(address.endswith("maplibre-gl-worker.mjs") for address in files)


async def test_files_are_looked_at_anew_each_time(client: AsyncTestClient) -> None:
    for address in ("/field", "/field/sw.js", "/field/config.json", "/field/files/app.js"):
        assert "no-cache" in (await client.get(address)).headers["cache-control"], address


def test_no_file_names_another_host() -> None:
    for file in FIELD.iterdir():
        hosts = set(re.findall(r"https?://[\w.-]+", file.read_text("utf-8"))) - {"http://www.w3.org"}
        assert hosts == set(), file.name


def test_files_are_short_enough_to_read() -> None:
    assert {file.name: n for file in SCRIPTS if (n := len(file.read_text("utf-8").splitlines())) > 400} == {}


def test_every_word_that_is_said_exists_in_both_languages() -> None:
    words = said()
    used = {key for script in SCRIPTS for key in re.findall(r'\bsay\("(\w+)"', script.read_text("utf-8"))}
    assert len(used) > 150 and used <= set(words)
    for key, (zh, en) in words.items():
        assert zh and en and not re.search("[\u4e00-\u9fff]", en), key
