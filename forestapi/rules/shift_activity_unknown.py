"""An activity that is not on the list."""

from collections.abc import Iterator

from forestapi.records.shifts import ACTIVITIES
from forestapi.rules._activities import activity_code
from forestapi.rules._rule import Batch, Hit, Rule
from geo.text import Text

KNOWN = Text(
    zh="、".join(text.zh for text in ACTIVITIES.values()),
    en=", ".join(ACTIVITIES),
)


def check(batch: Batch) -> Iterator[Hit]:
    """Find rows whose activity is blank or unknown."""
    for i, value in enumerate(batch.column("activity")):
        if activity_code(value) is None:
            shown = "" if value is None else str(value)[:40]
            yield Hit(i, field="activity", values={"value": shown, "known": KNOWN})


RULE = Rule(
    name="shift-activity-unknown",
    noun="shifts",
    severity="refuse",
    title=Text(
        zh="工种不认识",
        en="Activity unknown",
    ),
    message=Text(
        zh="工种“{value}”不在表中。请在 activity（工种）列用：{known}。",
        en="The activity “{value}” is not on the list. In the column activity use one of: {known}.",
    ),
    explanation=Text(
        zh="按工种统计要求同一种工作用同一个词。",
        en="Figures by activity need one word for one kind of work.",
    ),
    check=check,
)
