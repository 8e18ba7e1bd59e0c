"""The lists that a form chooses from: files that each token has its own of."""

import csv
import io
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from forestapi.db.transaction import Row, Transaction
from forestapi.store import collecting as store
from geo.text import Text

MOST = 5_000
"""Rows of a list at most: more than a phone shows, or a person looks through."""
_SEX = {"female": Text("女", "female"), "male": Text("男", "male")}


async def write(tx: Transaction, name: str) -> bytes:
    """Write a list as CSV: the columns `name` (what is stored), `label` (what is read), and what it is filtered by."""
    columns, rows = LISTS[name]
    return _csv(columns, await rows(tx, MOST))


async def _workers(tx: Transaction, limit: int) -> list[Row]:
    found = await store.workers(tx, limit)
    return [{"name": row["name"], "label": _called(row), "crew": row["crew"]} for row in found]


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
    "workers": (("name", "label", "crew"), _workers),
    "plots": (("name", "label", "programme"), store.listed_plots),
    "species": (("name", "label"), store.species),
}
