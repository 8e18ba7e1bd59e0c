"""A declared area far from the measured one."""

from collections.abc import Iterator

import numpy as np

from forestapi.rules._rows import rows_where
from forestapi.rules._rule import Batch, Hit, Parameter, Rule
from geo.area import to_mu
from geo.text import Text

SPREAD_AT_ONE_MU_5_M = 0.27
"""One standard deviation of the area of a square mu whose corners are each 5 m off."""


def check(batch: Batch) -> Iterator[Hit]:
    """Compare `declared_area_m2` with the boundary, within two standard deviations of the handset."""
    spread = SPREAD_AT_ONE_MU_5_M * batch.limit(RULE, "handset_m") / 5
    declared_m2 = np.array([_number(v) for v in batch.column("declared_area_m2")], dtype=float)
    declared_mu, measured_mu = to_mu(declared_m2), to_mu(batch.area_m2)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.abs(declared_mu - measured_mu) / measured_mu
        allowed = np.maximum(batch.limit(RULE, "least_share"), 2 * spread / np.sqrt(measured_mu))
        differs = apart > allowed
    for i in rows_where(differs & (batch.area_m2 > 0)):
        values = {
            "declared_mu": round(float(declared_mu[i]), 1),
            "measured_mu": round(float(measured_mu[i]), 1),
            "percent": round(float(apart[i]) * 100),
        }
        yield Hit(i, field="declared_area_m2", values=values)


def _number(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return float("nan")


RULE = Rule(
    name="plot-declared-area",
    noun="plots",
    severity="note",
    title=Text(
        zh="申报面积与测量不符",
        en="Declared area differs",
    ),
    message=Text(
        zh="申报 {declared_mu} 亩，边界测得 {measured_mu} 亩，相差 {percent}%。统计用测得的面积；请核对"
        "申报数的单位（亩、公顷、平方米）。",
        en="Declared {declared_mu} mu, measured {measured_mu} mu from the boundary: {percent}% apart. "
        "Figures use the measured area; check the unit of the declared one (mu, hectares, m²).",
    ),
    explanation=Text(
        zh="手持机误差使小地块的面积相差更多，因此容差随面积变小。单位写错差 15 倍或 667 倍。",
        en="Handset errors weigh more on small plots, so the tolerance grows as plots shrink. A wrong unit "
        "is off by 15 or 667 times.",
    ),
    check=check,
    parameters={
        "least_share": Parameter(0.02, 0.001, 0.5, "", Text("最小容差（比例）", "least tolerance, as a share")),
        "handset_m": Parameter(5, 0.1, 30, "m", Text("手持机误差", "error of the handset")),
    },
)
