"""Releasing: a month's work is divided once into groups that are large enough, and only these are ever public.

Months carry person-times, person-days, hours and workers; pay is released by the quarter alone, rounded, from a
partition of its own. What is changed in the ledger later shows in no release, until a year is corrected once.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import Struct
from uuid_utils.compat import uuid7

from forestapi.access import out_of_scope, reaches
from forestapi.db.transaction import Row as Found
from forestapi.db.transaction import Transaction
from forestapi.errors import Conflict, NotFound
from forestapi.records import CIVIL_TIME
from forestapi.services.releasing.partition import ORDER, Atom, Key, Row, partition, rounded
from forestapi.store import releases as store
from geo.text import Text

METHOD_VERSION = 1
COUNTS = ("person_times", "person_days", "hours", "distinct_workers")
"""What a month publishes."""


class Made(Struct, kw_only=True):
    """What became of one period of one programme."""

    programme: str
    kind: Literal["month", "quarter", "correction"]
    period: str
    outcome: Literal["created", "unchanged"]
    """`unchanged`: it was released before; that stays, whatever has changed in the ledger."""
    id: UUID
    sha256: str
    atoms: int
    is_withheld: bool
    """Whether nothing of it is public: too few people, or pay that stands out."""


async def make(
    tx: Transaction, wait_days: int, *, programme: str | None = None, month: date | None = None, today: date | None = None
) -> list[Made]:
    """Release every month and quarter that is due, of one programme or of all in reach; or one month, with its quarter.

    Args:
        tx: the transaction, of whoever answers for the programmes.
        wait_days: the setting `release_after_days`.
        programme: only this one.
        month: only this one, by its first day.
        today: the day by which it is due; today's in UTC+8 where left out.

    Raises:
        Forbidden: the token is not for this programme.
        NotFound: the month has no approved paid work, or there is no such programme.
        Conflict: the month ended too short a time ago.

    """
    today = today or datetime.now(CIVIL_TIME).date()
    await _known(tx, programme)
    within = reaches(tx.scope).programmes
    due = [
        each
        for each in await store.due(tx, today, wait_days)
        if programme in (None, each["programme"])
        and (within is None or each["programme"] in within)
        and (month is None or each["starts_on"] <= month <= each["ends_on"])
    ]
    released = [await _release(tx, each) for each in due]
    if month is not None and programme is not None and not any(each.kind == "month" for each in released):
        released.insert(0, await _again(tx, programme, month, today, wait_days))
    return released


async def _known(tx: Transaction, programme: str | None) -> None:
    within = reaches(tx.scope).programmes
    if programme is None:
        return
    if within is not None and programme not in within:
        raise out_of_scope(f"programme {programme}")
    if not await tx.value("select exists (select from forest.programme where code = $1)", programme):
        raise NotFound(Text(f"没有项目 {programme}。", f"There is no programme {programme}."))


async def _again(tx: Transaction, programme: str, month: date, today: date, wait_days: int) -> Made:
    """Give the release of a month that is there already, or say why there is none."""
    there = await store.find(tx, programme, "month", month)
    if there is not None:
        return _made(there, "unchanged", len(await store.atoms(tx, there["id"])))
    ended = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
    if ended + timedelta(days=wait_days) > today:
        first = ended + timedelta(days=wait_days)
        raise Conflict(
            Text(f"{month:%Y-%m} 须到 {first} 才能公布。", f"{month:%Y-%m} can be released from {first} on."), code="too-early"
        )
    raise NotFound(
        Text(f"{programme} 在 {month:%Y-%m} 没有经批准的有酬工单。", f"{programme} has no approved paid shifts in {month:%Y-%m}.")
    )


async def _release(tx: Transaction, due: Found) -> Made:
    """Divide one period's rows and freeze the atoms."""
    found = await store.rows(tx, due["programme"], due["starts_on"], due["ends_on"])
    atoms = [_published(due["kind"], due["starts_on"], atom) for atom in partition(rows_of(found))]
    moment = found[0]["moment"] if found else ""
    return await freeze(tx, dict(due), moment, atoms)


