"""A boundary that encloses next to nothing."""

from collections.abc import Iterator

from forestapi.rules._rows import rows_where
from forestapi.rules._rule import Batch, Hit, Parameter, Rule
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Compare the equal-area measure with the limit."""
    limit_m2 = batch.limit(RULE, "least_m2")
    for i in rows_where(batch.area_m2 < limit_m2):
        values = {"area_m2": round(float(batch.area_m2[i]), 3), "limit_m2": f"{limit_m2:g}"}
        yield Hit(i, field="boundary", values=values)


RULE = Rule(
    name="plot-too-small",
    noun="plots",
    severity="hold",
    title=Text(
        zh="面积过小",
        en="Too small",
    ),
    message=Text(
        zh="边界只围住 {area_m2} 平方米（不足 {limit_m2} 平方米），不是一块地。请检查坐标的单位和小数位数。",
        en="The boundary encloses only {area_m2} m² (less than {limit_m2} m²), which is no plot. Check the unit "
        "and the decimals of the coordinates.",
    ),
    explanation=Text(
        zh="坐标被四舍五入或单位弄错时，小班会缩成一点。",
        en="Rounded coordinates or a wrong unit shrink a plot to a point.",
    ),
    check=check,
    parameters={
        "least_m2": Parameter(1.0, 0.1, 10_000.0, "m²", Text("最小面积", "smallest area")),
    },
)
