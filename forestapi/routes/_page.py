"""What every HTML page of ours has: its language, addresses that keep it, and a content policy."""

from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import MediaType, Request, Response
from litestar.datastructures import Cookie
from litestar.params import QueryParameter

from forestapi.settings import Settings
from forestapi.web import languages
from maps import basemaps

Lang = Annotated[str | None, QueryParameter(name="lang", description="zh or en")]
COOKIE_SECONDS = 365 * 24 * 3600


def language_of(request: Request[Any, Any, Any], settings: Settings, asked: str | None) -> str:
    """Choose the reader's language: what the address asks for, the cookie, the setting, the browser."""
    return languages.choose(
        asked, request.cookies.get("lang"), settings.language, request.headers.get("accept-language", "")
    )


def address(path: str, **query: str | None) -> str:
    """Write an address of ours with the parts of the query that are set."""
    kept = urlencode({key: value for key, value in query.items() if value})
    return f"{path}?{kept}" if kept else path


def shared(path: str, language: str, asked: str | None, **query: str | None) -> dict[str, str]:
    """Give what the templates `public.html` and `shell.html` need of any page; its own address is `path` with `query`."""
    other = "en" if language == "zh" else "zh"
    return {
        "language": language,
        "html_language": languages.LANGUAGES[language],
        "other_language": other,
        "other_address": address(path, lang=other, **query),
        "home": address("/", lang=asked),
    }


def page(
    html: str, *, nonce: str, language: str, asked: str | None, basemap: basemaps.Basemap = basemaps.DEFAULT, status: int = 200
) -> Response[str]:
    """Wrap a page in its content policy: our own files, this page's own scripts, no other host but the basemap's.

    Its position may be asked for (a button of the map does); nothing else of the machine may.
    """
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
        status_code=status,
        headers={
            "Content-Security-Policy": policy,
            "Content-Language": languages.LANGUAGES[language],
            "Vary": "Accept-Language, Cookie",
            "Cache-Control": "no-cache",
            "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
        },
        cookies=cookies,
    )
