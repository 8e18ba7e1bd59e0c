"""The shifts of the demonstration and the people in them, as they are before they are loaded."""

from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from forestapi.records import nouns
from forestapi.services.demo import ledger

Row = dict[str, Any]


@pytest.fixture(scope="module")
def columns() -> dict[str, ledger.Columns]:
    return ledger.make().columns


def rows(columns: ledger.Columns) -> list[Row]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


@pytest.fixture(scope="module")
def shifts(columns: dict[str, ledger.Columns]) -> list[Row]:
    return rows(columns["shifts"])


@pytest.fixture(scope="module")
def workers(columns: dict[str, ledger.Columns]) -> dict[str, Row]:
    return {row["id"]: row for row in rows(columns["workers"])}


@pytest.fixture(scope="module")
def counted(shifts: list[Row]) -> list[Row]:
    return [row for row in shifts if row["status"] == "approved" and row["is_paid"]]


def test_every_noun_has_the_columns_of_its_record(columns: dict[str, ledger.Columns]) -> None:
    for name, given in columns.items():
        assert set(given) == set(nouns()[name].columns), name


def test_180_000_shifts_are_approved_and_paid_and_others_are_not(
    shifts: list[Row], counted: list[Row]
) -> None:
    assert len(counted) == 180_000
    assert {row["status"] for row in shifts} == {"draft", "submitted", "approved", "void"}
    volunteers = [row for row in shifts if not row["is_paid"]]
    assert len(volunteers) > 300
    assert all(row["wage_yuan"] == 0 and row["rate_yuan"] is None for row in volunteers)


def test_some_workers_have_two_shifts_on_a_date_and_nobody_more_than_16_hours(shifts: list[Row]) -> None:
    hours: dict[tuple, Decimal] = defaultdict(Decimal)
    numbers: Counter = Counter()
    for row in shifts:
        hours[row["worker"], row["work_date"]] += row["hours"]
        numbers[row["worker"], row["work_date"], row["number"]] += 1
    assert max(numbers.values()) == 1
    assert max(hours.values()) <= 16
    assert 900 < len(numbers) - len(hours) < 1_200


def test_wages_are_quantity_times_rate_at_150_to_180_yuan_a_day(counted: list[Row]) -> None:
    assert all(row["wage_yuan"] == row["quantity"] * row["rate_yuan"] for row in counted)
    by_day = [row for row in counted if row["pay_basis"] == "day"]
    assert {row["quantity"] for row in by_day} == {Decimal("0.5"), Decimal(1)}
    assert all(150 <= row["rate_yuan"] <= 180 for row in by_day)
    whole = [row["wage_yuan"] for row in counted if row["hours"] == 8]
    assert 150 <= sum(whole) / len(whole) <= 180
    assert {row["pay_basis"] for row in counted} == {"day", "hour", "piece"}


def test_nobody_is_under_16_and_nobody_works_at_the_spring_festival(
    shifts: list[Row], workers: dict[str, Row]
) -> None:
    assert all(row["work_date"].year - workers[row["worker"]]["birth_year"] > 16 for row in shifts)
    dates = {row["work_date"] for row in shifts}
    assert date(2016, 8, 1) <= min(dates) and max(dates) <= date(2018, 12, 31)
    assert not any(date(2017, 1, 27) <= day <= date(2017, 2, 2) for day in dates)
    assert not any(date(2018, 2, 15) <= day <= date(2018, 2, 21) for day in dates)


def test_every_county_month_and_sex_has_10_workers_and_5_households(
    counted: list[Row], workers: dict[str, Row], columns: dict[str, ledger.Columns]
) -> None:
    crew_region = dict(zip(columns["crews"]["code"], columns["crews"]["region"], strict=True))
    people: dict[tuple, set] = defaultdict(set)
    households: dict[tuple, set] = defaultdict(set)
    for row in counted:
        worker = workers[row["worker"]]
        group = (crew_region[row["crew"]], row["work_date"].strftime("%Y-%m"), worker["sex"])
        people[group].add(row["worker"])
        households[group].add(worker["household"])
    assert min(map(len, people.values())) >= 10
    assert min(map(len, households.values())) >= 5


def test_a_plot_is_planted_on_the_dates_of_its_planting_shifts(
    columns: dict[str, ledger.Columns], shifts: list[Row]
) -> None:
    worked: dict[tuple, set] = defaultdict(set)
    for row in shifts:
        worked[row["plot"], row["activity"]].add(row["work_date"])
    activity = {"new": "planting", "replant": "replanting"}
    for planting in rows(columns["plantings"]):
        days = worked[planting["plot"], activity[planting["kind"]]]
        assert (min(days), max(days)) == (planting["started_on"], planting["ended_on"])
        assert planting["started_on"].month in (3, 4, 5, 8, 9, 10)
        prepared = worked.get((planting["plot"], "site_preparation"))
        assert prepared is None or min(prepared) <= planting["started_on"]


def test_crews_work_in_their_own_county(columns: dict[str, ledger.Columns], shifts: list[Row]) -> None:
    crew_region = dict(zip(columns["crews"]["code"], columns["crews"]["region"], strict=True))
    plot_region = dict(zip(columns["plots"]["id"], columns["plots"]["region"], strict=True))
    assert all(plot_region.get(row["plot"], row["region"]) == crew_region[row["crew"]] for row in shifts)


def test_the_numbers_of_people_are_plausible(columns: dict[str, ledger.Columns], counted: list[Row]) -> None:
    sexes = Counter(columns["workers"]["sex"])
    assert 2_000 <= sexes.total() <= 2_600
    assert 0.42 < sexes["female"] / sexes.total() < 0.48
    assert 1_250 <= len(columns["households"]["id"]) <= 1_550
    assert 36 <= len(columns["crews"]["code"]) <= 48
    assert len({row["worker"] for row in counted}) == sexes.total()


def test_survival_is_that_of_drylands_and_plots_are_in_every_state(
    columns: dict[str, ledger.Columns],
) -> None:
    surveys = [row for row in rows(columns["surveys"]) if row["stage"] == "first_season"]
    assert all(0 <= row["live_holes"] <= row["sample_holes"] for row in surveys)
    rate = sum(row["live_holes"] for row in surveys) / sum(row["sample_holes"] for row in surveys)
    assert 0.68 < rate < 0.85
    states = Counter(columns["plots"]["lifecycle"])
    assert set(states) == {"planted", "checked", "accepted", "failed"}
    assert 0.6 <= states["accepted"] / states.total() <= 0.7
    started = {row["plot"]: row["started_on"] for row in rows(columns["plantings"]) if row["kind"] == "new"}
    ended = {row["plot"]: row["ended_on"] for row in rows(columns["plantings"]) if row["kind"] == "new"}
    assert all(
        ended[row["plot"]] < row["surveyed_on"] <= date(2018, 12, 31) for row in rows(columns["surveys"])
    )
    assert all((row["surveyed_on"] - started[row["plot"]]).days >= 100 for row in surveys)
