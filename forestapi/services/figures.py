"""Figures that were published: is this the document that was, and does the ledger still give its numbers?"""

from typing import Any

from msgspec import Struct

from forestapi import stats
from forestapi.access import PUBLIC
from forestapi.db.transaction import Transaction
from forestapi.errors import BadRequest, Problem
from forestapi.records._filter import parse_filter
from forestapi.records._query import Query, parse_bbox, parse_datetime
from forestapi.stats import Statistic
from geo.text import Text

MAX_DIFFERENCES = 1000
OWN = ("by", "region_level", "datetime")


class Difference(Struct, kw_only=True):
    """A number that the ledger does not give as it was published."""

    group: dict[str, Any]
    """The row's dimensions and their values; empty for the total."""
    column: str
    published: Any
    recomputed: Any


class Verification(Struct, kw_only=True):
    """What became of a figure that was computed again."""

    is_intact: bool
    """Whether the document's hash is that of what it says: nobody has changed it since."""
    is_reproduced: bool
    """Whether every number comes out the same from the records of that moment, by the same version of the method."""
    statistic: str
    method_version: int
    moment: str
    differences: list[Difference] = []


async def verify(tx: Transaction, published: dict[str, Any]) -> Verification:
    """Compute an answer of a statistic again, at its own moment and by its own version of the method.

    Raises:
        BadRequest: it is not a whole answer; or its version of the method is none that this server knows.
        NotFound: there is no such statistic.

    """
    statistic = statistic_of(published)
    moment = published.get("snapshot") or published.get("as_of")
    if not isinstance(moment, str):
        raise _incomplete("snapshot")
    is_public = tx.who is not None and tx.who.role == PUBLIC
    by, query, region_level, parameters = _asked(statistic, published, is_public=is_public)
    again = await stats.answer(
        tx, statistic, by=by, query=query, region_level=region_level, parameters=parameters, as_of=moment
    )
    differences = _differences(statistic, by, published, again)
    return Verification(
        is_intact=published.get("sha256") == stats.digest(published),
        is_reproduced=not differences,
        statistic=statistic.name,
        method_version=statistic.version,
        moment=moment,
        differences=differences[:MAX_DIFFERENCES],
    )


def statistic_of(published: dict[str, Any]) -> Statistic:
    """Find the statistic that an answer is of, in the version of its method.

    Raises:
        BadRequest: a part is missing, or there is no such version.
        NotFound: there is no such statistic.

    """
    for part, kind in (("name", str), ("method", dict), ("parameters", dict), ("rows", list), ("total", dict),
                       ("is_synthetic", bool), ("as_of", str)):  # fmt: skip
        if not isinstance(published.get(part), kind):
            raise _incomplete(part)
    if "snapshot" not in published:
        raise _incomplete("snapshot")
    newest = stats.get(published["name"])
    version = published["method"].get("version")
    found = newest.of_version(version) if isinstance(version, int) else None
    if found is None:
        known = ", ".join(str(each.version) for each in (newest, *newest.earlier))
        raise _bad(
            "method.version",
            f"没有方法版本 {version}；现有：{known}。",
            f"There is no version {version} of the method; there are: {known}.",
        )
    return found


def programmes_of(published: dict[str, Any]) -> list[str] | None:
    """Name the programmes that an answer was limited to; None: it was not."""
    value = published["parameters"].get("programme")
    return value if isinstance(value, list) or value is None else [str(value)]


def _asked(
    statistic: Statistic, published: dict[str, Any], *, is_public: bool
) -> tuple[tuple[str, ...], Query, str, dict[str, str]]:
    given = dict(published["parameters"])
    by = tuple(given.pop("by", ()))
    region_level = given.pop("region_level", "county")
    interval = given.pop("datetime", None)
    equals = {name: _list(given.pop(name)) for name in statistic.dimensions if name in given}
    located = {name: str(given.pop(name)) for name in ("bbox", "filter", "filter-lang", "filter-crs") if name in given}
    where = None
    if "filter" in located:
        language = located.get("filter-lang", "cql2-text")
        where = parse_filter(located["filter"], language, located.get("filter-crs"), is_public=is_public)
    query = Query(
        equals=equals,
        bbox=parse_bbox(located["bbox"]) if "bbox" in located else None,
        interval=parse_datetime(interval) if interval else None,
        where=where,
    )
    return by, query, region_level, {name: ",".join(_list(value)) for name, value in given.items()}


def _differences(
    statistic: Statistic, by: tuple[str, ...], published: dict[str, Any], again: dict[str, Any]
) -> list[Difference]:
    def keyed(answer: dict[str, Any]) -> dict[tuple[Any, ...], dict[str, Any]]:
        rows = [row for row in answer["rows"] if isinstance(row, dict)]
        return {tuple(row.get(name) for name in by): row for row in rows} | {(): answer["total"]}

    was, now = keyed(published), keyed(again)
    return [
        Difference(
            group=dict(zip(by, key, strict=False)), column=column.name, published=old, recomputed=new
        )
        for key in dict.fromkeys((*was, *now))
        for column in statistic.columns
        if (old := was.get(key, {}).get(column.name)) != (new := now.get(key, {}).get(column.name))
    ]


def _list(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _incomplete(part: str) -> BadRequest:
    return _bad(
        part,
        "缺失或格式不符；请提交统计接口给出的完整 JSON 答案。",
        "It is missing or of another shape; send the whole JSON answer of a statistic.",
    )


def _bad(field: str, zh: str, en: str) -> BadRequest:
    return BadRequest(Text(f"{field}：{zh}", f"{field}: {en}"), problems=[Problem(field=field, message=Text(zh, en))])
