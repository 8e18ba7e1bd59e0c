"""Figures as known at a moment of the past: the same statements, over the rows of that moment."""

import re
from datetime import datetime

from forestapi.db.sql import Sql
from forestapi.db.transaction import Row, Transaction
from forestapi.errors import BadRequest, Problem
from geo.text import Text

_VIEWS = re.compile(
    r"\bforest\.(planted_ground|work|survival_checks|overlap|plot_species|region_ancestor)\b(?!\()"
)
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
            "请写带时区的时间（2019-01-31T12:00:00+08:00），或先前答案中的 snapshot。",
            "Write a time with its zone (2019-01-31T12:00:00+08:00), or the `snapshot` of an answer.",
        )
        raise BadRequest(message, problems=[Problem(field="as_of", message=message)]) from None
    return moment.isoformat()


async def rows(tx: Transaction, statement: Sql, as_of: str | None) -> list[Row]:
    """Run a statement over the views as they are, or as they were (`as_of`, from `parse`)."""
    if as_of is None:
        return await tx.rows(statement)
    text, values = statement.render()
    place = f"${len(values) + 1}::text"
    return await tx.rows(_VIEWS.sub(rf"forest.\1_as_of({place})", text), *values, as_of)


async def moment(tx: Transaction) -> tuple[datetime, str]:
    """Say what this transaction sees: the time at which it began, and its snapshot, to ask for the same again."""
    row = await tx.row("select now() as now, forest.current_era() || '@' || pg_current_snapshot() as snapshot")
    assert row is not None
    return row["now"], row["snapshot"]
