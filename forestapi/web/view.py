"""What the public pages say: the headline's numbers turned into the words and marks of a page.

Units: areas come in m², and are shown in mu (2000/3 m²) and hectares, always together.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from forestapi.records import CIVIL_TIME
from geo.text import Text
from maps.folium_map import Banner

M2_PER_HA = 10_000


def number(value: float | Decimal, digits: int = 0) -> str:
    """Write a number with thousands separators and `digits` decimals."""
    return f"{value:,.{digits}f}"


def mu(m2: float) -> str:
    """Write an area in mu: whole mu from 100 up, one decimal below."""
    value = m2 * 3 / 2000
    return number(value, 0 if value >= 100 or value == 0 else 1)


def ha(m2: float) -> str:
    """Write an area in hectares, to a tenth (to a hundredth below ten)."""
    value = m2 / M2_PER_HA
    return number(value, 1 if value >= 10 or value == 0 else 2)


def page(headline: msgspec.Struct, language: str, words: Mapping[str, str]) -> dict[str, Any]:
    """Gather what the template of `/` shows."""
    facts = msgspec.to_builtins(headline, builtin_types=(datetime, Decimal))
    area, work = facts["area"], facts["work"]
    name = f"name_{language}"
    chosen = _chosen(facts)
    gross_m2 = area["gross_m2"] or 0
    is_released = work["person_times"] is not None
    return {
        "programme": chosen[0][name] if len(chosen) == 1 else words["all_programmes"],
        "programmes": [{**p, "name": p[name], "is_chosen": p in chosen} for p in facts["programmes"]],
        "is_synthetic": facts["is_synthetic"],
        "as_of": facts["as_of"].astimezone(CIVIL_TIME),
        "years": _years(facts, words),
        "has_plots": facts["plots"] > 0,
        "plots": f"{number(facts['plots'])} {words['plot_one' if facts['plots'] == 1 else 'plots']}",
        "counties_count": _count(sum(county["code"] is not None for county in facts["counties"]), words),
        "area": {key.removesuffix("_m2"): {"mu": mu(m2), "ha": ha(m2)} for key, m2 in area.items()},
        "net_width": round(100 * area["net_m2"] / gross_m2, 3) if gross_m2 else 100,
        "accepted_width": round(100 * area["accepted_m2"] / gross_m2, 3) if gross_m2 else 0,
        "is_work_released": is_released,
        "work": _work(work, words) if is_released else [],
        "released": words["released_up_to"].format(month=work["released_up_to"]) if is_released else "",
        "some_withheld": words["some_withheld"] if work["are_some_withheld"] else "",
        "counties": _counties(facts, name),
        "total": {
            "plots": number(facts["plots"]),
            "person_days": number(work["person_days"]) if is_released else None,
            "person_times": number(work["person_times"]) if is_released else None,
        },
    }


def banner(headline: msgspec.Struct, words: Mapping[str, Mapping[str, str]], links: bool) -> Banner:
    """Write what stands above a folium map, in both languages; `links` adds the way back to the full page."""
    facts = msgspec.to_builtins(headline, builtin_types=(datetime, Decimal))
    area = facts["area"]
    chosen = _chosen(facts)

    def both(write: Any) -> Text:
        return Text(zh=write("zh", words["zh"]), en=write("en", words["en"]))

    def programme(language: str, say: Mapping[str, str]) -> str:
        return chosen[0][f"name_{language}"] if len(chosen) == 1 else say["all_programmes"]

    def parts(language: str, say: Mapping[str, str]) -> str:
        gap, stop = ("，", "。") if language == "zh" else ("; ", ".")
        return (
            f"{say['gross']} {mu(area['gross_m2'])} {say['mu']}{gap}"
            f"{say['overlap']} {mu(area['overlap_m2'])} {say['mu']}{gap}"
            f"{say['accepted']} {mu(area['accepted_m2'])} {say['mu']}{stop}"
        )

    return Banner(
        title=both(lambda language, say: f"{programme(language, say)} — {say['net_area']}"),
        figure=both(lambda _, say: f"{mu(area['net_m2'])} {say['mu']}"),
        also=both(lambda _, say: f"{ha(area['net_m2'])} {say['ha']}"),
        lines=(both(parts),),
        as_of=facts["as_of"].astimezone(CIVIL_TIME),
        is_synthetic=facts["is_synthetic"],
        links=(("/?map=none", both(lambda _, say: say["all_figures"])),) if links else (),
    )


def _chosen(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """List the programmes that the figures are of."""
    return [p for p in facts["programmes"] if p["code"] in facts["chosen"]]


def _count(counties: int, words: Mapping[str, str]) -> str:
    return f"{number(counties)} {words['county_one' if counties == 1 else 'counties_count']}"


def _years(facts: dict[str, Any], words: Mapping[str, str]) -> str:
    first, last = facts["first_year"], facts["last_year"]
    if first is None or last is None:
        return ""
    return words["planted_in_one" if first == last else "planted_in"].format(first=first, last=last)


def _work(work: dict[str, Any], words: Mapping[str, str]) -> list[dict[str, str]]:
    """List the released figures about work with what each one counts, the best known first."""
    hours = number(work["fte_hours"])
    rows = [
        ("person_times", work["person_times"], 0, words["person_times_more"]),
        ("person_days", work["person_days"], 0, words["person_days_more"]),
        ("standard_days", work["standard_days"], 0, words["standard_days_more"]),
        ("wages", work["wages_yuan"], 0, words["wages_more"]),
        ("fte", work["fte"], 1, words["fte_more"].format(hours=hours)),
    ]
    return [
        {"key": key, "value": number(value, digits), "name": words[key], "more": more}
        for key, value, digits, more in rows
        if value is not None
    ]


def _counties(facts: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """List the counties, largest net area first, with raw values to sort by beside the words."""
    counties = sorted(facts["counties"], key=lambda county: -county["net_m2"])
    largest_m2 = max((county["net_m2"] for county in counties), default=0) or 1
    credited_m2 = facts["area"]["credited_m2"] or 0
    rows = []
    for county in counties:
        share = county["credited_m2"] / credited_m2 if credited_m2 else 0
        days, times = county["person_days"], county["person_times"]
        rows.append(
            {
                "code": county["code"],
                "name": county[name],
                "net_m2": county["net_m2"],
                "mu": mu(county["net_m2"]),
                "ha": ha(county["net_m2"]),
                "width": round(100 * county["net_m2"] / largest_m2, 2),
                "plots": number(county["plots"]),
                "plots_count": county["plots"],
                "share": share,
                "share_text": f"{100 * share:.1f}%",
                "days": days,
                "days_text": "—" if days is None else number(days),
                "times": times,
                "times_text": "—" if times is None else number(times),
            }
        )
    return rows
