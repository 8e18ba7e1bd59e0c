"""The same worker, date and shift number twice: in one file, or in the ledger under another id."""

from collections.abc import Iterator
from hashlib import blake2b

from forestapi.rules._rule import NOBODY, Batch, Hit, Rule
from forestapi.rules._values import date_of, is_blank, number_of
from geo.text import Text

LEDGER = Text(zh="台账中已有工单", en="a shift in the ledger")


def check(batch: Batch) -> Iterator[Hit]:
    """Look in the ledger, then for an earlier row in this batch or one before."""
    columns = (batch.column(name) for name in ("worker", "work_date", "number"))
    others = batch.fact("other_shifts")
    for i, (worker, work, number) in enumerate(zip(*columns, strict=True)):
        day = date_of(work)
        if is_blank(worker) or day is None:
            continue
        if any(other.number == (number_of(number) or 1) for other in others[i] or ()):
            yield Hit(i, field="number", values={"where": LEDGER})
            continue
        text = f"{str(worker).strip()}\n{day.isoformat()}\n{number_of(number) or 1}"
        key = int.from_bytes(blake2b(text.encode(), digest_size=8).digest())
        row = int(batch.rows[i])
        first_row = batch.seen.setdefault(key, row)
        if first_row != row:
            where = Text(zh=f"第 {first_row} 行", en=f"row {first_row}")
            yield Hit(i, field="work_date", values={"where": where, "first_row": first_row})


RULE = Rule(
    name="shift-duplicate",
    noun="shifts",
    severity="hold",
    title=Text(
        zh="工单重复",
        en="Duplicate shift",
    ),
    message=Text(
        zh="与{where}的工人、日期和班次相同。若是重复抄写，请删去一行；若是同一天的另一个班次"
        "，请在 number（班次）列写 2。",
        en="Worker, date and shift number are those of {where}. If it was copied twice, delete "
        "one; if it is a second shift of that day, write 2 in the column number.",
    ),
    explanation=Text(
        zh="一个工人一天的同一班次只计一次。",
        en="A worker's shift of a date counts once.",
    ),
    check=check,
    waivable_by=NOBODY,
)
