"""Coordinates nested to the wrong depth, or collections within collections."""

from forestapi.rules._rows import has_problem
from forestapi.rules._rule import Rule
from geo.text import Text

RULE = Rule(
    name="plot-wrong-nesting",
    noun="plots",
    severity="refuse",
    title=Text(
        zh="坐标层数不对",
        en="Wrong nesting",
    ),
    message=Text(
        zh="坐标的括号层数与几何类型不符，或几何集合里又套集合（{place}）。请从原软件重新导出。",
        en="The coordinates are nested to a depth that the type does not have, or a collection holds "
        "another ({place}). Export it again.",
    ),
    explanation=Text(
        zh="层数决定哪些点属于同一个环；错了就无法知道边界。深层嵌套还会使几何库崩溃。",
        en="The depth tells which points make a ring; deep nesting also crashes geometry libraries.",
    ),
    check=has_problem("wrong-nesting", "nested-collection"),
)
