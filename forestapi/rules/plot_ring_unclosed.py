"""A ring whose last point is not its first."""

from forestapi.rules._rows import has_problem
from forestapi.rules._rule import Rule
from geo.text import Text

RULE = Rule(
    name="plot-ring-unclosed",
    noun="plots",
    severity="refuse",
    title=Text(
        zh="边界没有闭合",
        en="Ring not closed",
    ),
    message=Text(
        zh="边界的最后一点与第一点不同（{place}），可能少录了点。请补全并闭合边界。",
        en="The last point of a ring differs from its first ({place}); points may be missing. Complete "
        "and close it.",
    ),
    explanation=Text(
        zh="自动闭合会把漏走的一段画成直线。",
        en="Closing it for you would draw a straight line where part of the walk is missing.",
    ),
    check=has_problem("unclosed-ring"),
    repair="unclosed",
)
