"""The public story of one plot: is it planted, does it live, who looked, and what is due."""

import math
from datetime import date
from typing import Any
from uuid import UUID

from msgspec import Struct

from forestapi.db.transaction import Row, Transaction
from forestapi.errors import NotFound
from forestapi.store import plot_pages as store
from geo.text import Text

_Z = 1.959963984540054
QUALIFIED = {"ordinary": 0.85, "arid": 0.70, "semi_arid": 0.70, "alpine": 0.70}
REPLANT = 0.41
STAGES = {"first_season": (12, 18), "third_year": (36, 60)}
"""Months after planting at which a check is due, and by which it has to be made (docs/explanation/survival.md)."""


class Due(Struct, kw_only=True):
    """A check that the plot has to have: when, until when, and when it was made."""

    stage: str
    due_on: date
    limit_on: date
    checked_on: date | None
    state: str
    """done, late, ahead (not due yet), open (due), overdue."""


class Story(Struct, kw_only=True):
    """All that the page shows; what would draw a household's ground is left out (`is_household`)."""

    plot: dict[str, Any]
    plantings: list[dict[str, Any]]
    surveys: list[dict[str, Any]]
    """With `rate`, `low`, `high` (95 % Wilson interval) and `class` beside what was counted."""
    overlaps: list[Row]
    boundaries: list[Row]
    photos: int
    due: list[Due]
    is_household: bool
    today: date


async def read(tx: Transaction, id: str, today: date) -> Story:
    """Read the story of a plot that is in the ledger now; `today` is the day that age and due dates are told for.

    Raises:
        NotFound: there is no such plot: never was, was deleted, or is held and counts nowhere.

    """
    missing = NotFound(Text("没有这个小班。它可能待定、已删除，或从未登记。", "There is no such plot. It may be held, deleted, or never recorded."))
    try:
        id = str(UUID(id))
    except ValueError:
        raise missing from None
    plot = await store.plot(tx, id)
    if plot is None:
        raise missing
    surveys = [_judged(survey, plot["climate_class"]) for survey in await store.surveys(tx, id)]
    is_household = plot["tenure"] == "household"
    hidden = {"boundary": None, "county_boundary": None, "lon": None, "lat": None} if is_household else {}
    return Story(
        plot=dict(plot) | hidden,
        plantings=await store.plantings(tx, id),
        surveys=surveys,
        overlaps=[] if is_household else await store.overlaps(tx, id),
        boundaries=[] if is_household else await store.boundaries(tx, id),
        photos=await store.photo_count(tx, id),
        due=due(plot["planted_on"], surveys, today),
        is_household=is_household,
        today=today,
    )


def wilson(live: int, holes: int) -> tuple[float, float]:
    """Give the 95 % Wilson interval of `live` among `holes` (at least one), each 0 to 1."""
    rate, z2 = live / holes, _Z * _Z
    middle = rate + z2 / (2 * holes)
    reach = _Z * math.sqrt(rate * (1 - rate) / holes + z2 / (4 * holes * holes))
    return max(0.0, (middle - reach) / (1 + z2 / holes)), min(1.0, (middle + reach) / (1 + z2 / holes))


def due(planted_on: date | None, surveys: list[dict[str, Any]], today: date) -> list[Due]:
    """List the checks by somebody other than the planters that a plot planted then has to have."""
    if planted_on is None:
        return []
    found = []
    for stage, (from_months, to_months) in STAGES.items():
        due_on, limit_on = _after(planted_on, from_months), _after(planted_on, to_months)
        made = [s["surveyed_on"] for s in surveys if s["stage"] == stage and s["level"] != "self"]
        checked_on = min(made, default=None)
        if checked_on is not None:
            state = "done" if checked_on <= limit_on else "late"
        else:
            state = "ahead" if today < due_on else "open" if today <= limit_on else "overdue"
        found.append(Due(stage=stage, due_on=due_on, limit_on=limit_on, checked_on=checked_on, state=state))
    return found


def _after(day: date, months: int) -> date:
    """Count months on, staying within the month (29 February and a year is the 28th)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has a 28th")


def _judged(survey: dict[str, Any], climate: str | None) -> dict[str, Any]:
    rate = survey["live_holes"] / survey["sample_holes"]
    low, high = wilson(survey["live_holes"], survey["sample_holes"])
    limit = QUALIFIED.get(climate or "")
    told = None
    if survey["stage"] == "first_season" and limit is not None:
        told = "qualified" if rate >= limit else "replant" if rate >= REPLANT else "failed"
    return survey | {"rate": rate, "low": low, "high": high, "class": told}
