"""A vertex that juts out of the boundary and comes straight back."""

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

from forestapi.rules._rows import place_of, rows_where
from forestapi.rules._rule import Batch, Hit, Rule
from geo.text import Text

WIDEST_DEGREES = 1.0
"""The angle at the tip; the corner of a narrow field has more."""
LEAST_REACH = 1.0
"""The tip's distance to its nearer neighbour, in sides of a square of the plot's area."""


def check(batch: Batch) -> Iterator[Hit]:
    """Find a needle-sharp vertex whose two edges are longer than the plot is wide."""
    usable = rows_where(batch.area_m2 > 0)
    rings, owners = shapely.get_rings(shapely.force_2d(batch.geometry[usable]), return_index=True)
    if not len(rings):
        return
    xy, ring_of = shapely.get_coordinates(rings, return_index=True)
    tips = _sharp_tips(xy, ring_of)
    sides_m = np.sqrt(batch.area_m2[usable])
    seen: set[int] = set()
    for tip, reach_m in tips:
        k = int(owners[ring_of[tip]])
        if reach_m > LEAST_REACH * sides_m[k] and k not in seen:
            seen.add(k)
            yield Hit(usable[k], place_of(xy[tip]), "boundary", {"reach_m": round(reach_m)})


def _sharp_tips(xy: NDArray, ring_of: NDArray) -> list[tuple[int, float]]:
    """Give the vertices with an angle under the limit, and the length in metres of their shorter edge."""
    before = np.arange(len(xy)) - 1
    after = np.arange(len(xy)) + 1
    starts = np.flatnonzero(np.diff(ring_of, prepend=-1))
    ends = np.append(starts[1:], len(xy)) - 1
    # The first vertex is repeated as the last one: its neighbours are the second and the last but one.
    before[starts] = ends - 1
    after[ends] = starts + 1
    metres = np.column_stack([np.cos(np.radians(xy[:, 1])), np.ones(len(xy))]) * 111_195.0
    back = (xy[before] - xy) * metres
    forth = (xy[after] - xy) * metres
    lengths = np.hypot(*back.T), np.hypot(*forth.T)
    shorter_m = np.minimum(*lengths)
    with np.errstate(divide="ignore", invalid="ignore"):
        cosine = (back * forth).sum(axis=1) / (lengths[0] * lengths[1])
    sharp = np.flatnonzero(cosine > np.cos(np.radians(WIDEST_DEGREES)))
    return [(int(i), float(shorter_m[i])) for i in sharp]


RULE = Rule(
    name="plot-spike",
    noun="plots",
    severity="hold",
    title=Text(zh="边界有尖刺", en="Spike in the boundary"),
    message=Text(
        zh="边界在 {place} 伸出 {reach_m} 米的尖刺又原路返回，多半是一个错点。请删去或改正这个点。",
        en="At {place} the boundary juts out {reach_m} m and comes straight back, most likely by one "
        "wrong point. Delete or correct it.",
    ),
    explanation=Text(
        zh="手持机跳点或误触会留下一个远处的点；面积几乎不变，但边界伸到了别人的地里。",
        en="A jump of the handset leaves one far point: the area hardly changes, yet the boundary reaches "
        "into other ground.",
    ),
    check=check,
    repair="spikes",
)
