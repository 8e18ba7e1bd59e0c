"""No hours given."""

from collections.abc import Iterator

from forestapi.rules._rule import Batch, Hit, Rule
from forestapi.rules._values import is_blank
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Find rows without hours."""
    for i, value in enumerate(batch.column("hours")):
        if is_blank(value):
            yield Hit(i, field="hours")


RULE = Rule(
    name="shift-hours-missing",
    noun="shifts",
    severity="note",
    title=Text(
        zh="没有工时",
        en="Hours missing",
    ),
    message=Text(
        zh="没有填工时，按一个标准工日（8 小时）估计，并标为“估计”。若有记录，请补 hours（工时）列。",
        en="No hours are given; they are estimated as one standard day (8 h) and marked so. If they are "
        "known, fill in the column hours.",
    ),
    explanation=Text(
        zh="估计的工时与实测的分开统计。",
        en="Estimated hours are told apart from measured ones.",
    ),
    check=check,
)
