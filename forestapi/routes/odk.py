"""ODK Collect: the OpenRosa addresses at which a phone finds its forms and hands in what was filled in."""

import shutil
import tempfile
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException
from litestar.params import FromPath

from forestapi.errors import ForestError
from forestapi.records import RECORDERS
from forestapi.routes._request import actor_of, key_in, requires
from forestapi.services import collecting
from forestapi.services.collecting import Upload
from geo.text import Text

SUBMISSION_BYTES = 32_000_000
"""The largest request; phones are told less, and send a form's photos in several."""
ACCEPTED_BYTES = 20_000_000
MAX_PARTS = 100
FORM_PART = "xml_submission_file"
_LISTED = "http://openrosa.org/xforms/xformsList"
_MANIFEST = "http://openrosa.org/xforms/xformsManifest"
_RESPONSE = "http://openrosa.org/http/response"


def _at(address: str) -> list[str]:
    """Give the two places of an address: with the token in it, and for HTTP Basic with the token as password."""
    return [f"/odk/{{key:str}}/{address}", f"/odk/{address}"]


def _xml(body: str | bytes, status: int = 200, further: dict[str, str] | None = None) -> Response[bytes]:
    content = body if isinstance(body, bytes) else f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode()
    headers = {
        "X-OpenRosa-Version": "1.0",
        "X-OpenRosa-Accept-Content-Length": str(ACCEPTED_BYTES),
        "Content-Language": "zh, en",
    }
    return Response(content, status_code=status, media_type="text/xml", headers=headers | (further or {}))


def _message(text: Text, status: int) -> Response[bytes]:
    nature = "submit_success" if status < 300 else "error"
    said = escape(f"{text.zh} {text.en}")
    body = f'<OpenRosaResponse xmlns="{_RESPONSE}"><message nature="{nature}">{said}</message></OpenRosaResponse>'
    return _xml(body, status)


def refusal(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Say an error as OpenRosa does; without a token in the address, ask for a name and a password."""
    if isinstance(error, ForestError):
        status, text = error.status, error.detail
    else:
        status = error.status_code if isinstance(error, HTTPException) else 500
        text = Text("请求过大。", "The request is too large.") if status == 413 else Text("请求不可用。", "The request cannot be used.")
    is_asked = status == 401 and key_in(request.scope["path"]) is None
    answer = _message(text, 403 if status == 401 and not is_asked else status)
    if is_asked:
        answer.headers["WWW-Authenticate"] = 'Basic realm="Forest API", charset="UTF-8"'
    return answer


_SHARED: dict[str, Any] = {
    "guards": [requires(RECORDERS)],
    "exception_handlers": {ForestError: refusal, HTTPException: refusal},
    "include_in_schema": False,
}


@get(_at("formList"), **_SHARED)
async def form_list(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The forms that ODK Collect can download."""
    root = _root(request)
    listed = []
    for form in collecting.forms().values():
        built = collecting.built(form.name)
        address = f"{root}/forms/{form.name}"
        listed.append(
            f"<xform><formID>{form.name}</formID><name>{escape(form.title.zh)} {escape(form.title.en)}</name>"
            f"<version>{built.version}</version><hash>md5:{built.md5}</hash>"
            f"<descriptionText>{escape(form.about.zh)} {escape(form.about.en)}</descriptionText>"
            f"<downloadUrl>{address}/form.xml</downloadUrl><manifestUrl>{address}/manifest</manifestUrl></xform>"
        )
    return _xml(f'<xforms xmlns="{_LISTED}">{"".join(listed)}</xforms>')


@get(_at("forms/{form:str}/form.xml"), **_SHARED)
async def form_xml(form: FromPath[str]) -> Response[bytes]:
    """One form as an XForm."""
    return _xml(collecting.built(form).xml)


@get(_at("forms/{form:str}/manifest"), **_SHARED)
async def manifest(request: Request[Any, Any, Any], form: FromPath[str]) -> Response[bytes]:
    """The lists that go with a form: this crew's workers, plots, species."""
    files = await collecting.media(request.app.state.pool, actor_of(request), form)
    address = f"{_root(request)}/forms/{form}"
    listed = "".join(
        f"<mediaFile><filename>{name}</filename><hash>md5:{collecting.md5(content)}</hash>"
        f"<downloadUrl>{address}/media/{name}</downloadUrl></mediaFile>"
        for name, content in files.items()
    )
    return _xml(f'<manifest xmlns="{_MANIFEST}">{listed}</manifest>')


@get(_at("forms/{form:str}/media/{name:str}"), **_SHARED)
async def media(request: Request[Any, Any, Any], form: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """One such list, as CSV."""
    files = await collecting.media(request.app.state.pool, actor_of(request), form, name)
    answer = _xml(files[name])
    answer.media_type = "text/csv"
    return answer


@get(_at("submission"), status_code=204, **_SHARED)
async def may_submit() -> Response[None]:
    """HEAD: whether this token may hand in forms, and how much in one request."""
    answer = _xml(b"", 204)
    return Response(None, status_code=204, headers=answer.headers)


@post(_at("submission"), status_code=201, request_max_body_size=SUBMISSION_BYTES, multipart_form_part_limit=MAX_PARTS, **_SHARED)
async def submit(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Hand in a filled-in form with its photos, in one request or several."""
    parts = await request.form()
    xml: bytes | None = None
    with tempfile.TemporaryDirectory(prefix="forest-odk-") as folder:
        uploads = []
        for number, (name, part) in enumerate(parts.multi_items()):
            if name == FORM_PART:
                xml = await part.read() if isinstance(part, UploadFile) else str(part).encode()
            elif isinstance(part, UploadFile):
                path = Path(folder) / f"{number}{Path(part.filename).suffix[:8]}"
                with path.open("wb") as target:
                    shutil.copyfileobj(part.file, target)
                uploads.append(Upload(part.filename, part.content_type, path))
        if xml is None:
            return _message(Text(f"缺少 {FORM_PART}。", f"There is no part {FORM_PART}."), 400)
        settings = request.app.state.settings
        reply = await collecting.receive(request.app.state.pool, actor_of(request), settings.data, xml, uploads)
    return _message(reply.message, reply.status)


def _root(request: Request[Any, Any, Any]) -> str:
    """Give the address under which this phone finds everything, as it called it."""
    key = key_in(request.scope["path"])
    return f"{str(request.base_url).rstrip('/')}/odk" + (f"/{key}" if key else "")


ROUTES = [form_list, form_xml, manifest, media, may_submit, submit]
