"""The work calendar of the demonstration: which crew works on which plot on which date, and who is there.

Each crew works through its plots one after another: ground is prepared, seedlings are brought, holes planted
and watered; months later it comes back to tend and to patrol. Planting dates of plots are the dates of these
days, so that plots and shifts tell one story.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from forestapi.services.demo._seed import stream, whole
from forestapi.services.demo.ground import Ground
from forestapi.services.demo.people import People
from forestapi.services.demo.planting import CAMPAIGNS, Plan

ACTIVITIES = (
    "training", "site_preparation", "sand_barrier", "seedling_transport", "planting", "watering", "replanting",
    "tending", "patrol",
)  # fmt: skip
BLOCKS = (
    "2016-08-22", "2017-03-18", "2017-06-05", "2017-09-04", "2018-03-16", "2018-06-04", "2018-09-03", "2018-11-05",
)  # fmt: skip
"""Earliest first day of each working season; none touches the Spring Festival."""
PLANTING_BLOCK = (0, 1, 3, 4, 6)
"""Season in which each campaign plants."""
TENDING_BLOCKS = ((2, 5), (2, 5), (5,), (5, 7), (7,))
"""Seasons in which each campaign's plots are tended and patrolled."""
REPLANTING_BLOCK = 4
MU_PER_DAY = {
    "site_preparation": 17.0,
    "sand_barrier": 11.0,
    "seedling_transport": 95.0,
    "watering": 38.0,
    "tending": 60.0,
    "patrol": 160.0,
}
"""Ground that one worker gets through in a day, before all is fitted to the number of person-times."""
HOLES_PER_DAY = 600.0
BARRIER_SHARE = 0.2
USUALLY_PRESENT = (0.82, 0.93)
"""Share of a crew that is there on a working day."""
SHORTEST_SEASON = 1.5
"""Worker-days of a crew's season, for each of its members: nobody comes for a handful of people's work."""
LONGEST_DAYS = (60, 74, 70, 54, 74, 70, 54, 50)
"""From the earliest first day of a season to its last: planting ends with May and with October."""


class Work(Struct, frozen=True):
    """Attendances, a row for each worker, date and plot; and the dates of planting that follow from them."""

    worker: NDArray
    plot: NDArray
    """Position of the plot, or -1 (training)."""
    activity: NDArray
    """Position in `ACTIVITIES`."""
    day: NDArray
    """datetime64[D]."""
    planted_from: NDArray
    planted_to: NDArray
    replanted_from: NDArray
    """NaT where a plot was not replanted."""
    replanted_to: NDArray


def schedule(ground: Ground, plan: Plan, people: People, attendances: int) -> Work:
    """Spread exactly that many attendances over crews, dates and plots."""
    rng = stream("work")
    task = _tasks(rng, ground, plan, _crews(ground, plan, people), people)
    order = np.lexsort((task["rank"], task["block"], task["crew"]))
    task = {name: values[order] for name, values in task.items()}
    task["days"] = _fitted(task, people, attendances)
    season = task["crew"] * len(BLOCKS) + task["block"]
    parts = [_season(rng, people, {k: v[season == s] for k, v in task.items()}) for s in np.unique(season)]
    worker, plot, activity, day = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    plots = len(ground.base)
    planted = _span(plots, plot, day, activity == ACTIVITIES.index("planting"))
    replanted = _span(plots, plot, day, activity == ACTIVITIES.index("replanting"))
    return Work(worker, plot, activity, day, *planted, *replanted)


def _crews(ground: Ground, plan: Plan, people: People) -> NDArray:
    """Give the plots that a base plants in one campaign to the crew of its county with the least to do in it."""
    group, first, group_of = np.unique(
        ground.base * len(CAMPAIGNS) + plan.campaign, return_index=True, return_inverse=True
    )
    group_mu = np.bincount(group_of, weights=plan.area_mu)
    load_mu = np.zeros((len(people.crew_county), len(CAMPAIGNS)))
    crew_of_group = np.empty(len(group), dtype=int)
    for g in np.argsort(-group_mu, kind="stable"):
        own = np.flatnonzero(people.crew_county == ground.county[first[g]])
        campaign = plan.campaign[first[g]]
        busy_mu = load_mu[own, campaign] + 0.2 * load_mu[own].sum(axis=1)
        crew_of_group[g] = own[np.argmin(busy_mu)]
        load_mu[crew_of_group[g], campaign] += group_mu[g]
    return crew_of_group[group_of]


