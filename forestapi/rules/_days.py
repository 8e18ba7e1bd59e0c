"""A worker's date: what a row says, beside the ledger's accepted shifts and earlier rows of the same date."""

from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from typing import NamedTuple

from forestapi.rules._rule import Batch
from forestapi.rules._values import date_of, is_blank, number_of, time_of

ACCEPTED = (None, "submitted", "approved")
"""States that count; a row without one is to be submitted."""


class Work(NamedTuple):
    """One shift of a worker's date."""

    number: int
    starts_at: time | None
    ends_at: time | None
    hours: Decimal
    row: int | None = None
    """The row that says so; None for a shift that the ledger has."""

    def meets(self, other: "Work") -> bool:
        """Whether the times of two shifts overlap; unknown times meet nothing."""
        if None in (self.starts_at, self.ends_at, other.starts_at, other.ends_at):
            return False
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at  # type: ignore[operator]


def days(batch: Batch) -> Iterator[tuple[int, date, Work, list[Work]]]:
    """Give (row, date, its own shift, the others of that worker and date) for every row that counts."""
    earlier: dict[tuple[str, date], list[Work]] = {}
    names = ("worker", "work_date", "number", "starts_at", "ends_at", "hours", "status")
    others = batch.fact("other_shifts")
    for i, cells in enumerate(zip(*(batch.column(name) for name in names), strict=True)):
        worker, value, number, starts, ends, hours, status = cells
        day = date_of(value)
        if is_blank(worker) or day is None or status not in ACCEPTED:
            continue
        own = Work(
            int(number_of(number) or 1), time_of(starts), time_of(ends), number_of(hours) or Decimal(8), i
        )
        before = earlier.setdefault((str(worker), day), [])
        yield i, day, own, [*(others[i] or []), *(w for w in before if w.number != own.number)]
        before.append(own)
