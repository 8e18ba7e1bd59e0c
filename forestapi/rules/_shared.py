"""Ground that a plot shares with others: those of the ledger, and earlier rows of the same rows."""

import numpy as np
import shapely
from msgspec import Struct

from forestapi.rules._rows import rows_where
from forestapi.rules._rule import Batch
from geo.area import to_equal_area


class Shared(Struct, frozen=True):
    """Ground that a boundary shares with another plot."""

    number: str
    programme: str
    area_m2: float
    """What the two share, m² in EPSG:6933."""
    of_both: float = 0.0
    """The same as a part of what both cover together: 1 is equal ground."""
    is_news: bool = True
    """Whether the boundary is not the one that the ledger has already of this very plot."""


def shared_ground(batch: Batch) -> dict[int, list[Shared]]:
    """Say for each row that shares ground with whom: with plots of the ledger (the fact `overlaps`), and with earlier rows."""
    if "shared_ground" not in batch.facts:
        found = _within(batch)
        for i, shared in enumerate(batch.fact("overlaps")):
            if shared:
                found.setdefault(i, []).extend(shared)
        batch.facts["shared_ground"] = [found.get(i, []) for i in range(len(batch))]
    return {i: shared for i, shared in enumerate(batch.facts["shared_ground"]) if shared}


def _within(batch: Batch) -> dict[int, list[Shared]]:
    """Find rows that share ground with an earlier row of the batch; copies have a rule of their own."""
    usable = rows_where(batch.area_m2 > 0)
    if len(usable) < 2:
        return {}
    plane = to_equal_area(batch.geometry[usable])
    later, earlier = shapely.STRtree(plane).query(plane, predicate="intersects")
    is_pair = later > earlier
    later, earlier = later[is_pair], earlier[is_pair]
    areas_m2 = shapely.area(shapely.intersection(plane[later], plane[earlier]))
    numbers, programmes = batch.column("number"), batch.column("programme")
    found: dict[int, list[Shared]] = {}
    for k in np.flatnonzero(areas_m2 > 0):
        i, other = usable[int(later[k])], usable[int(earlier[k])]
        if batch.boundary_hashes[i] != batch.boundary_hashes[other]:
            both_m2 = float(batch.area_m2[i] + batch.area_m2[other] - areas_m2[k])
            named = str(numbers[other] or batch.rows[other])
            shared = Shared(named, str(programmes[other] or ""), float(areas_m2[k]), float(areas_m2[k]) / both_m2)
            found.setdefault(i, []).append(shared)
    return found
