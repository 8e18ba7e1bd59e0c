"""The correction of a year: made once, and only where enough people's work was changed since the release."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from forestapi.access import out_of_scope, reaches
from forestapi.db.transaction import Row as Found
from forestapi.db.transaction import Transaction
from forestapi.errors import Conflict, NotFound
from forestapi.records import CIVIL_TIME
from forestapi.services.releasing import COUNTS, Made, freeze, record, rows_of
from forestapi.services.releasing.partition import (
    MIN_HOUSEHOLDS,
    MIN_WORKERS,
    ORDER,
    Key,
    Row,
    belongs,
    households,
    is_large_enough,
    rounded,
    summed,
)
from forestapi.store import releases as store
from geo.text import Text


async def correct(tx: Transaction, programme: str, year: int, *, today: date | None = None) -> Made:
    """Release what has changed in a year, from the end of the next year on; once for each programme and year.

    Raises:
        Forbidden: the token is not for this programme.
        NotFound: nothing of the year was released.
        Conflict: it is too early.

    """
    today = today or datetime.now(CIVIL_TIME).date()
    within = reaches(tx.scope).programmes
    if within is not None and programme not in within:
        raise out_of_scope(f"programme {programme}")
    if today < date(year + 2, 1, 1):
        raise Conflict(
            Text(f"{year} 年的更正从 {year + 2} 年起发布，只发布一次。", f"{year} is corrected from {year + 2} on, once."),
            code="too-early",
        )
    released = await store.made(tx, programme, date(year, 1, 1), date(year, 12, 31))
    if not released:
        raise NotFound(Text(f"{programme} 在 {year} 年没有公布过。", f"Nothing of {programme} in {year} was released."))
    whole = (date(year, 1, 1), date(year, 12, 31))
    now = await store.rows(tx, programme, *whole)
    then = {moment: await store.rows(tx, programme, *whole, moment) for moment in {each["moment"] for each in released}}
    atoms: list[dict[str, Any]] = []
    for each in released:
        own, was = (
            rows_of([row for row in rows if each["starts_on"] <= row["month"] <= each["ends_on"]])
            for rows in (now, then[each["moment"]])
        )
        atoms += _changes(await store.atoms(tx, each["id"]), was, own)
    period = {"programme": programme, "kind": "correction", "starts_on": whole[0], "ends_on": whole[1]}
    return await freeze(tx, period, now[0]["moment"] if now else "", atoms)


def _changes(atoms: Sequence[Found], then: Sequence[Row], now: Sequence[Row]) -> list[dict[str, Any]]:
    """Give what is to be added to atoms of which enough people's work has changed, and that are still large enough."""
    changes = []
    for atom in atoms:
        key: Key = tuple(atom[name] for name in ORDER)
        before = [row for row in then if belongs(row, key)]
        after = [row for row in now if belongs(row, key)]
        difference = _difference(atom, key, before, after)
        if difference and is_large_enough(after) and _are_enough(_changed(atom["kind"], before, after)):
            changes.append(record(atom["kind"], atom["starts_on"], key, **difference))
    return changes


def _difference(atom: Found, key: Key, before: Sequence[Row], after: Sequence[Row]) -> dict[str, int | Decimal]:
    """Subtract what was published; nothing if it is the same, or if history does not show what was counted then."""
    was, now = summed(key, before), summed(key, after)
    if atom["kind"] == "quarter":
        change = {"wages_yuan": rounded(now.wages_yuan) - atom["wages_yuan"]}
        is_known = rounded(was.wages_yuan) == atom["wages_yuan"]
    else:
        change = {name: getattr(now, name) - atom[name] for name in COUNTS}
        is_known = all(getattr(was, name) == atom[name] for name in COUNTS)
    return change if is_known and any(change.values()) else {}


def _changed(kind: str, before: Sequence[Row], after: Sequence[Row]) -> list[Row]:
    """Find the rows, of both times, of those whose part in the figures is another now."""
    was, now = _parts(kind, before), _parts(kind, after)
    people = {worker for worker in {*was, *now} if was.get(worker) != now.get(worker)}
    return [row for row in (*before, *after) if row.worker in people]


def _parts(kind: str, rows: Sequence[Row]) -> dict[Hashable, tuple[Decimal, ...]]:
    parts: defaultdict[Hashable, tuple[Decimal, ...]] = defaultdict(lambda: (Decimal(),) * 3)
    for row in rows:
        own = (row.wages_yuan,) * 3 if kind == "quarter" else (Decimal(row.person_times), Decimal(row.person_days), row.hours)
        parts[row.worker] = tuple(a + b for a, b in zip(parts[row.worker], own, strict=True))
    return dict(parts)


def _are_enough(changed: Sequence[Row]) -> bool:
    """Whether as many people and households were changed as a group must have."""
    return len({row.worker for row in changed}) >= MIN_WORKERS and households(changed) >= MIN_HOUSEHOLDS
