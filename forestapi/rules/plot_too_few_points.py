"""A ring with fewer than three different points."""

from forestapi.rules._rows import has_problem
from forestapi.rules._rule import Rule
from geo.text import Text

RULE = Rule(
    name="plot-too-few-points",
    noun="plots",
    severity="refuse",
    title=Text(
        zh="边界点太少",
        en="Too few points",
    ),
    message=Text(
        zh="边界至少要有三个不同的点（{place}）。请补测边界。",
        en="A boundary needs at least three different points ({place}). Survey it again.",
    ),
    explanation=Text(
        zh="少于三个点围不成地。",
        en="Fewer than three points enclose no ground.",
    ),
    check=has_problem("too-few-points"),
)
