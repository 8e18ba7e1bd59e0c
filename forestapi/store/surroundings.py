"""What the ledger knows around records that are to be judged: one query for a whole batch each."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any

from forestapi.db.sql import Sql
from forestapi.db.transaction import Transaction
from forestapi.store import scopes


async def overlaps(
    tx: Transaction, ids: Sequence[str], boundaries: Sequence[bytes | None]
) -> dict[int, list[tuple[str, str, float]]]:
    """Find the plots of any programme that share ground with boundaries (WKB, EPSG:4326), by the spatial index.

    Args:
        tx: the transaction.
        ids: of the plots that the boundaries are of; a plot does not overlap itself.
        boundaries: valid ones; None where there is none.

    Returns:
        Index of the boundary -> (number, programme, shared m² in EPSG:6933) of each plot that it overlaps.

    """
    asked = [(i, id, wkb) for i, (id, wkb) in enumerate(zip(ids, boundaries, strict=True)) if wkb is not None]
    if not asked:
        return {}
    rows = await tx.rows(
        """with asked as materialized (
          select i, id, g, ST_Transform(g, 6933) as ground
          from (select i, id, ST_SetSRID(ST_GeomFromWKB(wkb), 4326) as g
            from unnest($1::int[], $2::text[], $3::bytea[]) as a (i, id, wkb)) s
        )
        select i, number, programme, area_m2 from asked a cross join lateral (
          select p.number, p.programme, ST_Area(ST_Intersection(ST_Transform(p.boundary, 6933), a.ground)) as area_m2
          from forest.plot p
          where p.boundary && a.g and p.id::text <> a.id and ST_Intersects(p.boundary, a.g)) n
        where area_m2 > 0 order by i, area_m2 desc""",
        *[list(part) for part in zip(*asked, strict=True)],
    )
    found: dict[int, list[tuple[str, str, float]]] = {}
    for row in rows:
        found.setdefault(row["i"], []).append((row["number"], row["programme"], row["area_m2"]))
    return found


class Planted:
    """What a plot is, for its plantings and surveys."""

    def __init__(self, row: Any) -> None:
        """Take one row of the answer."""
        self.programme: str = row["programme"]
        self.area_m2: float = row["area_m2"]
        self.programme_starts_on: date | None = row["starts_on"]
        self.planted_on: date | None = row["first_planted_on"]


async def plots(tx: Transaction, ids: Sequence[str]) -> dict[str, Planted]:
    """Read what plantings and surveys are judged beside: plot -> its programme, area and first planting."""
    rows = await tx.rows(
        """select p.id::text as id, p.programme, p.area_m2, g.starts_on,
          (select min(n.started_on) from forest.planting n where n.plot = p.id and n.kind = 'new') as first_planted_on
        from forest.plot p join forest.programme g on g.code = p.programme where p.id = any($1::uuid[])""",
        list(ids),
    )
    return {row["id"]: Planted(row) for row in rows}


Other = tuple[int, time | None, time | None, Any]
"""Number, start, end and hours of an accepted shift."""


async def other_shifts(tx: Transaction, shifts: Sequence[tuple[str, Any, Any]]) -> dict[int, list[Other]]:
    """Find the accepted shifts of the same worker and date within the token's reach: index -> those of other ids.

    What is out of reach is left to the constraints, which say that there is something, and not what.
    """
    asked = [
        (i, id, str(worker), day) for i, (id, worker, day) in enumerate(shifts) if worker and isinstance(day, date)
    ]
    if not asked:
        return {}
    rows = await tx.rows(
        Sql(
            """select a.i, s.number, s.starts_at, s.ends_at, s.hours
            from unnest({}::int[], {}::text[], {}::uuid[], {}::date[]) as a (i, id, worker, work_date)
            join forest.shift s using (worker, work_date)
            where s.status in ('submitted', 'approved') and s.id::text <> a.id and {}""",
            *[list(part) for part in zip(*asked, strict=True)],
            scopes.within("shifts", tx.scope),
        )
    )
    found: dict[int, list[Other]] = {}
    for row in rows:
        found.setdefault(row["i"], []).append((row["number"], row["starts_at"], row["ends_at"], row["hours"]))
    return found
