"""The words and numbers of the public pages."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from forestapi.services.headline import County, Headline
from forestapi.web import analyst, held, home, languages, quality, report, view


def headline(**changes: Any) -> Headline:
    """Make a headline of two counties; one of them has too few workers to be shown."""
    area = {"gross": 1200.0, "net": 1000.0, "overlap": 200.0, "credited": 1000.0, "accepted": 500.0}
    work = {
        "person_times": 1234,
        "person_days": 1200,
        "standard_days": Decimal("1100.5"),
        "distinct_workers": None,
        "wages_yuan": Decimal("200000.00"),
        "fte": 4.4,
        "fte_hours": 2000,
        "released_up_to": "2025-11",
        "are_some_withheld": False,
    }
    facts: dict[str, Any] = {
        "programme": None,
        "chosen": ["real"],
        "programmes": [
            {"code": "real", "name_zh": "实", "name_en": "Real", "is_synthetic": False},
            {"code": "demo", "name_zh": "演", "name_en": "Demo", "is_synthetic": True},
        ],
        "is_synthetic": False,
        "as_of": datetime(2026, 1, 1, tzinfo=UTC),
        "area": {f"{name}_m2": value * 1e6 / 1.5 for name, value in area.items()},
        "work": work,
        "plots": 12,
        "counties": [
            County(
                code="a", name_zh="甲", name_en="A", plots=4, net_m2=1e8, credited_m2=1e8, person_days=700
            ),
            County(code="b", name_zh="乙", name_en="B", plots=8, net_m2=5e8, credited_m2=3e8),
        ],
        "bounds": (100.0, 37.0, 104.0, 40.0),
        "first_year": 2016,
        "last_year": 2018,
    }
    return Headline(**(facts | changes))


def shown(language: str = "en", **changes: Any) -> dict[str, Any]:
    return view.page(headline(**changes), language, languages.catalogue(home.WORDS, language))


def test_mu_and_hectares_stand_together() -> None:
    page = shown()
    assert page["area"]["net"] == {"mu": "1,000,000", "ha": "66,666.7"}
    assert page["area"]["overlap"] == {"mu": "200,000", "ha": "13,333.3"}


@pytest.mark.parametrize(
    ("m2", "mu", "ha"), [(0, "0", "0.0"), (2000 / 3, "1.0", "0.07"), (2e5 / 3, "100", "6.67")]
)
def test_small_areas_keep_their_digits(m2: float, mu: str, ha: str) -> None:
    assert (view.mu(m2), view.ha(m2)) == (mu, ha)


def test_counties_come_largest_first_and_hide_small_groups() -> None:
    rows = shown()["counties"]
    assert [row["name"] for row in rows] == ["B", "A"]
    assert [row["days_text"] for row in rows] == ["—", "700"]


def test_only_what_is_released_of_work_is_shown() -> None:
    page = shown()
    assert [item["key"] for item in page["work"]] == ["person_times", "person_days", "standard_days", "wages", "fte"]
    assert "2025-11" in page["released"] and page["some_withheld"] == ""
    work = headline().work
    assert "withheld" in shown(work=work | {"are_some_withheld": True})["some_withheld"]
    nothing = dict.fromkeys(work) | {"fte_hours": 2000, "are_some_withheld": True}
    page = shown(work=nothing)
    assert not page["is_work_released"] and page["work"] == [] and page["total"]["person_days"] is None


def test_the_page_names_the_programmes_its_figures_are_of() -> None:
    assert shown()["programme"] == "Real"
    assert shown(programme="demo", chosen=["demo"])["programme"] == "Demo"
    assert shown(chosen=["real", "demo"])["programme"] == "All programmes"


@pytest.mark.parametrize(
    ("asked", "cookie", "setting", "accept", "language"),
    [
        ("en", "zh", "zh", "zh-CN", "en"),
        (None, "en", "zh", "zh-CN", "en"),
        (None, None, "en", "zh-CN", "en"),
        (None, None, "", "en-GB,en;q=0.9,zh;q=0.8", "en"),
        (None, None, "", "fr, zh-CN;q=0.5, en;q=0.9", "en"),
        (None, None, "", "en;q=0, zh", "zh"),
        ("xx", "yy", "", "", "zh"),
        (None, None, "", "en;q=nonsense", "zh"),
    ],
)
def test_the_language_is_the_readers_choice(
    asked: str | None, cookie: str | None, setting: str, accept: str, language: str
) -> None:
    assert languages.choose(asked, cookie, setting, accept) == language


@pytest.mark.parametrize("page", [analyst, held, home, quality, report], ids=lambda page: page.__name__)
def test_every_word_exists_in_both_languages(page: Any) -> None:
    for key, text in page.WORDS.items():
        assert text.zh and text.en, key


def test_the_banner_of_a_map_carries_the_figures_in_both_languages() -> None:
    both = {language: languages.catalogue(home.WORDS, language) for language in languages.LANGUAGES}
    banner = view.banner(headline(), both, links=True)
    assert banner.figure.zh == "1,000,000 亩" and banner.also.en == "66,666.7 hectares"
    assert "1,200,000" in banner.lines[0].en and banner.links
