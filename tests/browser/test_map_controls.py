"""What steers the public map, in real Chromium: years, colours, search, place, links, the list, a basemap that fails."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.test_public_map import wait_for_map
from tests.browser.visiting import DESK, PHONE, Visit, until

Open = Callable[..., Visit]
LARGEST = """async () => {
  const county = [...JSON.parse(document.getElementById("config").textContent).counties].sort((a, b) => b.credited_m2 - a.credited_m2)[0];
  const answer = await fetch(`/api/v1/plots?region=${county.code}&limit=20`);
  return (await answer.json()).items.find((plot) => plot.tenure !== "household");
}"""


def open_map(visited: Visit, path: str = "/") -> Page:
    page = visited.page
    page.goto(visited.origin + path)
    wait_for_map(page)
    return page


def paint(page: Page, layer: str, name: str) -> str:
    return json.dumps(page.evaluate(f"forestMap.getPaintProperty({layer!r}, {name!r})"))


def test_years_and_colours_are_in_the_link_and_come_back(visit: Open) -> None:
    visited = visit(PHONE, "zh")
    page = open_map(visited)
    before = page.locator("[data-map=years] output")
    expect(before).to_contain_text("760,000")
    page.locator("#until").focus()
    page.keyboard.press("Home")
    expect(before).to_contain_text(re.compile(r"^2016 年：\d"))
    page.locator("[data-map=colours]").select_option("species")
    until(page, "JSON.stringify(forestMap.getPaintProperty('counties', 'fill-color')).includes('match')")
    assert page.evaluate("JSON.stringify(forestMap.getFilter('plots-plots-11'))") == '["all",["has","year"],["<=",["get","year"],2016]]'
    legend = page.locator(".legend-part:visible")
    expect(legend).to_contain_text("梭梭")
    visited.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("[data-map=share] button").click()
    expect(page.locator("[data-map=share] [role=status]")).to_have_text("链接已复制")
    link = page.evaluate("navigator.clipboard.readText()")
    assert "lang=zh" in link and "by=species" in link and "to=2016" in link and "#map=" in link
    counties = paint(page, "counties", "fill-color")
    english = visit(DESK, "en")
    other = english.page
    other.goto(link)
    wait_for_map(other)
    expect(other.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(other.locator("[data-map=colours]")).to_have_value("species")
    expect(other.locator("#until")).to_have_value("2016")
    until(other, f"JSON.stringify(forestMap.getPaintProperty('counties', 'fill-color')) === {json.dumps(counties)!s}.replaceAll(', ', ',')")
    assert other.evaluate("forestMap.getZoom()") == pytest.approx(page.evaluate("forestMap.getZoom()"), abs=0.01)
    visited.assert_clean()
    english.assert_clean()


def test_a_plot_is_found_by_keyboard_and_has_a_page(visit: Open) -> None:
    visited = visit(PHONE, "en")
    page = open_map(visited)
    plot = page.evaluate(LARGEST)
    field = page.get_by_role("combobox", name="Find a county or plot")
    field.fill(plot["number"])
    options = page.get_by_role("option")
    expect(options.first).to_contain_text(plot["number"])
    field.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", "find-list-0")
    field.press("Enter")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(page.locator(".popup strong")).to_have_text(f"Plot {plot['number']}")
    until(page, "forestMap.getZoom() > 11 && !forestMap.isMoving()")
    page.locator(".in-view summary").click()
    listed = page.locator(".in-view a", has_text=f"Plot {plot['number']}").first
    expect(listed).to_be_visible()
    listed.click()
    expect(page.locator("h1")).to_have_text(f"Plot {plot['number']}")
    expect(page.locator("svg.outline .now")).to_be_visible()
    visited.assert_clean()
    page.locator(".language").click()
    expect(page.locator("h1")).to_have_text(f"小班 {plot['number']}")
    page.locator(".trail a").click()
    wait_for_map(page)
    assert page.evaluate("forestMap.getZoom()") > 11
    visited.assert_clean()


def test_my_place_is_asked_for_only_on_a_tap_and_stays_here(visit: Open) -> None:
    visited = visit(PHONE, "en")
    visited.context.grant_permissions(["geolocation"])
    visited.context.set_geolocation({"longitude": 101.23456, "latitude": 38.76543})
    asked: list[str] = []
    visited.page.on("request", lambda request: asked.append(request.url + (request.post_data or "")))
    visited.page.add_init_script(
        "const original = Geolocation.prototype.getCurrentPosition; globalThis.placesAsked = 0;"
        "Geolocation.prototype.getCurrentPosition = function (...all) { placesAsked += 1; return original.apply(this, all); };"
    )
    page = open_map(visited)
    assert page.evaluate("placesAsked") == 0
    page.get_by_role("button", name="My place").click()
    until(page, "Math.abs(forestMap.getCenter().lng - 101.23456) < 0.001 && forestMap.loaded()")
    assert not [url for url in asked if "101.23" in url or "38.76" in url]
    visited.assert_clean()


def test_a_basemap_that_fails_leaves_the_data(visit: Open) -> None:
    visited = visit(PHONE, "en")
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=503)

    def with_basemap(route: Route) -> None:
        answer = route.fetch()
        html = answer.text()
        found = re.search(r'(<script type="application/json" id="config"[^>]*>)(.*?)(</script>)', html, re.DOTALL)
        assert found
        config: dict[str, Any] = json.loads(found[2])
        config["style"]["sources"]["basemap"] = {"type": "raster", "tiles": ["/nowhere/{z}/{x}/{y}.png"], "tileSize": 256}
        config["style"]["layers"].insert(1, {"id": "basemap", "type": "raster", "source": "basemap"})
        route.fulfill(response=answer, body=html.replace(found[2], json.dumps(config)))

    visited.context.route(visited.origin + "/", with_basemap)
    visited.context.route("**/nowhere/**", refuse)
    page = open_map(visited)
    expect(page.locator(".map-note")).to_contain_text("our own data is all there")
    assert asked
    visited.assert_planted("#map")
