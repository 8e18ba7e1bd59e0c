"""Facts of a whole layer, gathered in a first pass, for rules that compare a row with all the others."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from msgspec import Struct
from numpy.typing import NDArray
from pyarrow import RecordBatch
from pyproj import CRS

from geo import validity
from geo.crs import to_wgs84
from geo.distance import distance_m

SAMPLE = 200_000
"""Positions kept for the spread of a layer: enough for any quantile, and bounded."""

DENSE_ROWS = 20
DENSE_M = 200_000.0
FAR_CORES = 20
FAR_M = 50_000.0


class LayerFacts(Struct, frozen=True, kw_only=True):
    """Where the rows of a layer lie, taken together."""

    count: int
    """Rows that have a place on Earth."""
    lon: float
    """Median longitude, degrees; NaN for an empty layer."""
    lat: float
    """Median latitude, degrees."""
    distance_m_median: float
    """Half of the rows lie within this distance of (lon, lat)."""
    distance_m_90: float
    """Nine tenths of the rows lie within this distance of (lon, lat)."""
    distance_m_99: float
    sample: NDArray
    """Positions (longitude, latitude) of up to 200,000 rows, evenly chosen; float (n, 2)."""
    distinct_positions: int
    """How many different places (to a metre) the sample holds."""
    repeated: dict[int, int]
    """Short boundary hash -> row number of its first use, for boundaries that are used more than once."""

    @property
    def is_dense(self) -> bool:
        """Whether the layer has a core that a row can be far from: 20 rows, nine tenths within 200 km."""
        return self.count >= DENSE_ROWS and self.distance_m_90 <= DENSE_M

    @property
    def far_m(self) -> float:
        """Metres from the middle beyond which a row of a dense layer is far: 20 cores, at least 50 km."""
        return max(FAR_CORES * self.distance_m_90, FAR_M)

    @classmethod
    def collect(cls, batches: Iterable[RecordBatch], crs: CRS | None) -> "LayerFacts":
        """Read through a layer once (`geo.reading.Layer.batches()`), in 24 bytes a row and the sample."""
        geometries = (
            (
                batch.column("row").to_numpy(),
                to_wgs84(shapely.from_wkb(batch.column("geometry").to_numpy(zero_copy_only=False)), crs),
            )
            for batch in batches
            if crs is not None
        )
        return cls.of(geometries)

    @classmethod
    def of(cls, parts: Iterable[tuple[NDArray, NDArray]]) -> "LayerFacts":
        """Gather facts from parts of (row numbers, EPSG:4326 geometries)."""
        sample = np.empty((0, 2))
        stride, count = 1, 0
        short_hashes: list[NDArray] = []
        rows_of_hashes: list[NDArray] = []
        for rows, geometries in parts:
            bounds = shapely.bounds(geometries)
            positions = (bounds[:, :2] + bounds[:, 2:]) / 2
            positions = positions[np.isfinite(positions).all(axis=1)]
            chosen = positions[(-count) % stride :: stride]
            count += len(positions)
            sample = np.vstack([sample, chosen])
            while len(sample) > SAMPLE:
                sample, stride = sample[::2], stride * 2
            hashes = validity.boundary_hash(geometries)
            has_hash = np.array([h is not None for h in hashes], dtype=bool)
            short_hashes.append(np.array([short(h) for h in hashes[has_hash]], dtype=np.uint64))
            rows_of_hashes.append(np.asarray(rows, dtype=np.int64)[has_hash])
        return cls(count=count, repeated=_repeated(short_hashes, rows_of_hashes), **_spread(sample))


def short(boundary_hash: str) -> int:
    """Shorten a boundary hash to 64 bits: a million of them clash by chance once in 40 million layers."""
    return int(boundary_hash[:16], 16)


def _repeated(hashes: list[NDArray], rows: list[NDArray]) -> dict[int, int]:
    if not hashes:
        return {}
    every_hash, every_row = np.concatenate(hashes), np.concatenate(rows)
    values, first, counts = np.unique(every_hash, return_index=True, return_counts=True)
    is_repeated = counts > 1
    return dict(zip(values[is_repeated].tolist(), every_row[first[is_repeated]].tolist(), strict=True))


def _spread(sample: NDArray) -> dict[str, Any]:
    if len(sample) == 0:
        nan = float("nan")
        return {
            "lon": nan,
            "lat": nan,
            "distance_m_median": nan,
            "distance_m_90": nan,
            "distance_m_99": nan,
            "sample": sample,
            "distinct_positions": 0,
        }
    lon, lat = np.median(sample, axis=0)
    distances_m = distance_m(sample, (lon, lat))
    half, ninety, ninety_nine = np.quantile(distances_m, [0.5, 0.9, 0.99])
    return {
        "lon": float(lon),
        "lat": float(lat),
        "distance_m_median": float(half),
        "distance_m_90": float(ninety),
        "distance_m_99": float(ninety_nine),
        "sample": sample,
        "distinct_positions": len(np.unique(np.round(sample, 5), axis=0)),
    }
