"""A ring that runs against the GeoJSON standard."""

from forestapi.rules._rows import has_problem
from forestapi.rules._rule import Rule
from geo.text import Text

RULE = Rule(
    name="plot-ring-order",
    noun="plots",
    severity="note",
    title=Text(
        zh="边界方向相反",
        en="Ring order",
    ),
    message=Text(
        zh="边界环的方向与 GeoJSON 标准相反（{place}）；面积不受影响，无需处理。",
        en="A ring runs against the GeoJSON standard ({place}); the ground is the same and nothing need "
        "be done.",
    ),
    explanation=Text(
        zh="现行标准要求外环逆时针；旧数据常相反，围住的地相同。",
        en="The standard wants outer rings anticlockwise; older data often differ and enclose the same "
        "ground.",
    ),
    check=has_problem("ring-order"),
)
