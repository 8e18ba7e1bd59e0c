"""The features of one collection: read, created, replaced, changed and deleted."""

from typing import Any

import msgspec
from litestar import Request, Response, delete, get, patch, post, put
from litestar.params import FromPath

from forestapi.db.transaction import Transaction
from forestapi.records import nouns
from forestapi.routes._conditions import is_fresh, precondition, tag
from forestapi.routes._request import Tx, requires
from forestapi.routes.ogc import _pages, _reading, _writing
from forestapi.routes.ogc._answer import BASE, GEOJSON, address, answer, known_only, wants_html
from forestapi.routes.records import answer as held
from forestapi.routes.records import valid_key
from forestapi.services import records as service
from forestapi.services.records import Saved
from forestapi.store import geojson
from forestapi.store.collections import Collection
from forestapi.store.geojson import One, Shape

Asked = Request[Any, Any, Any]


def handlers(collection: Collection) -> list[Any]:
    """Make the routes of one collection's features. Only what it takes is registered, so that OPTIONS says it."""
    noun, name = collection.noun, collection.name
    path, reading, writing = f"{BASE}/collections/{name}/items", [requires(noun.readers)], [requires(noun.writers)]

    @get(path, guards=reading, include_in_schema=False, name=f"ogc-{name}")
    async def items(request: Asked, tx: Tx) -> Response[bytes]:
        """List features, filtered, sorted and paged."""
        wanted = _reading.read(request, collection)
        found = await geojson.page(
            tx, noun, wanted.query, wanted.shape,
            limit=wanted.limit, order=wanted.order, after=wanted.after, offset=wanted.offset,
        )  # fmt: skip
        matched = await geojson.count(tx, noun, wanted.query)
        if wants_html(request):
            shown = _pages.items(collection, found.rows, matched, _next(request, found.after))
            return answer(request, f"/collections/{name}/items", {}, shown)
        return _collection(request, collection, found, matched, wanted.shape)

    @get(f"{path}/{{key:str}}", guards=reading, include_in_schema=False, name=f"ogc-{name}-one")
    async def item(request: Asked, tx: Tx, key: FromPath[str]) -> Response[bytes]:
        """Read one feature, with its ETag and when it last changed."""
        known_only(request, "crs", "properties", "skipGeometry")
        shape = _reading.shape(request, collection)
        key = valid_key(noun, key) or ""
        found = await geojson.one(tx, noun, key, shape)
        if found is None:
            raise service.missing(noun, key)
        if wants_html(request):
            return answer(request, f"/collections/{name}/items/{key}", {}, _pages.item(collection, key, found.json))
        headers = stamps(found, shape)
        if is_fresh(request, headers["ETag"]) or _writing.is_unmodified(request, found.updated_at):
            return Response(b"", status_code=304, headers=headers)
        return Response(_with_links(request, collection, key, found.json), media_type=GEOJSON, headers=headers)

    if not collection.is_written:
        return [items, item]
    written = nouns()[name]

    @post(path, guards=writing, include_in_schema=False, name=f"ogc-{name}-create")
    async def create(request: Asked, tx: Tx) -> Response[bytes]:
        """Create a feature."""
        document = await _writing.document_of(request, collection, is_patch=False)
        saved = await service.create(tx, written, service.decode(written, document))
        return await _saved(request, tx, collection, saved, 201)

    @put(f"{path}/{{key:str}}", guards=writing, include_in_schema=False, name=f"ogc-{name}-replace")
    async def replace(request: Asked, tx: Tx, key: FromPath[str]) -> Response[bytes]:
        """Replace a feature whole, or create it under this id."""
        key = valid_key(noun, key) or ""
        document = await _writing.document_of(request, collection, is_patch=False)
        given = _writing.with_time(request, precondition(request))
        record = service.decode(written, document | {noun.key: key})
        return await _saved(request, tx, collection, await service.replace(tx, written, key, record, given), 204)

    @patch(f"{path}/{{key:str}}", guards=writing, include_in_schema=False, name=f"ogc-{name}-change")
    async def change(request: Asked, tx: Tx, key: FromPath[str]) -> Response[bytes]:
        """Change some properties of a feature, or its geometry (JSON merge patch)."""
        key = valid_key(noun, key) or ""
        changes = await _writing.document_of(request, collection, is_patch=True)
        given = _writing.with_time(request, precondition(request))
        return await _saved(request, tx, collection, await service.patch(tx, written, key, changes, given), 204)

    @delete(f"{path}/{{key:str}}", guards=writing, include_in_schema=False, name=f"ogc-{name}-delete")
    async def remove(request: Asked, tx: Tx, key: FromPath[str]) -> None:
        """Delete a feature."""
        given = _writing.with_time(request, precondition(request))
        await service.remove(tx, written, valid_key(noun, key) or "", given)

    return [items, item, create, replace, change, remove]


