"""OGC API at `/ogc`: landing page, conformance, collections, their schemas, features and tiles."""

import time
from typing import Any

import msgspec
from litestar import Request, Response, get

from forestapi.access import PUBLIC
from forestapi.db.transaction import Transaction
from forestapi.routes._request import Tx, actor_of, anyone, requires
from forestapi.routes.ogc import _items, _openapi, _pages, _schemas, _tiles
from forestapi.routes.ogc._answer import (
    BASE,
    GEOJSON,
    HTML,
    OAS30,
    OGC,
    SCHEMA,
    answer,
    both,
    known_only,
    link,
    readable,
)
from forestapi.routes.ogc._conformance import CLASSES
from forestapi.services import exporting
from forestapi.store import geojson
from forestapi.store.collections import Collection, collections
from forestapi.web.ogc import Item, Page
from geo import ogc_crs
from geo.formats import Format
from geo.text import Text

Asked = Request[Any, Any, Any]
ABOUT = Text(
    "造林与绿色用工台账，供 QGIS、GDAL 等按 OGC 标准读取与编辑。",
    "The ledger of planted ground and green work, for QGIS, GDAL and all that speak the OGC's standards.",
)
EXTENT_S = 60
"""How long the extent of a collection is kept before it is looked at again."""
_extents: dict[tuple[int, str], tuple[float, Any]] = {}


@get(BASE, guards=[anyone], include_in_schema=False, sync_to_thread=False)
def landing(request: Asked) -> Response[bytes]:
    """Say what is here: the landing page of OGC API."""
    known_only(request)
    document = {
        "title": "Forest API",
        "description": both(ABOUT),
        "links": [
            link(request, "/api", "service-desc", OAS30, "OpenAPI 3.0"),
            link(request, "/api", "service-doc", HTML, "OpenAPI", f="html"),
            link(request, "/conformance", "conformance", "application/json", "Conformance", f="json"),
            link(request, "/conformance", f"{OGC}conformance", "application/json", "Conformance", f="json"),
            link(request, "/collections", "data", "application/json", "Collections", f="json"),
            link(request, "/collections", f"{OGC}data", "application/json", "Collections", f="json"),
            link(request, "/tiles", f"{OGC}tilesets-vector", "application/json", "Vector tiles", f="json"),
            link(request, "/tileMatrixSets", f"{OGC}tiling-schemes", "application/json", "Tile matrix sets", f="json"),
        ],
    }
    entries = (
        Item(_pages.COLLECTIONS.title, _pages.COLLECTIONS.href, Text("供读取与编辑的要素", "Features to read and to edit")),
        Item(_tiles.TITLE, f"{BASE}/tiles", Text("OGC API Tiles", "OGC API Tiles")),
        Item(Text("符合的标准", "Conformance"), f"{BASE}/conformance"),
        Item(Text("接口说明（OpenAPI 3.0）", "Interface (OpenAPI 3.0)"), f"{BASE}/api?f=html"),
    )
    return answer(request, "", document, Page(title=Text("OGC API", "OGC API"), about=ABOUT, items=entries))


@get(f"{BASE}/conformance", guards=[anyone], include_in_schema=False, sync_to_thread=False)
def conformance(request: Asked) -> Response[bytes]:
    """List the conformance classes that the tests hold this server to."""
    known_only(request)
    shown = Page(
        title=Text("符合的标准", "Conformance"), trail=(_pages.HOME,), facts=tuple((Text("类", "Class"), one) for one in CLASSES)
    )
    return answer(request, "/conformance", {"conformsTo": list(CLASSES)}, shown)


@get(f"{BASE}/api", guards=[anyone], include_in_schema=False)
async def api(request: Asked) -> Response[bytes]:
    """Describe the interface in OpenAPI 3.0, as OGC clients read it."""
    known_only(request)
    document = _openapi.document(request, readable(request))
    if request.query_params.get("f") == "html":
        facts = tuple(
            (Text(f"{method.upper()} {path}", f"{method.upper()} {path}"), operation["summary"])
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if method != "parameters"
        )
        title = Text("接口说明", "Interface")
        return answer(request, "/api", document, Page(title=title, trail=(_pages.HOME,), facts=facts))
    return Response(msgspec.json.encode(document), headers={"Content-Type": OAS30, "Vary": "Accept, Authorization"})


@get(f"{BASE}/collections", guards=[anyone], include_in_schema=False)
async def listing(request: Asked, tx: Tx) -> Response[bytes]:
    """List the collections that the reader may read."""
    known_only(request)
    found = readable(request).values()
    document = {"collections": [await describe(request, tx, one) for one in found], "links": []}
    shown = Page(title=_pages.COLLECTIONS.title, trail=(_pages.HOME,), items=tuple(_pages.of(one) for one in found))
    return answer(request, "/collections", document, shown)