async def freeze(tx: Transaction, period: dict[str, Any], moment: str, atoms: Sequence[dict[str, Any]]) -> Made:
    """Keep the atoms of a period for good; if another process was faster, its partition stays."""
    is_synthetic = await tx.value("select is_synthetic from forest.programme where code = $1", period["programme"])
    release = {
        **period, "id": UUID(str(uuid7())), "method_version": METHOD_VERSION, "is_synthetic": is_synthetic, "moment": moment,
        "is_withheld": not atoms,
    }  # fmt: skip
    release["sha256"] = digest(content(release, atoms))
    if await store.add(tx, release, atoms):
        return _made(release, "created", len(atoms))
    there = await store.find(tx, period["programme"], period["kind"], period["starts_on"])
    assert there is not None
    return _made(there, "unchanged", len(await store.atoms(tx, there["id"])))


def rows_of(found: Sequence[Found]) -> list[Row]:
    """Shape what the database gives for the partition."""
    return [
        Row(
            r["worker"], r["household"], tuple(r[name] for name in ORDER), r["person_times"], r["person_days"], r["hours"],
            r["wages_yuan"],
        )
        for r in found
    ]  # fmt: skip


def _published(kind: str, starts_on: date, atom: Atom) -> dict[str, Any]:
    """Keep of an atom what its kind of period tells: counts of a month, rounded pay of a quarter."""
    if kind == "quarter":
        return record(kind, starts_on, atom.key, wages_yuan=rounded(atom.wages_yuan))
    return record(kind, starts_on, atom.key, **{name: getattr(atom, name) for name in COUNTS})


def record(kind: str, starts_on: date, key: Key, **figures: int | Decimal) -> dict[str, Any]:
    """Write an atom as it is stored: the figures that it does not have are None."""
    empty = dict.fromkeys((*COUNTS, "wages_yuan"))
    return {"kind": kind, "starts_on": starts_on, **dict(zip(ORDER, key, strict=True)), **empty, **figures}


def content(release: Found | dict[str, Any], atoms: Sequence[Found | dict[str, Any]]) -> dict[str, Any]:
    """Write all that a release says, as it is hashed: `digest` of this is its `sha256`."""
    return {
        "programme": release["programme"],
        "kind": release["kind"],
        "period": period_name(release["kind"], release["starts_on"]),
        "method_version": release["method_version"],
        "is_synthetic": release["is_synthetic"],
        "atoms": [
            {"period": period_name(atom["kind"], atom["starts_on"])}
            | {name: atom[name] for name in ORDER}
            | {name: _number(atom[name]) for name in (*COUNTS, "wages_yuan")}
            for atom in atoms
        ],
    }


def digest(what: dict[str, Any]) -> str:
    """Hash a document: SHA-256 over its JSON, keys sorted, no spaces, UTF-8."""
    return hashlib.sha256(msgspec.json.encode(what, order="sorted")).hexdigest()


def period_name(kind: str, starts_on: date) -> str:
    """Name a period: 2018-04, 2018-Q2, or the year of a correction."""
    if kind == "month":
        return f"{starts_on:%Y-%m}"
    return f"{starts_on:%Y}" if kind == "correction" else f"{starts_on:%Y}-Q{(starts_on.month + 2) // 3}"


def _number(value: Any) -> int | float | None:
    return float(value) if isinstance(value, Decimal) else value


def _made(release: Found | dict[str, Any], outcome: Literal["created", "unchanged"], atoms: int) -> Made:
    return Made(
        programme=release["programme"],
        kind=release["kind"],
        period=period_name(release["kind"], release["starts_on"]),
        outcome=outcome,
        id=release["id"],
        sha256=release["sha256"],
        atoms=atoms,
        is_withheld=release["is_withheld"],
    )
