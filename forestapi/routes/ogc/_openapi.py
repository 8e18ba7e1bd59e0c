"""The interface in OpenAPI 3.0, with literal paths: GDAL, QGIS and OWSLib read page sizes and parameters from it."""

from typing import Any

from forestapi.access import PUBLIC
from forestapi.records._filter import LANGUAGES
from forestapi.routes._request import DEFAULT_LIMIT, MAX_LIMIT, actor_of
from forestapi.routes.ogc import _schemas, _tiles
from forestapi.routes.ogc._answer import GEOJSON, OAS30, SCHEMA, Asked, address
from forestapi.store.collections import Collection
from geo import ogc_crs

Json = dict[str, Any]
URI = {"type": "string", "format": "uri", "enum": list(ogc_crs.OFFERED), "default": ogc_crs.CRS84}
PARAMETERS: Json = {
    "f": {"name": "f", "schema": {"type": "string", "enum": ["json", "html"]}, "description": "the form of the answer"},
    "limit": {
        "name": "limit", "description": "features on a page",
        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    },
    "after": {"name": "after", "schema": {"type": "string"}, "description": "where the page starts, from a `next` link"},
    "offset": {"name": "offset", "schema": {"type": "integer", "minimum": 0}, "description": "features to pass over"},
    "bbox": {
        "name": "bbox", "description": "west,south,east,north, in bbox-crs",
        "schema": {"type": "array", "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
                   "items": {"type": "number"}},
    },
    "bbox-crs": {"name": "bbox-crs", "schema": URI, "description": "the CRS of bbox"},
    "crs": {"name": "crs", "schema": URI, "description": "the CRS of the answer"},
    "datetime": {"name": "datetime", "schema": {"type": "string"}, "description": "a date or an interval: 2018-01-01/.."},
    "filter": {"name": "filter", "schema": {"type": "string"}, "description": "a condition in CQL2"},
    "filter-lang": {
        "name": "filter-lang", "schema": {"type": "string", "enum": list(LANGUAGES), "default": LANGUAGES[0]},
        "description": "the language of the filter",
    },
    "filter-crs": {"name": "filter-crs", "schema": URI, "description": "the CRS of geometries in the filter"},
    "sortby": {
        "name": "sortby", "schema": {"type": "array", "items": {"type": "string"}}, "description": "+name or -name, several",
    },
    "properties": {
        "name": "properties", "schema": {"type": "array", "items": {"type": "string"}}, "description": "only these properties",
    },
    "skipGeometry": {"name": "skipGeometry", "schema": {"type": "boolean", "default": False}, "description": "no geometry"},
    "collections": {
        "name": "collections", "schema": {"type": "array", "items": {"type": "string"}}, "description": "only these layers",
    },
    "If-Match": {"name": "If-Match", "in": "header", "schema": {"type": "string"}, "description": "the ETag it was read with"},
    "If-Unmodified-Since": {
        "name": "If-Unmodified-Since", "in": "header", "schema": {"type": "string"}, "description": "when it was read",
    },
    "Content-Crs": {"name": "Content-Crs", "in": "header", "schema": {"type": "string"}, "description": "the CRS of the body"},
}  # fmt: skip
OF_ITEMS = ("limit", "after", "offset", "bbox", "bbox-crs", "crs", "datetime", "filter", "filter-lang", "filter-crs",
            "sortby", "properties", "skipGeometry", "f")  # fmt: skip
PROBLEMS = {"400": "BadRequest", "401": "Unauthorized", "403": "Forbidden", "404": "NotFound", "429": "TooMany"}


