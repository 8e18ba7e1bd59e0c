"""OGC API, part by part: what each declared conformance class asks, over HTTP."""

import json
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest
from litestar.testing import AsyncTestClient

from forestapi.settings import Settings
from forestapi.store.collections import collections
from tests.conformance.serving import PLOTS, records
from tests.conftest import token
from tests.http import mvt
from tests.samples import key, square

Headers = dict[str, str]
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
ITEMS = "/ogc/collections/plots/items"
PATCH = {"Content-Type": "application/merge-patch+json"}


@pytest.fixture
async def ledger(client: AsyncTestClient, as_administrator: Headers) -> None:
    for noun, record in records():
        answer = await client.post(f"/api/v1/{noun}", json=record, headers=as_administrator)
        assert answer.status_code == 201, answer.text


async def get(client: AsyncTestClient, address: str, headers: Headers | None = None, **query: Any) -> dict[str, Any]:
    answer = await client.get(address, params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_moments_are_such_as_gdal_can_read(client: AsyncTestClient, ledger: None, settings: Settings) -> None:
    """GDAL keeps seconds as float32: a moment a few microseconds before a whole second breaks its readers."""
    owner = await asyncpg.connect(settings.database_url)
    await owner.execute("set session_replication_role = replica")  # the triggers would write the moment of this change
    await owner.execute("update forest.plot set updated_at = '2026-04-01T10:00:59.999999Z'")
    await owner.close()
    (feature, *_) = (await get(client, ITEMS))["features"]
    assert feature["properties"]["updated_at"] == "2026-04-01T10:00:59.999+00:00"


# --- Common, Features 1 ---------------------------------------------------------------------------------------------


async def test_every_link_leads_somewhere_as_what_it_says(client: AsyncTestClient, ledger: None) -> None:
    todo, seen = ["/ogc"], set()
    while todo:
        address = todo.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = await client.get(address)
        assert answer.status_code == 200, (address, answer.text)
        kind = answer.headers["content-type"]
        if "json" not in kind or "openapi" in kind or "ndjson" in kind:
            continue
        document = answer.json()
        lists = [document, *document.get("collections", []), *document.get("tilesets", []), *document.get("tileMatrixSets", [])]
        for link in [link for part in lists for link in part.get("links", [])]:
            assert link["rel"] and link["type"] and link["href"].startswith("http"), link
            if not link.get("templated"):
                target = link["href"].replace("http://testserver.local", "")
                todo.append(target)
                if target not in seen:
                    kind = (await client.get(target)).headers["content-type"]
                    assert kind.partition(";")[0] == link["type"].partition(";")[0], link
    assert len(seen) > 60


async def test_the_interface_is_valid_openapi_3_0_and_covers_the_collections(
    client: AsyncTestClient, as_analyst: Headers
) -> None:
    public, staff = await get(client, "/ogc/api"), await get(client, "/ogc/api", as_analyst)
    assert "/collections/shifts/items" in staff["paths"] and "/collections/shifts/items" not in public["paths"]
    names = set()
    for methods in staff["paths"].values():
        for operation in methods.values():
            assert operation["operationId"] not in names and operation["responses"]
            names.add(operation["operationId"])
    for reference in _references(staff):
        part: Any = staff
        for step in reference.removeprefix("#/").split("/"):
            part = part[step]
    for name, collection in collections().items():
        assert ("post" in staff["paths"][f"/collections/{name}/items"]) == collection.is_written


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        return [part["$ref"]] if "$ref" in part else [r for value in part.values() for r in _references(value)]
    return [r for value in part for r in _references(value)] if isinstance(part, list) else []


async def test_pages(client: AsyncTestClient, ledger: None) -> None:
    seen, address = [], f"{ITEMS}?limit=5&sortby=-lifecycle,area_m2"
    while address:
        page = (await client.get(address)).json()
        assert page["numberMatched"] == PLOTS and page["numberReturned"] == len(page["features"]) <= 5
        seen += [(f["properties"]["lifecycle"], f["id"]) for f in page["features"]]
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    assert len(set(seen)) == PLOTS and [state for state, _ in seen] == sorted((s for s, _ in seen), reverse=True)


async def test_sorting_by_what_is_partly_unknown(client: AsyncTestClient, ledger: None, as_administrator: Headers) -> None:
    for number, text in ((3, "b"), (5, "a"), (7, "b")):
        await client.patch(f"/api/v1/plots/{key(number)}", json={"compartment": text}, headers=as_administrator)
    for sortby, first in (("compartment", "a"), ("-compartment", "b")):
        seen, address = [], f"{ITEMS}?limit=2&sortby={sortby}&properties=compartment"
        while address:
            page = (await client.get(address)).json()
            seen += [(f["properties"]["compartment"], f["id"]) for f in page["features"]]
            address = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
        assert len(set(seen)) == PLOTS and seen[0][0] == first and [c for c, _ in seen[3:]] == [None] * (PLOTS - 3)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("nothing=1", "nothing"), ("limit=0", "limit"), ("limit=x", "limit"), ("bbox=1,2,3", "bbox"), ("bbox=a,b,c,d", "bbox"),
        ("datetime=yesterday", "datetime"), ("crs=EPSG:9", "crs"), ("bbox-crs=x&bbox=1,2,3,4", "bbox-crs"), ("sortby=x", "sortby"),
        ("properties=x", "properties"), ("skipGeometry=7", "skipGeometry"), ("f=xml", "f"), ("filter=x", "filter"),
        ("filter=is_planted&filter-lang=sql", "filter-lang"), ("area_m2=big", "area_m2"), ("is_planted=7", "is_planted"),
        ("after=x", "after"), ("after=WyJhIl0", "after"), ("offset=-1", "offset"), ("id=x", "filter"), ("planted_on=x", "filter"),
        (f"bbox-crs={EPSG}3857&bbox=nan,0,1,1", "bbox"), ("region=%00", "region"), ("attributes=1", "attributes"),
    ],
)  # fmt: skip
async def test_what_cannot_be_read_is_refused_by_name(client: AsyncTestClient, ledger: None, query: str, field: str) -> None:
    answer = await client.get(f"{ITEMS}?{query}")
    assert answer.status_code == 400 and answer.json()["problems"][0]["field"] == field, answer.text