async def describe(request: Asked, tx: Transaction, collection: Collection) -> dict[str, Any]:
    """Describe a collection: what it is, where it lies, in which CRSs it can be had, and where to go on."""
    path = f"/collections/{collection.name}"
    box, dates = await _extent(request, tx, collection)
    extent: dict[str, Any] = {"spatial": {"bbox": [box or [-180.0, -90.0, 180.0, 90.0]], "crs": ogc_crs.CRS84}}
    if collection.noun.happened:
        interval = [None if day is None else f"{day}T00:00:00Z" for day in dates]
        extent["temporal"] = {"interval": [interval], "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"}
    links = [
        link(request, f"{path}/items", "items", GEOJSON, "GeoJSON"),
        link(request, f"{path}/items", "items", HTML, "HTML", f="html"),
        link(request, f"{path}/schema", "describedby", SCHEMA, "Schema"),
        link(request, f"{path}/schema", f"{OGC}schema", SCHEMA, "Schema"),
        link(request, f"{path}/queryables", f"{OGC}queryables", SCHEMA, "Queryables"),
        link(request, f"{path}/sortables", f"{OGC}sortables", SCHEMA, "Sortables"),
        *(whole(request, collection, form) for form in exporting.written_formats().values()),
    ]
    if collection.layer:
        links.append(link(request, f"{path}/tiles", f"{OGC}tilesets-vector", "application/json", "Vector tiles", f="json"))
    return {
        "id": collection.name,
        "title": both(collection.title),
        "description": both(collection.about),
        "itemType": "feature",
        "extent": extent,
        "crs": list(ogc_crs.OFFERED),
        "storageCrs": ogc_crs.CRS84,
        "links": [link(request, path, "self", "application/json", "JSON", f="json"), *links],
    }


def whole(request: Asked, collection: Collection, form: Format) -> dict[str, str]:
    """Link to all of a collection as one file."""
    address = f"{str(request.base_url).rstrip('/')}/api/v1/exports/{collection.name}?f={form.name}"
    return {"href": address, "rel": "enclosure", "type": form.media_type, "title": form.title.en}


async def _extent(request: Asked, tx: Transaction, collection: Collection) -> tuple[Any, Any]:
    """Give the extent of a collection, looked up at most once a minute; of what is not public, for each reader anew."""
    key = (id(request.app), collection.name)
    kept = _extents.get(key)
    if PUBLIC in collection.noun.readers and kept and time.monotonic() - kept[0] < EXTENT_S:
        return kept[1]
    found = await geojson.extent(tx, collection.noun)
    _extents[key] = (time.monotonic(), found)
    return found


def _of(collection: Collection) -> list[Any]:
    """Make the routes of one collection."""
    path, guards = f"/collections/{collection.name}", [requires(collection.noun.readers)]
    trail = (_pages.HOME, _pages.COLLECTIONS)

    @get(f"{BASE}{path}", guards=guards, include_in_schema=False)
    async def one(request: Asked, tx: Tx) -> Response[bytes]:
        """Describe a collection."""
        known_only(request)
        document = await describe(request, tx, collection)
        spatial = document["extent"]["spatial"]["bbox"][0]
        interval = document["extent"].get("temporal", {}).get("interval", [[]])[0]
        shown = Page(
            title=collection.title,
            about=collection.about,
            trail=trail,
            facts=(
                (Text("范围", "Extent"), ", ".join(f"{number:.4f}" for number in spatial)),
                (Text("时间", "Time"), " – ".join(str(day or "..")[:10] for day in interval)),
            ),
            items=(
                Item(Text("要素", "Features"), f"{BASE}{path}/items"),
                Item(Text("字段", "Schema"), f"{BASE}{path}/schema"),
                Item(Text("可过滤的属性", "Queryables"), f"{BASE}{path}/queryables"),
                Item(Text("可排序的属性", "Sortables"), f"{BASE}{path}/sortables"),
                *((Item(_tiles.TITLE, f"{BASE}{path}/tiles"),) if collection.layer else ()),
            ),
        )
        return answer(request, path, document, shown)

    def about(use: _schemas.Use, title: Text) -> Any:
        @get(f"{BASE}{path}/{use}", guards=guards, include_in_schema=False, sync_to_thread=False)
        def described(request: Asked) -> Response[bytes]:
            """Describe the properties of a collection as a JSON Schema."""
            known_only(request)
            document = _schemas.schema(request, collection, use, is_public=actor_of(request).role == PUBLIC)
            facts = tuple((Text(name, name), _in_words(known)) for name, known in document["properties"].items())
            shown = Page(title=title, trail=(*trail, _pages.of(collection)), facts=facts)
            return answer(request, f"{path}/{use}", document, shown, SCHEMA)

        return described

    return [
        one,
        about("schema", Text("字段", "Schema")),
        about("queryables", Text("可过滤的属性", "Queryables")),
        about("sortables", Text("可排序的属性", "Sortables")),
        *_items.handlers(collection),
        *(_tiles.handlers(collection) if collection.layer else []),
    ]


def _in_words(known: dict[str, Any]) -> str:
    kind = known.get("format") or known.get("type", "")
    return ", ".join([kind if isinstance(kind, str) else " / ".join(kind), *known.get("enum", ())])


ROUTES = [
    landing, conformance, api, listing,
    _tiles.matrix_sets, _tiles.one_matrix_set, _tiles.tilesets, _tiles.tileset, _tiles.tile,
    *(route for collection in collections().values() for route in _of(collection)),
]  # fmt: skip
