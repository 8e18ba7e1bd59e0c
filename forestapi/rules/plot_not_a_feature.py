"""A record that is not a proper feature."""

from forestapi.rules._rows import has_problem
from forestapi.rules._rule import Rule
from geo.text import Text

RULE = Rule(
    name="plot-not-a-feature",
    noun="plots",
    severity="refuse",
    title=Text(
        zh="不是合格的要素",
        en="Not a proper feature",
    ),
    message=Text(
        zh="第 {place} 处不是合格的 GeoJSON 要素：每个要素要有 type “Feature”、geometry 和 properties"
        "。请改正后重新导入。",
        en="At {place} there is no proper GeoJSON feature: each needs the type “Feature”, a geometry "
        "and properties. Correct it and import again.",
    ),
    explanation=Text(
        zh="写法不合标准的要素，不同软件读出的内容会不同。",
        en="Programs disagree on what a malformed feature says.",
    ),
    check=has_problem("not-a-feature"),
)
