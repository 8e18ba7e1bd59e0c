"""What is planted on each plot of the demonstration: season, species, spacing, holes, and how it fares."""

from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from forestapi.services.demo._seed import stream
from forestapi.services.demo.counties import COUNTIES
from forestapi.services.demo.ground import Ground
from geo.area import M2_PER_MU, equal_area_m2

TREES = 55_520_000
"""Trees of the programme at the end of 2018, as announced: the design holes come close to it."""

CAMPAIGNS = ("2016-autumn", "2017-spring", "2017-autumn", "2018-spring", "2018-autumn")
CAMPAIGN_WEIGHTS = (0.08, 0.29, 0.12, 0.37, 0.14)
BUSIEST = CAMPAIGNS.index("2018-spring")
EARLIER_OR_LATER = [campaign for campaign in range(len(CAMPAIGNS)) if campaign != BUSIEST]

Line = dict[str, Any]
"""A line of a planting as the noun `plantings` has it."""

SPACINGS_M: dict[str, tuple[tuple[float, float], ...]] = {
    "haloxylon-ammodendron": ((3, 5), (3, 4), (2, 5), (2, 4)),
    "corethrodendron-scoparium": ((3, 4), (2, 4), (2, 3)),
    "tamarix-ramosissima": ((3, 4), (2, 4), (2, 3)),
    "caragana-korshinskii": ((6, 1), (2, 4), (2, 3)),
    "salix-psammophila": ((3, 3), (2, 4), (2, 3)),
    "populus-euphratica": ((4, 4), (3, 4)),
    "pinus-sylvestris-mongolica": ((3, 4), (3, 3), (2, 4)),
    "hippophae-rhamnoides": ((2, 4), (2, 3)),
    "prunus-sibirica": ((3, 4), (2, 4)),
}
"""Row and plant spacing; Ant Forest plot 277 stands at 3 × 5 m, some 45 plants a mu."""

Mix = tuple[tuple[str, float], ...]
MIXES: dict[str, tuple[tuple[float, Mix], ...]] = {
    "gobi": (
        (0.72, (("haloxylon-ammodendron", 1.0),)),
        (0.18, (("haloxylon-ammodendron", 0.7), ("corethrodendron-scoparium", 0.3))),
        (
            0.10,
            (
                ("corethrodendron-scoparium", 0.6),
                ("haloxylon-ammodendron", 0.25),
                ("caragana-korshinskii", 0.15),
            ),
        ),
    ),
    "oasis": (
        (0.50, (("haloxylon-ammodendron", 1.0),)),
        (0.25, (("tamarix-ramosissima", 0.6), ("haloxylon-ammodendron", 0.4))),
        (0.15, (("populus-euphratica", 0.7), ("tamarix-ramosissima", 0.3))),
        (0.10, (("populus-euphratica", 1.0),)),
    ),
    "ordos": (
        (0.40, (("salix-psammophila", 1.0),)),
        (0.30, (("salix-psammophila", 0.6), ("corethrodendron-scoparium", 0.4))),
        (0.20, (("caragana-korshinskii", 1.0),)),
        (
            0.10,
            (("salix-psammophila", 0.5), ("corethrodendron-scoparium", 0.3), ("hippophae-rhamnoides", 0.2)),
        ),
    ),
    "east": (
        (0.45, (("pinus-sylvestris-mongolica", 1.0),)),
        (0.25, (("pinus-sylvestris-mongolica", 0.6), ("caragana-korshinskii", 0.4))),
        (0.20, (("caragana-korshinskii", 1.0),)),
        (0.10, (("prunus-sibirica", 0.7), ("caragana-korshinskii", 0.3))),
    ),
    "hills": (
        (
            0.40,
            (("pinus-sylvestris-mongolica", 0.5), ("hippophae-rhamnoides", 0.3), ("prunus-sibirica", 0.2)),
        ),
        (0.35, (("prunus-sibirica", 1.0),)),
        (0.25, (("hippophae-rhamnoides", 1.0),)),
    ),
}

SURVIVAL: dict[str, tuple[float, float]] = {
    "arid": (0.755, 0.085),
    "semi_arid": (0.80, 0.08),
    "alpine": (0.76, 0.08),
    "ordinary": (0.88, 0.05),
}
"""Mean and spread of survival after a season, by climate class."""
FAILED_SHARE = 0.015
"""Plots lost to drought or sand: survival below 0.41."""
REPLANT_BELOW = {"arid": 0.70, "semi_arid": 0.70, "alpine": 0.70, "ordinary": 0.85}


