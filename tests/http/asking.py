"""Every request that the routes of the application can be asked with: made from the routes themselves."""

import copy
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from forestapi.records import PUBLIC as EVERYBODY
from forestapi.records import nouns
from forestapi.routes._request import Guard
from forestapi.services import collecting
from forestapi.stats import statistics
from tests.http.planted import CREWS, Planted
from tests.samples import key, square

WRITES = ("POST", "PUT", "PATCH", "DELETE")
_FIXED = {
    "/api/v1/statistics/{name}": [[name] for name in statistics()],
    "/api/v1/imports/{noun}": [["shifts"]],
    "/tiles/{layer}/{z}/{x}/{name}": [["plots", "12", "3249", "1569.mvt"], ["plots", "6", "50", "24.mvt"]],
    "/tiles/{document}": [["plots.json"]],
    "/api/v1/overlaps/{id}": [[key(1)]],
    "/api/v1/overlaps/{id}/decision": [[key(1)]],
    "/odk/forms/{form}/form.xml": [[form] for form in collecting.forms()],
    "/odk/forms/{form}/manifest": [[form] for form in collecting.forms()],
    "/odk/forms/{form}/media/{name}": [[f.name, f"{name}.csv"] for f in collecting.forms().values() for name in f.media],
}
"""Parameters that name no record."""


class Route(NamedTuple):
    """One method of one path."""

    method: str
    path: str
    handler: HTTPRouteHandler

    @property
    def roles(self) -> frozenset[str] | None:
        """Who may ask, as the route declares it; None where it declares nothing."""
        declared = [guard.roles for guard in self.handler.resolve_guards() if isinstance(guard, Guard)]
        return frozenset.intersection(*declared) if declared else None

    @property
    def noun(self) -> str | None:
        """The noun whose records the path names."""
        if self.path.startswith("/ogc/collections/"):
            part = self.path.split("/")[3]
            return part if part in nouns() else None
        part = self.path.removeprefix("/api/v1/").split("/")[0]
        return part if self.path.startswith("/api/v1/") and part in (*nouns(), "held") else None

    @property
    def is_open(self) -> bool:
        """Whether it is about records that everybody may read."""
        return self.noun in nouns() and nouns()[self.noun].readers == EVERYBODY


class Ask(NamedTuple):
    """One request: about which crew's records (None: nobody's in particular), and with what."""

    route: Route
    number: int | None
    address: str
    body: Any = None
    is_upload: bool = False


def routes(app: Litestar) -> list[Route]:
    """List the routes of our own, less those that the framework serves files and documents by."""
    found = []
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            if route.path_format.startswith("/odk/{key}"):
                continue  # the same handlers, with the token in the address
            for handler in route.route_handlers:
                if not handler.fn.__module__.startswith("litestar."):
                    found += [Route(m, route.path_format, handler) for m in handler.http_methods if m not in ("HEAD", "OPTIONS")]
    return found


def asks(route: Route, planted: Planted, schema: dict[str, Any]) -> Iterator[Ask]:
    """Make the requests of a route: about each crew's records, with filters that name them, with bodies that do."""
    for number in CREWS:
        for parameters in _parameters(route, number, planted):
            address = route.path.format_map(dict(zip(_names(route.path), parameters, strict=True)))
            about = None if route.path in _FIXED or not parameters else number
            for body in _bodies(route, number, planted, schema):
                yield Ask(route, about if body is None else number, address, body, "imports" in address and body is not None)
        if "{" not in route.path and route.method == "GET":
            yield from (Ask(route, None, f"{route.path}?{query}") for query in _queries(route, number, planted, schema))


