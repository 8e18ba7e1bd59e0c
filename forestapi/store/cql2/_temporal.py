"""Temporal conditions: both sides become a start and an end, and Allen's relations compare these."""

from collections.abc import Callable
from typing import Any

from forestapi.db.sql import Sql
from forestapi.records._filter import refused
from forestapi.store.cql2._scalars import Scalars, Value, as_timestamp

RELATIONS: dict[str, str] = {
    "t_after": "{a} > {d}",
    "t_before": "{b} < {c}",
    "t_disjoint": "not ({a} <= {d} and {b} >= {c})",
    "t_equals": "{a} = {c} and {b} = {d}",
    "t_intersects": "{a} <= {d} and {b} >= {c}",
    "t_contains": "{a} < {c} and {b} > {d}",
    "t_during": "{a} > {c} and {b} < {d}",
    "t_finishes": "{a} > {c} and {b} = {d}",
    "t_finishedby": "{a} < {c} and {b} = {d}",
    "t_meets": "{b} = {c}",
    "t_metby": "{a} = {d}",
    "t_overlaps": "{a} < {c} and {b} > {c} and {b} < {d}",
    "t_overlappedby": "{a} > {c} and {a} < {d} and {b} > {d}",
    "t_starts": "{a} = {c} and {b} < {d}",
    "t_startedby": "{a} = {c} and {b} > {d}",
}
"""The first side is from a to b, the second from c to d."""
_OPEN = ("..", "", None)


def condition(scalars: Scalars, op: str, args: list[Any]) -> Sql:
    """Write a temporal condition of two instants or intervals.

    Raises:
        BadRequest: an argument is neither a date, a time stamp, a property of such a kind nor an interval.

    """
    if len(args) != 2:
        raise refused(f"{op} 需要两个参数。", f"{op} takes two arguments.")
    ends = [end for arg in args for end in _ends(scalars, arg)]
    kinds = {end.kind for end in ends if isinstance(end, Value)}
    is_daily = kinds <= {"date"}
    write: Callable[[Value | str, bool], Sql] = _day if is_daily else _moment
    places = dict(zip("abcd", (write(end, n % 2 == 1) for n, end in enumerate(ends)), strict=True))
    text, order = RELATIONS[op], []
    for name in places:
        while f"{{{name}}}" in text:
            order.append((text.index(f"{{{name}}}"), name))
            text = text.replace(f"{{{name}}}", "\0\0\0", 1)
    return Sql(text.replace("\0\0\0", "{}"), *(places[name] for _, name in sorted(order)))


def _ends(scalars: Scalars, node: Any) -> tuple[Value | str, Value | str]:
    """Read an instant or an interval as its two ends; an open end is a text."""
    match node:
        case {"interval": [first, last]}:
            return (
                "-infinity" if first in _OPEN else _end(scalars, first),
                "infinity" if last in _OPEN else _end(scalars, last),
            )
        case _:
            instant = _end(scalars, node)
            return instant, instant


def _end(scalars: Scalars, node: Any) -> Value:
    if isinstance(node, str):
        node = {"timestamp" if "T" in node else "date": node}
    value = scalars.value(node)
    if value.kind not in ("date", "timestamp"):
        raise refused(f"时间条件不能用 {value.kind}。", f"A temporal condition takes no {value.kind}.")
    return value


def _day(end: Value | str, is_end: bool) -> Sql:
    if isinstance(end, str):
        return Sql(f"'{end}'::date")
    return end.sql if end.sql is not None else Sql("{}::date", end.literal)


def _moment(end: Value | str, is_end: bool) -> Sql:
    """Write an end as a moment; a date lasts to the end of its day."""
    if isinstance(end, str):
        return Sql(f"'{end}'::timestamptz")
    if end.kind == "timestamp":
        return end.sql if end.sql is not None else Sql("{}::timestamptz", end.literal)
    begins = as_timestamp(_day(end, is_end))
    return Sql("({} + interval '1 day' - interval '1 microsecond')", begins) if is_end else begins
