"""How work is divided into atoms that may be published: pure, and the same for the same rows.

A group may be published if at least ten people of at least five households did its work, and no two of them earned
nearly all of its pay. One order of division is fixed: county, township, sex, age band. A group is divided only if
every part may be published; no total but the sum of atoms is ever told, so no answers can be subtracted to a part.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from msgspec import Struct

ORDER = ("county", "township", "sex", "age_band")
MIN_WORKERS = 10
MIN_HOUSEHOLDS = 5
LARGEST_HOUSEHOLD = 10
"""Workers whose household is not known count as one household for each so many of them."""
DOMINANCE = Decimal("0.1")
"""What all but the two best paid earned has to be this share of the best pay, so that none of them can work it out."""
WAGE_DIGITS = 3

Key = tuple[str | None, ...]
"""Values in the order of `ORDER`; None where the atom is not divided by it."""


class Row(Struct, frozen=True):
    """What one person did in a month, in one place."""

    worker: Hashable
    household: Hashable | None
    key: tuple[str, ...]
    """A value for each of `ORDER`; '' where there is no such region."""
    person_times: int
    person_days: int
    hours: Decimal
    wages_yuan: Decimal


class Atom(Struct, frozen=True, kw_only=True):
    """A group that may be published, with its exact figures."""

    key: Key
    person_times: int
    person_days: int
    hours: Decimal
    distinct_workers: int
    wages_yuan: Decimal


def partition(rows: Sequence[Row]) -> list[Atom]:
    """Divide rows into atoms; none at all if even all of them together may not be published."""
    return [summed(key, part) for key, part in _divided(rows, ())] if is_large_enough(rows) else []


def _divided(rows: Sequence[Row], key: Key) -> Iterator[tuple[Key, Sequence[Row]]]:
    if len(key) == len(ORDER):
        yield key, rows
        return
    parts: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        parts[row.key[len(key)]].append(row)
    has_level = ORDER[len(key)] != "township" or set(parts) != {""}
    if has_level and all(is_large_enough(part) for part in parts.values()):
        for value in sorted(parts):
            yield from _divided(parts[value], (*key, value))
    else:
        yield from _divided(rows, (*key, None))


def is_large_enough(rows: Sequence[Row]) -> bool:
    """Whether a group has enough workers and households, and no pay in it stands out."""
    pay: defaultdict[Hashable, Decimal] = defaultdict(Decimal)
    for row in rows:
        pay[row.worker] += row.wages_yuan
    return len(pay) >= MIN_WORKERS and households(rows) >= MIN_HOUSEHOLDS and not _is_dominated(sorted(pay.values()))


def households(rows: Sequence[Row]) -> int:
    """Count the households of a group; of those that are not known, as many as there must be at least."""
    known = {row.household for row in rows if row.household is not None}
    unknown = {row.worker for row in rows if row.household is None}
    return len(known) + len(unknown) // LARGEST_HOUSEHOLD


def _is_dominated(pay: list[Decimal]) -> bool:
    return sum(pay[:-2], Decimal()) < DOMINANCE * pay[-1]


def summed(key: Key, rows: Sequence[Row]) -> Atom:
    """Add up a group."""
    return Atom(
        key=key,
        person_times=sum(row.person_times for row in rows),
        person_days=sum(row.person_days for row in rows),
        hours=sum((row.hours for row in rows), Decimal()),
        distinct_workers=len({row.worker for row in rows}),
        wages_yuan=sum((row.wages_yuan for row in rows), Decimal()),
    )


def belongs(row: Row, key: Key) -> bool:
    """Whether a row is within the atom of this key."""
    return all(wanted is None or wanted == value for wanted, value in zip(key, row.key, strict=True))


def rounded(yuan: Decimal) -> Decimal:
    """Round an amount of money to three significant figures."""
    if not yuan:
        return Decimal()
    step = Decimal(1).scaleb(yuan.adjusted() - WAGE_DIGITS + 1)
    return (yuan / step).quantize(Decimal(1), ROUND_HALF_EVEN) * step