def _names(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def _parameters(route: Route, number: int, planted: Planted) -> list[list[str]]:
    names, keys = _names(route.path), planted.keys[number]
    if route.path in _FIXED:
        return _FIXED[route.path] if number == 1 else []
    if not names:
        return [[]] if number == 1 or route.method != "GET" else []
    if route.noun == "held":
        return [[keys["held"]]]
    if route.noun:
        return [[keys.get(route.noun, "none"), *["none"] * (len(names) - 1)]]
    part = route.path.removeprefix("/api/v1/").split("/")[0]
    if part in keys:
        return [[keys[part]] * len(names)]
    return [[each] * len(names) for each in keys.values()]  # a route that nothing is known of: try all there is


def _queries(route: Route, number: int, planted: Planted, schema: dict[str, Any]) -> Iterator[str]:
    operation = schema["paths"].get(route.path, {}).get("get", {})
    values = {noun.removesuffix("s"): each for noun, each in planted.keys[number].items()} | {"limit": 1000}
    for parameter in operation.get("parameters", []):
        name = parameter["name"]
        if parameter["in"] == "query" and name in values and name != "limit":
            yield urlencode({name: values[name]})


def _bodies(route: Route, number: int, planted: Planted, schema: dict[str, Any]) -> Iterator[Any]:
    """Make what is sent: another crew's record, under its own key and under a new one, without its secrets."""
    if route.method not in ("POST", "PUT", "PATCH"):
        yield None
        return
    is_feature = route.path.startswith("/ogc/")
    if route.noun in nouns() and (is_feature or route.path.count("/") <= 4) and (number, route.noun) in planted.documents:
        document = _plain(planted.documents[number, route.noun], planted)
        if is_feature:
            yield from _features(route, document, nouns()[route.noun].geometry or "", number)
            return
        yield document
        if route.method == "POST" and route.noun != "households":  # a new household is nobody's yet
            noun = nouns()[route.noun]
            elsewhere = {noun.geometry: square(110 + number)} if noun.geometry else {}  # the same ground would be held
            yield {**document, **elsewhere, noun.key: f"new-{number}" if noun.key == "code" else key(90_000 + number)}
        return
    operation = schema["paths"].get(route.path, {}).get(route.method.lower(), {})
    content = operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in content:
        _, programme = CREWS[number]
        yield f"工号,日期,工种,班组\nw{number},2018-04-03,planting,crew-{number}\n".encode()
    elif content:
        yield _sample(next(iter(content.values()))["schema"], schema, number, planted)
    else:
        yield {}


def _features(route: Route, document: dict[str, Any], geometry: str, number: int) -> Iterator[Any]:
    """Write a record as GIS clients send it, under its own id and under a new one."""
    properties = {name: value for name, value in document.items() if name not in (geometry, "id")}
    new = square(110 + number) if geometry else None  # the same ground would be held
    for id, ground in ((document.get("id"), document.get(geometry)), (key(90_000 + number), new))[: 2 if route.method == "POST" else 1]:
        yield {"type": "Feature", "id": id, "geometry": ground, "properties": properties}


def _plain(document: Any, planted: Planted) -> Any:
    """Take the canaries out of what is sent, so that an answer that repeats it tells nothing."""
    if isinstance(document, dict):
        return {name: _plain(value, planted) for name, value in document.items()}
    if isinstance(document, list):
        return [_plain(value, planted) for value in document]
    if isinstance(document, str):
        return "plain" if document in planted.canaries and document.startswith("canary") else document
    return 160 if isinstance(document, float) and document > 7000 else copy.deepcopy(document)


def _sample(part: dict[str, Any], schema: dict[str, Any], number: int, planted: Planted, name: str = "") -> Any:
    """Make a value of a JSON schema; what a name says of a record is the crew's."""
    keys = planted.keys[number]
    known = {"noun": "shifts", "record": _plain(planted.documents[number, "shifts"], planted), "reason": "why not",
             "records": [_plain(planted.documents[number, "shifts"], planted)], "decision": "discard", "status": "void",
             "rule": "plot-spike", "parameter": "width_m", "value": 1}  # fmt: skip
    known |= {noun.removesuffix("s"): each for noun, each in keys.items()}
    if name in known:
        return known[name]
    if "$ref" in part:
        return _sample(schema["components"]["schemas"][part["$ref"].rsplit("/", 1)[-1]], schema, number, planted, name)
    for choice in ("oneOf", "anyOf"):
        if choice in part:
            return _sample(part[choice][0], schema, number, planted, name)
    if "enum" in part:
        return part["enum"][0]
    kind = part.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        wanted = [n for n in part.get("properties", {}) if n in part.get("required", []) or n in known]
        return {n: _sample(part["properties"][n], schema, number, planted, n) for n in wanted}
    if kind == "array":
        return [_sample(part.get("items", {}), schema, number, planted, name.removesuffix("s"))]
    if part.get("format") == "uuid":
        return keys["shifts"]
    formats = {"date": "2018-04-03", "date-time": "2018-04-03T00:00:00Z"}
    return {"integer": 1, "number": 1, "boolean": True}.get(kind, formats.get(part.get("format", ""), "x"))
