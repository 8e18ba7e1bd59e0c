"""A boundary that is all edge: long and very thin."""

from collections.abc import Iterator

import numpy as np
import shapely

from forestapi.rules._rows import rows_where
from forestapi.rules._rule import Batch, Hit, Parameter, Rule
from geo.area import to_equal_area
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Compare the area with the edge."""
    usable = rows_where(batch.area_m2 >= 1)
    perimeter_m = shapely.length(to_equal_area(batch.geometry[usable]))
    compactness = 4 * np.pi * batch.area_m2[usable] / perimeter_m**2
    for k in rows_where(compactness < batch.limit(RULE, "least_compactness")):
        values = {
            "area_m2": round(float(batch.area_m2[usable[k]])),
            "perimeter_m": round(float(perimeter_m[k])),
        }
        yield Hit(usable[k], field="boundary", values=values)


RULE = Rule(
    name="plot-sliver",
    noun="plots",
    severity="note",
    title=Text(
        zh="边界细长",
        en="Sliver",
    ),
    message=Text(
        zh="边界细长（面积 {area_m2} 平方米，周长 {perimeter_m} 米），可能是两块地之间的缝隙。请确认。",
        en="The boundary is long and thin ({area_m2} m² within {perimeter_m} m of edge) and may be a "
        "gap between two plots. Please check.",
    ),
    explanation=Text(
        zh="叠加分析常留下缝隙；防护林带也可能很细，所以只是提醒。",
        en="Overlays leave slivers; a shelter belt may be thin too, so this is only a note.",
    ),
    check=check,
    parameters={
        # Area over that of the circle with the same edge: 1 for a circle, 0.785 for a square, 0.01 for 1 to 300.
        "least_compactness": Parameter(0.01, 0.0001, 0.5, "", Text("最小紧凑度", "least compactness")),
    },
)