def _tasks(
    rng: np.random.Generator, ground: Ground, plan: Plan, crew: NDArray, people: People
) -> dict[str, NDArray]:
    """List all tasks with the worker-days that they would take: crew, season, order, activity, plot, days."""
    plots = np.arange(len(crew))
    planting_block = np.array(PLANTING_BLOCK)[plan.campaign]
    parts: list[tuple[NDArray, NDArray, NDArray, str, NDArray]] = []

    def add(which: NDArray, block: NDArray | int, step: float, activity: str, days: NDArray) -> None:
        rank = plots[which] * 10.0 + step
        parts.append((which, np.broadcast_to(block, len(which)), rank, activity, days))

    def by_area(which: NDArray, activity: str) -> NDArray:
        return plan.area_mu[which] / MU_PER_DAY[activity] * rng.uniform(0.8, 1.25, len(which))

    arid = np.flatnonzero(rng.random(len(plots)) < BARRIER_SHARE)
    for step, activity, which in (
        (0, "site_preparation", plots), (1, "sand_barrier", arid), (2, "seedling_transport", plots), (4, "watering", plots),
    ):  # fmt: skip
        add(which, planting_block[which], step, activity, by_area(which, activity))
    add(plots, planting_block, 3, "planting", plan.holes / HOLES_PER_DAY * rng.uniform(0.85, 1.2, len(plots)))
    again = np.flatnonzero(plan.is_replanted)
    add(again, REPLANTING_BLOCK, 5, "replanting", plan.replant_holes[again] / HOLES_PER_DAY)
    for campaign, blocks in enumerate(TENDING_BLOCKS):
        which = np.flatnonzero(plan.campaign == campaign)
        for block in blocks:
            add(which, block, 6, "tending", by_area(which, "tending"))
            add(which, block, 7, "patrol", by_area(which, "patrol"))

    task = {
        "crew": np.concatenate([crew[which] for which, *_ in parts]),
        "block": np.concatenate([block for _, block, *_ in parts]),
        "rank": np.concatenate([rank for _, _, rank, *_ in parts]),
        "activity": np.concatenate([np.full(len(which), ACTIVITIES.index(a)) for which, _, _, a, _ in parts]),
        "plot": np.concatenate([plots[which] for which, *_ in parts]),
        "days": np.concatenate([days for *_, days in parts]),
    }
    # The first day of a planting season is training, for the whole crew that is there.
    is_planting = np.isin(task["block"], PLANTING_BLOCK)
    crews, blocks = np.unique(np.stack([task["crew"], task["block"]])[:, is_planting], axis=1)
    there = 0.8 * np.bincount(people.worker_crew)[crews]
    training = {"crew": crews, "block": blocks, "rank": -1.0, "activity": 0, "plot": -1, "days": there}
    return {
        name: np.append(values, np.broadcast_to(training[name], len(crews))) for name, values in task.items()
    }


def _fitted(task: dict[str, NDArray], people: People, attendances: int) -> NDArray:
    """Fit the worker-days to whole numbers of that very sum, each season long enough for one full day."""
    season = task["crew"] * len(BLOCKS) + task["block"]
    least = SHORTEST_SEASON * np.bincount(people.worker_crew).repeat(len(BLOCKS))
    days = task["days"].copy()
    for _ in range(20):
        days *= attendances / days.sum()
        of_season = np.bincount(season, weights=days, minlength=len(least))
        with np.errstate(divide="ignore", invalid="ignore"):
            short = np.where((of_season > 0) & (of_season < least), least / of_season, 1.0)
        days *= short[season]
    return whole(days * attendances / days.sum())


def _season(rng: np.random.Generator, people: People, task: dict[str, NDArray]) -> tuple[NDArray, ...]:
    """Work through one crew's tasks of one season, day by day."""
    members = np.flatnonzero(people.worker_crew == task["crew"][0])
    slots = np.repeat(np.arange(len(task["days"])), task["days"])
    per_day = rng.uniform(*USUALLY_PRESENT) * len(members)
    dates = max(int(np.ceil(len(slots) / len(members))), round(len(slots) / per_day))
    present = whole(np.full(dates, len(slots) / dates))
    room = min(0.06 * len(members), len(members) - present.max())
    more = np.round(rng.uniform(-room, room, dates // 2)).astype(int)
    present[: len(more)] += more
    present[len(more) : 2 * len(more)] -= more
    gaps = rng.choice([1, 2, 3], dates, p=[0.84, 0.13, 0.03])
    gaps[0] = rng.integers(0, 12 if task["block"][0] < 7 else 6)
    while gaps.sum() > LONGEST_DAYS[task["block"][0]]:
        # Pressed for time, the crew works through its rest days, the longest first, or begins earlier.
        gaps[np.argmax(gaps)] -= 1
    day = np.datetime64(BLOCKS[task["block"][0]]) + np.cumsum(gaps)
    workers = np.concatenate([_attending(rng, people, members, int(count)) for count in present])
    return workers, task["plot"][slots], task["activity"][slots], np.repeat(day, present)


def _attending(rng: np.random.Generator, people: People, members: NDArray, count: int) -> NDArray:
    """Choose who comes on a day: women and men in the proportion of the crew."""
    women = members[people.is_woman[members]]
    men = members[~people.is_woman[members]]
    share = round(count * len(women) / len(members))
    coming = np.append(rng.choice(women, share, replace=False), rng.choice(men, count - share, replace=False))
    return rng.permutation(coming)


def _span(plots: int, plot: NDArray, day: NDArray, which: NDArray) -> tuple[NDArray, NDArray]:
    """First and last of the days of each plot among the rows `which`; NaT where there is none."""
    first = np.full(plots, np.iinfo(np.int64).max)
    last = np.full(plots, np.iinfo(np.int64).min)
    np.minimum.at(first, plot[which], day[which].astype(np.int64))
    np.maximum.at(last, plot[which], day[which].astype(np.int64))
    is_none = first > last
    first[is_none] = last[is_none] = np.datetime64("NaT", "D").astype(np.int64)
    return first.astype("datetime64[D]"), last.astype("datetime64[D]")
