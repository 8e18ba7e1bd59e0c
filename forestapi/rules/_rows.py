"""Small helpers that rules share: from a mask or the reader's problems to hits."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forestapi.rules._rule import Batch, Hit
from geo.text import Text

NOTHING = Text(zh="", en="")

NEEDS_NO_REPAIR = ("ring-order", "bad-bbox")
"""Problems of the reader that leave the geometry usable."""


def rows_where(mask: ArrayLike) -> list[int]:
    """Give the positions at which a mask is true."""
    return np.flatnonzero(mask).tolist()


def place_of(xy: Sequence[float] | NDArray) -> str:
    """Write X and Y as the place of a finding, to a centimetre or so."""
    x, y = (float(v) for v in xy)
    return f"{x:.7f} {y:.7f}" if abs(x) <= 360 and abs(y) <= 360 else f"{x:.2f} {y:.2f}"


def first_per_row(owners: NDArray, is_bad: NDArray) -> Iterator[tuple[int, int]]:
    """Give (row, position of its first bad vertex) for every row that has one; `owners` is sorted."""
    bad = np.flatnonzero(is_bad)
    rows, first = np.unique(owners[bad], return_index=True)
    yield from zip(rows.tolist(), bad[first].tolist(), strict=True)


def has_problem(*codes: str) -> Callable[[Batch], Iterable[Hit]]:
    """Make the check of a rule that speaks for problems which the reader already found."""

    def check(batch: Batch) -> Iterator[Hit]:
        for i, problem in enumerate(batch.problem):
            if problem in codes:
                yield Hit(i, place=batch.place[i], field="boundary")

    return check
