"""A vertex at longitude 0, latitude 0."""

from collections.abc import Iterator

import numpy as np

from forestapi.rules._rows import first_per_row, place_of
from forestapi.rules._rule import Batch, Hit, Rule
from geo.text import Text

NEAR_DEGREES = 0.01


def check(batch: Batch) -> Iterator[Hit]:
    """Find a vertex within a kilometre of 0, 0, or exactly at the origin of the file's own CRS."""
    xy, owners = batch.vertices
    found = {row: xy[i] for row, i in first_per_row(owners, (np.abs(xy) < NEAR_DEGREES).all(axis=1))}
    xy, owners = batch.source_vertices
    found |= {row: xy[i] for row, i in first_per_row(owners, (xy == 0).all(axis=1))}
    for row, position in found.items():
        yield Hit(row, place_of(position), "boundary")


RULE = Rule(
    name="plot-null-island",
    noun="plots",
    severity="hold",
    title=Text(
        zh="坐标为零",
        en="Null island",
    ),
    message=Text(
        zh="坐标 {place} 是零点（经纬度 0, 0），通常表示没有测到位置。请补测这个点。",
        en="The coordinates {place} are the zero point (longitude 0, latitude 0), which mostly means "
        "that no position was taken. Survey the point again.",
    ),
    explanation=Text(
        zh="设备没有定位时常写 0, 0；那里是几内亚湾的海面。",
        en="Devices without a fix write 0, 0, which is open sea in the Gulf of Guinea.",
    ),
    check=check,
)