class Plan(Struct, frozen=True):
    """What is planned and will come of each plot; arrays as long as the ground's."""

    area_mu: NDArray
    campaign: NDArray
    """Position in `CAMPAIGNS`."""
    lines: list[list[Line]]
    """Lines of the planting: species, design holes, planted count, spacing."""
    holes: NDArray
    """Design holes of all lines."""
    survival: NDArray
    """The share of design holes that lives after a season."""
    is_replanted: NDArray
    """Planted again in spring 2018, because too little had lived."""
    replant_holes: NDArray


def plan(ground: Ground) -> Plan:
    """Decide for every plot when and what is planted on it, and how much of it lives."""
    rng = stream("planting")
    area_mu = equal_area_m2(ground.boundary) / M2_PER_MU
    campaign = _campaigns(rng, ground)
    mixes = [_lines(rng, COUNTIES[county].planted) for county in ground.county]
    per_mu = np.array([sum(density for _, density, _ in mix) for mix in mixes])
    fitting = TREES / float((area_mu * per_mu).sum())
    lines, holes = [], []
    for mix, mu in zip(mixes, area_mu, strict=True):
        planted = [_line(rng, species, round(mu * density * fitting), m) for species, density, m in mix]
        lines.append(planted)
        holes.append(sum(line["design_holes"] for line in planted))
    climates = [COUNTIES[county].climate for county in ground.county]
    mean, spread = np.array([SURVIVAL[climate] for climate in climates]).T
    base_luck = rng.normal(0, 0.03, ground.base.max() + 1)[ground.base]
    survival = np.clip(rng.normal(mean + base_luck, spread), 0.45, 0.97)
    is_lost = rng.random(len(survival)) < FAILED_SHARE
    survival[is_lost] = rng.uniform(0.12, 0.40, is_lost.sum())
    qualifies_at = np.array([REPLANT_BELOW[climate] for climate in climates])
    is_replanted = (campaign <= 1) & (survival < qualifies_at) & (rng.random(len(survival)) < 0.7)
    replant_holes = np.where(is_replanted, np.round(holes * (1 - survival)), 0).astype(int)
    return Plan(area_mu, campaign, lines, np.array(holes), survival, is_replanted, replant_holes)


def replant_lines(lines: list[Line], holes: int) -> list[Line]:
    """Share the holes of a replanting among the species of the first planting."""
    total = sum(line["design_holes"] for line in lines)
    again = [dict(line, design_holes=round(holes * line["design_holes"] / total)) for line in lines]
    return [dict(line, planted_count=line["design_holes"]) for line in again]


def _campaigns(rng: np.random.Generator, ground: Ground) -> NDArray:
    """Give every base two to four campaigns, one of them spring 2018; neighbours are planted together."""
    campaign = np.empty(len(ground.base), dtype=int)
    weights = np.array(CAMPAIGN_WEIGHTS)
    normal = weights[EARLIER_OR_LATER] / weights[EARLIER_OR_LATER].sum()
    for base in range(ground.base.max() + 1):
        plots = np.flatnonzero(ground.base == base)
        others = rng.choice(EARLIER_OR_LATER, rng.integers(1, 4), replace=False, p=normal)
        chosen = np.sort(np.append(others, BUSIEST))
        shares = np.cumsum(weights[chosen]) / weights[chosen].sum()
        campaign[plots] = chosen[np.searchsorted(shares, (np.arange(len(plots)) + 0.5) / len(plots))]
    again = ground.repeats >= 0
    campaign[again] = np.minimum(
        campaign[ground.repeats[again]] + rng.integers(0, 2, again.sum()), len(weights) - 1
    )
    return campaign


def _lines(rng: np.random.Generator, planted: str) -> list[tuple[str, float, tuple[float, float]]]:
    """Choose a mix: species, plants per mu of the whole plot, spacing in metres."""
    mixes = MIXES[planted]
    mix = mixes[rng.choice(len(mixes), p=[weight for weight, _ in mixes])][1]
    chosen = []
    for species, share in mix:
        options = SPACINGS_M[species]
        row_m, plant_m = options[rng.integers(len(options))]
        chosen.append((species, share * M2_PER_MU / (row_m * plant_m), (row_m, plant_m)))
    return chosen


def _line(rng: np.random.Generator, species: str, design_holes: int, spacing_m: tuple[float, float]) -> Line:
    return {
        "species": species,
        "design_holes": design_holes,
        "planted_count": int(design_holes * rng.uniform(0.965, 1.0)),
        "row_spacing_m": float(spacing_m[0]),
        "plant_spacing_m": float(spacing_m[1]),
        "stock": "一年生实生苗" if rng.random() < 0.7 else "二年生容器苗",
    }
