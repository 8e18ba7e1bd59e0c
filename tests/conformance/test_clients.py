"""Real clients against a server in another process: GDAL's OAPIF driver, OWSLib, and QGIS's requests replayed."""

from typing import Any
from urllib.parse import unquote_plus

import httpx
import pyogrio
import pytest
from owslib.ogcapi.features import Features

from tests.conformance.serving import PLOTS, Served
from tests.samples import key, square

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


def gdal(served: Served) -> str:
    return f"OAPIF:{served.ogc}"


def read(served: Served, layer: str, **options: Any) -> tuple[dict[str, Any], Any, dict[str, Any]]:
    """Read a layer: what it is, its geometries, its columns."""
    meta, _, geometries, columns = pyogrio.raw.read(gdal(served), layer=layer, **options)
    return meta, geometries, dict(zip(meta["fields"], columns, strict=True))


def test_gdal_lists_the_public_layers(served: Served) -> None:
    layers = {str(name): str(kind) for name, kind in pyogrio.list_layers(gdal(served))}
    # of an empty layer GDAL cannot tell: it looks at the first features
    assert layers == {
        "plots": "MultiPolygon", "overlaps": "MultiPolygon", "regions": "Unknown", "plantings": "Point", "surveys": "Unknown",
    }  # fmt: skip


def test_gdal_reads_every_feature_with_its_types(served: Served) -> None:
    info = pyogrio.read_info(gdal(served), layer="plots")
    assert info["features"] == PLOTS and "CRS84" in info["crs"]
    types = dict(zip(info["fields"], map(str, info["dtypes"]), strict=True))
    assert (types["area_m2"], types["planted_on"], types["is_planted"]) == ("float64", "datetime64[D]", "bool")
    _, geometries, columns = read(served, "plots")
    assert len(geometries) == PLOTS and set(columns["id"]) == {key(number) for number in range(1, PLOTS + 1)}


def test_gdal_pushes_place_and_conditions_down(served: Served) -> None:
    before = len(served.requests())
    _, geometries, columns = read(served, "plots", bbox=(105.25, 38.5, 105.75, 39.5), where="lifecycle = 'accepted'")
    assert sorted(columns["id"]) == [key(4), key(7)] and len(geometries) == 2
    asked = unquote_plus(" ".join(served.requests()[before:]))
    assert "bbox=105.25,38.5,105.75,39.5" in asked and "filter=lifecycle = 'accepted'" in asked
    before = len(served.requests())
    _, _, columns = read(served, "plots", where="lifecycle = 'accepted' AND area_m2 > 1")
    assert len(columns["id"]) == 4
    asked = unquote_plus(" ".join(served.requests()[before:]))
    assert "filter-lang=cql-text" in asked and "area_m2" in asked


@pytest.mark.parametrize(("layer", "count"), [("plantings", PLOTS), ("overlaps", 1), ("surveys", 0), ("regions", 0)])
def test_gdal_reads_the_other_layers(served: Served, layer: str, count: int) -> None:
    _, geometries, _ = read(served, layer)
    assert len(geometries) == count


def test_gdal_follows_pages(served: Served) -> None:
    before = len(served.requests())
    meta, _, geometries, _ = pyogrio.raw.read(gdal(served), layer="plots", PAGE_SIZE="5")
    assert len(geometries) == PLOTS
    assert sum("after=" in address for address in served.requests()[before:]) >= 2, meta


def test_owslib_reads(served: Served) -> None:
    client = Features(served.ogc)
    assert client.api()["openapi"].startswith("3.0")
    assert set(client.feature_collections()) == {"plots", "plantings", "surveys", "overlaps", "regions"}
    assert f"{CRS84}" in client.collection("plots")["crs"]
    assert "lifecycle" in client.collection_queryables("plots")["properties"]
    found = client.collection_items("plots", limit=3, bbox=[105.0, 38.0, 106.0, 40.0], filter="lifecycle = 'accepted'")
    assert (found["numberMatched"], found["numberReturned"]) == (4, 3)
    one = client.collection_item("plots", found["features"][0]["id"])
    assert one["properties"]["lifecycle"] == "accepted"


