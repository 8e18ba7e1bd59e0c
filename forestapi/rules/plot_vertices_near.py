"""Two neighbouring vertices on nearly the same spot."""

from collections.abc import Iterator

import numpy as np
import shapely

from forestapi.rules._rows import place_of, rows_where
from forestapi.rules._rule import Batch, Hit, Parameter, Rule
from geo.text import Text

M_PER_DEGREE = 111_195.0


def check(batch: Batch) -> Iterator[Hit]:
    """Find rings with neighbouring vertices closer than the limit, exact repeats included."""
    least_m = batch.limit(RULE, "least_m")
    usable = rows_where(batch.is_polygon)
    rings, owners = shapely.get_rings(shapely.force_2d(batch.geometry[usable]), return_index=True)
    if not len(rings):
        return
    xy, ring_of = shapely.get_coordinates(rings, return_index=True)
    step = np.diff(xy, axis=0)
    step[:, 0] *= np.cos(np.radians(xy[:-1, 1]))
    near = (np.hypot(*step.T) * M_PER_DEGREE < least_m) & (ring_of[1:] == ring_of[:-1])
    rows = owners[ring_of[:-1][near]]
    first = np.flatnonzero(near)
    for row, start, count in zip(*np.unique(rows, return_index=True, return_counts=True), strict=True):
        values = {"count": int(count), "least_cm": f"{least_m * 100:g}"}
        yield Hit(usable[int(row)], place_of(xy[first[start]]), "boundary", values)


RULE = Rule(
    name="plot-vertices-near",
    noun="plots",
    severity="note",
    title=Text(zh="顶点几乎重合", en="Vertices nearly coincide"),
    message=Text(
        zh="边界有 {count} 处相邻顶点相距不到 {least_cm} 厘米（第一处 {place}）。面积不受影响；可在 GIS 软件里删去"
        "多余的点。",
        en="At {count} places neighbouring vertices are less than {least_cm} cm apart (first at {place}). The area "
        "does not change; the spare ones can be deleted in a GIS.",
    ),
    explanation=Text(
        zh="手持机停留或重复点击会留下重合的点；它们使别的软件判为无效，或画出看不见的尖刺。",
        en="A handset that stands still, or a double click, leaves them; other programs then call the boundary "
        "invalid, or draw spikes too small to see.",
    ),
    check=check,
    parameters={"least_m": Parameter(0.02, 0.0001, 5, "m", Text("最小间距", "least distance"))},
    repair="duplicates",
)
