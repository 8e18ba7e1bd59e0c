"""Made-up ground and work of any size, the same for the same number: counties, plots, plantings, workers, shifts.

Plots are blobs of about 24 corners on a jittered grid over the counties; every thirtieth lies half over its
neighbour, so that about 3 % overlap. Nothing of it is real.
"""

from datetime import date, timedelta
from uuid import UUID

import numpy as np
import pyarrow as pa
import shapely
from msgspec import Struct
from numpy.typing import NDArray

WEST, SOUTH = 100.0, 37.5
STEP_DEG = 0.0013
"""Distance of plots: about 110 m by 145 m, for plots of about 1.1 ha."""
COUNTY_COLUMNS, COUNTY_ROWS = 4, 2
PROGRAMME = "bench"
SPECIES = ("haloxylon-ammodendron", "salix-psammophila", "caragana-korshinskii", "populus-euphratica")
ACTIVITIES = ("planting", "watering", "weeding", "patrol", "nursery")
FIRST_DAY = date(2017, 1, 1)


class Plots(Struct, frozen=True):
    """Plots in columns."""

    ids: list[UUID]
    boundaries: NDArray
    """shapely MultiPolygons, EPSG:4326."""
    planted_on: list[date]
    species: list[str]
    design_holes: NDArray

    def wkb(self, part: slice = slice(None)) -> list[bytes]:
        """Write boundaries as EWKB."""
        return shapely.to_wkb(shapely.set_srid(self.boundaries[part], 4326), include_srid=True).tolist()


def keys(kind: int, numbers: NDArray) -> list[UUID]:
    """Name made-up records: UUIDs of version 7 in growing order."""
    return [UUID(int=(0x0190_0000_0000 << 80) | (7 << 76) | (2 << 62) | (kind << 48) | int(n)) for n in numbers]


def side(count: int) -> int:
    """Columns of the grid that `count` plots stand on."""
    return int(np.ceil(np.sqrt(count)))


def plots(count: int, *, first: int = 0, of: int | None = None, seed: int = 7, lift: float = 0.0) -> Plots:
    """Make plots number `first` to `first + count` of a ground for `of` plots.

    `lift` moves all of them north by this many steps: 0.5 makes plots that overlap those made without.
    """
    numbers = np.arange(first, first + count)
    rng = np.random.default_rng([seed, first])
    wide = side(of or count)
    column, row = numbers % wide, numbers // wide
    is_over = numbers % 30 == 29
    x = WEST + (column + rng.uniform(-0.05, 0.05, count) - 0.5 * is_over) * STEP_DEG
    y = SOUTH + (row + rng.uniform(-0.05, 0.05, count) + lift) * STEP_DEG
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    radii = rng.uniform(0.34, 0.42, (count, 24)) * STEP_DEG
    corners = np.stack([x[:, None] + radii * np.cos(angles), y[:, None] + radii * np.sin(angles)], axis=-1)
    rings = shapely.linearrings(np.concatenate([corners, corners[:, :1]], axis=1))
    boundaries = shapely.multipolygons(shapely.polygons(rings), indices=np.arange(count))
    days = rng.integers(0, 3 * 365, count)
    return Plots(
        ids=keys(1 if lift == 0 else 2, numbers),
        boundaries=boundaries,
        planted_on=[FIRST_DAY + timedelta(days=int(day)) for day in days],
        species=[SPECIES[i] for i in rng.integers(0, len(SPECIES), count)],
        design_holes=rng.integers(500, 2000, count),
    )


def counties(count: int) -> tuple[list[str], NDArray]:
    """Give codes and outlines of the counties under a ground for `count` plots."""
    wide = side(count)
    xs = WEST - STEP_DEG + np.linspace(0, (wide + 2) * STEP_DEG, COUNTY_COLUMNS + 1)
    ys = SOUTH - STEP_DEG + np.linspace(0, (wide + 2) * STEP_DEG, COUNTY_ROWS + 1)
    codes = [f"6290{i + 1:02d}000000" for i in range(COUNTY_COLUMNS * COUNTY_ROWS)]
    boxes = [
        shapely.multipolygons([shapely.segmentize(shapely.box(xs[i], ys[j], xs[i + 1], ys[j + 1]), STEP_DEG * wide / 400)])
        for j in range(COUNTY_ROWS) for i in range(COUNTY_COLUMNS)
    ]  # fmt: skip
    return codes, np.array(boxes)


class Shifts(Struct, frozen=True):
    """Shifts in columns: which worker and plot, when, what."""

    first: int
    worker: NDArray
    day: NDArray
    plot: NDArray
    activity: NDArray
    wage_yuan: NDArray

    @property
    def ids(self) -> list[UUID]:
        """Name them."""
        return keys(4, np.arange(self.first, self.first + len(self.worker)))

    @property
    def dates(self) -> list[date]:
        """Give the dates of the work."""
        return (np.datetime64(FIRST_DAY) + self.day).astype(object).tolist()


def shifts(count: int, plots_count: int, *, first: int = 0, of: int | None = None, seed: int = 11) -> Shifts:
    """Make shifts: each worker works every day of a run of days, in one county or another."""
    rng = np.random.default_rng([seed, first])
    numbers = np.arange(first, first + count)
    workers = worker_count(of or count)
    return Shifts(
        first=first,
        worker=numbers % workers,
        day=(numbers // workers) % 1460,
        plot=rng.integers(0, plots_count, count),
        activity=rng.integers(0, len(ACTIVITIES), count),
        wage_yuan=rng.integers(100, 260, count),
    )


def worker_count(shift_count: int) -> int:
    """People who do so many shifts: about 250 shifts each, and never more than one a day."""
    return max(shift_count // 250, shift_count // 1400 + 1, 20)


def plots_table(made: Plots) -> pa.Table:
    """Write plots as a table with the columns that an import knows, geometry as WKB."""
    return pa.table({
        "plot_no": [f"B-{i}" for i in range(len(made.ids))],
        "planted_on": pa.array(made.planted_on, pa.date32()),
        "species": made.species,
        "design_holes": pa.array(made.design_holes.tolist(), pa.int64()),
        "geometry": pa.array(shapely.to_wkb(made.boundaries).tolist(), pa.binary()),
    })  # fmt: skip
