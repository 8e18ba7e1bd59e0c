"""Statistics: one file each, found by its declaration, and answered by the same few lines."""

import sys

from forestapi.errors import NotFound
from forestapi.registry import discover
from forestapi.stats._answer import answer
from forestapi.stats._as_of import resolve as resolve_as_of
from forestapi.stats._digest import digest
from forestapi.stats._dimensions import DIMENSIONS
from forestapi.stats._located import filtered
from forestapi.stats._movement import movement
from forestapi.stats._records import Counted, records
from forestapi.stats._statistic import Column, Dimension, Parameter, Statistic
from geo.text import Text

__all__ = [
    "DIMENSIONS", "Column", "Counted", "Dimension", "Parameter", "Statistic",
    "answer", "digest", "filtered", "get", "movement", "records", "resolve_as_of", "statistics",
]  # fmt: skip


def statistics() -> dict[str, Statistic]:
    """Every statistic by its name."""
    return discover(sys.modules[__name__], "STATISTIC")  # type: ignore[return-value]


def get(name: str) -> Statistic:
    """Find a statistic.

    Raises:
        NotFound: there is none of this name; the message lists those that there are.

    """
    found = statistics()
    if name not in found:
        names = ", ".join(found)
        raise NotFound(
            Text(f"没有统计量 {name}；现有：{names}。", f"There is no statistic {name}; there are: {names}.")
        )
    return found[name]
