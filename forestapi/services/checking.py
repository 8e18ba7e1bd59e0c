"""Checking that what is kept equals what the rows give: the totals behind the figures, and mending them."""

import asyncio
from collections.abc import Collection
from typing import Any

import numpy as np
import shapely
from msgspec import Struct

from forestapi import stats
from forestapi.db.transaction import Transaction
from forestapi.records._query import Query
from forestapi.stats import _rollups
from geo.overlap import net_area_m2


class Difference(Struct, frozen=True):
    """One group whose kept figures are not those of the rows."""

    statistic: str
    programme: str
    by: list[str]
    region_level: str | None
    kept: dict[str, Any] | None
    """None where the rows have a group that is not kept; and the other way round."""
    rows: dict[str, Any] | None


async def figures(tx: Transaction, names: Collection[str] = tuple(_rollups.KEPT)) -> tuple[int, list[Difference]]:
    """Compare every grouping that totals are kept for with the statistic over its rows.

    Args:
        tx: the transaction.
        names: the statistics to compare.

    Returns:
        How many groups were compared, and those that differ.

    """
    compared, found = 0, []
    codes = [row["code"] for row in await tx.rows("select code from forest.programme order by code")]
    asked: list[tuple[list[str], str, dict[str, str], tuple[str, ...], str | None]] = []
    for name in names:
        kept = _rollups.KEPT[name]
        for parameters in [dict(row) for row in await tx.rows(kept.each)] if kept.each else [{}]:
            asked += [([code], name, parameters, by, level) for code in codes for by, level in _rollups.groupings(name)]
        if kept.together and len(codes) > 1:  # and all programmes together, where one holds ground before another
            asked += [(codes, name, {}, ("region",) if level else (), level) for level in (None, *_rollups.LEVELS)]
    for chosen, name, parameters, by, level in asked:
        statistic = stats.get(name)
        words: dict[str, Any] = {
            "by": by, "query": Query(equals={"programme": chosen}), "region_level": level or "county", "parameters": parameters,
        }  # fmt: skip
        ours = _by_key(await stats.answer(tx, statistic, **words), by)
        theirs = _by_key(await stats.answer(tx, statistic, **words, is_from_rows=True), by)
        compared += len(ours | theirs)
        found += [
            Difference(name, ", ".join(chosen), list(by), level, ours.get(key), theirs.get(key))
            for key in sorted(ours.keys() | theirs.keys(), key=str)
            if ours.get(key) != theirs.get(key)
        ]
    return compared, found


async def rebuild(tx: Transaction) -> None:
    """Make the totals again from the rows."""
    await tx.run("select forest.planted_rebuild()")
    await tx.run("select forest.work_rebuild()")
    await tx.run("select forest.survival_rebuild()")


def _by_key(answer: dict[str, Any], by: tuple[str, ...]) -> dict[tuple[Any, ...], dict[str, Any]]:
    groups = {tuple(row[name] for name in by): row for row in answer["rows"]}
    return groups | {("total",): answer["total"]}


class Ground(Struct, frozen=True):
    """The planted ground of a programme, measured in two ways (EPSG:6933)."""

    programme: str
    plots: int
    credited_m2: float
    """The sum of what is credited to its plots."""
    union_m2: float
    """The union of its plots, made apart from the database."""


async def ground(tx: Transaction) -> list[Ground]:
    """Hold the credit of each programme against the union of its planted plots."""
    found = []
    for row in await tx.rows("select code from forest.programme order by code"):
        rows = await tx.rows(
            """select ST_AsBinary(p.boundary) as boundary, c.credited_m2
            from forest.planted n join forest.plot p on p.id = n.plot left join forest.credit c on c.plot = n.plot
            where n.programme = $1""",
            row["code"],
        )
        boundaries = shapely.from_wkb(np.array([r["boundary"] for r in rows], dtype=object))
        union_m2 = await asyncio.to_thread(net_area_m2, boundaries)
        credited_m2 = float(sum(r["credited_m2"] or 0.0 for r in rows))
        found.append(Ground(row["code"], len(rows), credited_m2, union_m2))
    return found
