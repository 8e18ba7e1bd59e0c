"""Two shifts of one worker at the same time."""

from collections.abc import Iterator

from forestapi.rules._days import days
from forestapi.rules._rule import NOBODY, Batch, Hit, Rule
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Compare the times with the ledger's accepted shifts and with earlier rows of the same date."""
    for i, day, own, others in days(batch):
        other = next((o for o in others if own.meets(o)), None)
        if other is not None and other.starts_at and other.ends_at:
            where = (
                Text(zh="台账中已有的工单", en="a shift in the ledger")
                if other.row is None
                else Text(zh=f"第 {batch.rows[other.row]} 行", en=f"row {batch.rows[other.row]}")
            )
            values = {
                "date": day.isoformat(),
                "where": where,
                "starts_at": other.starts_at.strftime("%H:%M"),
                "ends_at": other.ends_at.strftime("%H:%M"),
            }
            yield Hit(i, field="starts_at", values=values)


RULE = Rule(
    name="shift-times-overlap",
    noun="shifts",
    severity="hold",
    title=Text(zh="工单时间重叠", en="Times overlap"),
    message=Text(
        zh="与{where}（{date} {starts_at}–{ends_at}）时间重叠：一个人不能同时在两处。请改正其中一个的时间，或删去重复"
        "的一个。",
        en="The times overlap with {where} ({date}, {starts_at} to {ends_at}): nobody works twice at once. Correct the "
        "times of one, or drop the repeat.",
    ),
    explanation=Text(
        zh="两个班组都报同一个人，是虚报人次最常见的样子。",
        en="Two crews that both report one person is how person-times are mostly padded.",
    ),
    check=check,
    waivable_by=NOBODY,
)
