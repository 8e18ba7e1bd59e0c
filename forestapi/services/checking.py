"""Checking that what is kept equals what the rows give: the totals behind the figures, and mending them."""

from typing import Any

from msgspec import Struct

from forestapi import stats
from forestapi.db.transaction import Transaction
from forestapi.records._query import Query
from forestapi.stats import _rollups


class Difference(Struct, frozen=True):
    """One group whose kept figures are not those of the rows."""

    programme: str
    by: list[str]
    region_level: str | None
    kept: dict[str, Any] | None
    """None where the rows have a group that is not kept; and the other way round."""
    rows: dict[str, Any] | None


async def figures(tx: Transaction) -> tuple[int, list[Difference]]:
    """Compare every grouping that totals are kept for with the statistic over its rows.

    Returns:
        How many groups were compared, and those that differ.

    """
    compared, found = 0, []
    for row in await tx.rows("select code from forest.programme order by code"):
        query = Query(equals={"programme": [row["code"]]})
        for by, level in groupings():
            asked = {"by": by, "query": query, "region_level": level or "county"}
            kept = await stats.answer(tx, stats.get("green-work"), **asked)
            told = await stats.answer(tx, stats.get("green-work"), **asked, is_from_rows=True)
            ours, theirs = _by_key(kept, by), _by_key(told, by)
            compared += len(ours | theirs)
            found += [
                Difference(row["code"], list(by), level, ours.get(key), theirs.get(key))
                for key in sorted(ours.keys() | theirs.keys(), key=str)
                if ours.get(key) != theirs.get(key)
            ]
    return compared, found


async def rebuild(tx: Transaction) -> None:
    """Make the totals again from the rows."""
    await tx.run("select forest.work_rebuild()")


def groupings() -> list[tuple[tuple[str, ...], str | None]]:
    """List the dimensions, and the level of regions, that totals are kept for."""
    return [
        ((*period, *(("region",) if level else ()), *value), level)
        for period in ((), *((name,) for name in _rollups.PERIODS))
        for level in (None, *_rollups.LEVELS)
        for value in ((), *((name,) for name in _rollups.VALUES))
    ]


def _by_key(answer: dict[str, Any], by: tuple[str, ...]) -> dict[tuple[Any, ...], dict[str, Any]]:
    groups = {tuple(row[name] for name in by): row for row in answer["rows"]}
    return groups | {("total",): answer["total"]}