def document(request: Asked, readable: dict[str, Collection]) -> Json:
    """Write the document for what this reader may read."""
    paths: Json = {
        "": _read("getLandingPage", "Landing page", "application/json"),
        "/conformance": _read("getConformance", "Conformance classes", "application/json"),
        "/api": _read("getApi", "This document", OAS30),
        "/collections": _read("getCollections", "Collections", "application/json"),
        "/tileMatrixSets": _read("getTileMatrixSets", "Tile matrix sets", "application/json"),
        f"/tileMatrixSets/{_tiles.QUAD}": _read("getTileMatrixSet", "A tile matrix set", "application/json"),
        "/tiles": _read("getTilesets", "Tilesets of all layers", "application/json", "collections", "f"),
        f"/tiles/{_tiles.QUAD}": _read("getTileset", "The tileset of all layers", "application/json", "collections", "f"),
        _tile_path(""): _tile("getTile", "A tile of all layers", "collections"),
    }
    is_public = actor_of(request).role == PUBLIC
    for collection in readable.values():
        paths |= _collection(collection, is_public=is_public)
    return {
        "openapi": "3.0.3",
        "info": {"title": "Forest API: OGC API", "version": "1.0.0", "description": "Features and tiles of the ledger.",
                 "license": {"name": "Apache 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}},
        "servers": [{"url": address(request)}],
        "security": [{}, {"token": []}, {"password": []}],
        "tags": [{"name": name} for name in ("Capabilities", "Tiles", *readable)],
        "paths": {path or "/": methods for path, methods in paths.items()},
        "components": {
            "parameters": {name: {"in": "query", **_styled(one)} for name, one in PARAMETERS.items()},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "password": {"type": "http", "scheme": "basic", "description": "any user name, the token as password"},
            },
            "responses": {
                name: {"description": name, "content": {"application/problem+json": {"schema": {"type": "object"}}}}
                for name in (*PROBLEMS.values(), "Failed", "Invalid", "Conflict")
            },
        },
    }  # fmt: skip


def _styled(one: Json) -> Json:
    return one if one.get("in") == "header" else {**one, "style": "form", "explode": False}


def _refs(*names: str) -> list[Json]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _operation(id: str, summary: str, tag: str, parameters: list[Json], answers: Json) -> Json:
    problems = {status: {"$ref": f"#/components/responses/{name}"} for status, name in PROBLEMS.items()}
    return {"operationId": id, "summary": summary, "tags": [tag], "parameters": parameters, "responses": answers | problems}


def _content(kind: str) -> Json:
    return {
        "200": {
            "description": "OK",
            "content": {kind: {"schema": {"type": "object"}}, "text/html": {"schema": {"type": "string"}}},
        }
    }


def _read(id: str, summary: str, kind: str, *parameters: str, tag: str = "Capabilities") -> Json:
    return {"get": _operation(id, summary, tag, _refs(*(parameters or ("f",))), _content(kind))}


def _tile_path(prefix: str) -> str:
    return f"{prefix}/tiles/{_tiles.QUAD}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"


def _tile(id: str, summary: str, *parameters: str) -> Json:
    places = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}
        for name in ("tileMatrix", "tileRow", "tileCol")
    ]
    kept = _refs(*parameters, "bbox", "datetime", "filter", "filter-lang", "filter-crs")
    answers = {"200": {"description": "OK", "content": {"application/vnd.mapbox-vector-tile": {"schema": {"type": "string", "format": "binary"}}}}}
    return {"get": _operation(id, summary, "Tiles", [*places, *kept], answers)}


def _collection(collection: Collection, *, is_public: bool) -> Json:
    name = collection.name
    title, path, suffix = collection.title.en, f"/collections/{name}", name.title()
    own = [
        {"name": one.name, "in": "query", "required": False, "style": "form", "explode": False,
         "description": f"features with this {one.name}",
         "schema": {**_schemas.KINDS[one.kind], **({"enum": list(one.choices)} if one.choices else {})}}
        for one in _schemas.usable(collection, "queryables", is_public=is_public).values()
        if one.kind not in _schemas.UNSORTED
    ]  # fmt: skip
    items = _operation(f"get{suffix}", f"{title}: features", name, [*_refs(*OF_ITEMS), *own], _content(GEOJSON))
    key = {"name": "featureId", "in": "path", "required": True, "schema": {"type": "string"}}
    one = [key, *_refs("crs", "properties", "skipGeometry", "f")]
    paths: Json = {
        path: _read(f"describe{suffix}", f"{title}: the collection", "application/json", tag=name),
        f"{path}/schema": _read(f"schemaOf{suffix}", f"{title}: schema", SCHEMA, tag=name),
        f"{path}/queryables": _read(f"queryablesOf{suffix}", f"{title}: queryables", SCHEMA, tag=name),
        f"{path}/sortables": _read(f"sortablesOf{suffix}", f"{title}: sortables", SCHEMA, tag=name),
        f"{path}/items": {"get": items},
        f"{path}/items/{{featureId}}": {"get": _operation(f"get{suffix}Feature", f"{title}: a feature", name, one, _content(GEOJSON))},
    }
    if collection.is_written:
        paths[f"{path}/items"]["post"] = _write(f"create{suffix}", f"{title}: create", name, [], GEOJSON, "201")
        held = [key, *_refs("If-Match", "If-Unmodified-Since")]
        item = paths[f"{path}/items/{{featureId}}"]
        item["put"] = _write(f"replace{suffix}", f"{title}: replace", name, held, GEOJSON, "204")
        item["patch"] = _write(f"update{suffix}", f"{title}: change", name, held, "application/merge-patch+json", "204")
        item["delete"] = _operation(f"delete{suffix}", f"{title}: delete", name, held, {"204": {"description": "deleted"}})
    if collection.layer:
        paths[f"{path}/tiles"] = _read(f"tilesetsOf{suffix}", f"{title}: tilesets", "application/json", tag="Tiles")
        paths[f"{path}/tiles/{_tiles.QUAD}"] = _read(f"tilesetOf{suffix}", f"{title}: tileset", "application/json", tag="Tiles")
        paths[_tile_path(path)] = _tile(f"tileOf{suffix}", f"{title}: a tile")
    return paths


def _write(id: str, summary: str, name: str, parameters: list[Json], kind: str, status: str) -> Json:
    answers: Json = {
        status: {"description": "written"}, "202": {"description": "held: see `findings`"},
        "409": {"$ref": "#/components/responses/Conflict"}, "412": {"$ref": "#/components/responses/Failed"},
        "422": {"$ref": "#/components/responses/Invalid"}, "428": {"$ref": "#/components/responses/Failed"},
    }  # fmt: skip
    operation = _operation(id, summary, name, [*parameters, *_refs("Content-Crs")], answers)
    operation["requestBody"] = {"required": True, "content": {kind: {"schema": {"type": "object"}}}}
    operation["security"] = [{"token": []}, {"password": []}]
    return operation
