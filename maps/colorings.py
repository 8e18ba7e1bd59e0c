"""What the public map can be coloured by: for each choice, how counties and how plots look, with the values.

Data for the page's script, and for its legend: no address, no database. Areas are in mu (2000/3 m²), shares 0 to 1.
"""

import math
from collections.abc import Sequence
from typing import Any

from geo.text import Text
from maps import maplibre, palettes
from maps.layer import Class, Scale, year_classes

PLOT_MU = (50.0, 150.0, 500.0, 1_500.0)
SURVIVAL = (0.41, 0.70, 0.85)
"""The bounds of docs/explanation/survival.md: failed; to be replanted; enough on dry ground; enough anywhere."""
_UNKNOWN = Text(zh="未记录", en="not recorded")
_UNCHECKED = Text(zh="尚未检查", en="not checked yet")
_OTHER = Text(zh="其他", en="others")
_RATES = (
    Text(zh="低于 41%", en="under 41 %"),
    Text(zh="41% 至 70% 以下", en="41 to under 70 %"),
    Text(zh="70% 至 85% 以下", en="70 to under 85 %"),
    Text(zh="85% 及以上", en="85 % or more"),
)


def build(
    *,
    language: str,
    years: tuple[int, int] | None,
    species: Sequence[tuple[str, Text]],
    programmes: Sequence[tuple[str, Text]],
    counties_mu: Sequence[float],
) -> list[dict[str, Any]]:
    """List the colourings, the first one being what a reader sees first.

    Args:
        language: `zh` or `en`.
        years: the first and the last year of planting; None when no plot has one.
        species: codes and names, the one with most ground first.
        programmes: codes and names; with one programme there is nothing to tell apart.
        counties_mu: the planted area of each county, from which the classes are made.

    Returns:
        For each: `name`, `title`, and for `plots` and `counties` what their classes are of (`title`), the `classes`
        (`label`, `color`), and how a value finds its colour: an expression of MapLibre for plots (`paint`), `breaks`
        or `kinds` for counties.

    """
    found = [_area(language, counties_mu)]
    if years:
        found.append(_year(language, years))
    if species:
        found.append(_kinds("species", Text(zh="树种", en="Species"), language, species))
    found.append(_survival(language))
    if len(programmes) > 1:
        found.append(_kinds("programme", Text(zh="项目", en="Programme"), language, programmes))
    return found


