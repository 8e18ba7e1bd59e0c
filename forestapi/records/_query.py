"""What a list can be asked for: the same words for features, figures, exports and tiles."""

import re
from datetime import date

from msgspec import Struct

from forestapi.errors import BadRequest, Problem
from forestapi.records._filter import Filter
from geo.text import Text

Interval = tuple[date | None, date | None]
Box = tuple[float, float, float, float]


class Query(Struct, frozen=True, kw_only=True):
    """Conditions on a collection; all of them hold together."""

    equals: dict[str, list[str]] = {}
    """Column to the values that it may have. `region` also takes what lies in the region."""
    named: dict[str, list[str]] = {}
    """Codes that a filter names as such, and that have to be there; they are part of `where`."""
    bbox: Box | None = None
    """West, south, east, north in EPSG:4326; west greater than east crosses the antimeridian."""
    interval: Interval | None = None
    """First and last date, both included; None is open."""
    where: Filter | None = None
    """A filter in CQL2 over the noun's queryables."""

    @property
    def is_located(self) -> bool:
        """Whether it asks more than what figures and tiles are grouped by: a place, or a filter."""
        return self.bbox is not None or self.where is not None


_TIME = re.compile(r"\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?")


def parse_bbox(text: str) -> Box:
    """Read `west,south,east,north` in degrees.

    Raises:
        BadRequest: not four finite numbers in range.

    """
    try:
        numbers = [float(part) for part in text.split(",")]
        if len(numbers) == 6:  # heights are taken and passed over: what is planted has none
            numbers = [*numbers[:2], *numbers[3:5]]
        west, south, east, north = numbers
    except ValueError:
        raise bad_parameter("bbox", "请写成 西,南,东,北（度）。", "Write west,south,east,north in degrees.") from None
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise bad_parameter(
            "bbox",
            "经度须在 ±180、纬度在 ±90 以内，且南不大于北。",
            "Longitudes lie within ±180, latitudes within ±90, south first.",
        )
    return west, south, east, north


def parse_datetime(text: str) -> Interval:
    """Read a date, or an interval `2018-01-01/2018-12-31`, open with `..`; a year or month means all of it.

    Raises:
        BadRequest: not a date.

    """
    start, slash, end = text.partition("/")
    is_open = start in ("", "..") or start.startswith("0000-")  # how QGIS writes an open start
    first = None if is_open else _date(start, is_end=False)
    if slash:
        last = None if end in ("", "..") or end.startswith("9999-12-31") else _date(end, is_end=True)
    else:
        last = _date(start, is_end=True)
    if first and last and first > last:
        raise bad_parameter("datetime", "区间的开始晚于结束。", "The interval ends before it starts.")
    return first, last


def _date(text: str, *, is_end: bool) -> date:
    day, _, moment = text.partition("T")
    if moment and not _TIME.fullmatch(moment):
        day = "?"
    text = day
    try:
        parts = [int(part) for part in text.split("-")]
        year, month, day = (*parts, 0, 0)[:3]
        if len(parts) == 3:
            return date(year, month, day)
        if not is_end:
            return date(year, month or 1, 1)
        following = date(year + 1, 1, 1) if not month or month == 12 else date(year, month + 1, 1)
        return date.fromordinal(following.toordinal() - 1)
    except (ValueError, OverflowError):
        raise bad_parameter(
            "datetime",
            "请写成 2018-05-31、2018-05 或 2018-01-01/2018-12-31。",
            "Write 2018-05-31, 2018-05 or 2018-01-01/2018-12-31.",
        ) from None


def bad_parameter(field: str, zh: str, en: str) -> BadRequest:
    message = Text(zh, en)
    return BadRequest(
        Text(f"参数 {field}：{zh}", f"Parameter {field}: {en}"),
        problems=[Problem(field=field, message=message)],
    )
