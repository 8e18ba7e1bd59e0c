from datetime import date
from decimal import Decimal

import pytest

from forestapi.rules import Batch, judge
from forestapi.rules._activities import ACTIVITIES, activity_code

GOOD = {
    "worker": "W-001",
    "work_date": date(2018, 4, 15),
    "activity": "planting",
    "hours": 8,
    "quantity": 1,
    "rate_yuan": Decimal("160"),
    "wage_yuan": Decimal("160.00"),
    "birth_year": 1975,
    "number": 1,
}


def names(*rows: dict, seen: dict[int, int] | None = None) -> list[tuple[int, str, str, str]]:
    columns = {key: [row.get(key) for row in rows] for key in GOOD}
    batch = Batch(rows=range(2, 2 + len(rows)), columns=columns, today=date(2019, 1, 23), seen=seen)
    return [(f.index, f.rule, f.severity, f.field) for f in judge("shifts", batch)]


def test_a_good_shift_passes() -> None:
    assert names(GOOD) == []


@pytest.mark.parametrize(
    ("change", "rule", "severity"),
    [
        ({"work_date": None}, "shift-work-date-unreadable", "refuse"),
        ({"work_date": "四月十五"}, "shift-work-date-unreadable", "refuse"),
        ({"work_date": date(2019, 4, 15)}, "shift-work-date-impossible", "hold"),
        ({"work_date": date(1918, 4, 15), "birth_year": None}, "shift-work-date-impossible", "hold"),
        ({"worker": " "}, "shift-worker-missing", "refuse"),
        ({"worker": None}, "shift-worker-missing", "refuse"),
        ({"activity": "喝茶"}, "shift-activity-unknown", "refuse"),
        ({"activity": None}, "shift-activity-unknown", "refuse"),
        ({"hours": 0}, "shift-hours-impossible", "refuse"),
        ({"hours": 16.5}, "shift-hours-impossible", "refuse"),
        ({"hours": "很久"}, "shift-hours-impossible", "refuse"),
        ({"hours": float("nan")}, "shift-hours-impossible", "refuse"),
        ({"hours": None}, "shift-hours-missing", "note"),
        ({"wage_yuan": "面议"}, "shift-wage-unreadable", "refuse"),
        ({"wage_yuan": -1}, "shift-wage-unreadable", "refuse"),
        ({"wage_yuan": 150}, "shift-wage-mismatch", "note"),
        ({"wage_yuan": 1600, "quantity": 10}, None, None),
        ({"wage_yuan": 16000, "quantity": 100}, "shift-wage-implausible", "note"),
        ({"birth_year": 2003}, "shift-worker-too-young", "hold"),
        ({"birth_year": 2002}, None, None),
    ],
)
def test_each_fault_has_its_rule(change: dict, rule: str | None, severity: str | None) -> None:
    expected = [(rule, severity)] if rule else []
    found = [name for name in names(GOOD | change) if name[1] != "shift-wage-mismatch" or rule == name[1]]
    assert [
        (name, worst) for _, name, worst, _ in found if name != "shift-wage-mismatch" or name == rule
    ] == expected


def test_every_finding_names_the_column_to_correct() -> None:
    broken = {"work_date": None, "worker": None, "activity": None, "hours": "x", "wage_yuan": "x"}
    assert {field for *_, field in names(GOOD | broken)} == set(broken)


def test_the_same_shift_twice_is_held_also_across_batches() -> None:
    seen: dict[int, int] = {}
    second = GOOD | {"number": 2}
    implied = GOOD | {"number": None, "work_date": "2018-04-15"}
    assert names(GOOD, second, implied, seen=seen) == [(2, "shift-duplicate", "hold", "work_date")]
    assert names(GOOD | {"number": 3}, seen=seen) == []
    columns = {key: [value] for key, value in second.items()}
    (finding,) = judge("shifts", Batch(rows=[9], columns=columns, seen=seen))
    assert finding.values["first_row"] == 3
    assert "第 3 行" in finding.message.zh


def test_activities_are_known_by_code_and_in_both_languages() -> None:
    for code, text in ACTIVITIES.items():
        assert activity_code(code) == activity_code(text.zh) == activity_code(text.en) == code
    assert activity_code(" 草方格 ") == "sand_barrier"
    assert activity_code("Site Preparation") == "site_preparation"
    assert activity_code(7) is None