async def test_a_large_limit_is_the_maximum(client: AsyncTestClient, ledger: None) -> None:
    assert len((await get(client, ITEMS, limit=99999))["features"]) == PLOTS


async def test_place_time_and_properties_select(client: AsyncTestClient, ledger: None) -> None:
    for query, count in (
        ({"bbox": "105.35,38,105.75,40"}, 4), ({"bbox": "105.35,38,0,105.75,40,9"}, 4), ({"bbox": "170,-10,-170,10"}, 0),
        ({"bbox": f"{quote('39')},105.35,40,105.75", "bbox-crs": f"{EPSG}4326"}, 4),
        ({"bbox": "11727493,4600000,11771000,4800000", "bbox-crs": f"{EPSG}3857"}, 4),
        ({"lifecycle": "accepted"}, 4), ({"lifecycle": "accepted", "filter": "number = 'T-1'"}, 1), ({"is_planted": "true"}, PLOTS),
        ({"datetime": "2017"}, 4), ({"datetime": "2017-01-01T00:00:00Z/.."}, 8), ({"number": "T-2,x"}, 0),
        ({"number": "T-2"}, 1), ({"id": key(3)}, 1), ({"filter": "S_INTERSECTS(boundary,POINT(39.005 105.405))", "filter-crs": f"{EPSG}4326"}, 1),
    ):  # fmt: skip
        page = await get(client, ITEMS, **query)
        assert page["numberMatched"] == count == len(page["features"]), (query, page["numberMatched"])
    points = await get(client, "/ogc/collections/plantings/items", bbox="105.35,38,105.75,40", datetime="2016")
    assert {f["geometry"]["type"] for f in points["features"]} == {"Point"} and points["numberMatched"] == 1
    overlaps = await get(client, "/ogc/collections/overlaps/items", bbox="105.2,38,105.3,40")
    assert len(overlaps["features"]) == 1
    corner = overlaps["features"][0]["geometry"]["coordinates"][0][0]
    assert all(105.2 < x < 105.22 and 38.99 < y < 39.02 for x, y in corner)


# --- Features 2 -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("crs", "corner"),
    [(CRS84, (105.3, 39)), (f"{EPSG}4326", (39, 105.3)), (f"{EPSG}4490", (39, 105.3)), (f"{EPSG}3857", (11721942.38, 4721671.57))],
)
async def test_coordinates_are_in_the_crs_that_was_asked_for(
    client: AsyncTestClient, ledger: None, as_administrator: Headers, crs: str, corner: tuple[float, float]
) -> None:
    answer = await client.get(f"{ITEMS}/{key(3)}", params={"crs": crs})
    assert answer.headers["content-crs"] == f"<{crs}>"
    feature = answer.json()
    assert feature["geometry"]["coordinates"][0][0][0] == pytest.approx(corner, abs=0.01)
    # sent back in the same CRS, it is the same ground
    back = {"type": "Feature", "geometry": feature["geometry"], "properties": feature["properties"]}
    written = await client.put(f"{ITEMS}/{key(3)}", json=back, headers={**as_administrator, "Content-Crs": f"<{crs}>"})
    assert written.status_code == 204, written.text
    again = await get(client, f"{ITEMS}/{key(3)}")
    assert again["geometry"]["coordinates"][0][0][0] == pytest.approx((105.3, 39), abs=1e-8)
    assert again["properties"]["area_m2"] == pytest.approx(feature["properties"]["area_m2"], rel=1e-6)


