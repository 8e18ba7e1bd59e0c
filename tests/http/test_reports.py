"""Reports on paper: what they say is what the API says, in both languages, whatever the names are."""

import io
import re
import xml.etree.ElementTree as ElementTree
from typing import Any

import asyncpg
import pypdf
import pytest
from litestar.testing import AsyncTestClient

from forestapi.settings import Settings
from forestapi.web.report import number
from maps import assets, print_charts
from tests.http.random_rows import Rows

Headers = dict[str, str]
HOSTILE = '<script>x</script> #panic("x") $x$ *b* {{ w }} \\'


def text_of(pdf: bytes) -> str:
    """Read the text of a PDF; how its lines are broken says nothing."""
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages))


@pytest.mark.skipif(bool(assets.missing()), reason="no front-end files: ./forest test installs them")
async def test_paper_says_what_the_api_says(
    client: AsyncTestClient, settings: Settings, as_analyst: Headers
) -> None:
    connection = await asyncpg.connect(settings.database_url)
    async with connection.transaction():
        await Rows(2019).store(connection)
        await connection.execute("update forest.programme set name_zh = $1, name_en = $1 where code = 'ant'", HOSTILE)
        await connection.execute("update forest.region set name_zh = $1, name_en = $1 where code = '620500000001'", HOSTILE)
        await connection.execute("insert into forest.programme (code, name_zh, name_en) values ('empty', '空', 'Empty')")
    await connection.close()

    async def report(**asked: Any) -> bytes:
        answer = await client.get("/api/v1/reports", params={"programme": "ant", "year": 2018, **asked}, headers=as_analyst)
        assert answer.status_code == 200, answer.text
        return answer.content

    filtered = "programme=ant&year=2018"
    expected, hashes = [], []
    for name, by, columns in (
        ("planted-area", "region", ("gross_mu", "net_mu", "net_ha", "credited_mu")),
        ("green-work", "activity", ("person_times", "person_days", "wages_yuan")),
        ("survival", "region", ("rate", "live_holes")),
    ):
        answer = (await client.get(f"/api/v1/statistics/{name}?{filtered}&by={by}", headers=as_analyst)).json()
        shown = {column["name"]: column for column in answer["columns"]}
        assert answer["rows"]
        expected += [number(row[c], shown[c]) for row in (*answer["rows"], answer["total"]) for c in columns]
        hashes.append(answer["method"]["text"])
    as_of = answer["snapshot"]
    for lang, words in (("zh", ("主要数字", "造林面积", "方法版本")), ("en", ("Key figures", "Planted area", "Method version"))):
        page = (await report(lang=lang, as_of=as_of)).decode()
        paper = text_of(await report(lang=lang, as_of=as_of, f="pdf"))
        for wanted in (*expected, *words, as_of, *(method[lang][:40] for method in hashes)):
            assert wanted in page and re.sub(r"\s+", "", wanted) in paper, (lang, wanted)
        # A name is only ever a name.
        assert "<script>" not in page and "&lt;script&gt;" in page and re.sub(r"\s+", "", HOSTILE) in paper
        assert "http" not in re.sub(r'xmlns="[^"]*"|http-equiv', "", page)

    nothing = text_of(await report(programme="empty", f="pdf"))
    assert "这一年没有记录" in nothing
    for wrong in ({"programme": "nobody"}, {"year": 12}, {"lang": "xx"}, {"f": "doc"}, {"as_of": "then"}):
        answer = await client.get("/api/v1/reports", params={"programme": "ant", "year": 2018, **wrong}, headers=as_analyst)
        assert answer.status_code in (400, 404) and answer.headers["content-type"].startswith("application/problem+json")


def test_charts_are_plain_svg_whatever_the_names_are() -> None:
    for drawn in (
        print_charts.bars([(HOSTILE, 3.0), ("\x00\x07&<", -1.0)], str),
        print_charts.bars([], str),
        print_charts.choropleth([(HOSTILE, bytes.fromhex("0103000000010000000400000000000000000000000000000000000000000000000000F03F0000000000000000000000000000F03F000000000000F03F00000000000000000000000000000000"), 1.0)], str),
    ):  # fmt: skip
        root = ElementTree.fromstring(drawn)
        assert {each.tag.rpartition("}")[2] for each in root.iter()} <= {"svg", "rect", "path", "text"}
