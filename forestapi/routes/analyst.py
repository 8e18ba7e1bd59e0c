"""The analyst's page: a shell, which asks the statistics with the token that its reader types in."""

from typing import Any

from litestar import MediaType, Request, Response, get

from forestapi.routes._page import Lang
from forestapi.routes._request import anyone
from forestapi.routes._shell import shell
from forestapi.settings import Settings
from forestapi.web.analyst import WORDS
from maps import assets, layers, maplibre, palettes


@get("/analyst", guards=[anyone], media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=False)
def page(request: Request[Any, Any, Any], settings: Settings, lang: Lang = None) -> Response[str]:
    """Show the page on which a statistic is picked, grouped, filtered, drawn and taken away.

    The rest of its address is the question; the page's script reads it, and so do we not.
    """
    return shell(request, settings, lang, "analyst.html", WORDS, asset=lambda _: assets.url, map=_map)


def _map(language: str) -> dict[str, Any]:
    """Give what the page's map stands on, without a basemap of another host."""
    regions = layers.every()["regions"]
    return {
        "script": assets.url("maplibre"),
        "style": maplibre.style([regions], language=language),
        "colors": list(palettes.SEQUENCE),
        "missing": palettes.LAND,
    }


ROUTES = [page]
