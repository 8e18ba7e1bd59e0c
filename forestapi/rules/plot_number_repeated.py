"""A number that another plot of the programme has."""

from collections.abc import Iterator

from forestapi.rules._rule import Batch, Hit, Rule
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Look for the number in the same compartment: in the ledger, and in the rows before."""
    names = ("programme", "number", "compartment", "subcompartment")
    made_up, alike = batch.fact("is_number_made_up"), batch.fact("numbered_alike")
    rows: dict[tuple, int] = {}
    for i, named in enumerate(zip(*(batch.column(name) for name in names), strict=True)):
        if named[1] is None or made_up[i]:
            continue
        row = int(batch.rows[i])
        first = rows.setdefault(named, row)
        if alike[i] is not None:
            other = Text(zh=f"图层或小班 {alike[i]}", en=f"layer or plot {alike[i]}")
        elif first != row:
            other = Text(zh=f"第 {first} 行", en=f"row {first}")
        else:
            continue
        yield Hit(i, field="number", values={"number": named[1], "other": other})


RULE = Rule(
    name="plot-number-repeated",
    noun="plots",
    severity="note",
    title=Text(zh="小班号重复", en="Number repeated"),
    message=Text(
        zh="本项目（同一林班）已有小班号 {number}（{other}）。若是同一小班，请删去其一；若不是，请改号，否则工单和检查会记错小班。",
        en="The programme has another plot {number} in this compartment ({other}). If it is the same plot, delete one; if not,"
        " give it another number, or shifts and checks will be recorded with the wrong one.",
    ),
    explanation=Text(
        zh="工单表用小班号指小班。编号在县、林班之间常会重复，旧台账也有，所以只提示；重复上报的地由 plot-known 暂存。",
        en="Crew sheets name plots by their number. Counties number for themselves, and old ledgers hold repeats, so this is"
        " only noted; ground that comes twice is held by plot-known.",
    ),
    check=check,
)
