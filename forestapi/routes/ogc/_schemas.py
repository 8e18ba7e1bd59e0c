"""JSON Schemas of a collection: what its features hold, and what they can be filtered and sorted by."""

from typing import Any, Literal

import msgspec

from forestapi.records import BOOKKEEPING
from forestapi.records._queryables import Queryable, queryables
from forestapi.routes.ogc._answer import Asked, address, both
from forestapi.store import geojson
from forestapi.store.collections import Collection

KINDS: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "uuid": {"type": "string", "format": "uuid"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string"},
    "timestamp": {"type": "string", "format": "date-time"},
    "array": {"type": "array", "items": {"type": "string"}},
}
Use = Literal["schema", "queryables", "sortables"]
UNSORTED = ("geometry", "array")


def usable(collection: Collection, use: Use, *, is_public: bool) -> dict[str, Queryable]:
    """List the properties that can be filtered or sorted by."""
    found = queryables(collection.noun, is_public=is_public)
    if use == "sortables":
        return {name: one for name, one in found.items() if one.kind not in UNSORTED}
    return found


def schema(request: Asked, collection: Collection, use: Use, *, is_public: bool) -> dict[str, Any]:
    """Write one of the three schemas of a collection."""
    noun = collection.noun
    known = usable(collection, use, is_public=is_public)
    if use == "schema":
        named = [*known, *(name for name in geojson.properties(noun) if name not in known)]
    else:
        named = list(known)
    properties = {name: _property(collection, name, known.get(name), use) for name in named}
    document: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address(request, f"/collections/{collection.name}/{use}"),
        "type": "object",
        "title": both(collection.title),
        "properties": properties,
        "additionalProperties": False,
    }
    if use == "schema":
        info: Any = msgspec.inspect.type_info(noun.struct)
        document["required"] = [field.name for field in info.fields if field.required and field.name in properties]
        del document["additionalProperties"]
    return document


def _property(collection: Collection, name: str, known: Queryable | None, use: Use) -> dict[str, Any]:
    noun = collection.noun
    if name == noun.geometry:
        form = "geometry-point" if collection.geometry_type == "Point" else "geometry-multipolygon"
        written: dict[str, Any] = {"title": name, "format": form}
        if use == "schema":
            written["x-ogc-role"] = "primary-geometry"
            if name in noun.derived:
                written["readOnly"] = True
        return written
    written = {"title": name, **(KINDS[known.kind] if known else {})}
    if known is None and name in noun.staff_only and name != "attributes":
        written["type"] = "string"
    elif known is None:
        written["type"] = ["object", "array"]
    if known and known.choices:
        if known.kind == "array":
            written["items"] = {"type": "string", "enum": list(known.choices)}
        else:
            written["enum"] = list(known.choices)
    if use == "schema":
        if name == noun.key:
            written["x-ogc-role"] = "id"
        elif name == noun.happened:
            written["x-ogc-role"] = "primary-instant"
        if name in noun.derived or (name in BOOKKEEPING and name not in noun.columns) or not collection.is_written:
            written["readOnly"] = True
    return written