# --- Features 3, 5, 6, 8 --------------------------------------------------------------------------------------------


async def test_schemas_describe_what_is_answered(client: AsyncTestClient, ledger: None, as_analyst: Headers) -> None:
    for name, collection in collections().items():
        path = f"/ogc/collections/{name}"
        schema = await get(client, f"{path}/schema", as_analyst)
        roles = {p.get("x-ogc-role"): n for n, p in schema["properties"].items() if "x-ogc-role" in p}
        assert roles["id"] == collection.noun.key and roles["primary-geometry"] == collection.noun.geometry
        sortables = (await get(client, f"{path}/sortables", as_analyst))["properties"]
        queryables = (await get(client, f"{path}/queryables", as_analyst))["properties"]
        assert set(sortables) < set(queryables) <= set(schema["properties"])
        for feature in (await get(client, f"{path}/items", as_analyst))["features"]:
            assert set(feature["properties"]) <= set(schema["properties"])
            for known, value in feature["properties"].items():
                assert value is None or _fits(value, schema["properties"][known]), (name, known, value)
        for sortable in sortables:
            answer = await client.get(f"{path}/items", params={"sortby": sortable, "limit": 1}, headers=as_analyst)
            assert answer.status_code == 200, answer.text


def _fits(value: Any, schema: dict[str, Any]) -> bool:
    """Whether a value has a type and is one of the values that a schema allows."""
    types = {"string": str, "number": int | float, "integer": int, "boolean": bool, "object": dict, "array": list}
    given = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return any(isinstance(value, types[kind]) for kind in given) and value in schema.get("enum", [value])


async def test_properties_are_selected(client: AsyncTestClient, ledger: None) -> None:
    page = await get(client, ITEMS, properties="number,area_m2", skipGeometry="true", limit=1)
    feature = page["features"][0]
    assert list(feature["properties"]) == ["number", "area_m2"] and feature["geometry"] is None and feature["id"]


# --- Features 4 -----------------------------------------------------------------------------------------------------


async def test_features_are_written_by_the_rules_of_every_other_way_in(
    client: AsyncTestClient, ledger: None, as_administrator: Headers, as_analyst: Headers
) -> None:
    feature = {"type": "Feature", "geometry": square(115), "properties": {"programme": "tengger", "number": "N-1"}}
    for headers, status in ((None, 401), (as_analyst, 403)):
        assert (await client.post(ITEMS, json=feature, headers=headers)).status_code == status
    created = await client.post(ITEMS, json=feature, headers=as_administrator)
    assert created.status_code == 201 and created.headers["etag"] and created.headers["last-modified"]
    broken = {**feature, "geometry": square(181)}
    refused = await client.post(ITEMS, json=broken, headers=as_administrator)
    assert refused.status_code in (202, 422), refused.text
    for body, field in (
        ({**feature, "colour": "red"}, "colour"), ({**feature, "properties": {"programme": "tengger", "number": "x", "y": 1}}, None),
        ({"type": "FeatureCollection", "features": []}, "type"), ([], "type"), ("x", "type"),
        ({"op": "=", "args": [{"property": "number"}, "N-1"]}, "type"), ({**feature, "properties": 7}, "properties"),
    ):  # fmt: skip
        answer = await client.post(ITEMS, json=body, headers=as_administrator)
        assert answer.status_code == 422 and (field is None or answer.json()["problems"][0]["field"] == field), answer.text
    held = await client.post(ITEMS, json={**feature, "geometry": None}, headers=as_administrator)
    assert held.status_code == 202 and held.json()["findings"]
    assert (await client.post("/ogc/collections/overlaps/items", json=feature, headers=as_administrator)).status_code == 405
    point = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [0, 0]}, "properties": {"plot": key(3), "kind": "infill"}}
    assert (await client.post("/ogc/collections/plantings/items", json=point, headers=as_administrator)).status_code == 201


