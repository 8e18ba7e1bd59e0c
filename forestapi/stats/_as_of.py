"""Figures as known at a moment of the past: the same statements, over the rows of that moment."""

import re
from datetime import datetime
from uuid import UUID

from forestapi.db.sql import Sql
from forestapi.db.transaction import Row, Transaction
from forestapi.errors import BadRequest, NotFound, Problem
from forestapi.store import snapshots
from geo.text import Text

_TABLES = re.compile(r"\bforest\.(\w+)\b(?!\()")
"""What a statement reads: each has a function of its name beside it (functions/92_as_of.sql); where there is none, the
database says so, and no figure of the past is made of rows of today."""
_SNAPSHOT = re.compile(r"\d{1,9}@\d{1,19}:\d{1,19}:[\d,]{0,9999}")


def parse(text: str) -> str:
    """Read a moment: a time with its zone, or the `snapshot` of an answer; return it as the database takes it.

    Raises:
        BadRequest: it is neither.

    """
    text = text.strip()
    if _SNAPSHOT.fullmatch(text):
        return text
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        if moment.tzinfo is None:
            raise ValueError
    except ValueError:
        message = Text(
            "请写带时区的时间（2019-01-31T12:00:00+08:00），先前答案中的 snapshot，或快照的 id。",
            "Write a time with its zone (2019-01-31T12:00:00+08:00), the `snapshot` of an answer, or a snapshot's id.",
        )
        raise BadRequest(message, problems=[Problem(field="as_of", message=message)]) from None
    return moment.isoformat()


async def resolve(tx: Transaction, text: str) -> str:
    """Read a moment as `parse` does; the id of a snapshot stands for its moment.

    Raises:
        BadRequest: it is none of these.
        NotFound: there is no such snapshot.

    """
    try:
        id = UUID(text.strip())
    except ValueError:
        return parse(text)
    found = await snapshots.get(tx, id)
    if found is None:
        raise NotFound(Text(f"没有快照 {id}。", f"There is no snapshot {id}."))
    return found["moment"]


def at(statement: Sql, as_of: str | None) -> Sql:
    """Turn a statement over the views as they are into one over the views as they were (`as_of`, from `resolve`)."""
    if as_of is None:
        return statement
    texts, values = [], []
    inner = iter(statement.values)
    for number, piece in enumerate(statement.text.split("{}")):
        if number:
            value = next(inner)
            values.append(at(value, as_of) if isinstance(value, Sql) else value)
        text, places = _TABLES.subn(r"forest.\1_as_of({}::text)", piece)
        texts.append(text)
        values += [as_of] * places
    return Sql("{}".join(texts), *values)


async def rows(tx: Transaction, statement: Sql, as_of: str | None) -> list[Row]:
    """Run a statement over the views as they are, or as they were."""
    return await tx.rows(at(statement, as_of))


async def moment(tx: Transaction) -> tuple[datetime, str]:
    """Say what this transaction sees: the time at which it began, and its snapshot, to ask for the same again."""
    row = await tx.row("select now() as now, forest.current_era() || '@' || pg_current_snapshot() as snapshot")
    assert row is not None
    return row["now"], row["snapshot"]