def test_owslib_creates_replaces_and_deletes(served: Served) -> None:
    client = Features(served.ogc, headers={"Authorization": f"Bearer {served.token}"})
    feature = {"type": "Feature", "geometry": square(110), "properties": {"programme": "tengger", "number": "OWS-1"}}
    assert client.collection_item_create("plots", feature)
    id = client.collection_items("plots", filter="number = 'OWS-1'")["features"][0]["id"]
    feature["properties"]["number"] = "OWS-2"
    client.collection_item_update("plots", id, feature)
    assert client.collection_item("plots", id)["properties"]["number"] == "OWS-2"
    client.collection_item_delete("plots", id)
    assert client.collection_items("plots", filter="number = 'OWS-2'")["numberReturned"] == 0


def test_qgis_reads_and_edits(served: Served) -> None:
    """The requests of QGIS's provider, in their order (3.32 and newer)."""
    with httpx.Client(base_url=served.ogc, auth=("qgis", served.token)) as qgis:
        links = {link["rel"]: link for link in qgis.get("").json()["links"] if "openapi" in link["type"] or "json" in link["type"]}
        assert {"service-desc", "data", "conformance"} <= set(links)
        api = qgis.get(links["service-desc"]["href"])
        assert api.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
        limit = api.json()["components"]["parameters"]["limit"]["schema"]
        size = min(max(1000, limit["default"]), limit["maximum"])
        simple = [p for p in api.json()["paths"]["/collections/plots/items"]["get"]["parameters"] if "name" in p]
        assert all((p["style"], p["explode"]) == ("form", False) and p["schema"]["type"] for p in simple)
        classes = qgis.get(links["conformance"]["href"]).json()["conformsTo"]
        assert {"http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/schemas",
                "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-operators"} <= set(classes)  # fmt: skip
        assert {c["id"] for c in qgis.get(links["data"]["href"]).json()["collections"]} >= {"plots", "shifts"}
        plots = qgis.get("/collections/plots").json()
        assert plots["storageCrs"] == CRS84
        assert qgis.get("/collections/plots/schema").json()["properties"]["boundary"]["x-ogc-role"] == "primary-geometry"

        # reading, with an open interval as QGIS writes it
        page = qgis.get("/collections/plots/items", params={
            "limit": size, "bbox": "105,38,107,40", "crs": CRS84, "lifecycle": "accepted",
            "datetime": "0000-01-01T00:00:00Z/2020-12-31T00:00:00Z", "filter": "(\"area_m2\" > 1)", "filter-lang": "cql2-text",
        })  # fmt: skip
        assert page.status_code == 200 and page.json()["numberReturned"] == 4, page.text

        # is it to be edited?
        assert "POST" in qgis.options("/collections/plots/items").headers["allow"]
        assert {"PUT", "DELETE", "PATCH"} <= set(qgis.options("/collections/plots/items/unknown_id").headers["allow"].split(", "))
        assert "POST" not in qgis.options("/collections/overlaps/items").headers["allow"]

        # create: every column is sent, what is empty as null
        columns = dict.fromkeys(page.json()["features"][0]["properties"])
        feature = {"type": "Feature", "properties": columns | {"programme": "tengger", "number": "Q-1"},
                   "geometry": {"type": "MultiPolygon", "coordinates": [square(112)["coordinates"]]}}  # fmt: skip
        created = qgis.post(
            "/collections/plots/items", json=feature, headers={"Content-Type": "application/geo+json", "Content-Crs": CRS84}
        )
        assert created.status_code == 201, created.text
        id = created.headers["location"].rpartition("/items/")[2]
        assert id and created.headers["location"].startswith(f"{served.ogc}/collections/plots/items/")

        # change attributes and geometry by merge patch, without If-Match, one request each
        patch = {"Content-Type": "application/merge-patch+json", "Content-Crs": f"<{CRS84}>"}
        for change in ({"properties": {"number": "Q-2", "compartment": "7"}},
                       {"geometry": {"type": "MultiPolygon", "coordinates": [square(113)["coordinates"]]}}):  # fmt: skip
            changed = qgis.patch(f"/collections/plots/items/{id}", json=change, headers=patch)
            assert changed.status_code in (200, 204), changed.text
        now = qgis.get(f"/collections/plots/items/{id}").json()
        assert (now["properties"]["number"], now["properties"]["compartment"]) == ("Q-2", "7")
        assert now["geometry"]["coordinates"][0][0][0] == [113, 39]
        assert qgis.delete(f"/collections/plots/items/{id}").status_code == 204
        assert qgis.get(f"/collections/plots/items/{id}").status_code == 404
