"""A malformed bbox member."""

from forestapi.rules._rows import has_problem
from forestapi.rules._rule import Rule
from geo.text import Text

RULE = Rule(
    name="plot-bbox",
    noun="plots",
    severity="note",
    title=Text(
        zh="bbox 写法不对",
        en="Malformed bbox",
    ),
    message=Text(
        zh="bbox 应为四个或六个数字（{place}）；它不用于计算，已忽略。",
        en="A bbox must be four or six numbers ({place}); it is used for nothing and was ignored.",
    ),
    explanation=Text(
        zh="范围总是从坐标重新计算。",
        en="Extents are always worked out from the coordinates.",
    ),
    check=has_problem("bad-bbox"),
)
