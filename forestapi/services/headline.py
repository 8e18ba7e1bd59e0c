"""The headline: how much ground, how much work, in how many counties, and as of when.

Ground is live; work is what was released of it (`services/releasing`), and nothing else.
"""

from datetime import datetime
from typing import Any

from msgspec import Struct

from forestapi import stats
from forestapi.db.transaction import Transaction
from forestapi.errors import NotFound
from forestapi.records._query import Query
from forestapi.services.releasing import figures
from forestapi.services.releasing.figures import Figures
from geo.text import Text

AREAS = ("gross", "net", "overlap", "credited", "accepted")
FTE_HOURS = float(next(p.default for p in stats.get("green-work").parameters if p.name == "fte_hours"))


class County(Struct, kw_only=True):
    """One county's line."""

    code: str
    name_zh: str
    name_en: str
    plots: int = 0
    net_m2: float = 0.0
    gross_m2: float = 0.0
    credited_m2: float = 0.0
    person_times: int | None = None
    person_days: int | None = None


class Headline(Struct, kw_only=True):
    """What the public page says at the top: ground from the statistics, work from the releases."""

    programme: str | None
    chosen: list[str]
    """Codes of the programmes that all of it is about."""
    programmes: list[dict[str, Any]]
    is_synthetic: bool
    as_of: datetime
    area: dict[str, float]
    work: dict[str, Any]
    """The figures, and up to which month they are released; None where nothing is, or where it is never told of so many."""
    plots: int
    counties: list[County]
    bounds: tuple[float, float, float, float] | None
    first_year: int | None
    last_year: int | None


async def read(tx: Transaction, programme: str | None = None) -> Headline:
    """Read the headline of one programme, or of the real ones together; of the demonstration if it is all there is.

    Raises:
        NotFound: there is no such programme.

    """
    programmes: list[dict[str, Any]] = [
        dict(row)
        for row in await tx.rows(
            """select code, name_zh, name_en, is_synthetic,
              exists (select from forest.planted_totals(g.code, 'all', '', '')) as is_planted
            from forest.programme g order by is_synthetic, code"""
        )
    ]
    if programme is not None and programme not in {p["code"] for p in programmes}:
        raise NotFound(Text(f"没有项目 {programme}。", f"There is no programme {programme}."))
    chosen = (
        [programme]
        if programme
        else [p["code"] for p in programmes if p["is_planted"] and not p["is_synthetic"]]
    )
    chosen = chosen or [p["code"] for p in programmes]
    query = Query(equals={"programme": chosen}) if chosen else Query()
    area = await stats.answer(tx, stats.get("planted-area"), by=("region",), query=query)
    work = await figures.read(tx, programmes=chosen, by=("county",))
    # From totals and cells, so that the page costs the same however large the ledger is; the extent is that of the cells.
    facts = await tx.row(
        """select (select coalesce(sum(plots), 0)::bigint from forest.planted_together($1, '')) as plots, y.first_year, y.last_year,
          ST_XMin(e.box) as west, ST_YMin(e.box) as south, ST_XMax(e.box) as east, ST_YMax(e.box) as north
        from (select min(year) as first_year, max(year) as last_year from forest.cell_year
            where level = 4 and programme = any($1) and plots > 0) y,
          (select ST_Transform(ST_MakeEnvelope(min(x) * m - w, min(y) * m - w, (max(x) + 1) * m - w, (max(y) + 1) * m - w, 3857), 4326) as box
            from forest.cell, (select forest.cell_side_m(10) as m, 20037508.342789244 as w) k
            where level = 10 and programme = any($1) and plots > 0 group by m, w having count(*) > 0) e
        """,
        chosen,
    )
    if facts is None:
        facts = {"plots": 0, "first_year": None, "last_year": None, "west": None}
    return Headline(
        programme=programme,
        chosen=chosen,
        programmes=programmes,
        is_synthetic=any(p["is_synthetic"] for p in programmes if p["code"] in chosen),
        as_of=datetime.fromisoformat(area["as_of"]),
        area={f"{name}_m2": area["total"][f"{name}_m2"] for name in AREAS},
        work=_work(work),
        plots=facts["plots"],
        counties=await _counties(tx, chosen, area["rows"], work.rows),
        bounds=(facts["west"], facts["south"], facts["east"], facts["north"])
        if facts["west"] is not None
        else None,
        first_year=facts["first_year"],
        last_year=facts["last_year"],
    )


def _work(released: Figures) -> dict[str, Any]:
    days = released.total["standard_days"]
    return {
        **released.total,
        "fte": None if days is None else days * figures.HOURS_PER_DAY / FTE_HOURS,
        "fte_hours": FTE_HOURS,
        "released_up_to": released.released_up_to,
        "are_some_withheld": released.are_some_withheld,
    }


async def _counties(
    tx: Transaction, programmes: list[str], area: list[dict[str, Any]], work: list[dict[str, Any]]
) -> list[County]:
    counts = {
        row["region"]: int(row["plots"])
        for row in await tx.rows(
            "select nullif(region, '') as region, plots from forest.planted_together($1, 'county')", programmes
        )
    }
    lines: dict[str, County] = {}
    names = {row["region"] or "": row["region_name"] for row in area}
    names |= {row["county"]: row["county_name"] for row in work if row["county"] is not None}
    for code, found in names.items():
        name = found or Text("未归入行政区", "No region")
        lines[code] = County(code=code, name_zh=name.zh, name_en=name.en, plots=counts.get(code or None, 0))
    for row in area:
        line = lines[row["region"] or ""]
        line.net_m2, line.gross_m2, line.credited_m2 = row["net_m2"], row["gross_m2"], row["credited_m2"]
    for row in work:
        if row["county"] is not None:  # else the months in which work could not be divided by county
            line = lines[row["county"]]
            line.person_times, line.person_days = row["person_times"], row["person_days"]
    return sorted(lines.values(), key=lambda county: -county.net_m2)
