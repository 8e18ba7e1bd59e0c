"""Vector tiles and their TileJSON."""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import FromPath, QueryParameter
from msgspec import structs

from forestapi.errors import NotFound
from forestapi.records import nouns
from forestapi.records._query import Query
from forestapi.routes._conditions import is_fresh
from forestapi.routes._request import Tx, actor_of, anyone, query_of
from forestapi.services.serving_tiles import Asked
from forestapi.store import tiles as store
from geo.text import Text
from maps import layers

MAX_ZOOM = 16
Programme = Annotated[str | None, QueryParameter(description="only these programmes, comma-separated")]
MEDIA_TYPE = "application/vnd.mapbox-vector-tile"


@get("/tiles/{layer:str}/{z:int}/{x:int}/{name:str}", guards=[anyone], tags=["tiles"], operation_id="getTile")
async def tile(
    request: Request[Any, Any, Any],
    layer: FromPath[str],
    z: FromPath[int],
    x: FromPath[int],
    name: FromPath[str],
    programme: Programme = None,
) -> Response[bytes]:
    """Make one vector tile, `/tiles/plots/6/50/24.mvt`.

    Up to zoom 10 the plots are counted in cells (exactly, none left out); above, each has its boundary. The filters
    of `/api/v1/plots` (`filter`, `bbox`, `datetime`, its columns) pick plots in the same words.
    """
    row, _, suffix = name.partition(".")
    if layer not in store.LAYERS or suffix != "mvt" or not row.isdecimal() or not 0 <= z <= MAX_ZOOM:
        raise _no_tile()
    y = int(row)
    if not (0 <= x < 1 << z and 0 <= y < 1 << z):
        raise _no_tile()
    return await respond(request, Asked.of((layer,), (z, x, y), actor_of(request), programme, picked(request)))


async def respond(request: Request[Any, Any, Any], asked: Asked) -> Response[bytes]:
    """Answer a tile with its ETag; 304 where the client has it already.

    Raises:
        Unavailable: more tiles are asked for than can be made.
        BadRequest: its filter cannot be applied.

    """
    kept = await request.app.state.tiles.get(asked)
    headers = {"ETag": kept.etag, "Cache-Control": "public, max-age=0, must-revalidate", "Vary": "Accept-Encoding"}
    if is_fresh(request, kept.etag):
        return Response(b"", status_code=304, headers=headers, media_type=MEDIA_TYPE)
    if not kept.is_zipped:
        return Response(kept.content, headers=headers, media_type=MEDIA_TYPE)
    if takes_gzip(request.headers.get("accept-encoding", "")):
        return Response(kept.content, headers=headers | {"Content-Encoding": "gzip"}, media_type=MEDIA_TYPE)
    return Response(kept.plain(), headers=headers, media_type=MEDIA_TYPE)


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding takes gzip: it names it, or everything, and not with a weight of zero."""
    weights = {}
    for part in accepted.lower().split(","):
        name, *parameters = [each.strip() for each in part.split(";")]
        weight = next((each[2:] for each in parameters if each.startswith("q=")), "1")
        weights[name] = weight.strip("0.") != ""
    return weights.get("gzip", weights.get("*", False))


@get("/tiles/{document:str}", guards=[anyone], tags=["tiles"], operation_id="getTileJson")
async def tilejson(request: Request[Any, Any, Any], tx: Tx, document: FromPath[str]) -> dict[str, Any]:
    """Describe a layer's tiles, `/tiles/plots.json` (TileJSON 3.0)."""
    layer = document.removesuffix(".json")
    if layer not in store.LAYERS or layer == document:
        raise _no_tile()
    bounds = await store.bounds(tx, layer)
    drawn = layers.every().get(layer)
    base = str(request.base_url).rstrip("/")
    picked(request)
    asked = f"?{request.url.query}" if request.url.query else ""
    return {
        "tilejson": "3.0.0",
        "name": layer,
        "description": drawn.title.en if drawn else layer,
        "tiles": [f"{base}/tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt{asked}"],
        "minzoom": 0,
        "maxzoom": MAX_ZOOM,
        "bounds": list(bounds) if bounds else [-180, -85, 180, 85],
        "vector_layers": VECTOR_LAYERS[layer],
    }


VECTOR_LAYERS: dict[str, list[dict[str, Any]]] = {
    "plots": [
        {
            "id": "cells",
            "minzoom": 0,
            "maxzoom": 10,
            "fields": {
                "plots": "Number of plots",
                "area_ha": "Sum of their areas, ha",
                "nYYYY": "Of these, planted in year YYYY: number",
                "aYYYY": "Of these, planted in year YYYY: area, ha",
            },
        },
        {
            "id": "plots",
            "minzoom": 11,
            "maxzoom": MAX_ZOOM,
            "fields": {
                "id": "UUID",
                "number": "Plot number",
                "programme": "Programme code",
                "region": "Region code",
                "year": "Year of planting",
                "species": "Main species",
                "area_mu": "Area, mu",
                "lifecycle": "State",
                "survival": "Living share of the sampled holes at the latest check after the first season",
                "is_synthetic": "Made-up data",
            },
        },
    ],
    "regions": [
        {
            "id": name,
            "fields": {
                "code": "Region code",
                "level": "Level",
                "name_zh": "Chinese name",
                "name_en": "English name",
            },
        }
        for name in ("regions", "labels")
    ],
}


def picked(request: Request[Any, Any, Any], further: tuple[str, ...] = ()) -> Query | None:
    """Read which plots a tile is kept to; programmes alone need no query, for their cells are kept.

    Raises:
        BadRequest: a parameter that there is not (`further` are others' to read), or that cannot be read.

    """
    if not set(request.query_params) - set(further):
        return None
    query = query_of(request, nouns()["plots"], further)
    return structs.replace(query, equals={name: v for name, v in query.equals.items() if name != "programme"})


def _no_tile() -> NotFound:
    return NotFound(
        Text(
            f"没有这个瓦片；写成 /tiles/plots/z/x/y.mvt，z 为 0–{MAX_ZOOM}。",
            f"There is no such tile; write /tiles/plots/z/x/y.mvt with z from 0 to {MAX_ZOOM}.",
        )
    )


ROUTES = [tile, tilejson]
