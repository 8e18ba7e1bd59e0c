"""The public pages: `/`, the light map, our own front-end files, the installed ones, the icon."""

import json
import secrets
from pathlib import Path
from typing import Annotated

from litestar import MediaType, Request, Response, get
from litestar.params import QueryParameter
from litestar.response import File
from litestar.static_files import create_static_files_router

import forestapi.web
from forestapi.db.transaction import Transaction
from forestapi.routes._page import Lang, address, language_of, page, shared
from forestapi.routes._request import anyone
from forestapi.services import headline, public_map
from forestapi.settings import Settings
from forestapi.web import home as home_words
from forestapi.web import languages, map_config, view
from forestapi.web.templating import TEMPLATES
from maps import assets, basemaps, layers
from maps.folium_figure import CLIENT
from maps.folium_map import lite_page
from maps.layer import Layer

WEB = Path(forestapi.web.__file__).parent
STATIC = WEB / "static"
MAP_SCRIPTS = tuple(sorted(f"/static/map/{file.name}" for file in (STATIC / "map").glob("*.js")))

Programme = Annotated[str | None, QueryParameter(description="A programme's code")]
MapWish = Annotated[str | None, QueryParameter(name="map", description="none: the figures without the map")]


@get("/", guards=[anyone], media_type=MediaType.HTML, include_in_schema=False)
async def home(
    request: Request,
    tx: Transaction,
    settings: Settings,
    lang: Lang = None,
    programme: Programme = None,
    map_wish: MapWish = None,
) -> Response[str]:
    """Show the headline, the map and the counties of one programme."""
    facts = await headline.read(tx, programme)
    ground = await public_map.read(tx, facts)
    language = language_of(request, settings, lang)
    say = languages.catalogue(home_words.WORDS, language)
    basemap = basemaps.from_setting(settings.basemap_url, settings.basemap_attribution, settings.tianditu_key, language)
    nonce = secrets.token_urlsafe(16)
    lite_address = address("/map/lite", lang=lang, programme=programme)
    config = map_config.build(
        facts, ground, _layers(facts), language=language, say=say, basemap=basemap, lite=lite_address, lang=lang
    )
    html = TEMPLATES.get_template("home.html").render(
        **shared("/", language, lang, programme=programme),
        w=say,
        address=address,
        origin=str(request.base_url).rstrip("/"),
        programme_asked=programme,
        lang_asked=lang,
        page=view.page(facts, language, say),
        with_map=map_wish != "none",
        lite=lite_address,
        config=json.dumps(config, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
        scripts=MAP_SCRIPTS,
        asset=assets.url,
        nonce=nonce,
    )
    return page(html, nonce=nonce, basemap=basemap, language=language, asked=lang)


@get("/map/lite", guards=[anyone], media_type=MediaType.HTML, include_in_schema=False)
async def lite(
    request: Request,
    tx: Transaction,
    settings: Settings,
    lang: Lang = None,
    programme: Programme = None,
) -> Response[str]:
    """Show the map without WebGL: folium, Leaflet and canvas tiles."""
    facts = await headline.read(tx, programme)
    ground = await public_map.read(tx, facts)
    language = language_of(request, settings, lang)
    nonce = secrets.token_urlsafe(16)
    kept = public_map.programmes_of(facts)
    html = lite_page(
        _layers(facts),
        view.banner(facts, {code: languages.catalogue(home_words.WORDS, code) for code in languages.LANGUAGES}, links=True),
        language=language,
        bounds=facts.bounds,
        names=map_config.names_of(facts, ground, language),
        nonce=nonce,
        query=address("", programme=kept),
    )
    return page(html, nonce=nonce, language=language, asked=lang)


@get("/favicon.ico", guards=[anyone], include_in_schema=False, sync_to_thread=False)
def favicon() -> File:
    """Hand out the icon that browsers ask for unasked."""
    return File(STATIC / "icon.svg", media_type="image/svg+xml", content_disposition_type="inline")


def _layers(facts: headline.Headline) -> list[Layer]:
    return [layer.over_years(facts.first_year, facts.last_year) for layer in layers.every().values()]


ROUTES = [
    home,
    lite,
    favicon,
    create_static_files_router(path="/static", directories=[STATIC, CLIENT], name="static"),
]
"""What `forestapi.app` mounts."""
