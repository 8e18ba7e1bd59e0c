"""The public pages over HTTP: what a plot's page says, what it never says, errors as pages, the picture of a link."""

import gzip
import json
import re
from datetime import date
from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from forestapi.services.plot_pages import due, wilson
from maps import assets
from tests.samples import PROGRAMME, key, planting, plot, square

HOSTILE = "<script>alert(1)</script>'\"&{{7*7}}%s{number}"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
SPIKE = {
    "type": "Polygon",
    "coordinates": [[[105.0, 39.0], [105.01, 39.0], [105.01, 39.005], [105.2, 39.00501], [105.01, 39.00502], [105.01, 39.01], [105.0, 39.01], [105.0, 39.0]]],
}  # fmt: skip


def survey(index: int, plot: int, /, **others: Any) -> dict[str, Any]:
    return {
        "id": key(40_000 + index), "plot": key(plot), "surveyed_on": "2019-09-20", "stage": "first_season", "level": "county",
        "sample_holes": 200, "live_holes": 150, "mean_height_m": 0.25, "mean_crown_m": 0.2, "vegetation_cover": 0.12,
        "vigour": "fair", "damage": ["drought"], "checker": "canary checker", "is_independent": True, "remarks": "canary remark",
        **others,
    }  # fmt: skip


@pytest.fixture
async def ledger(client: AsyncTestClient, as_administrator: dict[str, str]) -> AsyncTestClient:
    """Fill the ledger: a plot that was redrawn, one that overlaps it, one of a household, one with a hostile number."""

    async def put(path: str, record: dict[str, Any]) -> Any:
        answer = await client.put(f"/api/v1/{path}", json=record, headers=as_administrator)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    await put(f"programmes/{PROGRAMME['code']}", {**PROGRAMME, "name_zh": HOSTILE, "name_en": HOSTILE})
    line = {"species": "haloxylon-ammodendron", "design_holes": 4000, "row_spacing_m": 3, "plant_spacing_m": 5, "stock": HOSTILE}
    for n, others in enumerate(
        [
            {"boundary": square(side=0.012)},
            {"boundary": square(105.005, 39.0)},
            {"boundary": square(106.0), "tenure": "household"},
            {"boundary": square(107.0), "number": HOSTILE, "prior_land_class": HOSTILE},
        ],
        1,
    ):
        await put(f"plots/{key(n)}", plot(n, climate_class="arid", lifecycle="planted", capture_method="gnss_walk", accuracy_m=3, **others))
        await put(f"plantings/{key(10_000 + n)}", planting(n, n, f"2018-04-0{n}", lines=[line]))
    await put(f"plots/{key(1)}", plot(1, square(), climate_class="arid", lifecycle="checked", capture_method="gnss_walk"))
    await put(f"surveys/{key(40_001)}", survey(1, 1))
    await put(f"surveys/{key(40_002)}", survey(2, 1, surveyed_on="2018-06-01", stage="establishment", live_holes=199))
    return client


async def page(client: AsyncTestClient, path: str, lang: str = "en") -> str:
    answer = await client.get(path, params={"lang": lang}, headers=BROWSER)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html"), answer.text
    return answer.text


async def test_a_plot_tells_its_story(ledger: AsyncTestClient) -> None:
    html = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", await page(ledger, f"/plots/{key(1)}")))
    for words in (
        "Plot T-1", "2018-04-01", "saxaul (Haloxylon ammodendron)", "75.0 %", "150 of 200 sampled holes", "95 % interval 68.6–80.5 % (Wilson)",
        "by the county, independent of the planters", "qualified", "3 m between rows and 5 m in the row: 15 m² of ground", "about 44 for each mu",
        "0.25 m high", "cannot be seen from afar", "check after the first season made on 2019-09-20", "overdue since 2023-04-01", "are also drawn as plot T-2",
        "credited to this plot", "The ledger holds no photo", "Days of work on a single plot are not public", "drought",
    ):  # fmt: skip
        assert words in html, words
    versions = re.search(r"History of the boundary(.*)Photos", html)
    assert versions and len(re.findall(r"[\d,.]+ mu", versions[1])) == 2, "then and now"
    assert "canary" not in html
    other = re.sub(r"<[^>]+>", "", await page(ledger, f"/plots/{key(2)}", "zh"))
    assert "记在小班 T-1 名下" in other and "还没有人检查过" in other


async def test_a_household_s_ground_is_not_drawn(ledger: AsyncTestClient) -> None:
    html = await page(ledger, f"/plots/{key(3)}")
    assert "one household&#39;s ground" in html or "one household's ground" in html
    assert "<path class=\"now\"" not in html and "#map=" not in html and "106.0" not in html and "History of the boundary" not in html


