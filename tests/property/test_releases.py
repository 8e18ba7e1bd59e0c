"""The partition of work into atoms: whatever the rows, no atom is too small, none is lost, and order does not matter."""

from collections.abc import Callable
from decimal import Decimal

from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from forestapi.services.releasing.partition import (
    Row,
    belongs,
    households,
    is_large_enough,
    partition,
    rounded,
)


@st.composite
def ledgers(draw: Callable) -> list[Row]:
    """Make up a month: people at home in households, some in two places, one of them perhaps paid far more."""
    size = draw(st.integers(0, 90))
    counties = draw(st.lists(st.sampled_from(["", "a", "b", "c"]), min_size=1, max_size=4, unique=True))
    has_townships = draw(st.booleans())
    seed = draw(st.randoms(use_true_random=False))
    rows = []
    for worker in range(size):
        home = seed.choice([None, worker // 2, worker // 3, 0])
        sex, age = seed.choice(["female", "male"]), seed.choice(["25-34", "45-54", "unknown"])
        for county in seed.sample(counties, seed.choice([1, 1, 1, min(2, len(counties))])):
            township = county and has_townships and seed.choice(["1", "2"]) or ""
            wage = Decimal(seed.choice([0, 160, 175, 90_000 if worker == 3 else 150]))
            days = seed.randint(1, 20)
            rows.append(Row(worker, home, (county, county + township, sex, age), days + seed.randint(0, 2), days, Decimal(8 * days), wage))
    return rows


@examples(max_examples=60, deadline=None)
@given(rows=ledgers(), order=st.randoms(use_true_random=False))
def test_atoms_are_large_enough_complete_and_the_same_in_any_order(rows: list[Row], order: st.DataObject) -> None:
    atoms = partition(rows)
    assert bool(atoms) == is_large_enough(rows)
    for atom in atoms:
        part = [row for row in rows if belongs(row, atom.key)]
        people = {row.worker for row in part}
        assert atom.distinct_workers == len(people) >= 10 and households(part) >= 5
        pay = sorted(sum(row.wages_yuan for row in part if row.worker == person) for person in people)
        assert sum(pay[:-2]) >= pay[-1] / 10
    if atoms:
        assert all(sum(belongs(row, atom.key) for atom in atoms) == 1 for row in rows)
        for name in ("person_times", "person_days", "hours", "wages_yuan"):
            assert sum(getattr(atom, name) for atom in atoms) == sum(getattr(row, name) for row in rows)
    shuffled = list(rows)
    order.shuffle(shuffled)
    assert partition(shuffled) == atoms


def group(workers: int, county: str, first: int = 0, **others: int) -> list[Row]:
    wage = Decimal(others.get("wage", 160))
    return [Row(first + i, (first + i) // others.get("to_a_home", 1), (county, "", "female", "25-34"), 2, 1, Decimal(8), wage)
            for i in range(workers)]  # fmt: skip


def test_a_county_of_nine_keeps_all_counties_together_and_few_or_kin_or_one_rich_man_are_told_of_nowhere() -> None:
    assert [atom.key[0] for atom in partition(group(10, "a") + group(10, "b", 100))] == ["a", "b"]
    assert [atom.key[0] for atom in partition(group(10, "a") + group(9, "b", 100))] == [None]
    assert partition(group(9, "a")) == [] and partition(group(10, "a", to_a_home=3)) == [] and partition([]) == []
    rich = group(1, "a", 500, wage=90_000)
    assert partition(group(11, "a") + rich) == []
    assert [atom.key[0] for atom in partition(group(60, "a") + group(11, "b", 100) + rich)] == ["a", "b"]


def test_a_worker_in_two_counties_counts_in_both_atoms_and_once_where_they_are_one() -> None:
    both = group(12, "a") + group(12, "b")
    assert [atom.distinct_workers for atom in partition(both)] == [12, 12]
    assert [atom.distinct_workers for atom in partition(both + group(3, "c", 50))] == [15]


def test_unknown_households_count_as_few_as_they_can_be() -> None:
    unknown = [Row(i, None, ("a", "", "male", "unknown"), 1, 1, Decimal(8), Decimal(160)) for i in range(50)]
    assert households(unknown) == 5 and households(unknown[:49]) == 4
    assert partition(unknown) and not partition(unknown[:49])


def test_pay_has_three_figures() -> None:
    told = {"0": "0", "7.126": "7.13", "1234.5": "1230", "1235": "1240", "1245": "1240", "99950": "1.00E+5", "28328940": "28300000"}
    assert {yuan: rounded(Decimal(yuan)) for yuan in told} == {yuan: Decimal(text) for yuan, text in told.items()}
