"""The field app in real Chromium: a crew's day without a network, killed in the middle, handed in twice."""

import json
import math
import os
import random
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shapely
from playwright.sync_api import Browser, ViewportSize, expect

from geo import area
from tests.browser.conftest import ROOT, chromium, running
from tests.browser.field_phone import FieldPhone, Office
from tests.browser.visiting import DESK, PHONE, until

Open = Callable[..., FieldPhone]
CORNERS = [(104.8975, 37.4501), (104.8972, 37.448), (104.899, 37.4472)]
"""With the place where the phone is switched on, a boundary that does not cross itself."""
CREW = 12


def command(data: Path, *words: str) -> str:
    """Run the product's command line on the instance."""
    done = subprocess.run(
        [sys.executable, "-m", "forestapi", *words, "--data", str(data)],
        check=True, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return done.stdout


@pytest.fixture(scope="session")
def ledger() -> Iterator[tuple[str, Path]]:
    """Start the product without the demonstration."""
    with running("--no-demo") as started:
        yield started


@pytest.fixture(scope="session")
def server(ledger: tuple[str, Path]) -> str:
    """Give its address."""
    return ledger[0]


@pytest.fixture(scope="session")
def administrator(ledger: tuple[str, Path]) -> str:
    """Make an administrator's token."""
    return command(ledger[1], "token", "create", "--role", "administrator", "--label", "field tests").strip()


@pytest.fixture
def office(server: str, administrator: str) -> Office:
    """Put in a programme, a crew of twelve and a plot."""
    return Office(server, administrator, CREW)


@pytest.fixture
def phone(browser: Browser, server: str, tmp_path: Path) -> Iterator[Open]:
    """Start phones; all of them are off afterwards."""
    opened: list[FieldPhone] = []

    def open_phone(language: str = "zh", **options: object) -> FieldPhone:
        started = FieldPhone(
            browser.browser_type, chromium() or "", tmp_path / f"phone-{len(opened)}", server, language
        )
        started.start(**options)  # type: ignore[arg-type]
        opened.append(started)
        return started

    yield open_phone
    for each in opened:
        each.kill()


def photo(path: Path, width: int = 2400, height: int = 1500) -> Path:
    """Write a picture that is larger than what is sent."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    rows = b"".join(b"\0" + bytes([y // 8 % 256, 120, 60]) * width for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
    return path


def enrolled(phone: Open, office: Office, language: str = "zh", label: str = "phone") -> FieldPhone:
    """Start a phone and make it the crew's."""
    started = phone(language)
    started.enrol(office.device(label))
    expect(started.page.locator(".person")).to_have_count(CREW)
    return started


def walked(started: FieldPhone, number: str, *places: tuple[float, float]) -> None:
    """Walk a boundary to its end and save it."""
    page = started.page
    started.go("walk")
    page.locator(".doing .primary").click()
    started.walk(*places)
    page.locator(".pair .primary").click()
    page.fill("dialog input[name=number]", number)
    page.locator("dialog .primary").click()
    expect(page.locator("h1")).to_contain_text(number)


def test_a_day_without_a_network_killed_in_the_middle_and_handed_in_twice(
    phone: Open, office: Office, tmp_path: Path
) -> None:
    started = enrolled(phone, office)
    page = started.page
    started.context.set_offline(True)
    page.reload()
    started.ready()

    begun = time.monotonic()
    started.set_default(150)
    page.locator(".tools button").first.click()
    page.locator(".person input[type=checkbox]").nth(3).click()
    started.set_hours(1, 6)
    expect(page.locator(".foot .sum")).to_contain_text(f"{CREW - 1} 人")
    expect(page.locator(".kept-here")).to_be_visible()
    assert time.monotonic() - begun < 60
    started.kill()

    started.start(is_offline=True)
    page = started.page
    expect(page.locator('.person[data-came="yes"]')).to_have_count(CREW - 1)
    page.locator(".tools button").nth(1).click()
    page.fill("dialog input[name=name]", "新来的")
    page.locator("dialog .primary").click()
    page.locator(".foot .primary").click()
    expect(page.locator(".foot .primary")).to_be_disabled()

    started.go("walk")
    page.locator(".doing .primary").click()
    started.walk(*CORNERS[:2])
    started.kill()

    started.start(is_offline=True, screen="walk")
    page = started.page
    expect(page.locator(".doing .note")).to_be_visible()
    assert len(started.kept("fixes")) >= 2
    page.locator(".doing .primary").first.click()
    started.walk(CORNERS[2])
    expect(page.locator("output.area")).to_contain_text("亩")
    page.locator(".pair .primary").click()
    page.fill("dialog input[name=number]", "TG-099")
    page.locator("dialog .primary").click()
    expect(page.locator("h1")).to_contain_text("TG-099")
    started.take_photo(photo(tmp_path / "photo.png"))
    page.locator("a[href^='#planting']").click()
    page.locator(".stepper input").first.fill("1200")
    page.locator(".foot .primary").click()
    page.locator("a[href^='#survey']").click()
    for _ in range(9):
        page.locator(".tap.live").click()
    page.locator(".tap.dead").click()
    page.locator(".foot .primary").click()
    expect(page.locator("h1")).to_contain_text("TG-099")
    assert started.states() == {"waiting": CREW + 1 + 4}
    assert [item["seq"] for item in sorted(started.kept("outbox"), key=lambda i: i["seq"])] == list(range(1, CREW + 6))
    started.kill()

    started.start()
    started.settle()
    assert started.states() == {"done": CREW + 5}
    day = office.of("shifts")
    assert len(day) == CREW and {shift["status"] for shift in day} == {"submitted"}
    assert sorted(float(shift["hours"]) for shift in day) == [6.0] + [8.0] * (CREW - 1)
    assert sum(float(shift["wage_yuan"]) for shift in day) == 150 * CREW
    plot = next(plot for plot in office.of("plots") if plot["number"] == "TG-099")
    ring = json.loads(json.dumps(plot["boundary"]))
    assert plot["capture_method"] == "gnss_walk" and plot["accuracy_m"] == 4.0
    assert plot["area_m2"] == pytest.approx(float(area.equal_area_m2([shapely.geometry.shape(ring)])[0]), rel=1e-6)
    assert len(plot["attributes"]["track"]["lon"]) >= 4
    assert [p["lines"][0]["design_holes"] for p in office.of("plantings") if p["plot"] == plot["id"]] == [1200]
    assert [(s["live_holes"], s["sample_holes"]) for s in office.of("surveys") if s["plot"] == plot["id"]] == [(9, 10)]

    started.sync()
    started.kill()
    started.start()
    started.sync()
    assert len(office.of("shifts")) == CREW and len(office.of("plots")) == 2
    assert started.states() == {"done": CREW + 5}, "copies stay while only the office itself has them"
    started.assert_clean()


def test_a_conflict_is_a_card_that_a_foreman_decides(phone: Open, office: Office) -> None:
    started = enrolled(phone, office, "en")
    page = started.page
    started.set_default(150)
    page.locator(".tools button").first.click()
    page.locator(".foot .primary").click()
    started.settle()
    by_number = {w["number"][-2:]: w["id"] for w in office.ask("GET", f"/workers?crew={office.crew}&limit=100")["items"]}
    shifts = {shift["worker"]: shift for shift in office.of("shifts")}
    first, second = shifts[by_number["01"]], shifts[by_number["02"]]
    started.context.set_offline(True)
    for shift in (first, second):
        office.patch("shifts", shift, hours=6)
    started.set_hours(0, 10)
    started.set_hours(1, 10)
    page.locator(".foot .primary").click()
    started.context.set_offline(False)
    started.go("outbox")
    expect(page.locator(".conflict")).to_have_count(2, timeout=30_000)
    card = page.locator(".conflict", has_text="工人01")
    expect(card).to_contain_text("10 h")
    expect(card).to_contain_text("6 h")
    card.get_by_role("button", name="Keep mine").click()
    expect(page.locator(".conflict")).to_have_count(1)
    page.locator(".conflict").get_by_role("button", name="Keep office").click()
    expect(page.locator(".conflict")).to_have_count(0)
    started.settle()
    now = {shift["worker"]: float(shift["hours"]) for shift in office.of("shifts")}
    assert (now[by_number["01"]], now[by_number["02"]]) == (10.0, 6.0)
    started.go("day")
    expect(page.locator(".person").nth(1)).to_contain_text("6 h")
    assert len(office.of("shifts")) == CREW
    started.assert_clean()


def test_a_copy_goes_only_when_a_second_one_is_known_to_exist(phone: Open, office: Office) -> None:
    started = enrolled(phone, office, "en")
    started.set_default(150)
    started.page.locator(".person input[type=checkbox]").first.click()
    started.page.locator(".foot .primary").click()
    started.settle()

    def told(**answer: object) -> list[dict[str, object]]:
        """Let the phone hear an answer of `verify`; give what it keeps."""
        (item,) = started.kept("outbox")
        whole = {"op": item["op"], "is_known": True, "is_same": True, "outcome": "created", "is_complete": True}
        started.page.evaluate(
            """async (answer) => { await (await import("/field/files/outbox.js")).verified([answer]); }""", whole | answer
        )
        return started.kept("outbox")

    for answer in ({"safety": "local"}, {"safety": "archived", "is_same": False}, {"safety": "archived", "is_complete": False}):
        assert [item["state"] for item in told(**answer)] == ["done"], answer
    started.go("outbox")
    expect(started.page.locator(".status")).to_contain_text("still kept here")
    assert told(safety="archived") == []
    expect(started.page.locator(".status")).not_to_contain_text("still kept here")


def test_gps_that_fails_takes_nothing_away(phone: Open, office: Office) -> None:
    started = enrolled(phone, office, "en")
    page = started.page
    started.go("walk")
    page.locator(".doing .primary").click()
    started.walk(CORNERS[0])
    page.locator(".pair .primary").click()
    expect(page.locator("#toast")).to_contain_text("three different corners")
    started.context.set_geolocation(None)
    page.wait_for_timeout(1500)
    expect(page.locator(".gps")).to_contain_text("No GPS signal")
    kept = len(started.kept("fixes"))
    assert kept >= 1
    started.walk(*CORNERS[1:])
    expect(page.locator(".gps")).to_contain_text("GPS ±4 m")
    assert len(started.kept("fixes")) == kept + 2
    started.walk((104.8965, 37.4495))
    expect(page.locator(".gps")).to_contain_text("crosses itself")
    page.locator(".pair .primary").click()
    expect(page.locator("dialog .problem")).to_contain_text("crosses itself")
    expect(page.locator("dialog .primary")).to_have_text("Save it anyway")
    page.locator("dialog .close").click()
    page.get_by_role("button", name="Undo a point").click()
    expect(page.locator(".gps")).not_to_contain_text("crosses itself")
    assert len(started.kept("fixes")) == kept + 3, "what is undone stays in the track"
    started.assert_clean()


def test_the_file_is_a_way_out_that_doubles_nothing(phone: Open, office: Office, tmp_path: Path) -> None:
    lost = enrolled(phone, office, "zh", "lost")
    lost.context.set_offline(True)
    lost.set_default(120)
    lost.page.locator(".tools button").first.click()
    lost.page.locator(".foot .primary").click()
    walked(lost, "TG-100", *CORNERS)
    lost.take_photo(photo(tmp_path / "photo.png"))
    lost.go("outbox")
    with lost.page.expect_download() as saving:
        lost.page.locator("section.group .pair button").click()
    rescue = tmp_path / "rescue.json"
    saving.value.save_as(rescue)
    assert "forest_" not in rescue.read_text("utf-8"), "the file holds no token"

    other = enrolled(phone, office, "zh", "other")
    other.go("outbox")
    other.page.set_input_files("input[name=rescue]", rescue)
    until(other.page, "document.querySelector('#toast p.good') !== null")
    other.sync()
    assert len(office.of("shifts")) == CREW and other.states() == {"done": CREW + 2}
    lost.context.set_offline(False)
    lost.sync()
    lost.settle()
    assert lost.states() == {"done": CREW + 2}
    assert len(office.of("shifts")) == CREW and len(office.of("plots")) == 2
    assert {file["state"] for each in (lost, other) for file in each.kept("files")} == {"sent"}


def test_a_full_phone_says_so_and_keeps_what_it_had(phone: Open, office: Office) -> None:
    started = enrolled(phone, office, "en")
    page = started.page
    started.set_default(150)
    page.locator(".tools button").first.click()
    page.evaluate("() => { IDBObjectStore.prototype.put = () => { throw new DOMException('', 'QuotaExceededError'); }; }")
    page.locator(".person input[type=checkbox]").first.click()
    expect(page.locator("#notices")).to_contain_text("Storage is full")
    expect(page.locator("#toast .bad")).to_be_visible()
    page.reload()
    started.ready()
    expect(page.locator('.person[data-came="yes"]')).to_have_count(CREW)


def test_the_phone_measures_what_the_server_measures(phone: Open) -> None:
    started = phone("en")
    source, rings = random.Random(4), []
    for _ in range(40):
        lon, lat, size = source.uniform(75, 133), source.uniform(19, 53), 10 ** source.uniform(-4, -1.5)
        corners = [
            [lon + size * source.uniform(0.5, 1) * math.cos(turn), lat + size * source.uniform(0.5, 1) * math.sin(turn)]
            for turn in (2 * math.pi * i / 9 for i in range(9))
        ]
        rings.append(corners)
    told = started.page.evaluate(
        """async (rings) => { const g = await import("/field/files/ground.js"); return rings.map((ring) => [g.areaM2(ring), g.isCrossing(ring)]); }""",
        rings,
    )
    polygons = [shapely.Polygon(ring) for ring in rings]
    assert [m2 for m2, _ in told] == pytest.approx(list(area.equal_area_m2(polygons)), rel=1e-8)
    assert [crossing for _, crossing in told] == [not polygon.is_valid for polygon in polygons]


def test_ids_and_hashes_without_the_browsers_help(phone: Open) -> None:
    told = phone("en").page.evaluate(
        """async () => {
          const { sha256, sha256Slow, utf8, uuid7 } = await import("/field/files/ids.js");
          const ids = Array.from({ length: 5000 }, uuid7);
          const texts = [0, 1, 55, 56, 63, 64, 65, 5000].map((n) => utf8("沙".repeat(n)));
          return {
            alike: (await Promise.all(texts.map(async (t) => (await sha256(t)) === sha256Slow(t)))).every(Boolean),
            unique: new Set(ids).size, sorted: ids.every((id, i) => !i || ids[i - 1] < id), first: ids[0],
          };
        }"""
    )
    assert told["alike"] and told["unique"] == 5000 and told["sorted"]
    assert told["first"][14] == "7" and told["first"][19] in "89ab"


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_screen_fits_and_every_target_is_large(
    phone: Open, office: Office, viewport: ViewportSize, language: str
) -> None:
    started = phone(language, viewport=viewport)
    started.enrol(office.device())
    page = started.page
    expect(page.locator("html")).to_have_attribute("lang", {"zh": "zh-CN", "en": "en"}[language])
    plot = next(each for each in started.kept("records") if each["noun"] == "plots")["key"]
    for screen in ("day", "plots", f"plots/{plot}", "walk", f"planting/{plot}", f"survey/{plot}", "outbox", "me", "enrol"):
        started.go(screen)
        page.wait_for_timeout(400)
        started.assert_clean()
        small = page.evaluate(
            """() => [...document.querySelectorAll("button, a, select, input, label.button")].filter((each) => each.checkVisibility())
              .map((each) => [each.closest(".person label") ?? each, each]).map(([each]) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
              .filter(([html, box]) => (box.height < 47.5 || box.width < 44)).map(([html]) => html)"""
        )
        assert small == [], screen
