"""Figures of a place or a filter: which noun's records the rows of a view are, and which of these count."""

from forestapi.db.sql import Sql
from forestapi.db.transaction import Transaction
from forestapi.errors import BadRequest, Problem
from forestapi.records import nouns
from forestapi.records._query import Query
from forestapi.stats._statistic import Statistic
from forestapi.store import features
from geo.text import Text

NOUNS = {"planted_ground": ("plots", "plot"), "work": ("shifts", "shift"), "survival_checks": ("surveys", "survey")}
"""For each view: the noun that a filter is about, and the column that names its record (and is called like the noun's table)."""


def filtered(statistic: Statistic) -> str | None:
    """Name the noun whose queryables a statistic can be filtered by; None where it takes no filter."""
    return NOUNS[statistic.view][0] if statistic.view in NOUNS else None


def conditions(statistic: Statistic, query: Query) -> list[Sql]:
    """Write what keeps a statistic to a filter (over its noun's queryables) and to the plots of a bbox.

    Raises:
        BadRequest: the filter cannot be applied; or no filter can be applied to this statistic.

    """
    if not query.is_located:
        return []
    if statistic.view not in NOUNS:
        message = Text(
            f"统计 {statistic.name} 不接受 filter 与 bbox。", f"The statistic {statistic.name} takes no filter and no bbox."
        )
        raise BadRequest(message, problems=[Problem(field="filter", message=message)])
    name, column = NOUNS[statistic.view]
    found = []
    if query.where:
        found.append(Sql(f"v.{column} in {{}}", features.selected(nouns()[name], Query(where=query.where))))
    if query.bbox:
        found.append(Sql("v.plot in {}", features.selected(nouns()["plots"], Query(bbox=query.bbox))))
    return found


async def probe(tx: Transaction, statistic: Statistic, query: Query) -> None:
    """See that a filter by itself is answered in the time that a list has: a figure may take longer, a filter not.

    Raises:
        BadRequest: it is not.

    """
    if query.where and statistic.view in NOUNS:
        noun = nouns()[NOUNS[statistic.view][0]]
        async with features.budget(tx, query, is_passing=True):
            await tx.value(Sql("select count(*) from {} x", features.selected(noun, Query(where=query.where))))


def echo(query: Query) -> dict[str, str]:
    """Say in an answer what it was kept to, as the address said it."""
    said = {}
    if query.bbox:
        said["bbox"] = ",".join(f"{number:.12g}" for number in query.bbox)
    if query.where:
        said["filter"] = query.where.given
        if query.where.language != "cql2-text":
            said["filter-lang"] = query.where.language
        if not query.where.crs.is_default:
            said["filter-crs"] = query.where.crs.uri
    return said
