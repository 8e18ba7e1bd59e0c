"""What the ledger knows around records that are to be judged: one query for a whole batch each."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any
from uuid import UUID

from forestapi.db.sql import Sql
from forestapi.db.transaction import Transaction
from forestapi.store import scopes


async def overlaps(
    tx: Transaction, ids: Sequence[UUID | None], boundaries: Sequence[bytes | None]
) -> dict[int, list[tuple[str, str, float, float, bool]]]:
    """Find the plots of any programme that share ground with boundaries (WKB, EPSG:4326), by the spatial index.

    Args:
        tx: the transaction.
        ids: of the plots that the boundaries are of; a plot does not overlap itself.
        boundaries: valid ones; None where there is none.

    Returns:
        Index of the boundary -> of each plot that it overlaps, the largest share first: number, programme, shared m²
        in EPSG:6933, the same as a part of what both cover, and whether the boundary is other than the ledger's of its plot.

    """
    asked = [(i, id, wkb) for i, (id, wkb) in enumerate(zip(ids, boundaries, strict=True)) if wkb is not None]
    if not asked:
        return {}
    rows = await tx.rows(
        """with asked as materialized (
          select i, id, g, ST_Transform(g, 6933) as ground
          from (select i, id, ST_SetSRID(ST_GeomFromWKB(wkb), 4326) as g
            from unnest($1::int[], $2::uuid[], $3::bytea[]) as a (i, id, wkb)) s
        )
        select i, number, programme, n.area_m2, of_both, of_both > 0.5 and not exists (select from forest.plot own
            where own.id = a.id and forest.boundary_hash(own.boundary, 1e-9) = forest.boundary_hash(ST_Multi(a.g), 1e-9)) as is_news
        from asked a cross join lateral (
          select p.number, p.programme, s.area_m2, s.area_m2 / (ST_Area(a.ground) + p.area_m2 - s.area_m2) as of_both
          from forest.plot p cross join lateral (
            select ST_Area(ST_Intersection(ST_Transform(p.boundary, 6933), a.ground)) as area_m2 offset 0) s
          where p.boundary && a.g and p.id is distinct from a.id and ST_Intersects(p.boundary, a.g)) n
        where n.area_m2 > 0 order by i, n.area_m2 desc""",
        *[list(part) for part in zip(*asked, strict=True)],
    )
    found: dict[int, list[tuple[str, str, float, float, bool]]] = {}
    for i, *shared in rows:
        found.setdefault(i, []).append(tuple(shared))
    return found


async def numbered_alike(tx: Transaction, plots: Sequence[tuple[Any, ...]]) -> dict[int, str]:
    """Find plots by (id, programme, number, compartment, subcompartment): index -> another plot's layer, or its id."""
    rows = await tx.rows(
        """select i - 1 as i, o.name
        from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
          with ordinality as a (id, programme, number, compartment, subcompartment, i)
        cross join lateral (select coalesce(p.layer, p.id::text) as name from forest.plot p
          where p.programme = a.programme and p.number = a.number and p.id is distinct from a.id
            and (p.compartment, p.subcompartment) is not distinct from (a.compartment, a.subcompartment) limit 1) o""",
        *[list(part) for part in zip(*plots, strict=True)],
    )
    return {row["i"]: row["name"] for row in rows}


async def plots_cells(tx: Transaction, programme: str) -> list[tuple[float, float]]:
    """Say roughly where a programme has plots: the middles (longitude, latitude) of 40 km cells that hold any."""
    rows = await tx.rows(
        """select ST_X(g) as lon, ST_Y(g) as lat from (
          select ST_Transform(ST_SetSRID(ST_MakePoint((x + 0.5) * m - 20037508.342789244, (y + 0.5) * m - 20037508.342789244), 3857), 4326) as g
          from forest.cell, forest.cell_side_m(4) as m where level = 4 and programme = $1 and plots > 0) c""",
        programme,
    )
    return [(row["lon"], row["lat"]) for row in rows]


async def far_from_regions(tx: Transaction, positions: Sequence[tuple[float, float]], degrees: float) -> set[int]:
    """Find the positions (longitude, latitude) within so many degrees of which no region lies; none without regions."""
    if not positions:
        return set()
    rows = await tx.rows(
        """select i - 1 as i from unnest($1::float8[], $2::float8[]) with ordinality as a (lon, lat, i)
        where exists (select from forest.region_piece) and not exists (
          select from forest.region_piece where piece && ST_Expand(ST_SetSRID(ST_MakePoint(lon, lat), 4326), $3))""",
        *[list(part) for part in zip(*positions, strict=True)],
        degrees,
    )
    return {row["i"] for row in rows}


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
