"""The work list of acceptance: exactly the plots that a level has not checked in time, as pandas and the statistic see it."""

import csv
import io
from datetime import date

import asyncpg
import pytest
from litestar.testing import AsyncTestClient

from forestapi.settings import Settings
from tests.http.random_rows import REGIONS, Rows, at_level


def later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return min(date(year, month + 1, last) for last in (day.day,)) if day.day < 29 else date(year, month + 1, 28)


async def test_the_list_is_what_has_not_been_checked(
    client: AsyncTestClient, settings: Settings, as_analyst: dict[str, str]
) -> None:
    made = Rows(2019)
    connection = await asyncpg.connect(settings.database_url)
    async with connection.transaction():
        await made.store(connection)
    await connection.close()
    planted = {p["plot"]: p for p in made.plots if p["is_planted"] and p["day"] and p["day"].day < 29}
    states = set()
    for on in (date(2018, 12, 1), date(2019, 7, 1), date(2022, 2, 1)):
        for stage, wait, limit in (("first_season", 12, 18), ("third_year", 36, 60)):
            for level in ("county", "national"):
                asked = {"stage": stage, "level": level, "on": str(on), "until": "2099-01-01", "limit": 1000}
                items = (await client.get("/api/v1/checks-due", params=asked, headers=as_analyst)).json()["items"]
                found = {item["plot"]: item for item in items if item["plot"] in planted}
                checks = [s for s in made.surveys if s["stage"] == stage and s["day"] <= on]
                assert set(found) == set(planted) - {s["plot"] for s in checks if s["level"] == level}
                for plot, item in found.items():
                    day, climate = planted[plot]["day"], planted[plot]["climate"] or REGIONS[planted[plot]["region"]][2]
                    due, end = later(day, wait), later(day, limit)
                    state = "coming" if on < due else "overdue" if on > end else "due"
                    states.add(state)
                    assert (item["due_on"], item["limit_on"], item["state"]) == (str(due), str(end), state)
                    assert item["checked_by"] == sorted({s["level"] for s in checks if s["plot"] == plot})
                    share = 1 if item["area_m2"] <= 150_000 else 0.05
                    holes = [line["holes"] for line in made.shares if line["plot"] == plot]
                    assert item["sample_share"] == share and item["sample_holes"] == (-(-sum(holes) * share // 1) if holes else None)
                    ordinary = {"first_season": 0.85, "third_year": 0.8}[stage]
                    dry = {"first_season": 0.7, "third_year": 0.65}[stage]
                    assert item["required_rate"] == pytest.approx(ordinary if climate == "ordinary" else dry)
    assert states == {"coming", "due", "overdue"}

    # What the statistic calls overdue is the ground of these plots; pages and CSV hold the same.
    asked = {"level": "county", "on": "2019-07-01", "state": "overdue", "region": "620000000000"}
    items = (await client.get("/api/v1/checks-due", params=asked, headers=as_analyst)).json()["items"]
    assert items and all(at_level(item["region"], "province") == "620000000000" for item in items)
    credited = made.credited()
    answer = await client.get("/api/v1/statistics/check-coverage?level=county&on=2019-07-01&region=620000000000")
    assert answer.json()["total"]["overdue_m2"] == pytest.approx(sum(credited[item["plot"]] for item in items), abs=0.1)
    first = (await client.get("/api/v1/checks-due", params=asked | {"limit": 1}, headers=as_analyst)).json()
    rest = await client.get("/api/v1/checks-due", params=asked | {"after": first["next"], "f": "csv"}, headers=as_analyst)
    rows = list(csv.DictReader(io.StringIO(rest.content.decode("utf-8-sig"))))
    assert [first["items"][0]["plot"], *(row["plot"] for row in rows)] == [item["plot"] for item in items]
