"""The public pages: `/`, the light map, our own front-end files, the installed ones, the icon."""

import json
import secrets
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlencode

from litestar import MediaType, Request, Response, get
from litestar.datastructures import Cookie
from litestar.params import QueryParameter
from litestar.response import File
from litestar.static_files import create_static_files_router

import forestapi.web
from forestapi.db.transaction import Transaction
from forestapi.records._query import Query
from forestapi.records.species import NOUN as SPECIES
from forestapi.routes._request import anyone
from forestapi.services import headline
from forestapi.settings import Settings
from forestapi.store import features
from forestapi.web import home as home_words
from forestapi.web import languages, view
from forestapi.web.templating import TEMPLATES
from maps import assets, basemaps, layers, legend, maplibre
from maps.folium_figure import CLIENT
from maps.folium_map import Names, lite_page, popup_config

WEB = Path(forestapi.web.__file__).parent
STATIC = WEB / "static"
MAX_SPECIES = 2000
COOKIE_SECONDS = 365 * 24 * 3600

Lang = Annotated[str | None, QueryParameter(name="lang", description="zh or en")]
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
    language = _language(request, settings, lang)
    say = languages.catalogue(home_words.WORDS, language)
    basemap = basemaps.from_setting(settings.basemap_url, settings.basemap_attribution)
    drawn = [layer.over_years(facts.first_year, facts.last_year) for layer in layers.every().values()]
    nonce = secrets.token_urlsafe(16)
    config = {
        "maplibre": assets.url("maplibre"),
        "lite": _address("/map/lite", lang=lang, programme=programme),
        "style": maplibre.style(drawn, language=language, basemap=basemap, query=_tiles_of(facts)),
        "bounds": facts.bounds,
        "popup": popup_config(drawn, language, await _names(tx, facts, language)),
        "words": {key: say[key] for key in MAP_WORDS},
    }
    html = TEMPLATES.get_template("home.html").render(
        w=say,
        language=language,
        html_language=languages.LANGUAGES[language],
        other_language="en" if language == "zh" else "zh",
        address=_address,
        programme_asked=programme,
        lang_asked=lang,
        page=view.page(facts, language, say),
        with_map=map_wish != "none",
        lite=config["lite"],
        legend=legend.html(drawn, language),
        config=json.dumps(config, ensure_ascii=False).replace("<", "\\u003c"),
        asset=assets.url,
        nonce=nonce,
    )
    return _page(html, nonce, basemap, language, lang)


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
    language = _language(request, settings, lang)
    nonce = secrets.token_urlsafe(16)
    html = lite_page(
        [layer.over_years(facts.first_year, facts.last_year) for layer in layers.every().values()],
        view.banner(facts, {code: languages.catalogue(home_words.WORDS, code) for code in languages.LANGUAGES}, links=True),
        language=language,
        bounds=facts.bounds,
        names=await _names(tx, facts, language),
        nonce=nonce,
        query=_tiles_of(facts),
    )
    return _page(html, nonce, basemaps.DEFAULT, language, lang)


@get("/favicon.ico", guards=[anyone], include_in_schema=False, sync_to_thread=False)
def favicon() -> File:
    """Hand out the icon that browsers ask for unasked."""
    return File(STATIC / "icon.svg", media_type="image/svg+xml", content_disposition_type="inline")


MAP_WORDS = (
    "map_failed",
    "zoom_in",
    "zoom_out",
    "fullscreen",
    "exit_fullscreen",
    "close",
    "scroll_help",
    "scroll_help_mac",
    "touch_help",
)
"""The words that the map's script shows."""


async def _names(tx: Transaction, facts: headline.Headline, language: str) -> Names:
    """Give the names of the codes that a popup may show."""
    found = await features.page(tx, SPECIES, Query(), limit=MAX_SPECIES)
    species = [json.loads(row) for row in found.rows]
    name = f"name_{language}"
    return Names(
        region={county.code: getattr(county, name) for county in facts.counties},
        species={record["code"]: record[name] for record in species},
        programme={record["code"]: record[name] for record in facts.programmes},
    )


def _tiles_of(facts: headline.Headline) -> str:
    """Write the query that keeps the tiles to the programmes of the figures; all of them need none."""
    if len(facts.chosen) == len(facts.programmes):
        return ""
    return f"?programme={quote(','.join(facts.chosen))}"


def _language(request: Request, settings: Settings, asked: str | None) -> str:
    return languages.choose(
        asked, request.cookies.get("lang"), settings.language, request.headers.get("accept-language", "")
    )


def _address(path: str, **query: str | None) -> str:
    """Write an address of ours with the parts of the query that are set."""
    kept = urlencode({key: value for key, value in query.items() if value})
    return f"{path}?{kept}" if kept else path


def _page(
    html: str, nonce: str, basemap: basemaps.Basemap, language: str, asked: str | None
) -> Response[str]:
    """Wrap a page in its content policy: our own files, this page's own scripts, no other host."""
    images = f" {basemap.origin}" if basemap.origin else ""
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'; "
        f"script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; font-src 'self'; "
        f"img-src 'self' data: blob:{images}; connect-src 'self'{images}; worker-src 'self'"
    )
    cookies = []
    if asked in languages.LANGUAGES:
        cookies = [Cookie(key="lang", value=language, max_age=COOKIE_SECONDS, samesite="lax", httponly=True)]
    return Response(
        html,
        media_type=MediaType.HTML,
        headers={
            "Content-Security-Policy": policy,
            "Content-Language": languages.LANGUAGES[language],
            "Vary": "Accept-Language, Cookie",
            "Cache-Control": "no-cache",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
        },
        cookies=cookies,
    )


ROUTES = [
    home,
    lite,
    favicon,
    create_static_files_router(path="/static", directories=[STATIC, CLIENT], name="static"),
    create_static_files_router(path=assets.URL, directories=[assets.FOLDER], name="assets"),
]
"""What `forestapi.app` mounts."""
