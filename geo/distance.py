"""Distances over the ground, on the WGS84 ellipsoid."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.area import WGS84


def distance_m(positions: ArrayLike, place: ArrayLike) -> NDArray:
    """Measure from each (longitude, latitude) of `positions`, float (n, 2), to one place or to n places.

    Returns:
        Metres, float (n,); NaN where a position is not finite.

    """
    positions = np.asarray(positions, dtype=float)
    places = np.broadcast_to(np.asarray(place, dtype=float), positions.shape)
    distances = np.full(len(positions), np.nan)
    known = np.isfinite(positions).all(axis=1) & np.isfinite(places).all(axis=1)
    _, _, distances[known] = WGS84.inv(
        positions[known, 0], positions[known, 1], places[known, 0], places[known, 1]
    )
    return distances
