"""How much ground a planting's holes need at their spacing, beside the ground that its plot has."""

from collections.abc import Iterator
from typing import Any

import msgspec

from forestapi.rules._rule import Batch
from forestapi.rules._values import number_of
from geo.area import M2_PER_MU


def ratios(batch: Batch) -> Iterator[tuple[int, float, dict[str, object]]]:
    """Give (row, needed ground over the plot's, words for a message) where a new planting says all of it."""
    columns = (batch.column("kind"), batch.column("lines"), batch.fact("plot_area_m2"))
    for i, (kind, lines, area_m2) in enumerate(zip(*columns, strict=True)):
        if kind not in (None, "new") or not lines or not area_m2:
            continue
        needed_m2, holes = 0.0, 0
        for line in lines:
            found = [_number(line, n) for n in ("design_holes", "row_spacing_m", "plant_spacing_m")]
            if None in found or 0 in found:
                break
            needed_m2 += float(found[0] * found[1] * found[2])
            holes += int(found[0])
        else:
            values = {
                "holes": holes,
                "needed_mu": f"{needed_m2 / M2_PER_MU:.1f}",
                "area_mu": f"{area_m2 / M2_PER_MU:.1f}",
                "percent": round(100 * needed_m2 / area_m2),
            }
            yield i, needed_m2 / area_m2, values


def _number(line: Any, name: str) -> Any:
    values = line if isinstance(line, dict) else msgspec.to_builtins(line)
    return number_of(values.get(name))
