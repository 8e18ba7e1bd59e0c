"""What all answers of OGC API share: addresses, links, the choice between JSON and HTML."""

from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response

from forestapi.access import allows
from forestapi.errors import BadRequest, Problem
from forestapi.routes._request import actor_of
from forestapi.store.collections import Collection, collections
from forestapi.web import ogc as page
from geo.text import Text

BASE = "/ogc"
OAS30 = "application/vnd.oai.openapi+json;version=3.0"
GEOJSON = "application/geo+json"
SCHEMA = "application/schema+json"
JSON = "application/json"
HTML = "text/html"
OGC = "http://www.opengis.net/def/rel/ogc/1.0/"
FORMS = {"json": JSON, "geojson": GEOJSON, "html": HTML}

Asked = Request[Any, Any, Any]


def readable(request: Asked) -> dict[str, Collection]:
    """List the collections that the reader may read."""
    role = actor_of(request).role
    return {name: one for name, one in collections().items() if allows(role, one.noun.readers)}


def both(text: Text) -> str:
    """Write a title in both languages, for clients that show it as it is."""
    return text.en if text.zh == text.en else f"{text.zh} {text.en}"


def address(request: Asked, path: str = "", **query: str) -> str:
    """Write a whole address below the landing page."""
    kept = f"?{urlencode(query)}" if query else ""
    return f"{str(request.base_url).rstrip('/')}{BASE}{path}{kept}"


def link(request: Asked, path: str, rel: str, kind: str, title: str, **query: str) -> dict[str, str]:
    """Write a link to an address below the landing page."""
    return {"href": address(request, path, **query), "rel": rel, "type": kind, "title": title}


def known_only(request: Asked, *names: str) -> None:
    """See that an address has no parameter but these, `f` and `lang`.

    Raises:
        BadRequest: it has one.

    """
    known = sorted({*names, "f", "lang"})
    for name in request.query_params:
        if name not in known:
            message = Text(
                f"没有参数 {name}；可用：{', '.join(known)}。",
                f"There is no parameter {name}; there are: {', '.join(known)}.",
            )
            raise BadRequest(message, code="unknown-parameter", problems=[Problem(field=name, message=message)])


def wants_html(request: Asked) -> bool:
    """Choose the form of an answer: `f`, else the first of HTML and JSON that the client accepts.

    Raises:
        BadRequest: `f` is no form that there is.

    """
    asked = request.query_params.get("f")
    if asked is not None:
        if asked not in FORMS:
            message = Text(f"f 可用：{', '.join(FORMS)}。", f"f is one of: {', '.join(FORMS)}.")
            raise BadRequest(message, problems=[Problem(field="f", message=message)])
        return asked == "html"
    for part in request.headers.get("accept", "").split(","):
        kind = part.partition(";")[0].strip()
        if kind == HTML:
            return True
        if "json" in kind or kind == "*/*":
            return False
    return False


def answer(
    request: Asked, path: str, document: dict[str, Any], shown: page.Page, kind: str = JSON, **headers: str
) -> Response[bytes]:
    """Answer a document as JSON, or as a page; either links to the other. `path` is its own address."""
    is_html = wants_html(request)
    kept = {name: value for name, value in request.query_params.items() if name != "f"}
    here = {"rel": "self", "type": kind, "title": "JSON", "href": address(request, path, **kept, f="json")}
    there = {"rel": "alternate", "type": HTML, "title": "HTML", "href": address(request, path, **kept, f="html")}
    if is_html:
        return _page(request, path, shown, here["href"])
    document["links"] = [here, there, *document.get("links", [])]
    return Response(msgspec.json.encode(document), media_type=kind, headers={"Vary": "Accept", **headers})


def _page(request: Asked, path: str, shown: page.Page, json_address: str) -> Response[bytes]:
    html, headers = page.render(
        shown,
        path=f"{BASE}{path}",
        json_address=json_address,
        query=dict(request.query_params),
        wishes=(
            request.query_params.get("lang"),
            request.cookies.get("lang"),
            request.app.state.settings.language,
            request.headers.get("accept-language", ""),
        ),
    )
    return Response(html.encode(), media_type=HTML, headers=headers)
