"""Errors as a page, for whoever opens an address in a browser; programs get problem+json as ever."""

import secrets
from typing import Any

from litestar import Request, Response

from forestapi.errors import ForestError
from forestapi.routes._page import language_of, page, shared
from forestapi.web import home, languages
from forestapi.web.templating import TEMPLATES

_PROGRAMS = ("/api/", "/tiles/", "/odk/", "/static/", "/assets/", "/docs/")
"""Where only programs ask."""


def is_for_reader(request: Request[Any, Any, Any]) -> bool:
    """Whether a person waits for the answer: a page's address, asked for with HTML before anything else."""
    path = request.url.path
    if request.method not in ("GET", "HEAD") or path.startswith(_PROGRAMS) or request.query_params.get("f", "html") != "html":
        return False
    for part in request.headers.get("accept", "").split(","):
        kind = part.partition(";")[0].strip()
        if kind == "text/html":
            return True
        if "json" in kind or kind == "*/*":
            return False
    return False


def sorry(request: Request[Any, Any, Any], error: ForestError) -> Response[str]:
    """Write the page: what is the matter, in the reader's language, and where to go from here."""
    asked = request.query_params.get("lang")
    language = language_of(request, request.app.state.settings, asked)
    html = TEMPLATES.get_template("sorry.html").render(
        **shared(request.url.path, language, asked if asked in languages.LANGUAGES else None),
        w=languages.catalogue(home.WORDS, language),
        title=getattr(error.title, language),
        detail=getattr(error.detail, language),
        status=error.status,
    )
    return page(html, nonce=secrets.token_urlsafe(16), language=language, asked=None, status=error.status)
