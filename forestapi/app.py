"""The one place where things are wired: `create_app(settings)` makes the web application."""

import asyncio
import importlib
import pkgutil
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import structlog
from litestar import Litestar, Request, Response
from litestar.config.compression import CompressionConfig
from litestar.di import Provide
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.utils.scope.state import ScopeState

import forestapi.routes
from forestapi import logs
from forestapi.db.constraints import translate
from forestapi.db.pool import open_pool, open_public_pool
from forestapi.errors import BadRequest, ForestError, Invalid, NotFound, Problem, TooLarge
from forestapi.records import nouns
from forestapi.records._wording import worded
from forestapi.routes._methods import Methods
from forestapi.routes._rates import Rates
from forestapi.routes._request import Authentication, masked, provide_settings, provide_transaction
from forestapi.routes._security import Limits, add_headers, document_problems
from forestapi.routes._sorry import is_for_reader, sorry
from forestapi.routes.exports import document_exports
from forestapi.routes.records import document_filters
from forestapi.services import archiving, history, records
from forestapi.services.serving_tiles import Tiles
from forestapi.settings import Settings
from geo.text import Text
from maps import assets

VERSION = "0.1.0"
log = structlog.get_logger()


def create_app(settings: Settings) -> Litestar:
    """Make the application. It opens its pool when it starts, in the event loop that serves it."""

    logs.configure()

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        app.state.settings = settings
        app.state.pool = await open_pool(settings)
        app.state.rates = Rates(settings)
        app.state.export_slots = asyncio.Semaphore(settings.concurrent_exports)
        app.state.import_slots = asyncio.Semaphore(settings.concurrent_imports)
        public = await open_public_pool(settings, settings.concurrent_tiles)
        app.state.tiles = Tiles(app.state.pool, public, settings)
        beside = [
            asyncio.create_task(history.keep_sealing(app.state.pool)), asyncio.create_task(app.state.tiles.run()),
            asyncio.create_task(archiving.keep_copying(settings)),
        ]  # fmt: skip
        try:
            yield
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await public.close()
            await app.state.pool.close()

    app = Litestar(
        route_handlers=_routes(),
        lifespan=[lifespan],
        middleware=[Authentication, Limits],
        before_send=[add_headers],
        dependencies={
            "tx": Provide(provide_transaction),
            "settings": Provide(provide_settings, sync_to_thread=False),
        },
        exception_handlers={Exception: problem},
        compression_config=CompressionConfig(
            backend="gzip",
            minimum_size=1000,
            gzip_compress_level=2,  # level 9, the default: a page of 1,000 features takes 2.5 times as long
            exclude=["^/tiles/", "^/assets/", "/tiles/WebMercatorQuad/", "^/api/v1/exports/"],  # files with a length, most of them packed
        ),
        openapi_config=OpenAPIConfig(
            title="Forest API",
            version=VERSION,
            description="A ledger of planted ground and green work that anyone can check. 造林与绿色用工台账。",
            path="/docs",
            use_handler_docstrings=True,
            render_plugins=[
                SwaggerRenderPlugin(
                    path="/",
                    favicon='<link rel="icon" href="/static/icon.svg">',
                    js_url=assets.url("swagger"),
                    css_url=assets.url("swagger_css"),
                    standalone_preset_js_url=assets.url("swagger_preset"),
                )
            ],
            components=Components(security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}),
            security=[{"token": []}, {}],
        ),
        request_max_body_size=settings.max_body_mb * 1_000_000,
    )
    app.asgi_handler = Methods(app)
    document_filters(app.openapi_schema.paths or {})
    document_exports(app.openapi_schema.paths or {})
    document_problems(app.openapi_schema.paths or {})
    return app


def _routes() -> list[Any]:
    found = []
    for module_info in pkgutil.iter_modules(forestapi.routes.__path__):
        if not module_info.name.startswith("_"):
            found += importlib.import_module(f"forestapi.routes.{module_info.name}").ROUTES
    return found


def problem(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Turn any error into a problem document, or a page for a reader; our own fault is logged whole and told in short."""
    known = error if isinstance(error, ForestError) else translate(error) or _of_noun(request, error) or _of_framework(error)
    if known is None:
        log.error("unexpected error", path=masked(request.url.path), method=request.method, exc_info=error)
        known = ForestError(Text("服务器出错；已记录。", "The server made an error; it was logged."))
    headers = {"Retry-After": "5"} if known.status in (429, 503) else None
    if is_for_reader(request):
        answer = sorry(request, known)
        answer.headers.update(headers or {})
        return answer
    return Response(
        known.document(), status_code=known.status, media_type="application/problem+json", headers=headers
    )


def _of_noun(request: Request[Any, Any, Any], error: Exception) -> ForestError | None:
    """Judge a record whose shape the framework has refused, so that it gets the verdict of every other way in."""
    noun = nouns().get(str(request.scope["route_handler"].opt.get("noun"))) if "route_handler" in request.scope else None
    body = ScopeState.from_scope(request.scope).body
    if noun is None or not isinstance(error, ValidationException) or not request_body(error) or not isinstance(body, bytes):
        return None
    try:
        records.decode(noun, msgspec.json.decode(body))
    except Invalid as told:
        return told
    except (msgspec.MsgspecError, ForestError, RecursionError):
        return None
    return None


def _of_framework(error: Exception) -> ForestError | None:
    """Translate what Litestar raises before a handler runs."""
    if isinstance(error, ValidationException):
        problems = [
            _shape_problem(part)
            for part in (error.extra or [])
            if isinstance(part, dict) and "message" in part
        ]
        fields = ", ".join(p.field for p in problems if p.field) or "body"
        words = Text("；".join(p.message.zh for p in problems) or error.detail, "; ".join(p.message.en for p in problems) or error.detail)
        kind = Invalid if request_body(error) else BadRequest
        return kind(
            Text(f"{fields}：{words.zh}", f"{fields}: {words.en}"), code="wrong-shape", problems=problems
        )
    if isinstance(error, UnicodeDecodeError):
        return BadRequest(Text("文字应为 UTF-8。", "Text has to be UTF-8."))
    if isinstance(error, RecursionError):
        return BadRequest(Text("内容嵌套过深。", "The body is nested too deeply."))
    if isinstance(error, HTTPException):
        if error.status_code == 404:
            return NotFound(Text("没有这个地址。", "There is nothing at this address."))
        if error.status_code == 413:
            return TooLarge(Text("请求内容过大。", "The body is larger than this server accepts."))
        other = BadRequest(Text(f"请求不可用：{error.detail}", error.detail))
        other.status = error.status_code
        return other
    return None


def _shape_problem(part: dict[str, Any]) -> Problem:
    words = str(part["message"])
    unknown = re.search(r"unknown field `(.+?)`|missing required field `(.+?)`", words)
    field = next(filter(None, unknown.groups())) if unknown else str(part.get("key") or "") or None
    return Problem(field=field, message=worded(words))


def request_body(error: ValidationException) -> bool:
    """Whether the body (not the address) has the wrong shape."""
    return any(isinstance(part, dict) and part.get("source") == "body" for part in error.extra or [])
