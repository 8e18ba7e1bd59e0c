"""Features that are written: GeoJSON becomes a record of the noun, and goes the way of every other record."""

import calendar
from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime
from typing import Any

import msgspec
import shapely
from shapely.geometry import mapping, shape

from forestapi.errors import BadRequest, Invalid, Problem
from forestapi.records import Document
from forestapi.routes.ogc._answer import Asked
from forestapi.services import records as service
from forestapi.services.records import Precondition
from forestapi.store.collections import Collection
from geo import ogc_crs
from geo.ogc_crs import UnknownCrs
from geo.text import Text

MEMBERS = {"type", "id", "geometry", "properties", "bbox", "links"}


async def document_of(request: Asked, collection: Collection, *, is_patch: bool) -> Document:
    """Read a body as the fields of a record: a feature, or (a merge patch) some of its properties and its geometry.

    Null properties of a feature are as if they were left out, for GIS clients send every column; in a patch null
    takes a field away.

    Raises:
        Invalid: it is no GeoJSON feature, or has members that a feature has not.
        BadRequest: Content-Crs names a CRS that there is not.

    """
    try:
        body = msgspec.json.decode(await request.body())
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        body = None
    if not isinstance(body, dict) or (not is_patch and body.get("type") != "Feature"):
        raise _wrong("type", "请提交 GeoJSON Feature。", "Send a GeoJSON Feature.")
    for name in body:
        if name not in MEMBERS:
            raise _wrong(name, f"Feature 没有成员 {name}。", f"A Feature has no member {name}.")
    properties = body.get("properties")
    if properties is not None and not isinstance(properties, dict):
        raise _wrong("properties", "应为 JSON 对象。", "It must be a JSON object.")
    fields = {name: value for name, value in (properties or {}).items() if is_patch or value is not None}
    noun = collection.noun
    if noun.geometry in fields:
        raise _wrong(str(noun.geometry), "几何应在 geometry 中。", "The geometry belongs into `geometry`.")
    if noun.geometry and noun.geometry not in noun.derived and "geometry" in body:
        fields |= _geometry(request, str(noun.geometry), body["geometry"], collection)
    if not is_patch and body.get("id") not in (None, ""):
        fields.setdefault(noun.key, str(body["id"]))
    return service.without_derived(noun, fields)


def _geometry(request: Asked, name: str, geometry: Any, collection: Collection) -> Document:
    """Bring a geometry to longitude and latitude; which CRS it was sent in stays with the record."""
    given = request.headers.get("content-crs")
    try:
        crs = ogc_crs.parse(given) if given else ogc_crs.DEFAULT
    except UnknownCrs as error:
        raise BadRequest(error.text, problems=[Problem(field="Content-Crs", message=error.text)]) from None
    if crs.is_default or geometry is None:
        return {name: geometry}
    try:
        moved = mapping(ogc_crs.to_crs84(shapely.force_2d(shape(geometry)), crs))
    except Exception:  # shapely raises whatever the coordinates make it stumble over
        raise _wrong("geometry", "几何无法读取。", "The geometry cannot be read.") from None
    plain = msgspec.json.decode(msgspec.json.encode(moved))
    source = {"source_crs": f"EPSG:{crs.srid}"} if "source_crs" in collection.noun.columns else {}
    return {name: plain, **source}


def with_time(request: Asked, given: Precondition) -> Precondition:
    """Add to a precondition what If-Unmodified-Since says; a date that cannot be read is passed over, as HTTP has it."""
    moment = _moment(request.headers.get("if-unmodified-since"))
    return msgspec.structs.replace(given, unmodified_since=moment) if moment else given


def is_unmodified(request: Asked, updated_at: datetime) -> bool:
    """Whether the client's copy is as new as the record (If-Modified-Since; If-None-Match goes before it)."""
    if "if-none-match" in request.headers:
        return False
    moment = _moment(request.headers.get("if-modified-since"))
    return moment is not None and updated_at.replace(microsecond=0) <= moment


def http_date(moment: datetime) -> str:
    """Write a moment as HTTP does, in whole seconds."""
    return formatdate(calendar.timegm(moment.astimezone(UTC).timetuple()), usegmt=True)


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _wrong(field: str, zh: str, en: str) -> Invalid:
    return Invalid(
        Text(f"{field}：{zh}", f"{field}: {en}"), code="wrong-shape", problems=[Problem(field=field, message=Text(zh, en))]
    )
