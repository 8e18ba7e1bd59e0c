"""Small helpers that rules share: from a mask or the reader's problems to hits."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forestapi.rules._rule import Batch, Hit, Noun, Rule
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


def broken_row(name: str, noun: Noun) -> Rule:
    """Make the rule about a noun's table rows that do not fit their header."""
    return Rule(
        name=name,
        noun=noun,
        severity="refuse",
        title=Text(zh="表格行有错", en="Broken row"),
        message=Text(
            zh="这一行（{place}）的格子比表头多，或含有不可用的字符：各列可能已错位。请检查这一行的逗号、引号和多余的格子。",
            en="This row ({place}) has more cells than the header, or a forbidden character: its columns may be"
            " shifted. Check its commas, quotation marks and stray cells.",
        ),
        explanation=Text(
            zh="错位的一行会把工资记成工时、把面积记成编号。",
            en="A shifted row records wages as hours and areas as numbers.",
        ),
        check=has_problem("extra-values", "nul-character"),
    )
