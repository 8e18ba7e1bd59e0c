"""Survival checks of the demonstration, and what became of each plot by the end of 2018."""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from forestapi.services.demo._seed import stream
from forestapi.services.demo.counties import COUNTIES
from forestapi.services.demo.ground import Ground
from forestapi.services.demo.planting import CAMPAIGNS, REPLANT_BELOW, Plan
from forestapi.services.demo.work import Work

AS_OF = np.datetime64("2018-12-31")
ESTABLISHMENT_SHARE = 0.85
FIRST_SEASON_SHARE = 0.93
INDEPENDENT_SHARE = 0.12
SAMPLE = ((150, 0.03), (450, 0.02), (np.inf, 0.01))
"""Share of the holes that is counted on plots below so many mu, never fewer than `LEAST_HOLES`."""
LEAST_HOLES = 120
FAILED_BELOW = 0.41


class Checks(Struct, frozen=True):
    """Surveys in columns, and the state of every plot."""

    plot: NDArray
    """Position of the plot that each survey looks at."""
    columns: dict[str, list]
    """The other columns of the noun `surveys`, but for `id` and `plot`."""
    lifecycle: list[str]
    accepted_on: NDArray
    """datetime64[D], NaT where a plot is not accepted."""


def make(ground: Ground, plan: Plan, work: Work) -> Checks:
    """Check plots soon after planting and after their first season, and accept those that qualify."""
    rng = stream("checks")
    plots = np.arange(len(plan.area_mu))
    early = plots[rng.random(len(plots)) < ESTABLISHMENT_SHARE]
    early_day = work.planted_to[early] + rng.integers(25, 55, len(early))
    is_in_time = early_day <= AS_OF
    early, early_day = early[is_in_time], early_day[is_in_time]

    season_day = _after_first_season(rng, plan, work)
    is_due = season_day <= np.datetime64("2018-11-20")
    season = plots[is_due & (rng.random(len(plots)) < FIRST_SEASON_SHARE)]
    season_day = season_day[season]

    plot = np.append(early, season)
    is_season = np.arange(len(plot)) >= len(early)
    climate = np.array([COUNTIES[county].climate for county in ground.county])
    chance = np.where(is_season, plan.survival[plot], plan.survival[plot] ** 0.35)
    limits, shares = np.array(SAMPLE).T
    share = shares[np.searchsorted(limits, plan.area_mu[plot], side="right")]
    sample = np.minimum(
        plan.holes[plot], np.maximum(LEAST_HOLES, np.round(plan.holes[plot] * share).astype(int))
    )
    live = rng.binomial(sample, chance)
    is_independent = is_season & (rng.random(len(plot)) < INDEPENDENT_SHARE)

    rate = np.full(len(plots), np.nan)
    rate[plot[is_season]] = (live / sample)[is_season]
    lifecycle, accepted_on = _outcomes(rng, rate, early, season, season_day, climate)
    return Checks(
        plot=plot,
        columns={
            "surveyed_on": np.append(early_day, season_day).astype(object).tolist(),
            "stage": np.where(is_season, "first_season", "establishment").tolist(),
            "level": np.where(is_independent, "province", np.where(is_season, "county", "self")).tolist(),
            "sample_holes": sample.tolist(),
            "live_holes": live.tolist(),
            **_condition(rng, is_season, climate[plot], live / sample),
            "method": np.where(sample == plan.holes[plot], "全查", "样带抽样").tolist(),
            "checker": [
                _checker(ground.county[p], own) for p, own in zip(plot.tolist(), is_independent, strict=True)
            ],
            "is_independent": is_independent.tolist(),
            "remarks": [None] * len(plot),
        },
        lifecycle=lifecycle,
        accepted_on=accepted_on,
    )


def _after_first_season(rng: np.random.Generator, plan: Plan, work: Work) -> NDArray:
    """Date of the check after a full growing season: the autumn after a spring, the next one after an autumn."""
    year = work.planted_from.astype("datetime64[Y]")
    is_autumn = np.array([name.endswith("autumn") for name in CAMPAIGNS])[plan.campaign]
    first = (year + is_autumn).astype("datetime64[M]") + 8
    return first.astype("datetime64[D]") + rng.integers(14, 66, len(year))


def _outcomes(
    rng: np.random.Generator,
    rate: NDArray,
    early: NDArray,
    season: NDArray,
    season_day: NDArray,
    climate: NDArray,
) -> tuple[list[str], NDArray]:
    """Say what each plot is at the end of 2018; whoever qualifies is accepted two to nine weeks after the check."""
    lifecycle = np.full(len(rate), "planted", dtype=object)
    lifecycle[early] = lifecycle[season] = "checked"
    lifecycle[rate < FAILED_BELOW] = "failed"
    accepted_on = np.full(len(rate), np.datetime64("NaT", "D"))
    accepted_on[season] = season_day + rng.integers(14, 40, len(season))
    is_accepted = (rate >= np.array([REPLANT_BELOW[c] for c in climate])) & (accepted_on <= AS_OF)
    accepted_on[~is_accepted] = np.datetime64("NaT", "D")
    lifecycle[is_accepted] = "accepted"
    return lifecycle.tolist(), accepted_on


def _condition(
    rng: np.random.Generator, is_season: NDArray, climate: NDArray, rate: NDArray
) -> dict[str, list]:
    """Cover, height, vigour and damage as a checker would note them."""
    count = len(rate)
    is_dry = np.isin(climate, ["arid", "alpine"])
    cover = np.round(np.clip(rng.normal(np.where(is_dry, 0.11, 0.27), 0.05), 0.02, 0.6), 2)
    height_m = np.round(np.where(is_season, rng.uniform(0.35, 0.9, count), rng.uniform(0.2, 0.5, count)), 2)
    crown_m = np.round(height_m * rng.uniform(0.4, 0.8, count), 2)
    causes = np.array(["drought", "sand_burial", "pest", "grazing"])
    cause = causes[rng.choice(4, count, p=[0.55, 0.25, 0.08, 0.12])]
    is_damaged = rng.random(count) < np.clip(1.05 - rate, 0.03, 0.9)
    return {
        "vegetation_cover": cover.tolist(),
        "canopy_closure": [None] * count,
        "mean_height_m": height_m.tolist(),
        "mean_crown_m": crown_m.tolist(),
        "vigour": np.where(rate >= 0.75, "good", np.where(rate >= 0.55, "fair", "poor")).tolist(),
        "damage": [[str(c)] if hurt else [] for c, hurt in zip(cause, is_damaged, strict=True)],
    }


def _checker(county: int, is_independent: bool) -> str:
    return "示范调查队（独立）" if is_independent else f"{COUNTIES[county].name_zh}示范验收组"
