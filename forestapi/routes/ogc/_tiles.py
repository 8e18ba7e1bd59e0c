"""Tilesets: the vector tiles that there are, as OGC API Tiles describes them."""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import FromPath, QueryParameter

from forestapi.errors import NotFound
from forestapi.routes import tiles as plain
from forestapi.routes._request import actor_of, anyone, requires
from forestapi.routes.ogc import _pages
from forestapi.routes.ogc._answer import BASE, OGC, address, answer, both, known_only, link
from forestapi.services.serving_tiles import Asked as OneTile
from forestapi.store.collections import Collection, collections
from forestapi.web.ogc import Item, Page
from geo.text import Text

Asked = Request[Any, Any, Any]
QUAD = "WebMercatorQuad"
QUAD_URI = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
CRS_URI = "http://www.opengis.net/def/crs/EPSG/0/3857"
HALF_M = 20037508.342789244
TITLE = Text("矢量瓦片", "Vector tiles")
WHICH = ("collections", "f", "lang")
Which = Annotated[str | None, QueryParameter(name="collections", description="only these layers, comma-separated")]


def matrix_set() -> dict[str, Any]:
    """Describe the grid of the tiles: 256 pixels a tile, as web maps have it."""
    cell_m = 2 * HALF_M / 256
    return {
        "id": QUAD, "title": "Google Maps Compatible for the World", "uri": QUAD_URI, "crs": CRS_URI,
        "orderedAxes": ["X", "Y"],
        "tileMatrices": [
            {
                "id": str(z), "scaleDenominator": cell_m / 2**z / 0.00028, "cellSize": cell_m / 2**z,
                "cornerOfOrigin": "topLeft", "pointOfOrigin": [-HALF_M, HALF_M], "tileWidth": 256, "tileHeight": 256,
                "matrixWidth": 2**z, "matrixHeight": 2**z,
            }
            for z in range(plain.MAX_ZOOM + 1)
        ],
    }  # fmt: skip


def _drawn() -> list[Collection]:
    return [one for one in collections().values() if one.layer]


def _tileset(request: Asked, path: str, title: Text, drawn: list[Collection], *, is_whole: bool) -> dict[str, Any]:
    """Describe one tileset; in the list of them only where it is."""
    document: dict[str, Any] = {
        "title": both(title), "dataType": "vector", "crs": CRS_URI, "tileMatrixSetURI": QUAD_URI,
        "links": [
            link(request, f"{path}/tiles/{QUAD}", "self", "application/json", "tileset", f="json"),
            link(request, f"/tileMatrixSets/{QUAD}", f"{OGC}tiling-scheme", "application/json", QUAD, f="json"),
            {"rel": "item", "type": plain.MEDIA_TYPE, "title": "tiles", "templated": True,
             "href": address(request, f"{path}/tiles/{QUAD}") + "/{tileMatrix}/{tileRow}/{tileCol}?f=mvt"},
            *({"rel": "describedby", "type": "application/json", "title": "TileJSON",
               "href": f"{str(request.base_url).rstrip('/')}/tiles/{one.layer}.json"} for one in drawn),
        ],
    }  # fmt: skip
    if is_whole:
        document["tileMatrixSetLimits"] = [
            {"tileMatrix": str(z), "minTileRow": 0, "maxTileRow": 2**z - 1, "minTileCol": 0, "maxTileCol": 2**z - 1}
            for z in range(plain.MAX_ZOOM + 1)
        ]
        document["layers"] = [
            {
                "id": layer["id"], "dataType": "vector",
                "minTileMatrix": str(layer.get("minzoom", 0)), "maxTileMatrix": str(layer.get("maxzoom", plain.MAX_ZOOM)),
                "propertiesSchema": {"type": "object", "properties": {n: {"title": t} for n, t in layer["fields"].items()}},
            }
            for one in drawn for layer in plain.VECTOR_LAYERS[one.layer]
        ]  # fmt: skip
    return document


def _shown(title: Text, path: str, trail: tuple[Item, ...]) -> Page:
    return Page(title=title, trail=trail, items=(Item(Text(QUAD, QUAD), f"{BASE}{path}/tiles/{QUAD}"),))


async def _tile(request: Asked, drawn: list[Collection], z: int, row: int, column: int) -> Response[bytes]:
    if not (0 <= z <= plain.MAX_ZOOM and 0 <= column < 1 << z and 0 <= row < 1 << z):
        raise NotFound(Text("没有这个瓦片。", "There is no such tile."))
    query = plain.picked(request, WHICH)
    layers = tuple(one.layer for one in drawn if one.layer)
    programmes = request.query_params.get("programme")
    return await plain.respond(
        request, OneTile.of(layers, (z, column, row), actor_of(request), programmes, query if "plots" in layers else None)
    )