async def test_hostile_names_stay_words(ledger: AsyncTestClient) -> None:
    for path in ("/", f"/plots/{key(4)}", "/map/lite"):
        html = await page(ledger, path)
        assert "<script>alert" not in html and "49%s" not in html
        assert "&lt;script&gt;alert(1)" in html
    home = await page(ledger, "/")
    found = re.search(r'<script type="application/json" id="config"[^>]*>(.*?)</script>', home)
    assert found
    config = json.loads(found[1])
    assert config["popup"]["names"]["programme"][PROGRAMME["code"]] == HOSTILE
    assert set(config["figures"]) == {"year", "species", "programme", "survival"}
    assert config["years"] == {"first": 2018, "last": 2018} and config["search"].startswith("/api/v1/plots")
    for address in config["figures"].values():
        assert (await ledger.get(address)).status_code == 200
    assert not re.findall(r'"(https?:)?//', found[1]), "no other host"


async def test_what_is_not_counted_has_no_page(ledger: AsyncTestClient, as_administrator: dict[str, str]) -> None:
    held = await ledger.put(f"/api/v1/plots/{key(9)}", json=plot(9, SPIKE), headers=as_administrator)
    assert held.json()["outcome"] == "held"
    gone = await ledger.delete(f"/api/v1/plantings/{key(10_004)}", headers=as_administrator)
    gone = await ledger.delete(f"/api/v1/plots/{key(4)}", headers=as_administrator)
    assert gone.status_code in (200, 204), gone.text
    for id in (key(9), held.json()["held"], key(4), key(77), "nothing", "%27", "a" * 300):
        answer = await ledger.get(f"/plots/{id}", headers=BROWSER)
        assert answer.status_code == 404 and answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("path", "accept", "kind"),
    [
        ("/nowhere?lang=en", BROWSER["Accept"], "text/html"),
        ("/?programme=none", BROWSER["Accept"], "text/html"),
        ("/nowhere", "*/*", "application/problem+json"),
        ("/nowhere", "application/json, text/html", "application/problem+json"),
        ("/api/v1/nowhere", BROWSER["Accept"], "application/problem+json"),
        ("/tiles/plots/99/0/0.mvt", BROWSER["Accept"], "application/problem+json"),
        ("/ogc/collections/none?f=json", BROWSER["Accept"], "application/problem+json"),
        ("/ogc/collections/none", BROWSER["Accept"], "text/html"),
    ],
)
async def test_errors_are_pages_for_readers_and_problems_for_programs(client: AsyncTestClient, path: str, accept: str, kind: str) -> None:
    answer = await client.get(path, headers={"Accept": accept})
    assert answer.status_code in (400, 404) and answer.headers["content-type"].startswith(kind)
    if kind == "text/html":
        assert 'href="/' in answer.text and "nonce-" in answer.headers["content-security-policy"]
        assert ("Not found" if "lang=en" in path else "找不到") in answer.text


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_link_has_a_picture_and_words(ledger: AsyncTestClient, language: str) -> None:
    html = await page(ledger, "/", language)
    found = dict(re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)"', html))
    assert found["og:locale"] == {"zh": "zh_CN", "en": "en_GB"}[language] and found["description"] == found["og:description"]
    picture = await ledger.get(found["og:image"])
    assert picture.headers["content-type"] == "image/png" and picture.content[:8] == b"\x89PNG\r\n\x1a\n"
    assert picture.content[16:24] == (1200).to_bytes(4) + (630).to_bytes(4)


@pytest.mark.skipif(bool(assets.missing()), reason="no front-end files: ./forest test installs them")
async def test_front_end_files_are_sent_small_and_once_and_nothing_beside_them(client: AsyncTestClient) -> None:
    address = assets.url("maplibre")
    async with client.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip" and answer.headers["content-type"].startswith("text/javascript")
    assert gzip.decompress(raw) == assets.path("maplibre").read_bytes() and len(raw) < 300_000
    again = await client.get(address, headers={"If-None-Match": answer.headers["etag"], "Accept-Encoding": "gzip"})
    assert again.status_code == 304 and again.content == b""
    for path in ("%2e%2e/assets.py", "..%2fassets.py", "%2fetc%2fpasswd", "maplibre-gl", "maplibre-gl%00/x", "%00", "a" * 3000):
        assert (await client.get(f"/assets/{path}")).status_code == 404, path


def test_the_interval_is_wilson_s() -> None:
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=5e-5)
    assert wilson(0, 5)[0] == 0 and wilson(5, 5)[1] == 1


@pytest.mark.parametrize(
    ("planted", "level", "today", "states"),
    [
        (date(2020, 2, 29), None, date(2021, 2, 27), ["ahead", "ahead"]),
        (date(2020, 2, 29), None, date(2021, 2, 28), ["open", "ahead"]),
        (date(2020, 4, 1), "self", date(2021, 10, 2), ["overdue", "ahead"]),
        (date(2020, 4, 1), "county", date(2025, 4, 2), ["done", "overdue"]),
        (None, None, date(2025, 1, 1), []),
    ],
)
def test_checks_are_due_when_the_ledger_says(planted: date | None, level: str | None, today: date, states: list[str]) -> None:
    made = [{"stage": "first_season", "level": level, "surveyed_on": date(2021, 9, 1)}] if level else []
    assert [check.state for check in due(planted, made, today)] == states
