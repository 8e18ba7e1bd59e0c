"""A boundary that crosses itself or is otherwise impossible."""

from collections.abc import Iterator

from forestapi.rules._rows import place_of, rows_where
from forestapi.rules._rule import NOBODY, Batch, Hit, Rule
from geo import validity
from geo.text import Text

REASONS = {
    "Self-intersection": Text(zh="边界与自身相交", en="it crosses itself"),
    "Ring Self-intersection": Text(zh="边界在一点碰到自身", en="a ring touches itself"),
    "Hole lies outside shell": Text(zh="空洞在边界之外", en="a hole lies outside the boundary"),
    "Holes are nested": Text(zh="空洞套着空洞", en="a hole lies within another"),
    "Interior is disconnected": Text(zh="空洞把内部隔断", en="holes cut the inside into pieces"),
    "Nested shells": Text(zh="一部分套在另一部分里", en="one part lies within another"),
    "Duplicate Rings": Text(zh="同一个环出现两次", en="a ring is given twice"),
    "Too few points in geometry component": Text(zh="某个环的点太少", en="a ring has too few points"),
}


def check(batch: Batch) -> Iterator[Hit]:
    """Ask GEOS, and name the reason and the place in EPSG:4326."""
    for i in rows_where(batch.is_polygon & ~batch.is_valid):
        reason, position = validity.why_invalid(batch.geometry[i])
        place = place_of(position) if position else None
        yield Hit(i, place, "boundary", {"reason": REASONS.get(reason, reason)})


RULE = Rule(
    name="plot-self-crossing",
    noun="plots",
    severity="hold",
    title=Text(
        zh="边界自相交",
        en="Boundary crosses itself",
    ),
    message=Text(
        zh="边界不成立：{reason}，位置 {place}。请在 GIS 软件里改正这一处；系统不会自动修改边界。",
        en="The boundary is impossible: {reason}, at {place}. Correct it there in a GIS; boundaries are "
        "never changed for you.",
    ),
    explanation=Text(
        zh="自相交的边界没有确定的面积；自动修复可能画出另一块地。",
        en="A crossing boundary has no definite area; repairing it automatically may draw other ground.",
    ),
    check=check,
    waivable_by=NOBODY,
    repair="crossing",
)
