"""Net area, the second way: the exact union of many polygons, worked out apart from the database.

The product keeps net area at write time from stored overlaps. This module answers the same question from the
polygons alone, so that a test, or the demonstration data, can hold one against the other.
"""

import numpy as np
import shapely
from numpy.typing import ArrayLike

from geo.area import to_equal_area


def net_area_m2(geometries: ArrayLike) -> float:
    """Measure the ground that valid EPSG:4326 polygons cover, each piece once, in EPSG:6933 square metres.

    Groups of touching polygons are united apart from one another, a hundred times faster than one union, in a
    frame of their own around zero, where a float resolves least.
    """
    plane = to_equal_area(geometries)
    plane = plane[~(shapely.is_missing(plane) | shapely.is_empty(plane))]
    if len(plane) == 0:
        return 0.0
    west, south, east, north = shapely.total_bounds(plane)
    origin = np.array([(west + east) / 2, (south + north) / 2])
    local = shapely.transform(plane, lambda xy: xy - origin)
    return float(shapely.area(shapely.disjoint_subset_union_all(local)))
