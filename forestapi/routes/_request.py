"""What handlers need of a request: who asks, a transaction, and the query words that all lists share."""

import base64
from collections.abc import AsyncIterator, Collection
from typing import Any
from urllib.parse import unquote

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers.base import BaseRouteHandler
from litestar.types import ASGIApp, Receive, Send
from litestar.types import Scope as ConnectionScope

from forestapi.access import PUBLIC, ROLES, Actor, Scope, fingerprint, require
from forestapi.db.transaction import Transaction, transaction
from forestapi.errors import BadRequest, Problem, Unauthenticated
from forestapi.records import Noun
from forestapi.records._filter import Filter, parse_filter
from forestapi.records._query import Query, parse_bbox, parse_datetime
from forestapi.routes._rates import client_address
from forestapi.settings import Settings
from forestapi.store import tokens
from geo.text import Text

Tx = NamedDependency[Transaction]
"""The request's transaction, as a handler's argument `tx`."""
COLLECT = "/odk/"
"""Where ODK Collect speaks to us; its addresses hold a token: `/odk/TOKEN/formList`."""
OGC = "/ogc"
"""Where GIS programs speak to us, most of which send a name and a password: the token is the password."""
BATCHES = "/api/v1/sync/batches"
PHOTOS = "/api/v1/photos/"
DEFAULT_LIMIT = 100
MAX_LIMIT = 1000
MAX_REASON = 1000
FILTER = {
    "filter": "a condition in CQL2: area_m2 > 10000 AND lifecycle = 'accepted'",
    "filter-lang": "cql2-text (if left out) or cql2-json",
    "filter-crs": "the CRS of the geometries in the filter, by its URI; CRS84 if left out",
}
"""What every list, figure and tile can be filtered by beside its own parameters."""


class Authentication:
    """Middleware that finds out who asks: the owner of a bearer token, or the public; and whether they ask too often.

    A token that is not valid is not the public: it is put down as such, and the first guard refuses it.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the application."""
        self.app = app

    async def __call__(self, scope: ConnectionScope, receive: Receive, send: Send) -> None:
        """Set `actor` in the scope's state."""
        if scope["type"] == "http":
            scope["state"]["actor"] = await _actor(ASGIConnection(scope))
        await self.app(scope, receive, send)


async def _actor(connection: ASGIConnection) -> Actor | None:
    secret = _secret_of(connection)
    mark = fingerprint(secret) if secret else None
    state = connection.app.state
    state.rates.take(client_address(connection.scope, state.settings), mark)
    if secret is None:
        return Actor()
    if mark is None:
        return None
    async with state.pool.acquire() as database:
        row = await tokens.find(database, mark)
    state.rates.learn(mark, row is not None)
    if row is None:
        return None
    programmes = None if row["programmes"] is None else tuple(row["programmes"])
    if row["is_revoked_device"] and not _is_deposit(connection.scope):
        return None
    scope = Scope(programmes, row["crew"])
    return Actor(row["role"], row["label"], scope, row["id"], row["device"], row["is_revoked_device"])


def _secret_of(connection: ASGIConnection) -> str | None:
    """Find the secret that a request brings; None where it brings none, empty where it cannot be one."""
    scheme, _, secret = connection.headers.get("authorization", "").partition(" ")
    is_phone = connection.scope["path"].startswith(COLLECT)
    if is_phone and (told := key_in(connection.scope["path"])):
        return told
    if not scheme:
        return None
    if (is_phone or connection.scope["path"].startswith(OGC)) and scheme.lower() == "basic":
        secret = _password(secret)
    elif scheme.lower() != "bearer":
        return ""
    return secret.strip()


def _is_deposit(scope: ConnectionScope) -> bool:
    """Whether this hands in what a phone has: all that a revoked phone may still do."""
    method, path = scope.get("method"), scope["path"]
    return (method == "POST" and path == BATCHES) or (method == "PUT" and path.startswith(PHOTOS))


def _password(encoded: str) -> str:
    """Read the password of HTTP Basic; what cannot be read is no token's."""
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def key_in(path: str) -> str | None:
    """Find the token in an address of ODK Collect, which knows no other place for it; None if it has none."""
    first = path.removeprefix(COLLECT).partition("/")[0]
    return None if first in ("formList", "forms", "submission", "") else first


