"""A table row that does not fit its header, or holds a forbidden character."""

from forestapi.rules._rows import has_problem
from forestapi.rules._rule import Rule
from geo.text import Text

RULE = Rule(
    name="shift-row-broken",
    noun="shifts",
    severity="refuse",
    title=Text(
        zh="表格行有错",
        en="Broken row",
    ),
    message=Text(
        zh="这一行（{place}）的格子比表头多，或含有不可用的字符：各列可能已错位。请检查这一行的逗号、引"
        "号和多余的格子。",
        en="This row ({place}) has more cells than the header, or a forbidden character: its columns "
        "may be shifted. Check its commas, quotation marks and stray cells.",
    ),
    explanation=Text(
        zh="错位的一行会把工资记成工时、把面积记成编号。",
        en="A shifted row records wages as hours and areas as numbers.",
    ),
    check=has_problem("extra-values", "nul-character"),
)
