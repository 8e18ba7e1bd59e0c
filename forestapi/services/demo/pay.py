"""Shifts of the demonstration: hours, pay and review state of every attendance, in columns."""

from datetime import time
from decimal import Decimal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from forestapi.services.demo._seed import ids, stream
from forestapi.services.demo.counties import COUNTIES, full_code
from forestapi.services.demo.people import People
from forestapi.services.demo.work import ACTIVITIES, Work

APPROVED = 180_000
"""Approved paid shifts: the programme's person-times."""
UNDER_REVIEW = {"draft": 210, "submitted": 330, "void": 180}
"""Paid shifts that do not count."""
SECOND_SHIFTS = 1_060
"""Workers who came back for a second shift on a date: as many fewer person-days than person-times."""
ATTENDANCES = APPROVED + sum(UNDER_REVIEW.values()) - SECOND_SHIFTS
VOLUNTEER_DAY = np.datetime64("2018-03-12")
"""Tree Planting Day."""
VOLUNTEER_CREWS = 14
HOLE_PRICES_FEN = (24, 26, 28, 30)
TIMED_EVERY = 6
"""One crew in so many notes when a shift starts and ends."""


class _Rows(Struct):
    """Columns of shifts while they are made. Hours, quantities and yuan are whole hundredths."""

    worker: NDArray
    plot: NDArray
    activity: NDArray
    day: NDArray
    number: NDArray
    hours: NDArray
    basis: NDArray
    quantity: NDArray
    rate: NDArray
    is_paid: NDArray


def shifts(work: Work, people: People, plot_ids: list[str]) -> dict[str, list]:
    """Give all shifts as columns of the noun `shifts`, in typed values.

    Args:
        work: `ATTENDANCES` attendances.
        people: who they are.
        plot_ids: ids of the plots by position.

    """
    rng = stream("pay")
    rows = _paid(rng, work, people)
    rows = _with_volunteers(rng, rows, people)
    order = np.lexsort((rows.number, rows.worker, rows.day))
    rows = _Rows(**{name: getattr(rows, name)[order] for name in rows.__struct_fields__})
    crew = people.worker_crew[rows.worker]
    status = _status(rng, rows)
    is_timed = (crew % TIMED_EVERY == 0) & (rows.basis != 2)
    starts, ends = _times(rows, is_timed)
    insured = (rng.random(len(people.crew_code)) < 0.75)[crew] | (rng.random(len(people.worker_id)) < 0.3)[
        rows.worker
    ]
    wage = rows.quantity * rows.rate // 100
    plots = [*plot_ids, None]
    regions = [full_code(county.code) for county in COUNTIES]
    return {
        "id": ids("shifts", rows.day),
        "worker": [people.worker_id[i] for i in rows.worker.tolist()],
        "programme": ["antforest-2018"] * len(crew),
        "crew": [people.crew_code[i] for i in crew.tolist()],
        "plot": [plots[i] for i in rows.plot.tolist()],
        "region": [
            regions[county] if plot < 0 else None
            for county, plot in zip(people.crew_county[crew].tolist(), rows.plot.tolist(), strict=True)
        ],
        "work_date": rows.day.astype(object).tolist(),
        "number": rows.number.tolist(),
        "starts_at": starts,
        "ends_at": ends,
        "activity": [ACTIVITIES[i] for i in rows.activity.tolist()],
        "is_paid": rows.is_paid.tolist(),
        "hours": _decimals(rows.hours),
        "hours_known": np.where(is_timed | (crew % 2 == 1), "measured", "estimated").tolist(),
        "pay_basis": [("day", "hour", "piece")[i] for i in rows.basis.tolist()],
        "quantity": _where(rows.is_paid, _decimals(rows.quantity)),
        "rate_yuan": _where(rows.is_paid, _decimals(rows.rate)),
        "wage_yuan": _decimals(wage),
        "is_insured": _where(rows.day >= np.datetime64("2017-01-01"), insured.tolist()),
        "recorder": [f"demo-recorder-{i:02d}" for i in (crew + 1).tolist()],
        "status": status.tolist(),
    }


def _paid(rng: np.random.Generator, work: Work, people: People) -> _Rows:
    """Give every attendance its hours and its pay, and some workers a second shift on the date."""
    count = len(work.worker)
    crew = people.worker_crew[work.worker]
    _, crew_day = np.unique(crew * 100_000 + work.day.astype(int), return_inverse=True)
    of_day = rng.choice([600, 700, 800, 900, 1000], crew_day.max() + 1, p=[0.05, 0.09, 0.68, 0.13, 0.05])
    hours = of_day[crew_day]
    is_training = work.activity == ACTIVITIES.index("training")
    second = rng.choice(np.flatnonzero(~is_training), SECOND_SHIFTS, replace=False)
    is_half = is_training | (rng.random(count) < 0.025)
    hours[is_half] = 400
    hours[second], is_half[second] = 600, False

    year = work.day.astype("datetime64[Y]").astype(int) - 46
    day_rate = rng.integers(0, 5, (len(people.crew_code), 3)) * 500 + 15_000 + np.array([0, 0, 500])
    rate = day_rate[crew, year] + 500 * np.isin(work.activity, [ACTIVITIES.index("sand_barrier")])
    rows = _Rows(
        worker=work.worker,
        plot=work.plot,
        activity=work.activity,
        day=work.day,
        number=np.ones(count, dtype=int),
        hours=hours,
        basis=np.zeros(count, dtype=int),
        quantity=np.where(is_half, 50, 100),
        rate=rate.copy(),
        is_paid=np.ones(count, dtype=bool),
    )
    _by_the_hour(rng, rows, crew_day)
    _by_the_piece(rng, rows, crew_day, is_half)
    again = _Rows(**{name: getattr(rows, name)[second] for name in rows.__struct_fields__})
    again.number = np.full(SECOND_SHIFTS, 2)
    again.activity = np.full(SECOND_SHIFTS, ACTIVITIES.index("watering"))
    again.hours = np.full(SECOND_SHIFTS, 400)
    again.basis = np.zeros(SECOND_SHIFTS, dtype=int)
    again.quantity, again.rate = np.full(SECOND_SHIFTS, 50), rate[second]
    return _joined(rows, again)