def masked(path: str) -> str:
    """Give a path as it may be logged: without the token that an address of ODK Collect holds."""
    if not path.startswith(COLLECT) or key_in(path) is None:
        return path
    return f"{COLLECT}***/{path.removeprefix(COLLECT).partition('/')[2]}"


def actor_of(connection: ASGIConnection) -> Actor:
    """Give who asks.

    Raises:
        Unauthenticated: the token is unknown or revoked.

    """
    actor = connection.scope["state"]["actor"]
    if actor is None:
        raise Unauthenticated(
            Text(
                "令牌无效或已吊销；请向管理员索取新的。",
                "The token is not valid, or it was revoked; ask the administrator for a new one.",
            )
        )
    return actor


class Guard:
    """A guard that lets these roles pass; it runs before a connection to the database is taken.

    Every route declares who may ask, by one of these: `tests/http/test_matrix.py` reads the declaration and holds
    the route to it, for every role.
    """

    def __init__(self, roles: Collection[str]) -> None:
        """Keep the roles where the matrix of tests finds them."""
        self.roles = frozenset(roles)

    async def __call__(self, connection: ASGIConnection, _: BaseRouteHandler) -> None:
        """Refuse whoever is not among them."""
        require(actor_of(connection), self.roles)


def requires(roles: Collection[str]) -> Guard:
    """Make the guard of a route that these roles may ask."""
    return Guard(roles)


anyone = requires({*ROLES, PUBLIC})
"""The guard of what everybody may ask, the public too."""


async def provide_transaction(request: Request[Any, Any, Any]) -> AsyncIterator[Transaction]:
    """Give the request's transaction: read-only for GET; committed before the answer leaves."""
    is_reading = request.method in ("GET", "HEAD")
    actor, settings = actor_of(request), request.app.state.settings
    limit_s = settings.public_statement_timeout_s if actor.role == PUBLIC else settings.statement_timeout_s
    async with transaction(
        request.app.state.pool, actor, is_read_only=is_reading, timeout_s=limit_s, reason=reason_of(request)
    ) as tx:
        yield tx


def reason_of(request: Request[Any, Any, Any]) -> str | None:
    """Read why something is changed: the header Forest-Reason, in UTF-8 written with percent signs."""
    text = unquote(request.headers.get("forest-reason", "")).strip()
    if len(text) > MAX_REASON or "\0" in text:
        raise BadRequest(
            Text(f"Forest-Reason 至多 {MAX_REASON} 字。", f"Forest-Reason takes {MAX_REASON} characters at most.")
        )
    return text or None


def provide_settings(request: Request[Any, Any, Any]) -> Settings:
    """Give the settings of the running application."""
    return request.app.state.settings


def query_of(request: Request[Any, Any, Any], noun: Noun, further: Collection[str] = ()) -> Query:
    """Read the filters of a list from the address.

    Raises:
        BadRequest: a parameter that the list does not have, or a value that cannot be read.

    """
    known = {
        *noun.filters,
        *further,
        *FILTER,
        *(["bbox"] if noun.geometry else []),
        *(["datetime"] if noun.happened else []),
    }
    parameters = request.query_params
    for name in parameters:
        if name not in known:
            listed = ", ".join(sorted(known))
            message = Text(
                f"没有参数 {name}；可用：{listed}。", f"There is no parameter {name}; there are: {listed}."
            )
            raise BadRequest(
                message, code="unknown-parameter", problems=[Problem(field=name, message=message)]
            )
    return Query(
        equals={name: parameters[name].split(",") for name in noun.filters if name in parameters},
        bbox=parse_bbox(parameters["bbox"]) if "bbox" in parameters else None,
        interval=parse_datetime(parameters["datetime"]) if "datetime" in parameters else None,
        where=filter_of(request),
    )


def filter_of(request: Request[Any, Any, Any]) -> Filter | None:
    """Read the CQL2 filter of an address.

    Raises:
        BadRequest: it cannot be read, or is too much.

    """
    parameters = request.query_params
    if "filter" not in parameters:
        return None
    return parse_filter(
        parameters["filter"],
        parameters.get("filter-lang", "cql2-text"),
        parameters.get("filter-crs"),
        is_public=actor_of(request).role == PUBLIC,
    )