def breaks_mu(values: Sequence[float], classes: int = 5) -> list[float]:
    """Part areas into at most `classes` by round numbers near their quantiles."""
    known = sorted(value for value in values if value > 0)
    if len(known) < 2:
        return []
    found = {_rounded(known[len(known) * step // classes]) for step in range(1, classes)}
    return sorted(limit for limit in found if known[0] < limit <= known[-1])


def area_color(mu: float, limits: Sequence[float]) -> str:
    """Find the colour of a county by its planted area and the limits of the classes."""
    return palettes.sample(palettes.AREA, len(limits) + 1)[sum(mu >= limit for limit in limits)]


def _rounded(value: float) -> float:
    unit = 10 ** math.floor(math.log10(value))
    return float(min((1, 1.5, 2, 3, 5, 7, 10), key=lambda step: abs(math.log(step * unit / value))) * unit)


def _area(language: str, counties_mu: Sequence[float]) -> dict[str, Any]:
    limits = breaks_mu(counties_mu)
    colors = palettes.sample(palettes.AREA, len(limits) + 1)
    plot = Scale("area_mu", PLOT_MU, palettes.AREA, palettes.UNKNOWN)
    return {
        "name": "area",
        "title": getattr(Text(zh="造林面积", en="Planted area"), language),
        "counties": {
            "kind": "area",
            "title": getattr(Text(zh="各县造林面积（每块地只算一次）", en="Planted in each county, ground counted once"), language),
            "breaks": limits,
            "colors": colors,
            "classes": _ranges(language, limits, colors),
        },
        "plots": {
            "title": getattr(Text(zh="小班面积", en="Area of each plot"), language),
            "paint": maplibre.expression(plot),
            "classes": _ranges(language, PLOT_MU, palettes.AREA),
        },
    }


def _ranges(language: str, limits: Sequence[float], colors: Sequence[str]) -> list[dict[str, str]]:
    """Write the classes between limits in mu, each with its hectares."""
    forms = {
        "zh": ("不足 {0} {unit}", "{0} {unit}及以上", {"mu": "亩", "ha": "公顷"}),
        "en": ("under {0} {unit}", "{0} {unit} or more", {"mu": "mu", "ha": "ha"}),
    }
    under, over, units = forms[language]
    edges = [None, *limits, None]
    rows = []
    for color, low, high in zip(colors, edges, edges[1:], strict=False):
        if low is None and high is None:
            rows.append({"label": {"zh": "有造林", "en": "planted"}[language], "color": color})
            continue
        words = []
        for factor, unit in ((1, "mu"), (1 / 15, "ha")):
            shown = [f"{edge * factor:,.{2 if edge * factor < 10 and unit == 'ha' else 0}f}" for edge in (low, high) if edge is not None]
            form = "{0}–{1} {unit}" if len(shown) == 2 else under if low is None else over
            words.append(form.format(*shown, unit=units[unit]))
        rows.append({"label": f"{words[0]} ({words[1]})", "color": color})
    return rows


def _year(language: str, years: tuple[int, int]) -> dict[str, Any]:
    scale, classes = year_classes(*years)
    return {
        "name": "year",
        "title": getattr(Text(zh="造林年份", en="Year of planting"), language),
        "counties": {
            "kind": "most",
            "by": "year",
            "title": getattr(Text(zh="各县造林最多的年份", en="Year in which most was planted in each county"), language),
            "breaks": scale.breaks,
            "colors": scale.values,
            "classes": _lines(language, classes[:-1]),
        },
        "plots": {
            "title": getattr(Text(zh="小班的造林年份", en="Year each plot was planted"), language),
            "paint": maplibre.expression(scale),
            "classes": _lines(language, classes),
        },
    }


def _kinds(name: str, title: Text, language: str, kinds: Sequence[tuple[str, Text]]) -> dict[str, Any]:
    shown = kinds[: len(palettes.KINDS)]
    colors = {code: color for (code, _), color in zip(shown, palettes.KINDS, strict=False)}
    classes = [Class(label, color) for (_, label), color in zip(shown, palettes.KINDS, strict=False)]
    if len(kinds) > len(shown):
        classes.append(Class(_OTHER, palettes.OTHER))
    pairs = [part for code, color in colors.items() for part in (code, color)]
    return {
        "name": name,
        "title": getattr(title, language),
        "counties": {
            "kind": "most",
            "by": name,
            "title": getattr(Text(zh=f"各县面积最大的{title.zh}", en=f"{title.en} with most ground in each county"), language),
            "kinds": colors,
            "other": palettes.OTHER,
            "classes": _lines(language, classes),
        },
        "plots": {
            "title": getattr(Text(zh=f"小班的{title.zh}", en=f"{title.en} of each plot"), language),
            "paint": [
                "case", ["has", name], ["match", ["get", name], *pairs, palettes.OTHER], palettes.UNKNOWN
            ],
            "classes": _lines(language, [*classes, Class(_UNKNOWN, palettes.UNKNOWN)] if name == "species" else classes),
        },
    }  # fmt: skip


def _survival(language: str) -> dict[str, Any]:
    scale = Scale("survival", SURVIVAL, palettes.SURVIVAL, palettes.OTHER)
    classes = [Class(label, color) for label, color in zip(_RATES, palettes.SURVIVAL, strict=True)]
    lines = _lines(language, [*classes, Class(_UNCHECKED, palettes.OTHER)])
    return {
        "name": "survival",
        "title": getattr(Text(zh="成活率", en="Survival"), language),
        "counties": {
            "kind": "rate",
            "title": getattr(Text(zh="各县第一季成活率（全部年份）", en="Survival after the first season in each county, all years"), language),
            "breaks": SURVIVAL,
            "colors": palettes.SURVIVAL,
            "classes": lines[:-1],
        },
        "plots": {
            "title": getattr(Text(zh="最近一次检查的成活率", en="Survival at each plot's latest check"), language),
            "paint": maplibre.expression(scale),
            "classes": lines,
        },
    }


def _lines(language: str, classes: Sequence[Class]) -> list[dict[str, str]]:
    return [{"label": getattr(entry.label, language), "color": entry.color} for entry in classes]
