"""The people of the demonstration: crews, households and workers, all made up."""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from forestapi.services.demo._seed import ids, stream
from forestapi.services.demo.counties import COUNTIES

CREWS_PER_SHARE = 33
"""Crews for a county that held all plots; every county has at least two."""
WOMEN = 0.45
BORN = (1953, 1999)
REGISTERED = 0.27
"""Share of households registered as poor."""


class People(Struct, frozen=True):
    """Crews, households and workers by position."""

    crew_county: NDArray
    crew_code: list[str]
    crew_number: list[int]
    """Number of the crew in its county, from 1."""
    household_id: list[str]
    household_number: list[str]
    household_county: NDArray
    registered_from: list[np.datetime64 | None]
    registered_to: list[np.datetime64 | None]
    worker_id: list[str]
    worker_number: list[str]
    worker_crew: NDArray
    worker_household: NDArray
    birth_year: NDArray
    is_woman: NDArray


def make() -> People:
    """Make up crews of 46 to 59 people, living in households of one to three workers."""
    rng = stream("people")
    crew_code: list[str] = []
    crew_number: list[int] = []
    crew_counties: list[int] = []
    worker_number: list[str] = []
    crews: list[int] = []
    homes: list[int] = []
    households = 0
    for county, place in enumerate(COUNTIES):
        for number in range(1, max(2, round(place.share * CREWS_PER_SHARE)) + 1):
            size = int(rng.integers(46, 60))
            crew_code.append(f"demo-{place.code}-{number:02d}")
            worker_number += [f"demo-{place.code}-{number:02d}-{n:03d}" for n in range(1, size + 1)]
            crews += [len(crew_code) - 1] * size
            crew_counties.append(county)
            crew_number.append(number)
            while size > 0:
                living = min(int(rng.choice([1, 2, 3], p=[0.48, 0.37, 0.15])), size)
                homes += [households] * living
                size -= living
                households += 1
    workers = len(crews)
    crew_county, worker_crew, worker_household = np.array(crew_counties), np.array(crews), np.array(homes)
    household_county = crew_county[worker_crew[np.unique(worker_household, return_index=True)[1]]]
    registered = rng.random(households) < REGISTERED
    since = np.datetime64("2013-12-31") + rng.integers(0, 400, households)
    years = np.array(["2017-12-31", "2018-12-31", "2019-12-31"], "datetime64[D]")
    lifted = years[rng.choice(3, households, p=[0.3, 0.4, 0.3])]
    return People(
        crew_county=crew_county,
        crew_code=crew_code,
        crew_number=crew_number,
        household_id=ids("households", since),
        household_number=[f"demo-H{n:04d}" for n in range(1, households + 1)],
        household_county=household_county,
        registered_from=[day if poor else None for day, poor in zip(since, registered, strict=True)],
        registered_to=[day if poor else None for day, poor in zip(lifted, registered, strict=True)],
        worker_id=ids("workers", np.full(workers, "2016-08-15", "datetime64[D]")),
        worker_number=worker_number,
        worker_crew=worker_crew,
        worker_household=worker_household,
        birth_year=BORN[0] + np.floor((BORN[1] - BORN[0] + 1) * rng.beta(2.2, 2.9, workers)).astype(int),
        is_woman=_women(rng, worker_crew),
    )


def _women(rng: np.random.Generator, worker_crew: NDArray) -> NDArray:
    """Mark the women: the same share of every crew."""
    is_woman = np.zeros(len(worker_crew), dtype=bool)
    for crew in np.unique(worker_crew):
        members = np.flatnonzero(worker_crew == crew)
        is_woman[rng.choice(members, round(WOMEN * len(members)), replace=False)] = True
    return is_woman
