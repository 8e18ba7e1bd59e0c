"""A geometry that cannot be read."""

from forestapi.rules._rows import has_problem
from forestapi.rules._rule import Rule
from geo.text import Text

RULE = Rule(
    name="plot-not-a-geometry",
    noun="plots",
    severity="refuse",
    title=Text(
        zh="边界无法读取",
        en="Unreadable geometry",
    ),
    message=Text(
        zh="边界写法不对，无法读取（{place}）：坐标应为两个或三个数字，类型应为 Polygon 或 MultiPolygon"
        "。请从原软件重新导出。",
        en="The geometry cannot be read ({place}): positions must be two or three numbers and the type "
        "Polygon or MultiPolygon. Export it again from where it was drawn.",
    ),
    explanation=Text(
        zh="猜测残缺的坐标会把地画错。",
        en="Guessing at broken coordinates would draw the wrong ground.",
    ),
    check=has_problem("not-a-geometry", "bad-position"),
)
