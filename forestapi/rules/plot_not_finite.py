"""A coordinate that is not a number on the line."""

from forestapi.rules._rows import has_problem
from forestapi.rules._rule import Rule
from geo.text import Text

RULE = Rule(
    name="plot-not-finite",
    noun="plots",
    severity="refuse",
    title=Text(
        zh="坐标不是有限的数",
        en="Coordinate not finite",
    ),
    message=Text(
        zh="坐标是无穷大或不是数（{place}）。请改正这个点。",
        en="A coordinate is infinite or not a number ({place}). Correct that point.",
    ),
    explanation=Text(
        zh="软件用 NaN 或无穷大表示缺测；它们没有位置。",
        en="Programs write NaN or infinity for a missing fix; it has no place.",
    ),
    check=has_problem("not-finite"),
)
