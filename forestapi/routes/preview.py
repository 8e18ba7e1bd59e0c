"""The picture of a link to the site: the headline and the counties, `/preview.png`."""

import asyncio
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import QueryParameter

from forestapi.routes._page import language_of
from forestapi.routes._request import Tx, anyone
from forestapi.services import headline
from forestapi.settings import Settings
from forestapi.store import regions, tiles
from forestapi.web import home, languages, view
from maps import colorings, preview

MAX_AGE_S = 600
TOLERANCE_M = 2_000.0
M2_PER_MU = 2000 / 3


@get("/preview.png", guards=[anyone], media_type="image/png", include_in_schema=False)
async def picture(
    request: Request[Any, Any, Any],
    tx: Tx,
    settings: Settings,
    lang: Annotated[str | None, QueryParameter(name="lang", description="zh or en")] = None,
    programme: Annotated[str | None, QueryParameter(description="A programme's code")] = None,
) -> Response[bytes]:
    """Draw the headline and where the ground is, for whoever sees the link before the page."""
    facts = await headline.read(tx, programme)
    shapes = await regions.outlines(tx, [county.code for county in facts.counties], TOLERANCE_M)
    dots = await tiles.dots(tx, facts.chosen)
    language = language_of(request, settings, lang)
    say = languages.catalogue(home.WORDS, language)
    page = view.page(facts, language, say)
    mu = {county.code: county.credited_m2 / M2_PER_MU for county in facts.counties}
    limits = colorings.breaks_mu(list(mu.values()))
    counties = tuple((shapes[code], colorings.area_color(mu[code], limits)) for code in sorted(shapes))
    words = preview.Headline(
        site=say["site"],
        programme=page["programme"],
        what=say["net_area"],
        value=page["area"]["net"]["mu"],
        unit=say["mu"],
        also=f"{page['area']['net']['ha']} {say['ha']}",
        facts=" · ".join(filter(None, (page["plots"], page["counties_count"], page["years"]))),
        note=say["synthetic"] if facts.is_synthetic else "",
    )
    content = await asyncio.to_thread(preview.draw, words, counties, tuple(dots))
    return Response(
        content,
        media_type="image/png",
        headers={"Cache-Control": f"public, max-age={MAX_AGE_S}", "Vary": "Accept-Language, Cookie", "Content-Language": languages.LANGUAGES[language]},
    )


ROUTES = [picture]
