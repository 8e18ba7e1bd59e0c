"""Page: the HTTP interface, from the OpenAPI document and the wired routes."""

import re
from typing import Any

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from forestapi.access import ROLES
from forestapi.cli._reference._page import Page, first_sentences, table
from forestapi.records import nouns
from forestapi.settings import Settings

FILES = {
    "/assets/{file_path:path}": "Front-end libraries, as `./forest up` installed them.",
    "/field/files/{file_path:path}": "The field app, file by file.",
    "/static/{file_path:path}": "The pages' own styles and scripts.",
}
"""What is served by a router that has no words of its own."""


def write() -> str:
    """Write every endpoint by its tag, then the addresses that are not part of the OpenAPI document."""
    from forestapi.app import create_app

    app = create_app(Settings())
    document = app.openapi_schema.to_schema()
    who = _readers(app) | {"getStatistic": "[as it says](statistics.md)"}
    tags: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            tags.setdefault(operation["tags"][0].lower(), []).append((method.upper(), path, operation))
    parts = [
        "# HTTP\n",
        "The whole interface as a machine reads it is at `/docs/openapi.json` of a running server, and to try out "
        "at `/docs`. A token goes into the header `Authorization: Bearer …`; without one a request is public. "
        "Lists have `limit` (1 to 1000) and `after`, and answer `items` and `next`. A record's `ETag` goes into "
        "`If-Match` to change exactly what was read. Writes answer 201 created, 200 changed or unchanged, 202 held; "
        "the header `Forest-Outcome` says which. [Errors](errors.md) are problem documents.\n",
    ]
    for tag, operations in sorted(tags.items()):
        rows = [
            (
                f"`{method} {path}`",
                _words(operation, tag),
                ", ".join(f"`{p['name']}`" for p in operation.get("parameters", []) if p["in"] == "query"),
                who.get(operation["operationId"], "everybody"),
            )
            for method, path, operation in operations
        ]
        parts += [f"## {tag}\n", table(("Request", "Answer", "Parameters", "Who"), rows)]
    parts += ["## Pages and files\n", table(("Address", "Answer"), _pages(app))]
    return "\n".join(parts)


def _words(operation: dict[str, Any], tag: str) -> str:
    """Say what an operation does: the nouns' in their own name, the others' by their first paragraph."""
    if tag in nouns():
        return str(operation["summary"])
    return " ".join(str(operation["description"]).split("\n\n")[0].split())


def _handlers(app: Litestar) -> list[HTTPRouteHandler]:
    return [
        h
        for route in app.routes
        for h in getattr(route, "route_handlers", [])
        if isinstance(h, HTTPRouteHandler)
    ]


def _readers(app: Litestar) -> dict[str, str]:
    """Read from the guards which roles may use an operation: operation id -> words."""
    found = {}
    for handler in _handlers(app):
        for guard in handler.guards or ():
            roles = getattr(guard, "roles", None)
            if roles and "public" not in roles and isinstance(handler.operation_id, str):
                found[handler.operation_id] = ", ".join(role for role in ROLES if role in roles)
    return found


def _pages(app: Litestar) -> list[tuple[str, str]]:
    """List what is not part of the OpenAPI document; the API's own pages are left to the introduction."""
    found = {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if route.path.startswith("/ogc/"):
                continue  # on the page of OGC API
            if not handler.resolve_include_in_schema() and "GET" in handler.http_methods:
                words = FILES.get(route.path) or first_sentences(handler.fn)
                found[re.sub(r":\w+}", "}", route.path)] = words
    return sorted((f"`{path}`", words) for path, words in found.items() if not path.startswith("/docs"))


PAGE = Page(name="http", title="HTTP", about="every endpoint, its parameters and who may use it", write=write)