def _by_the_hour(rng: np.random.Generator, rows: _Rows, crew_day: NDArray) -> None:
    """Pay some crew-days of watering and patrol by the hour, at an eighth of the day's rate."""
    is_chosen = (rng.random(crew_day.max() + 1) < 0.3)[crew_day]
    is_hourly = is_chosen & np.isin(rows.activity, [ACTIVITIES.index("watering"), ACTIVITIES.index("patrol")])
    rows.basis[is_hourly] = 1
    rows.quantity[is_hourly] = rows.hours[is_hourly]
    rows.rate[is_hourly] = rows.rate[is_hourly] // 800 * 100


def _by_the_piece(rng: np.random.Generator, rows: _Rows, crew_day: NDArray, is_half: NDArray) -> None:
    """Pay some crew-days of planting by the hole: about a day's wage, more for who is quick."""
    days = crew_day.max() + 1
    is_chosen = (rng.random(days) < 0.14)[crew_day]
    is_piece = is_chosen & (rows.activity == ACTIVITIES.index("planting"))
    price = np.array(HOLE_PRICES_FEN)[rng.integers(0, len(HOLE_PRICES_FEN), days)][crew_day][is_piece]
    aim = rng.uniform(14_300, 18_700, is_piece.sum()) * np.where(is_half[is_piece], 0.5, 1.0)
    rows.basis[is_piece] = 2
    rows.quantity[is_piece] = np.round(aim / price).astype(int) * 100
    rows.rate[is_piece] = price


def _with_volunteers(rng: np.random.Generator, rows: _Rows, people: People) -> _Rows:
    """Add the unpaid half day of Tree Planting Day: crews water what they planted the year before."""
    crew = people.worker_crew[rows.worker]
    earlier = (rows.activity == ACTIVITIES.index("planting")) & (rows.day < np.datetime64("2018-01-01"))
    workers, plots = [], []
    for chosen in rng.permutation(np.unique(crew[earlier]))[:VOLUNTEER_CREWS]:
        members = np.flatnonzero(people.worker_crew == chosen)
        workers.append(members)
        plots.append(np.full(len(members), rng.choice(rows.plot[earlier & (crew == chosen)])))
    worker = np.concatenate(workers)
    zero = np.zeros(len(worker), dtype=int)
    return _joined(
        rows,
        _Rows(
            worker=worker,
            plot=np.concatenate(plots),
            activity=zero + ACTIVITIES.index("watering"),
            day=np.full(len(worker), VOLUNTEER_DAY),
            number=zero + 1,
            hours=zero + 400,
            basis=zero,
            quantity=zero,
            rate=zero,
            is_paid=zero.astype(bool),
        ),
    )


def _joined(first: _Rows, second: _Rows) -> _Rows:
    names = first.__struct_fields__
    return _Rows(**{name: np.append(getattr(first, name), getattr(second, name)) for name in names})


def _status(rng: np.random.Generator, rows: _Rows) -> NDArray:
    """Approve all but a few hundred paid shifts; what is still under review is from the last year."""
    status = np.full(len(rows.worker), "approved", dtype=object)
    late = np.flatnonzero(rows.is_paid & (rows.day >= np.datetime64("2018-01-01")))
    chosen = rng.choice(late, sum(UNDER_REVIEW.values()), replace=False)
    status[chosen] = np.repeat(list(UNDER_REVIEW), list(UNDER_REVIEW.values()))
    return status


def _times(rows: _Rows, is_timed: NDArray) -> tuple[list[time | None], list[time | None]]:
    """Write down start and end for crews that note them; a long shift has an hour's rest in it."""
    start = np.where(rows.number == 1, np.where(rows.hours >= 900, 6, 7), 16)
    end = start + (rows.hours + np.where(rows.hours > 500, 100, 0)) // 100
    return _where(is_timed, [time(h) for h in start.tolist()]), _where(
        is_timed, [time(h) for h in end.tolist()]
    )


def _decimals(hundredths: NDArray) -> list[Decimal]:
    values, positions = np.unique(hundredths, return_inverse=True)
    exact = [Decimal(value).scaleb(-2) for value in values.tolist()]
    return [exact[i] for i in positions.tolist()]


def _where(is_given: NDArray, values: list) -> list:
    return [value if given else None for value, given in zip(values, is_given.tolist(), strict=True)]
