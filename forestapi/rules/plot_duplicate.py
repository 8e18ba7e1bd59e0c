"""The same boundary twice in one file."""

from collections.abc import Iterator

from forestapi.rules._facts import short
from forestapi.rules._rule import Batch, Hit, Rule
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Look for an earlier row with the same normalised boundary, in the whole layer where that is known."""
    earlier = batch.layer.repeated if batch.layer is not None else {}
    own: dict[int, int] = {}
    for i, boundary_hash in enumerate(batch.boundary_hashes):
        if boundary_hash is None:
            continue
        key, row = short(boundary_hash), int(batch.rows[i])
        first_row = earlier.get(key, own.setdefault(key, row))
        if first_row != row:
            yield Hit(i, field="boundary", values={"first_row": first_row})


RULE = Rule(
    name="plot-duplicate",
    noun="plots",
    severity="hold",
    title=Text(
        zh="边界重复",
        en="Duplicate boundary",
    ),
    message=Text(
        zh="边界与第 {first_row} 行完全相同。若是同一块地，请删去一行；若是两块地，请改正其中一个边界。",
        en="The boundary is the same as in row {first_row}. If it is the same ground, delete one row; "
        "if not, correct one of the boundaries.",
    ),
    explanation=Text(
        zh="同一块地只计一次；复制行是最常见的重复。",
        en="Ground counts once, and a copied row is the commonest way to count it twice.",
    ),
    check=check,
)
