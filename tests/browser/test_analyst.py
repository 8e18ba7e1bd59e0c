"""The analyst's page in real Chromium: figures by a typed token, drawn, taken away, and refused at the place."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ROOT
from tests.browser.visiting import DESK, PHONE, Visit, until

Open = Callable[..., Visit]


@pytest.fixture(scope="module")
def token(instance: tuple[str, Path]) -> str:
    """Make an analyst's token by the product's own command."""
    command = [sys.executable, "-m", "forestapi", "token", "create", "--role", "analyst", "--label", "page", "--json",
               "--data", str(instance[1])]  # fmt: skip
    made = subprocess.run(command, check=True, capture_output=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    return json.loads(made.stdout)["token"]


def test_an_analyst_asks_for_work_by_county_and_takes_the_figure_along(
    visit: Open, instance: tuple[str, Path], token: str, tmp_path: Path
) -> None:
    visited = visit(DESK, "en")
    page = visited.page
    answer = page.goto(f"{visited.origin}/analyst?statistic=green-work&by=region&show=person_days&lang=en")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "http" not in policy and "unsafe" not in policy
    # A figure of work is not the public's: the page says so at the token, and asks again with one.
    expect(page.locator("#token-error")).to_contain_text("Authorization")
    visited.errors.clear()
    page.locator("#token").fill(token)
    page.locator("#token").press("Enter")
    expect(page.locator("#table tfoot")).to_contain_text("180,000")
    expect(page.locator("#map")).to_have_attribute("data-state", "ready", timeout=60_000)
    visited.assert_planted("#map")
    assert page.locator("#chart svg path").count() > 10
    expect(page.locator("#table thead th", has_text="Person-days")).to_contain_text("※")
    assert token not in page.url and page.evaluate("document.cookie.includes('forest_')") is False

    # The address holds the whole question.
    page.locator("#by input[value=season]").check()
    page.locator("#filter").fill("activity = 'planting'")
    page.locator("#compute").click()
    expect(page.locator("#asked")).to_contain_text("activity = 'planting'")
    shown = page.locator("#table tfoot").inner_text()
    page.reload()
    expect(page.locator("#table tfoot")).to_have_text(shown, use_inner_text=True)
    expect(page.locator("#filter")).to_have_value("activity = 'planting'")

    page.locator('[data-take="url"]').click()
    url = page.locator("#code").inner_text()
    with urlopen(Request(url.replace(" ", "%20"), headers={"Authorization": f"Bearer {token}"})) as response:
        total = json.load(response)["total"]
    with page.expect_download() as saved:
        page.locator('[data-take="csv"]').click()
    assert f",{total['person_days']}," in Path(saved.value.path()).read_text("utf-8-sig")
    with page.expect_download() as saved:
        page.locator('[data-take="figure"]').click()
    figure = tmp_path / saved.value.suggested_filename
    saved.value.save_as(figure)
    expect(page.locator("#verify")).to_have_text(f"forest figure verify {figure.name}")
    command = [sys.executable, "-m", "forestapi", "figure", "verify", str(figure), "--data", str(instance[1])]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    visited.assert_clean()


def test_a_condition_that_cannot_be_read_is_refused_where_it_was_written(visit: Open) -> None:
    visited = visit(PHONE, "zh")
    page = visited.page
    page.goto(f"{visited.origin}/analyst")
    expect(page.locator("#big")).to_contain_text("760,000")
    visited.assert_clean()
    page.locator("#filter").fill("lifecycle >> 'accepted'")
    page.locator("#compute").press("Enter")
    expect(page.locator("#filter-error")).to_contain_text("第 12 个字符")
    until(page, "document.activeElement.id === 'filter'")
    page.locator("#filter").fill("lifecycle = 'accepted'")
    page.locator("#compute").press("Enter")
    expect(page.locator("#asked")).to_contain_text("lifecycle")
    expect(page.locator("#filter-error")).to_be_empty()
    page.locator("#language").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#filter")).to_have_value("lifecycle = 'accepted'")