@get(f"{BASE}/tileMatrixSets", guards=[anyone], include_in_schema=False, sync_to_thread=False)
def matrix_sets(request: Asked) -> Response[bytes]:
    """List the grids that tiles are cut in."""
    known_only(request)
    where = link(request, f"/tileMatrixSets/{QUAD}", "self", "application/json", QUAD, f="json")
    document = {"tileMatrixSets": [{"id": QUAD, "title": QUAD, "uri": QUAD_URI, "crs": CRS_URI, "links": [where]}]}
    title = Text("瓦片矩阵集", "Tile matrix sets")
    entry = Item(Text(QUAD, QUAD), f"{BASE}/tileMatrixSets/{QUAD}")
    return answer(request, "/tileMatrixSets", document, Page(title=title, trail=(_pages.HOME,), items=(entry,)))


@get(f"{BASE}/tileMatrixSets/{QUAD}", guards=[anyone], include_in_schema=False, sync_to_thread=False)
def one_matrix_set(request: Asked) -> Response[bytes]:
    """Describe the grid of the tiles."""
    known_only(request)
    return answer(
        request, f"/tileMatrixSets/{QUAD}", matrix_set(),
        Page(title=Text(QUAD, QUAD), trail=(_pages.HOME,), facts=((Text("坐标系", "CRS"), CRS_URI), (Text("URI", "URI"), QUAD_URI))),
    )  # fmt: skip


@get(f"{BASE}/tiles", guards=[anyone], include_in_schema=False, sync_to_thread=False)
def tilesets(request: Asked) -> Response[bytes]:
    """List the tilesets of all layers together."""
    known_only(request, "collections")
    document = {"tilesets": [_tileset(request, "", TITLE, _drawn(), is_whole=False)]}
    return answer(request, "/tiles", document, _shown(TITLE, "", (_pages.HOME,)))


@get(f"{BASE}/tiles/{QUAD}", guards=[anyone], include_in_schema=False, sync_to_thread=False)
def tileset(request: Asked) -> Response[bytes]:
    """Describe the tileset of all layers together."""
    known_only(request, "collections")
    return answer(
        request, f"/tiles/{QUAD}", _tileset(request, "", TITLE, _drawn(), is_whole=True), Page(title=TITLE, trail=(_pages.HOME,))
    )


@get(f"{BASE}/tiles/{QUAD}/{{z:int}}/{{row:int}}/{{column:int}}", guards=[anyone], include_in_schema=False)
async def tile(
    request: Asked, z: FromPath[int], row: FromPath[int], column: FromPath[int], which: Which = None
) -> Response[bytes]:
    """Make one vector tile of all layers, or of those that `collections` names."""
    names = which.split(",") if which else None
    drawn = [one for one in _drawn() if names is None or one.name in names]
    if names is not None and len(drawn) < len(set(names)):
        raise NotFound(Text("collections 中有不存在的图层。", "`collections` names a layer that there is not."))
    return await _tile(request, drawn, z, row, column)


def handlers(collection: Collection) -> list[Any]:
    """Make the routes of one collection's tiles."""
    path, title = f"/collections/{collection.name}", Text(f"{TITLE.zh}：{collection.title.zh}", f"{TITLE.en}: {collection.title.en}")
    guards, trail = [requires(collection.noun.readers)], (_pages.HOME, _pages.COLLECTIONS, _pages.of(collection))

    @get(f"{BASE}{path}/tiles", guards=guards, include_in_schema=False, sync_to_thread=False)
    def own_tilesets(request: Asked) -> Response[bytes]:
        """List the tilesets of a collection."""
        known_only(request)
        document = {"tilesets": [_tileset(request, path, title, [collection], is_whole=False)]}
        return answer(request, f"{path}/tiles", document, _shown(title, path, trail))

    @get(f"{BASE}{path}/tiles/{QUAD}", guards=guards, include_in_schema=False, sync_to_thread=False)
    def own_tileset(request: Asked) -> Response[bytes]:
        """Describe the tileset of a collection."""
        known_only(request)
        document = _tileset(request, path, title, [collection], is_whole=True)
        return answer(request, f"{path}/tiles/{QUAD}", document, Page(title=title, trail=trail))

    @get(f"{BASE}{path}/tiles/{QUAD}/{{z:int}}/{{row:int}}/{{column:int}}", guards=guards, include_in_schema=False)
    async def own_tile(
        request: Asked, z: FromPath[int], row: FromPath[int], column: FromPath[int]
    ) -> Response[bytes]:
        """Make one vector tile of a collection."""
        return await _tile(request, [collection], z, row, column)

    return [own_tilesets, own_tileset, own_tile]
