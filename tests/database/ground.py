"""A ledger of small plots for tests of credit: what is done to it, and what shapely says it must then hold."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import asyncpg
import numpy as np
import shapely

from geo.overlap import net_area_m2

PROGRAMMES = ("ant", "bee")
DEGREES = 0.001
"""Side of the grid that test plots are drawn on: about 86 m by 111 m."""
WEST, SOUTH = 105.0, 39.0


def box(column: float, row: float, width: float, height: float) -> shapely.Polygon:
    """Draw a rectangle on the grid."""
    return shapely.box(
        WEST + column * DEGREES,
        SOUTH + row * DEGREES,
        WEST + (column + width) * DEGREES,
        SOUTH + (row + height) * DEGREES,
    )


def star(column: float, row: float, radii: list[float], turn: float = 0.0) -> shapely.Polygon:
    """Draw a polygon around a point of the grid, a corner for each radius (in cells)."""
    angles = turn + np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    centre = np.array([WEST + column * DEGREES, SOUTH + row * DEGREES])
    corners = np.column_stack([np.cos(angles), np.sin(angles)]) * np.array(radii)[:, None] * DEGREES
    return shapely.Polygon(centre + corners)


def frame(column: float, row: float, side: float) -> shapely.Geometry:
    """Draw a square with a square hole."""
    return shapely.difference(
        box(column, row, side, side), box(column + side / 4, row + side / 4, side / 2, side / 2)
    )


def ewkb(boundary: shapely.Geometry) -> str:
    """Write a boundary as the database reads it."""
    parts = shapely.MultiPolygon(shapely.get_parts(shapely.normalize(boundary)))
    return shapely.to_wkb(shapely.set_srid(parts, 4326), hex=True, include_srid=True)


@dataclass
class Plot:
    """What the test knows of a plot."""

    programme: str
    boundary: shapely.Geometry
    plantings: dict[str, tuple[str, date | None]] = field(default_factory=dict)

    @property
    def is_planted(self) -> bool:
        return any(kind == "new" for kind, _ in self.plantings.values())

    @property
    def planted_on(self) -> date | None:
        return min((d for kind, d in self.plantings.values() if kind == "new" and d), default=None)


async def add_programmes(connection: asyncpg.Connection) -> None:
    """Put the programmes in."""
    await connection.executemany(
        "insert into forest.programme (code, name_zh, name_en) values ($1, $1, $1) on conflict do nothing",
        [(code,) for code in PROGRAMMES],
    )


async def add_plot(connection: asyncpg.Connection, key: str, programme: str, boundary: Any) -> None:
    """Put a plot in."""
    await connection.execute(
        "insert into forest.plot (id, programme, number, boundary, lifecycle)"
        " values ($1::text::uuid, $2, $1, $3::text::geometry, 'planted')",
        key,
        programme,
        ewkb(boundary),
    )


async def add_planting(
    connection: asyncpg.Connection, key: str, plot: str, kind: str, started_on: date | None
) -> None:
    """Put a planting in."""
    await connection.execute(
        "insert into forest.planting (id, plot, kind, started_on)"
        " values ($1::text::uuid, $2::text::uuid, $3, $4)",
        key, plot, kind, started_on,
    )  # fmt: skip


@dataclass
class Ledger:
    """Everything that a test needs to read to judge the credit of a database."""

    rows: list[asyncpg.Record]
    pairs: dict[tuple[str, str], tuple[float, bool]]

    @classmethod
    async def read(cls, connection: asyncpg.Connection) -> "Ledger":
        rows = await connection.fetch(
            """select p.id::text as id, p.programme, d.plot is not null as is_planted, planted_on, p.received_at, credited_m2, coalesce(r.rank, 0) as rank,
              p.area_m2, geodesic_area_m2, ST_AsBinary(boundary) as boundary,
              ST_AsBinary(ST_Transform(boundary, 6933)) as ground
            from forest.plot p left join forest.planted d on d.plot = p.id full join forest.credit c on c.plot = p.id
              left join forest.overlap_rank r on r.plot = p.id order by p.id"""
        )
        pairs = await connection.fetch(
            "select later::text as later, earlier::text as earlier, area_m2, is_one_programme from forest.overlap"
        )
        return cls(rows, {(p["later"], p["earlier"]): (p["area_m2"], p["is_one_programme"]) for p in pairs})

    @property
    def planted(self) -> list[asyncpg.Record]:
        """The plots whose ground counts, in the order of credit."""

        def order(row: asyncpg.Record) -> tuple[int, date, datetime, str]:
            return row["rank"], row["planted_on"] or date.max, row["received_at"], row["id"]

        return sorted((row for row in self.rows if row["is_planted"]), key=order)

    def check(self) -> None:
        """Hold the stored credit and overlaps against shapely."""
        has_credit = {row["id"] for row in self.rows if row["credited_m2"] is not None}
        assert has_credit == {row["id"] for row in self.planted}
        for programme in PROGRAMMES:
            self._check_programme([row for row in self.planted if row["programme"] == programme])
        self._check_pairs()

    def _check_programme(self, plots: list[asyncpg.Record]) -> None:
        net_m2 = net_area_m2(shapely.from_wkb([row["boundary"] for row in plots]))
        assert abs(sum(row["credited_m2"] for row in plots) - net_m2) <= 1e-9 * net_m2 + 1e-5
        taken = shapely.Polygon()
        for row, ground in zip(plots, self._grounds(plots), strict=True):
            own_m2 = shapely.area(shapely.difference(ground, taken))
            assert abs(row["credited_m2"] - own_m2) < 1e-3, (row["id"], row["credited_m2"], own_m2)
            taken = shapely.union(taken, ground)

    def _check_pairs(self) -> None:
        plots = self.planted
        grounds = self._grounds(plots)
        expected = {}
        for j in range(len(plots)):
            for i in range(j):
                shared_m2 = shapely.area(shapely.intersection(grounds[i], grounds[j]))
                if shared_m2 > 1e-3:
                    is_one = plots[i]["programme"] == plots[j]["programme"]
                    expected[plots[j]["id"], plots[i]["id"]] = (shared_m2, is_one)
        for pair, (area_m2, is_one) in self.pairs.items():
            shared_m2, is_one_expected = expected.pop(pair, (0.0, is_one))
            assert abs(area_m2 - shared_m2) < 2e-3 and is_one == is_one_expected, pair
        assert not expected

    @staticmethod
    def _grounds(plots: list[asyncpg.Record]) -> Any:
        """Read the grounds in a frame near the origin, where overlays are exact."""
        grounds = shapely.from_wkb([row["ground"] for row in plots])
        if len(grounds) == 0:
            return grounds
        corner = np.floor(shapely.total_bounds(grounds)[:2])
        return shapely.transform(grounds, lambda xy: xy - corner)
