"""A shift without a worker."""

from collections.abc import Iterator

from forestapi.rules._rule import Batch, Hit, Rule
from forestapi.rules._values import is_blank
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Find rows whose worker is blank."""
    for i, value in enumerate(batch.column("worker")):
        if is_blank(value):
            yield Hit(i, field="worker")


RULE = Rule(
    name="shift-worker-missing",
    noun="shifts",
    severity="refuse",
    title=Text(
        zh="缺少工人",
        en="Worker missing",
    ),
    message=Text(
        zh="没有写明是哪位工人。请在 worker（工人）列填写姓名、编号或代号。",
        en="No worker is named. Fill in a name, number or pseudonym in the column worker.",
    ),
    explanation=Text(
        zh="不记名的人次无法核对，也无法去重。",
        en="Unnamed person-times can neither be checked nor told apart.",
    ),
    check=check,
)
