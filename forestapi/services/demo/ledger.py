"""The demonstration as columns of the ledger's nouns, in typed values."""

from datetime import date
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from forestapi.records import Document
from forestapi.services.demo import checks, ground, pay, people, planting, work
from forestapi.services.demo._seed import ids, stream
from forestapi.services.demo.counties import COUNTIES, full_code
from geo.area import M2_PER_MU

PROGRAMME: Document = {
    "code": "antforest-2018",
    "name_zh": "蚂蚁森林 2018 年底（示范数据）",
    "name_en": "Ant Forest, end of 2018 (synthetic)",
    "sponsor": "蚂蚁森林（合成示例） Ant Forest (synthetic example)",
    "starts_on": date(2016, 8, 22),
    "ends_on": date(2018, 12, 31),
    "target_area_m2": ground.NET_M2,
    "target_trees": planting.TREES,
    "funds_pledged_yuan": None,
    "funds_spent_yuan": None,
    "funds_as_of": None,
    "regions": [full_code(county.code) for county in COUNTIES],
    "is_synthetic": True,
}

Columns = dict[str, list[Any]]


class Demonstration(Struct, frozen=True):
    """Everything that is loaded, noun by noun; the boundaries of the plots beside their other columns."""

    boundaries: NDArray
    columns: dict[str, Columns]
    """Noun to columns, in the order in which they are loaded."""


def make() -> Demonstration:
    """Make the demonstration from the seed; about two seconds."""
    land = ground.make()
    plan = planting.plan(land)
    crowd = people.make()
    calendar = work.schedule(land, plan, crowd, pay.ATTENDANCES)
    found = checks.make(land, plan, calendar)
    surveyed = calendar.planted_from - 20
    plot_ids = ids("plots", surveyed)
    return Demonstration(
        boundaries=land.boundary,
        columns={
            "crews": _crews(crowd),
            "households": {
                "id": crowd.household_id,
                "number": crowd.household_number,
                "region": [_region(county) for county in crowd.household_county],
                "registered_from": [_date(day) for day in crowd.registered_from],
                "registered_to": [_date(day) for day in crowd.registered_to],
                "is_synthetic": [True] * len(crowd.household_id),
            },
            "workers": {
                "id": crowd.worker_id,
                "number": crowd.worker_number,
                "household": [crowd.household_id[i] for i in crowd.worker_household],
                "crew": [crowd.crew_code[i] for i in crowd.worker_crew],
                "birth_year": crowd.birth_year.tolist(),
                "sex": np.where(crowd.is_woman, "female", "male").tolist(),
                "identity": _identities(crowd),
            },
            "plots": _plots(land, plan, found, plot_ids),
            "plantings": _plantings(plan, calendar, plot_ids),
            "surveys": {
                "id": ids("surveys", np.array(found.columns["surveyed_on"], "datetime64[D]")),
                "plot": [plot_ids[i] for i in found.plot],
                **found.columns,
            },
            "shifts": pay.shifts(calendar, crowd, plot_ids),
        },
    )


def _crews(crowd: people.People) -> Columns:
    counties = [COUNTIES[i] for i in crowd.crew_county]
    numbers = crowd.crew_number
    return {
        "code": crowd.crew_code,
        "programme": [PROGRAMME["code"]] * len(counties),
        "name_zh": [f"{county.name_zh}示范造林{n}队" for county, n in zip(counties, numbers, strict=True)],
        "name_en": [
            f"{county.name_en}, demonstration crew {n}" for county, n in zip(counties, numbers, strict=True)
        ],
        "region": [full_code(county.code) for county in counties],
    }


def _identities(crowd: people.People) -> list[Document | None]:
    """Name the first worker of each crew, in a way that nobody can take for a person; the others have no name."""
    is_first = np.diff(crowd.worker_crew, prepend=-1) > 0
    return [
        {"name": f"示范班组长 {crowd.crew_code[crew]}", "id_number": f"无效证件号 INVALID-{number}"}
        if leads
        else None
        for crew, number, leads in zip(crowd.worker_crew, crowd.worker_number, is_first, strict=True)
    ]


def _plots(land: ground.Ground, plan: planting.Plan, found: checks.Checks, plot_ids: list[str]) -> Columns:
    rng = stream("plots")
    count = len(plot_ids)
    codes = [COUNTIES[i].code for i in land.county]
    compartment = (
        land.base
        - np.array([land.base[land.county == c].min() for c in range(len(COUNTIES))])[land.county]
        + 1
    )
    within = np.arange(count) - np.searchsorted(land.base, land.base) + 1
    method = np.array(["gnss_walk", "survey", "digitised"])[rng.choice(3, count, p=[0.55, 0.3, 0.15])]
    accuracy_m = np.select([method == "gnss_walk", method == "survey"], [rng.uniform(2, 6, count), 0.5], 5.0)
    declared_mu = np.round(plan.area_mu * rng.normal(1.0, 0.006, count), 1)
    land_classes = np.array(["流动沙地", "半固定沙地", "固定沙地", "戈壁", "宜林荒山荒地"])
    return {
        "id": plot_ids,
        "programme": [PROGRAMME["code"]] * count,
        "number": [f"{code}-{c:02d}-{n:03d}" for code, c, n in zip(codes, compartment, within, strict=True)],
        "region": [full_code(code) for code in codes],
        "compartment": [f"{c:02d}" for c in compartment],
        "subcompartment": [f"{n:03d}" for n in within],
        "tenure": np.array(["state", "collective", "household"])[
            rng.choice(3, count, p=[0.5, 0.44, 0.06])
        ].tolist(),
        "prior_land_class": land_classes[rng.choice(5, count, p=[0.3, 0.3, 0.15, 0.1, 0.15])].tolist(),
        "climate_class": [COUNTIES[i].climate for i in land.county],
        "boundary": [None] * count,
        "source_crs": ["EPSG:4326"] * count,
        "capture_method": method.tolist(),
        "accuracy_m": np.round(accuracy_m, 1).tolist(),
        "declared_area_m2": (declared_mu * M2_PER_MU).tolist(),
        "lifecycle": found.lifecycle,
        "accepted_on": [_date(day) for day in found.accepted_on],
        "layer": [None] * count,
        "layer_key": [None] * count,
        "attributes": [{}] * count,
    }


def _plantings(plan: planting.Plan, calendar: work.Work, plot_ids: list[str]) -> Columns:
    """First plantings of all plots, then the replantings."""
    again = np.flatnonzero(plan.is_replanted)
    started = np.append(calendar.planted_from, calendar.replanted_from[again])
    ended = np.append(calendar.planted_to, calendar.replanted_to[again])
    replants = [planting.replant_lines(plan.lines[i], int(plan.replant_holes[i])) for i in again]
    return {
        "id": ids("plantings", started),
        "plot": plot_ids + [plot_ids[i] for i in again],
        "kind": ["new"] * len(plot_ids) + ["replant"] * len(again),
        "started_on": started.astype(object).tolist(),
        "ended_on": ended.astype(object).tolist(),
        "lines": plan.lines + replants,
    }


def _region(county: int) -> str:
    return full_code(COUNTIES[county].code)


def _date(day: np.datetime64 | None) -> date | None:
    return None if day is None or np.isnat(day) else day.astype(object)
