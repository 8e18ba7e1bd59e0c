"""The lists that a form chooses from: files that each token has its own of."""

import csv
import io
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from forestapi.access import allows
from forestapi.db.transaction import Row, Transaction
from forestapi.records import MANAGERS
from forestapi.services import people
from forestapi.store import collecting as store
from geo.text import Text

MOST = 5_000
"""Rows of a list at most: more than a phone shows, or a person looks through."""
NAMED = MANAGERS | {"crew_leader"}
"""Roles whose phones show names; the others see numbers."""
_SEX = {"female": Text("女", "female"), "male": Text("男", "male")}


async def write(tx: Transaction, name: str, reason: str | None) -> bytes:
    """Write a list as CSV: the columns `name` (what is stored), `label` (what is read), and what it is filtered by.

    `reason` goes into the log of identity reads; None if the list is handed to nobody.
    """
    columns, rows = LISTS[name]
    found = await rows(tx, MOST)
    if name == "workers":
        called = await _names(tx, [row["name"] for row in found], reason)
        found = [{**row, "label": called.get(row["name"]) or _called(row)} for row in found]
    return _csv(columns, found)


async def _names(tx: Transaction, workers: list[str], reason: str | None) -> dict[str, str]:
    if tx.who is None or not allows(tx.who.role, NAMED):
        return {}
    return await people.names_in(tx, workers, reason)


def _called(worker: Row) -> str:
    """Say how a crew knows somebody of whom this token sees no name."""
    sex = _SEX.get(worker["sex"])
    parts = [worker["number"] or f"…{worker['name'][-6:]}", sex and sex.zh, worker["birth_year"]]
    return " ".join(str(part) for part in parts if part)


def _csv(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([row[column] for column in columns] for row in rows)
    return target.getvalue().encode()


Rows = Callable[[Transaction, int], Awaitable[Sequence[Any]]]
LISTS: dict[str, tuple[tuple[str, ...], Rows]] = {
    "programmes": (("name", "label"), store.programmes),
    "crews": (("name", "label", "programme"), store.crews),
    "workers": (("name", "label", "crew"), store.workers),
    "plots": (("name", "label", "programme"), store.listed_plots),
    "species": (("name", "label"), store.species),
}
