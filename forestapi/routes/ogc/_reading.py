"""What a request for features asks: filters, place, time, order, properties, CRS."""

from typing import Any

from msgspec import Struct

from forestapi.access import PUBLIC
from forestapi.errors import BadRequest, Problem
from forestapi.records._filter import LANGUAGES, Filter
from forestapi.records._query import Query, bad_parameter, parse_bbox, parse_datetime
from forestapi.records._queryables import Queryable
from forestapi.routes._request import DEFAULT_LIMIT, MAX_LIMIT, actor_of, filter_of
from forestapi.routes.ogc._answer import Asked, known_only
from forestapi.routes.ogc._schemas import usable
from forestapi.store import codes, geojson
from forestapi.store.collections import Collection
from forestapi.store.geojson import Order, Shape
from geo import ogc_crs
from geo.ogc_crs import OgcCrs, UnknownCrs

OWN = (
    "limit", "after", "offset", "bbox", "bbox-crs", "crs", "datetime", "filter", "filter-lang", "filter-crs", "sortby",
    "properties", "skipGeometry",
)  # fmt: skip
MAX_SORTED = 4
MAX_OFFSET = 1_000_000


class Wanted(Struct, frozen=True, kw_only=True):
    """A request for a page of features."""

    query: Query
    shape: Shape
    order: tuple[Order, ...]
    limit: int
    after: str | None
    offset: int


def read(request: Asked, collection: Collection) -> Wanted:
    """Read what a request for features asks.

    Raises:
        BadRequest: a parameter that there is not, or a value that cannot be read.

    """
    parameters = request.query_params
    is_public = actor_of(request).role == PUBLIC
    known = {n: q for n, q in usable(collection, "queryables", is_public=is_public).items() if q.kind != "array" and n != collection.noun.geometry}
    known_only(request, *OWN, *known)
    query = Query(
        bbox=_bbox(parameters["bbox"], _crs(parameters.get("bbox-crs"), "bbox-crs")) if "bbox" in parameters else None,
        interval=parse_datetime(parameters["datetime"]) if "datetime" in parameters else None,
        where=_where(request, known, is_public),
        named={name: [parameters[name]] for name in codes.TABLES if name in known and name in parameters},
    )
    return Wanted(
        query=query,
        shape=shape(request, collection),
        order=_order(parameters.get("sortby"), usable(collection, "sortables", is_public=is_public)),
        limit=min(_whole(parameters.get("limit"), "limit", DEFAULT_LIMIT, 1), MAX_LIMIT),
        after=parameters.get("after"),
        offset=_whole(parameters.get("offset"), "offset", 0, 0, MAX_OFFSET),
    )


def shape(request: Asked, collection: Collection) -> Shape:
    """Read how features are to be written: their CRS and properties."""
    parameters = request.query_params
    chosen = None
    if "properties" in parameters:
        chosen = tuple(name for name in parameters["properties"].split(",") if name)
        there = (*geojson.properties(collection.noun), "id", collection.noun.geometry)
        for name in chosen:
            if name not in there:
                raise bad_parameter("properties", f"没有属性 {name}。", f"There is no property {name}.")
    skip = parameters.get("skipGeometry", "false")
    if skip not in ("true", "false"):
        raise bad_parameter("skipGeometry", "请写 true 或 false。", "Write true or false.")
    return Shape(
        properties=chosen, has_geometry=skip == "false", crs=_crs(parameters.get("crs"), "crs") or ogc_crs.DEFAULT
    )


def _crs(text: str | None, field: str) -> OgcCrs | None:
    if text is None:
        return None
    try:
        return ogc_crs.parse(text)
    except UnknownCrs as error:
        raise BadRequest(error.text, problems=[Problem(field=field, message=error.text)]) from None


def _bbox(text: str, crs: OgcCrs | None) -> tuple[float, float, float, float]:
    if crs is None or crs.is_default:
        return parse_bbox(text)
    try:
        numbers = [float(part) for part in text.split(",")]
        first, second, third, fourth = numbers if len(numbers) == 4 else [*numbers[:2], *numbers[3:5]]
        box = ogc_crs.bbox_to_crs84((first, second, third, fourth), crs)
    except ValueError:
        raise bad_parameter("bbox", "请写四个数。", "Write four numbers.") from None
    return parse_bbox(",".join(map(repr, box)))


def _where(request: Asked, known: dict[str, Queryable], is_public: bool) -> Filter | None:
    """Join the filter with the properties that are asked for by their names."""
    given = filter_of(request)
    parts: list[Any] = [given.node] if given else []
    for name, queryable in known.items():
        if name in request.query_params:
            value = _value(name, queryable, request.query_params[name])
            parts.append({"op": "=", "args": [{"property": name}, value]})
    if not parts:
        return None
    node = parts[0] if len(parts) == 1 else {"op": "and", "args": parts}
    return Filter(node, "", LANGUAGES[0], given.crs if given else ogc_crs.DEFAULT, is_public)


def _value(name: str, queryable: Queryable, text: str) -> Any:
    if "\0" in text:
        raise bad_parameter(name, "含有空字符。", "It holds a null character.")
    if queryable.kind in ("number", "integer"):
        try:
            return float(text)
        except ValueError:
            raise bad_parameter(name, "应为数。", "It takes a number.") from None
    if queryable.kind == "boolean":
        if text not in ("true", "false"):
            raise bad_parameter(name, "请写 true 或 false。", "Write true or false.")
        return text == "true"
    return {"timestamp": text} if queryable.kind == "timestamp" else text


def _order(text: str | None, known: dict[str, Queryable]) -> tuple[Order, ...]:
    found = []
    for part in (text or "").split(","):
        name = part.strip().lstrip("+-").strip()
        if not name:
            continue
        if name not in known:
            raise bad_parameter(
                "sortby", f"不能按 {name} 排序；可用：{', '.join(known)}。",
                f"Features cannot be sorted by {name}; there are: {', '.join(known)}.",
            )  # fmt: skip
        found.append(Order(known[name], part.strip().startswith("-")))
    if len(found) > MAX_SORTED:
        raise bad_parameter("sortby", f"至多 {MAX_SORTED} 项。", f"It takes {MAX_SORTED} properties at most.")
    return tuple(found)


def _whole(text: str | None, field: str, default: int, least: int, most: int | None = None) -> int:
    if text is None:
        return default
    if not text.isascii() or not text.isdecimal() or len(text) > 12 or int(text) < least or (most and int(text) > most):
        span = f"{least}–{most}" if most else f"{least}–"
        raise bad_parameter(field, f"应为整数（{span}）。", f"It takes a whole number ({span}).")
    return int(text)


