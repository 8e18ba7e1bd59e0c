"""Pages that hold no record themselves: they ask the API with a token that their reader types in."""

from collections.abc import Callable, Mapping
from typing import Any

from litestar import MediaType, Request, Response

from forestapi.routes._page import language_of, shared
from forestapi.settings import Settings
from forestapi.web import languages
from forestapi.web.templating import TEMPLATES
from geo.text import Text

POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; script-src 'self'; "
    "style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; worker-src 'self'"
)
"""Our own files and our own API; no script or style in the page, and no other host."""


def shell(
    request: Request[Any, Any, Any],
    settings: Settings,
    asked: str | None,
    template: str,
    words: Mapping[str, Text],
    **facts: Callable[[str], Any],
) -> Response[str]:
    """Make such a page in its reader's language.

    Args:
        request: who asks, and in which languages they read.
        settings: the language that the operator set.
        asked: the language in the address.
        template: the page's template; it gets the words as `w`.
        words: what the page says.
        facts: what else the template needs, each by the language.

    """
    language = language_of(request, settings, asked)
    html = TEMPLATES.get_template(template).render(
        **shared(request.url.path, language, asked),
        w=languages.catalogue(words, language),
        **{name: fact(language) for name, fact in facts.items()},
    )
    return Response(
        html,
        media_type=MediaType.HTML,
        headers={
            "Content-Security-Policy": POLICY,
            "Content-Language": languages.LANGUAGES[language],
            "Vary": "Accept-Language, Cookie",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        },
    )
