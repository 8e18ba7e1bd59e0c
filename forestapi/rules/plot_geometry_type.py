"""A type of geometry that is no boundary and cannot be taken apart safely."""

from forestapi.rules._rows import has_problem
from forestapi.rules._rule import Rule
from geo.text import Text

RULE = Rule(
    name="plot-geometry-type",
    noun="plots",
    severity="hold",
    title=Text(
        zh="几何类型不能用",
        en="Unusable geometry type",
    ),
    message=Text(
        zh="几何是集合、曲线或曲面（{place}），不能直接作为边界。请拆成多边形后重新导入。",
        en="The geometry is a collection, curve or surface ({place}) and cannot serve as a boundary. "
        "Split it into polygons and import again.",
    ),
    explanation=Text(
        zh="集合里可能混有点、线和面，哪一个是边界只有提供者知道。",
        en="A collection may mix points, lines and areas; only its maker knows which is the boundary.",
    ),
    check=has_problem("collection", "unsupported-type"),
)
