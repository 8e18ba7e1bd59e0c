"""The public pages in real Chromium, on a phone and on a desk, in both languages, with other hosts blocked."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Response, ViewportSize, expect

from tests.browser.conftest import ROOT
from tests.browser.visiting import DESK, PHONE, Visit, until

Open = Callable[..., Visit]
everywhere = pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
both_languages = pytest.mark.parametrize("language", ["zh", "en"])

WITHOUT_WEBGL = """
const original = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind.startsWith("webgl") ? null : original.call(this, kind, ...rest);
};
"""


def wait_for_map(page: Page) -> None:
    page.wait_for_selector('#map[data-state="ready"]', state="attached", timeout=60_000)


def wait_for_tiles(visited: Visit) -> None:
    until(
        visited.page,
        "document.querySelectorAll('canvas.leaflet-tile').length > 0"
        " && !document.querySelector('canvas.leaflet-tile:not(.leaflet-tile-loaded)')",
    )


@everywhere
@both_languages
def test_the_page_shows_headline_map_and_counties(visit: Open, viewport: ViewportSize, language: str) -> None:
    visited = visit(viewport, language)
    page = visited.page
    page.goto(visited.origin)
    expect(page.locator("html")).to_have_attribute("lang", {"zh": "zh-CN", "en": "en"}[language])
    expect(page.locator("#net-mu")).to_have_text("760,000")
    expect(page.locator("#net-ha")).to_have_text("50,666.7")
    expect(page.locator("#person-times")).to_have_text("180,000")
    expect(page.locator("p.synthetic")).to_contain_text({"zh": "合成演示数据", "en": "Synthetic"}[language])
    expect(page.locator("tfoot")).to_contain_text("760,000")
    assert page.locator("tbody tr").count() >= 10
    wait_for_map(page)
    visited.assert_planted("#map")
    expect(page.locator(".legend-part:visible")).to_have_count(1)
    visited.assert_clean()


@everywhere
@both_languages
def test_the_light_map_draws_the_same_tiles(visit: Open, viewport: ViewportSize, language: str) -> None:
    visited = visit(viewport, language)
    visited.page.goto(f"{visited.origin}/map/lite")
    expect(visited.page.locator(".figure")).to_contain_text("760,000")
    wait_for_tiles(visited)
    visited.assert_planted(".folium-map")
    expect(visited.page.locator(".legend-part:visible")).to_have_count(1)
    visited.assert_clean()


@everywhere
@both_languages
def test_a_map_in_one_file_opens_from_disk(
    visit: Open, instance: tuple[str, Path], tmp_path: Path, viewport: ViewportSize, language: str
) -> None:
    out = tmp_path / "map.html"
    command = [
        sys.executable,
        "-m",
        "forestapi",
        "map",
        str(out),
        "--language",
        language,
        "--data",
        str(instance[1]),
    ]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True)
    assert out.stat().st_size < 5_000_000
    visited = visit(viewport, language, origin=out.as_uri())
    requests: list[str] = []
    visited.page.on("request", lambda request: requests.append(request.url))
    visited.page.goto(out.as_uri())
    expect(visited.page.locator(".figure")).to_contain_text("760,000")
    expect(visited.page.locator(".place:visible").first).to_be_visible()
    visited.assert_planted(".folium-map")
    assert [url for url in requests if not url.startswith("data:")] == [out.as_uri()]
    visited.assert_clean()


def test_a_tap_on_a_plot_shows_what_it_is(visit: Open) -> None:
    visited = visit(PHONE, "en")
    page = visited.page
    page.goto(visited.origin)
    wait_for_map(page)
    page.evaluate(
        """async () => {
          for (const zoom of [7, 10, 13]) {
            const cells = forestMap.querySourceFeatures("plots", { sourceLayer: "cells" });
            cells.sort((a, b) => b.properties.area_ha - a.properties.area_ha);
            forestMap.jumpTo({ center: cells[0].geometry.coordinates, zoom });
            await new Promise((resolve) => forestMap.once("idle", resolve));
          }
        }"""
    )
    place = page.evaluate(
        """() => {
          const canvas = forestMap.getCanvas();
          for (let y = 40; y < canvas.clientHeight - 40; y += 6)
            for (let x = 20; x < canvas.clientWidth - 70; x += 6)
              if (forestMap.queryRenderedFeatures([x, y]).some((f) => f.sourceLayer === "plots")) return [x, y];
        }"""
    )
    page.locator("#map").click(position={"x": place[0], "y": place[1]})
    box = page.locator(".popup")
    expect(box).to_contain_text("Plot")
    expect(box).to_contain_text(re.compile(r"[\d,.]+ mu \([\d,.]+ ha\)"))
    expect(box).to_contain_text("synthetic demonstration data")
    visited.assert_clean()


def test_gross_and_overlap_are_one_tap_away(visit: Open) -> None:
    visited = visit(PHONE, "zh")
    page = visited.page
    page.goto(f"{visited.origin}/?map=none")
    expect(page.locator(".adds-up dl")).to_be_hidden()
    page.locator(".adds-up summary").click()
    expect(page.locator(".adds-up dl .gross")).to_be_visible()
    expect(page.locator(".adds-up dl .overlap")).to_be_visible()
    visited.assert_clean()


def test_the_reader_changes_the_language_and_it_stays(visit: Open) -> None:
    visited = visit(PHONE, "zh")
    page = visited.page
    page.goto(visited.origin)
    page.locator("a.language").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto(visited.origin)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto(f"{visited.origin}/map/lite")
    expect(page.locator(".figure")).to_contain_text("mu")


def test_a_browser_without_webgl_lands_on_the_light_map(visit: Open) -> None:
    visited = visit(PHONE, "zh")
    page = visited.page
    page.add_init_script(WITHOUT_WEBGL)
    page.goto(visited.origin)
    page.wait_for_url("**/map/lite*")
    wait_for_tiles(visited)
    visited.assert_planted(".folium-map")
    page.locator(".banner a").click()
    expect(page.locator("#net-mu")).to_have_text("760,000")
    expect(page.locator("#lite")).to_be_visible()
    visited.assert_clean()


def test_counties_sort_by_a_button_that_says_so(visit: Open) -> None:
    visited = visit(DESK, "en")
    page = visited.page
    page.goto(f"{visited.origin}/?map=none")
    heading = page.locator('th[data-sort="plots"]')
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    counts = [int(text.replace(",", "")) for text in page.locator("tbody td:nth-child(3)").all_inner_texts()]
    assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize("path", ["/", "/map/lite"])
def test_the_content_policy_names_no_other_host_and_allows_no_eval(visit: Open, path: str) -> None:
    visited = visit(DESK, "en")
    answer = visited.page.goto(visited.origin + path)
    assert isinstance(answer, Response)
    policy = answer.headers["content-security-policy"]
    assert "http" not in policy and "unsafe" not in policy and "default-src 'none'" in policy


def test_no_script_still_gives_the_figures(visit: Open, server: str) -> None:
    visited = visit(PHONE, "en")
    context = visited.context.browser.new_context(java_script_enabled=False, locale="en-GB")
    try:
        page = context.new_page()
        page.goto(server)
        expect(page.locator("#net-mu")).to_have_text("760,000")
        expect(page.locator("#lite")).to_be_visible()
    finally:
        context.close()