def stamps(found: One, shape: Shape) -> dict[str, str]:
    """Give the headers by which a client can tell this version of a feature from others."""
    return {
        "ETag": tag(found.revision, found.received_at, found.json),
        "Last-Modified": _writing.http_date(found.updated_at),
        "Content-Crs": f"<{shape.crs.uri}>",
        "Vary": "Accept",
    }


async def _saved(
    request: Asked, tx: Transaction, collection: Collection, saved: Saved, status: int
) -> Response[bytes]:
    """Answer what became of a feature that was written."""
    if saved.outcome == "held":
        return held(nouns()[collection.name], saved)
    found = await geojson.one(tx, collection.noun, saved.key, Shape())
    headers = {
        "Location": address(request, f"/collections/{collection.name}/items/{saved.key}"),
        "Forest-Outcome": saved.outcome,
        **(stamps(found, Shape()) if found else {}),
    }
    if saved.outcome == "created":
        status = 201
    return Response(b"", status_code=status, headers=headers)


def _next(request: Asked, after: str | None) -> dict[str, str] | None:
    if after is None:
        return None
    kept = {k: v for k, v in request.query_params.items() if k not in ("after", "offset", "f")}
    return {**kept, "after": after}


def _collection(
    request: Asked, collection: Collection, found: geojson.Features, matched: int | None, shape: Shape
) -> Response[bytes]:
    """Write a page of features around the texts that the database made."""
    path = f"/collections/{collection.name}/items"
    kept = dict(request.query_params)
    links = [
        {"rel": "self", "type": GEOJSON, "title": "GeoJSON", "href": address(request, path, **kept)},
        {"rel": "alternate", "type": "text/html", "title": "HTML", "href": address(request, path, **(kept | {"f": "html"}))},
        {"rel": "collection", "type": "application/json", "title": collection.title.en,
         "href": address(request, f"/collections/{collection.name}")},
    ]  # fmt: skip
    headers = {"Content-Crs": f"<{shape.crs.uri}>", "Vary": "Accept"}
    following = _next(request, found.after)
    if following is not None:
        where = address(request, path, **following)
        links.append({"rel": "next", "type": GEOJSON, "title": "next page", "href": where})
        headers["Link"] = f'<{where}>; rel="next"; type="{GEOJSON}"'
    counted = "" if matched is None else f'"numberMatched":{matched},'
    head = f'{{"type":"FeatureCollection",{counted}"numberReturned":{len(found.rows)},"timeStamp":"{_pages.now()}",'
    body = f'{head}"links":{msgspec.json.encode(links).decode()},"features":[{",".join(found.rows)}]}}'
    return Response(body.encode(), media_type=GEOJSON, headers=headers)


def _with_links(request: Asked, collection: Collection, key: str, json: str) -> bytes:
    path = f"/collections/{collection.name}/items/{key}"
    links = [
        {"rel": "self", "type": GEOJSON, "title": "GeoJSON", "href": address(request, path)},
        {"rel": "alternate", "type": "text/html", "title": "HTML", "href": address(request, path, f="html")},
        {"rel": "collection", "type": "application/json", "title": collection.title.en,
         "href": address(request, f"/collections/{collection.name}")},
    ]  # fmt: skip
    return f'{json[:-1]},"links":{msgspec.json.encode(links).decode()}}}'.encode()

