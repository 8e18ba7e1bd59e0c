"""A programme's report of one year: answers of the statistics, all of one moment, put in order for paper."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct

from forestapi import stats
from forestapi.db.transaction import Transaction
from forestapi.errors import BadRequest, NotFound, Problem
from forestapi.records import CIVIL_TIME
from forestapi.records._query import Query
from forestapi.store import regions
from geo.text import Text

FIRST_YEAR, LAST_YEAR = 1949, 2999
OUTLINE_M = 1000
"""How far an outline on the small map may be from the true one."""
MOST_ROWS = 400
"""Rows of a table on paper; the answer itself has them all."""


class Part(Struct, frozen=True):
    """One answer of the report, and how it is shown."""

    statistic: str
    by: str = ""
    columns: tuple[str, ...] = ()
    """What the table has; nothing is all but square metres."""
    drawn: str = ""
    """The column of the chart, and by region of the map."""


class Section(Struct, frozen=True):
    """Some answers under one heading."""

    title: Text
    parts: tuple[Part, ...]


AREA = ("gross_mu", "net_mu", "net_ha", "overlap_mu", "credited_mu", "accepted_mu")
WORK = ("person_times", "person_days", "standard_days", "distinct_workers", "fte", "wages_yuan")
SECTIONS = (
    Section(
        Text("造林面积", "Planted ground"),
        (Part("planted-area", "region", AREA, "net_mu"), Part("planted-area", "species", AREA, "credited_mu"), Part("density")),
    ),
    Section(
        Text("绿色用工", "Green work"),
        (Part("green-work", "region", WORK, "person_days"), Part("green-work", "activity", WORK, "standard_days"),
         Part("inclusion"), Part("working-conditions"), Part("wages"),
         Part("work-per-hectare", "activity",
              ("person_days", "worked_mu", "worked_ha", "person_days_per_ha", "wages_per_ha_yuan"), "person_days_per_ha")),
    ),
    Section(
        Text("检查与成活", "Checks and survival"),
        (Part("survival", "region", ("plots", "design_holes", "live_holes", "rate", "rate_low", "rate_high", "class"), "rate"),
         Part("acceptance"), Part("preservation")),
    ),
)  # fmt: skip
"""What a report holds. The year is that of planting, of work and of the check, as each statistic takes it."""
HEADLINE = (
    ("planted-area", ("net_mu", "net_ha", "overlap_mu", "accepted_mu")),
    ("green-work", ("person_times", "person_days", "distinct_workers", "wages_yuan")),
    ("survival", ("rate",)),
)
"""Totals on the first page."""


class Answered(Struct, frozen=True):
    """A part and the answer to it, with the outlines of its regions."""

    part: Part
    answer: dict[str, Any]
    outlines: dict[str, bytes]


class Report(Struct, frozen=True, kw_only=True):
    """Everything that a report says, before it is written in a language."""

    programme: str
    name: Text
    year: int
    made_at: datetime
    as_of: str
    snapshot: str | None
    is_synthetic: bool
    sections: tuple[tuple[Text, tuple[Answered, ...]], ...]

    @property
    def answers(self) -> Iterable[Answered]:
        """Every answer in the order of the report."""
        return (answered for _, parts in self.sections for answered in parts)

    def answer(self, statistic: str) -> dict[str, Any]:
        """Give the first answer of a statistic."""
        return next(a.answer for a in self.answers if a.answer["name"] == statistic)


async def build(tx: Transaction, programme: str, year: int, as_of: str | None = None) -> Report:
    """Ask every statistic of the report; without `as_of`, all see the moment of the transaction.

    Raises:
        BadRequest: the year or the moment is none.
        NotFound: there is no such programme.

    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        message = Text(f"年份须在 {FIRST_YEAR} 与 {LAST_YEAR} 之间。", f"The year lies between {FIRST_YEAR} and {LAST_YEAR}.")
        raise BadRequest(message, problems=[Problem(field="year", message=message)])
    found = await tx.row("select name_zh, name_en from forest.programme where code = $1", programme)
    if found is None:
        raise NotFound(Text(f"没有项目 {programme}。", f"There is no programme {programme}."))
    sections = []
    for section in SECTIONS:
        answered = [await _ask(tx, part, programme, year, as_of) for part in section.parts]
        sections.append((section.title, tuple(answered)))
    first = sections[0][1][0].answer
    return Report(
        programme=programme,
        name=Text(found["name_zh"], found["name_en"] or found["name_zh"]),
        year=year,
        made_at=datetime.now(CIVIL_TIME),
        as_of=first["as_of"],
        snapshot=first["snapshot"],
        is_synthetic=any(a.answer["is_synthetic"] for _, parts in sections for a in parts),
        sections=tuple(sections),
    )


async def _ask(tx: Transaction, part: Part, programme: str, year: int, as_of: str | None) -> Answered:
    answer = await stats.answer(
        tx,
        stats.get(part.statistic),
        by=(part.by,) if part.by else (),
        query=Query(equals={"programme": [programme], "year": [str(year)]}),
        as_of=as_of,
    )
    codes = [row["region"] for row in answer["rows"] if row.get("region")] if part.drawn else []
    return Answered(part, answer, await regions.outlines(tx, codes, OUTLINE_M) if codes else {})
