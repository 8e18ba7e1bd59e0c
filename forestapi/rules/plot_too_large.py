"""A boundary larger than any plot."""

from collections.abc import Iterator

from forestapi.rules._rows import rows_where
from forestapi.rules._rule import Batch, Hit, Parameter, Rule
from geo.area import to_ha
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Compare the equal-area measure with the limit."""
    area_ha, limit_ha = to_ha(batch.area_m2), batch.limit(RULE, "most_ha")
    for i in rows_where(area_ha > limit_ha):
        values = {"area_ha": round(float(area_ha[i])), "limit_ha": f"{limit_ha:g}"}
        yield Hit(i, field="boundary", values=values)


RULE = Rule(
    name="plot-too-large",
    noun="plots",
    severity="hold",
    title=Text(
        zh="面积过大",
        en="Too large",
    ),
    message=Text(
        zh="边界围住 {area_ha} 公顷，超过 {limit_ha} 公顷，不像一个小班。请确认不是县界或坐标系有误；大"
        "片造林请按小班拆分。",
        en="The boundary encloses {area_ha} ha, more than {limit_ha} ha, which is unlike a plot. Make "
        "sure it is no county or wrong coordinate system; split large plantings into plots.",
    ),
    explanation=Text(
        zh="2018 年底整个蚂蚁森林约 5 万公顷；一个小班超过 10 万公顷必有差错。",
        en="All of Ant Forest at the end of 2018 was about 50,000 ha; a single plot of 100,000 ha is a "
        "mistake.",
    ),
    check=check,
    parameters={
        "most_ha": Parameter(100_000, 10, 1_000_000, "ha", Text("最大面积", "largest area")),
    },
)