async def test_optimistic_locking(client: AsyncTestClient, ledger: None, as_administrator: Headers) -> None:
    address = f"{ITEMS}/{key(2)}"
    read = await client.get(address)
    assert (await client.get(address, headers={"If-None-Match": read.headers["etag"]})).status_code == 304
    assert (await client.get(address, headers={"If-Modified-Since": read.headers["last-modified"]})).status_code == 304
    change = {"properties": {"compartment": "1"}}
    first = await client.patch(address, json=change, headers={**as_administrator, **PATCH, "If-Match": read.headers["etag"]})
    assert first.status_code == 204 and first.headers["etag"] != read.headers["etag"]
    for method in ("patch", "put", "delete"):
        whole = {"type": "Feature", "geometry": square(105.205), "properties": {"programme": "tengger", "number": "T-2"}}
        body = {} if method == "delete" else {"json": whole}
        stale = await getattr(client, method)(address, headers={**as_administrator, "If-Match": read.headers["etag"]}, **body)
        assert stale.status_code == 412, (method, stale.text)
    past = {"If-Unmodified-Since": "Mon, 01 Jan 2018 00:00:00 GMT"}
    assert (await client.delete(address, headers={**as_administrator, **past})).status_code == 412
    now = {"If-Unmodified-Since": first.headers["last-modified"]}
    assert (await client.patch(address, json=change, headers={**as_administrator, **PATCH, **now})).status_code == 204
    assert (await client.patch(address, json=change, headers={**as_administrator, **PATCH})).status_code == 204  # as QGIS does
    assert (await client.delete(address, headers={**as_administrator, "If-Match": "*"})).status_code == 204
    assert (await client.patch(address, json=change, headers={**as_administrator, **PATCH})).status_code == 404


# --- access ---------------------------------------------------------------------------------------------------------


async def test_shifts_are_the_staff_s_and_the_public_s_columns_are_empty(
    client: AsyncTestClient, settings: Settings, ledger: None, as_analyst: Headers, as_administrator: Headers
) -> None:
    await client.patch(f"/api/v1/plots/{key(1)}", json={"attributes": {"owner": "Wang"}}, headers=as_administrator)
    for path in ("", "/items", f"/items/{key(30_001)}", "/schema", "/queryables"):
        assert (await client.get(f"/ogc/collections/shifts{path}")).status_code == 401
        assert (await client.get(f"/ogc/collections/shifts{path}", headers=as_analyst)).status_code == 200
    assert "shifts" not in json.dumps(await get(client, "/ogc/collections"))
    assert "Wang" not in (await client.get(ITEMS)).text and "Wang" in (await client.get(ITEMS, headers=as_analyst)).text
    assert "Wang" not in (await client.get(ITEMS, params={"f": "html"})).text
    basic = await client.get("/ogc/collections/shifts", auth=("qgis", (await token(settings, "analyst"))["Authorization"][7:]))
    assert basic.status_code == 200
    assert (await client.get("/ogc", auth=("qgis", "wrong"))).status_code == 401


# --- Tiles ----------------------------------------------------------------------------------------------------------


async def test_tiles(client: AsyncTestClient, ledger: None) -> None:
    whole = await client.get("/ogc/tiles/WebMercatorQuad/0/0/0?f=mvt")
    assert whole.status_code == 200 and "cells" in mvt.read(whole.content)
    own = await client.get("/ogc/collections/plots/tiles/WebMercatorQuad/0/0/0", params={"filter": "lifecycle = 'accepted'"})
    assert sum(f.properties["plots"] for f in mvt.read(own.content)["cells"]) == 4
    plain = await client.get("/tiles/plots/0/0/0.mvt", params={"filter": "lifecycle = 'accepted'"})
    assert plain.content == own.content
    assert (await client.get("/ogc/tiles/WebMercatorQuad/0/0/0?collections=plots")).status_code == 200
    for address in ("0/1/0", "99/0/0", "0/0/0?collections=x", "0/0/-1"):
        assert (await client.get(f"/ogc/tiles/WebMercatorQuad/{address}")).status_code == 404, address
    empty = await client.get("/ogc/tiles/WebMercatorQuad/16/0/0?f=mvt")
    assert empty.status_code == 200 and empty.content == b""
    again = await client.get("/ogc/tiles/WebMercatorQuad/0/0/0?f=mvt", headers={"If-None-Match": whole.headers["etag"]})
    assert again.status_code == 304
    grid = await get(client, "/ogc/tileMatrixSets/WebMercatorQuad")
    assert grid["tileMatrices"][0]["scaleDenominator"] == pytest.approx(559082264.0287178)


# --- HTML -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_pages_in_both_languages(client: AsyncTestClient, ledger: None, language: str) -> None:
    for path in ("", "/conformance", "/collections", "/collections/plots", "/collections/plots/items", "/collections/plots/schema",
                 f"/collections/plots/items/{key(1)}", "/tiles", "/tileMatrixSets", "/api", "/collections/regions/items"):  # fmt: skip
        answer = await client.get(f"/ogc{path}", params={"lang": language, "f": "html"})
        assert answer.status_code == 200 and answer.headers["content-type"].count("charset") == 1, answer.text
        assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in answer.text and "None" not in answer.text
    page = await client.get("/ogc/collections", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.text.startswith("<!DOCTYPE html>")
    assert ("<script>" in (await client.get("/ogc?f=html&lang=%22%3E%3Cscript%3E")).text) is False
