"""The public page of one plot: `/plots/{id}`."""

import secrets
from datetime import datetime
from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.params import FromPath

from forestapi.records import CIVIL_TIME
from forestapi.routes._page import Lang, address, language_of, page, shared
from forestapi.routes._request import Tx, anyone
from forestapi.services import plot_pages, public_map
from forestapi.settings import Settings
from forestapi.web import home, languages, plot_page
from forestapi.web.templating import TEMPLATES


@get("/plots/{plot:str}", guards=[anyone], media_type=MediaType.HTML, include_in_schema=False)
async def plot(request: Request[Any, Any, Any], tx: Tx, settings: Settings, plot: FromPath[str], lang: Lang = None) -> Response[str]:
    """Tell the story of a plot: planted when, alive or not, who looked, what is due, how its boundary changed."""
    story = await plot_pages.read(tx, plot, datetime.now(CIVIL_TIME).date())
    species = await public_map.species_names(tx)
    language = language_of(request, settings, lang)
    say = languages.catalogue(home.WORDS | plot_page.WORDS, language)
    html = TEMPLATES.get_template("plot.html").render(
        **shared(f"/plots/{story.plot['id']}", language, lang),
        w=say,
        page=plot_page.page(story, language, say, species),
        origin=str(request.base_url).rstrip("/"),
        address=address,
    )
    return page(html, nonce=secrets.token_urlsafe(16), language=language, asked=lang)


ROUTES = [plot]
