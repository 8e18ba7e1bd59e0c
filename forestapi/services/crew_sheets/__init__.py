"""A crew's month as a workbook: written for the crew, filled in by its foreman, read back by `forest import shifts`."""

import re
from calendar import monthrange
from datetime import date

import asyncpg

from forestapi.access import Actor, allows
from forestapi.db.transaction import transaction
from forestapi.errors import BadRequest, Problem
from forestapi.records import MANAGERS
from forestapi.services import people
from forestapi.services.crew_sheets import _layout, _writing
from forestapi.services.crew_sheets._layout import is_marked
from forestapi.services.crew_sheets._reading import Sheet, unfold
from forestapi.store import codes
from forestapi.store import crew_sheets as store
from geo.text import Text

__all__ = ["LEADERS", "Sheet", "days_of", "file_name", "is_marked", "template", "unfold"]

LEADERS = MANAGERS | {"crew_leader"}
"""Those who may have a crew's sheet, with the names of its workers."""
LANGUAGES = ("zh", "en")


def days_of(month: str) -> tuple[date, date]:
    """Give the first and the last day of a month written 2026-11.

    Raises:
        BadRequest: it is not a month.

    """
    if not re.fullmatch(r"(19|20)\d{2}-(0[1-9]|1[0-2])", month):
        message = Text("月份应写成 2026-11。", "Write the month as 2026-11.")
        raise BadRequest(message, problems=[Problem(field="month", message=message)])
    year, number = int(month[:4]), int(month[5:])
    return date(year, number, 1), date(year, number, monthrange(year, number)[1])


def file_name(crew: str, month: str) -> str:
    """Name the workbook of a crew and month."""
    return f"{crew}-{month}.xlsx"


async def template(
    pool: asyncpg.Pool, actor: Actor | str, crew: str, month: str, language: str, *, with_names: bool = True
) -> bytes:
    """Write the workbook of a crew and month; reading the names for it is logged, worker by worker.

    Raises:
        BadRequest: the month or the language is none.
        NotFound: there is no such crew within the token's reach.

    """
    first, last = days_of(month)
    if language not in LANGUAGES:
        message = Text("语言为 zh 或 en。", "The language is zh or en.")
        raise BadRequest(message, problems=[Problem(field="lang", message=message)])
    async with transaction(pool, actor, is_read_only=True) as tx:
        crew = await codes.crew(tx, crew)
        found = await store.crew(tx, crew)
        assert found is not None
        workers = await store.workers(tx, crew, first, last)
        plots = await store.plot_numbers(tx, found["programme"])
        vault = tx.vault
    names: dict[str, str] = {}
    if with_names and (isinstance(actor, str) or allows(actor.role, LEADERS)):
        reason = f"crew sheet {crew} {month}"
        names = await people.names(pool, actor, [row["id"] for row in workers], reason)
    lines = [
        _layout.Line(
            worker=_layout.mark(vault, row["id"], row["number"], names.get(row["id"])),
            number=row["number"],
            name=names.get(row["id"]),
        )
        for row in workers
    ]
    titles = {name: found[f"{name}_{language}"] for name in ("programme", "name")}
    return _writing.write(crew, month, last.day, language, lines, plots, titles)
