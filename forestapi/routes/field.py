"""The field app: its page, its files, what it is told beforehand, and the service worker that keeps them offline."""

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from litestar import MediaType, Response, get
from litestar.datastructures import CacheControlHeader
from litestar.static_files import create_static_files_router

import forestapi.web
from forestapi.routes._request import anyone
from forestapi.web import languages
from maps import assets, layers, maplibre

FIELD = Path(forestapi.web.__file__).parent / "field"
FILES = "/field/files"
LIBRARIES = ("maplibre", "maplibre_css")
"""Installed front-end files that the app needs, besides those that these name themselves."""
_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; script-src 'self'; "
    "style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
    "font-src 'self'"
)
_PERMISSIONS = "geolocation=(self), camera=(self), screen-wake-lock=(self), microphone=()"


@get("/field", guards=[anyone], media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=False)
def page() -> Response[bytes]:
    """Give the app's one page; it holds nothing of anybody, and the phone keeps it."""
    return Response(
        (FIELD / "index.html").read_bytes(),
        media_type=MediaType.HTML,
        headers={
            "Content-Security-Policy": _POLICY,
            "Permissions-Policy": _PERMISSIONS,
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-cache",
        },
    )


@get("/field/config.json", guards=[anyone], include_in_schema=False, sync_to_thread=False)
def config() -> Response[bytes]:
    """Give what the app is told beforehand: where the map library is, and the style of our own tiles."""
    return Response(_config(), media_type=MediaType.JSON, headers={"Cache-Control": "no-cache"})


@get("/field/sw.js", guards=[anyone], include_in_schema=False, sync_to_thread=False)
def worker() -> Response[str]:
    """Give the service worker with the list of files that it keeps, and a version made of their hashes."""
    kept = precache()
    version = hashlib.sha256(json.dumps(kept).encode()).hexdigest()[:16]
    first = f"const VERSION = {json.dumps(version)};\nconst FILES = {json.dumps(kept)};\n"
    return Response(
        first + (FIELD / "sw.js").read_text("utf-8"),
        media_type="text/javascript",
        headers={"Cache-Control": "no-cache", "Service-Worker-Allowed": "/field"},
    )


def precache() -> dict[str, str]:
    """Name every address that the app needs offline, with the hash of what stands there (`sha256-…`).

    Raises:
        AssetMissing: the map library is not installed.

    """
    found = {"/field": _hash((FIELD / "index.html").read_bytes()), "/field/config.json": _hash(_config())}
    for file in sorted(FIELD.iterdir()):
        if file.is_file() and file.name not in ("index.html", "sw.js"):
            found[f"{FILES}/{file.name}"] = _hash(file.read_bytes())
    for name in LIBRARIES:
        assets.path(name)
        for address, file in assets.files(name).items():
            found[address] = _hash(file.read_bytes())
    return found


@cache
def _config() -> bytes:
    drawn = list(layers.every().values())
    document: dict[str, Any] = {
        "maplibre": assets.url("maplibre"),
        "maplibre_css": assets.url("maplibre_css"),
        "styles": {language: maplibre.style(drawn, language=language) for language in languages.LANGUAGES},
    }
    return msgspec.json.encode(document)


def _hash(content: bytes) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content).digest()).decode()


ROUTES = [
    page,
    config,
    worker,
    create_static_files_router(
        path=FILES, directories=[FIELD], name="field-files", cache_control=CacheControlHeader(no_cache=True)
    ),
]
"""What `forestapi.app` mounts."""
