"""Importing a file over HTTP: the same rows, rules and report as `forest import`."""

import shutil
import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.response import File
from msgspec import Struct

from forestapi.access import allows
from forestapi.errors import BadRequest, Forbidden, NotFound, Problem
from forestapi.records import MANAGERS, RECORDERS, STAFF, nouns
from forestapi.routes._request import Tx, actor_of, reason_of, requires
from forestapi.routes._slots import slot
from forestapi.services.importing import (
    Options,
    Report,
    attach,
    corrections,
    import_file,
    importers,
    kept_evidence,
)
from forestapi.settings import Settings
from forestapi.store import submissions
from geo.text import Text

Optional = str | None
MOST_PHOTOGRAPHS = 20
BUSY = Text("正在导入其他文件；请稍后重试。", "Other files are being imported; try again in a while.")


class Upload(Struct):
    """A form with one file, and photographs of the paper that it was copied from."""

    file: UploadFile
    evidence: list[UploadFile] = []


class Photographs(Struct):
    """A form with photographs of the paper that a file was copied from."""

    evidence: list[UploadFile]


class Evidence(Struct, kw_only=True):
    """A photograph or scan of a paper sheet, as it is kept."""

    sha256: str
    file_name: str
    media_type: str
    bytes: int
    actor: str
    received_at: datetime


Programme = Annotated[
    Optional, QueryParameter(description="whose records they are; made if it is not there yet")
]
Crs = Annotated[
    Optional, QueryParameter(description="the CRS, where the file does not declare it: EPSG:4326, GCJ02, BD09 …")
]
Map = Annotated[
    list[str] | None, QueryParameter(name="map", description="column=field, once for each column")
]
Key = Annotated[Optional, QueryParameter(description="the column that names a plot within its layer")]
LayerName = Annotated[Optional, QueryParameter(description="the layer's name in the ledger")]
SourceLayer = Annotated[Optional, QueryParameter(description="the layer or sheet to read")]
Form = Annotated[
    Optional,
    QueryParameter(name="format", description="geojson, geopackage, shapefile, flatgeobuf, kml, gpx, csv, geoparquet, xlsx"),
]
Planned = Annotated[bool, QueryParameter(description="the plots are not planted yet")]
PlantedOn = Annotated[
    date | None, QueryParameter(description="date of planting of plots without one of their own")
]
Status = Annotated[
    Literal["draft", "submitted", "approved"] | None,
    QueryParameter(description="of shifts without one of their own"),
]
Tracks = Annotated[bool, QueryParameter(description="a closed GPX track is a plot's boundary")]
DryRun = Annotated[bool, QueryParameter(description="report what would happen; change nothing")]


@post(
    "/api/v1/imports/{noun:str}",
    guards=[requires(RECORDERS)],
    tags=["imports"],
    operation_id="importFile",
    status_code=200,
)
async def upload(
    request: Request[Any, Any, Any],
    noun: FromPath[str],
    data: Annotated[Upload, Body(media_type=RequestEncodingType.MULTI_PART)],
    programme: Programme = None,
    crs: Crs = None,
    columns: Map = None,
    key: Key = None,
    layer: LayerName = None,
    source_layer: SourceLayer = None,
    form: Form = None,
    planned: Planned = False,
    planted_on: PlantedOn = None,
    status: Status = None,
    tracks_as_boundaries: Tracks = False,
    dry_run: DryRun = False,
) -> Report:
    """Import one file (`file` of a multipart form) of plots, shifts, payments or regions; the answer says what became of each row.

    A recorder's shifts come in as submitted, an administrator's as approved, unless the file or `status` says
    otherwise.
    """
    if noun not in importers():
        listed = ", ".join(importers())
        raise NotFound(
            Text(f"不能导入 {noun}；可以：{listed}。", f"{noun} cannot be imported; these can: {listed}.")
        )
    actor = actor_of(request)
    is_manager = allows(actor.role, MANAGERS)
    if not allows(actor.role, nouns()[noun].writers) or (status == "approved" and not is_manager):
        raise Forbidden(
            Text(f"角色 {actor.role} 不能这样导入。", f"The role {actor.role} may not import this.")
        )
    options = Options(
        programme=programme, crs=crs, format=form, source_layer=source_layer, layer=layer, key=key, columns=_pairs(columns or []),
        is_planned=planned, planted_on=planted_on, is_dry_run=dry_run, tracks_as_boundaries=tracks_as_boundaries,
        status=status or ("approved" if is_manager else "submitted"),
    )  # fmt: skip
    settings: Settings = request.app.state.settings
    name = _name(data.file, "file")
    with tempfile.TemporaryDirectory(prefix="forest-upload-") as folder:
        path = Path(folder) / f"upload{''.join(Path(name).suffixes[-1:])[:20]}"
        with path.open("wb") as target:
            shutil.copyfileobj(data.file.file, target)
        papers = _saved(data.evidence, Path(folder))
        async with slot(request.app.state.import_slots, BUSY):
            report = await import_file(
                settings, request.app.state.pool, noun, path, options, actor=actor, file_name=name,
                evidence=papers, reason=reason_of(request),
            )  # fmt: skip
    report.correction_file = report.correction_file and f"/api/v1/imports/{report.submission}/corrections"
    return report


@get(
    "/api/v1/imports/{submission:uuid}/corrections",
    guards=[requires(RECORDERS)],
    tags=["imports"],
    operation_id="getCorrections",
)
async def get_corrections(request: Request[Any, Any, Any], tx: Tx, submission: FromPath[UUID]) -> File:
    """Fetch the held and refused rows of an import, with what is wrong with each, to correct and import again."""
    is_own = await submissions.is_within(tx, submission)
    path = corrections(request.app.state.settings, str(submission)) if is_own else None
    if path is None:
        raise NotFound(Text("这次导入没有需要改正的行。", "That import has no rows to correct."))
    return File(path, filename=path.name)


@post(
    "/api/v1/imports/{submission:uuid}/evidence",
    guards=[requires(RECORDERS)],
    tags=["imports"],
    operation_id="addEvidence",
    status_code=200,
)
async def add_evidence(
    request: Request[Any, Any, Any],
    tx: Tx,
    submission: FromPath[UUID],
    data: Annotated[Photographs, Body(media_type=RequestEncodingType.MULTI_PART)],
) -> dict[str, list[Evidence]]:
    """Add photographs of the paper to a file that came earlier; the same one twice is kept once."""
    if not await submissions.is_within(tx, submission):
        raise NotFound(Text("没有这次导入。", "There is no such import."))
    with tempfile.TemporaryDirectory(prefix="forest-upload-") as folder:
        papers = _saved(data.evidence, Path(folder))
        await attach(tx, request.app.state.settings, str(submission), papers)
    return {"items": [Evidence(**dict(row)) for row in await submissions.evidence(tx, submission)]}


@get(
    "/api/v1/imports/{submission:uuid}/evidence",
    guards=[requires(STAFF)],
    tags=["imports"],
    operation_id="listEvidence",
)
async def list_evidence(tx: Tx, submission: FromPath[UUID]) -> dict[str, list[Evidence]]:
    """List the photographs that came with a file."""
    if not await submissions.is_within(tx, submission):
        raise NotFound(Text("没有这次导入。", "There is no such import."))
    return {"items": [Evidence(**dict(row)) for row in await submissions.evidence(tx, submission)]}


@get(
    "/api/v1/imports/{submission:uuid}/evidence/{sha256:str}",
    guards=[requires(STAFF)],
    tags=["imports"],
    operation_id="getEvidence",
)
async def get_evidence(request: Request[Any, Any, Any], tx: Tx, submission: FromPath[UUID], sha256: FromPath[str]) -> File:
    """Fetch one of the photographs that came with a file, as it came."""
    is_own = await submissions.is_within(tx, submission)
    rows = await submissions.evidence(tx, submission) if is_own else []
    row = next((row for row in rows if row["sha256"] == sha256), None)
    path = kept_evidence(request.app.state.settings.data, sha256) if row else None
    if row is None or path is None:
        raise NotFound(Text("没有这张照片。", "There is no such photograph."))
    return File(path, filename=path.name, media_type=row["media_type"])


def _saved(uploads: list[UploadFile], folder: Path) -> list[Path]:
    """Save uploaded photographs under names of our own that end as theirs did."""
    paths = []
    for number, each in enumerate(uploads):
        name = _name(each, "evidence")
        inside = folder / f"evidence-{number}"
        inside.mkdir()
        path = inside / name
        with path.open("wb") as target:
            shutil.copyfileobj(each.file, target)
        paths.append(path)
    if len(paths) > MOST_PHOTOGRAPHS:
        raise BadRequest(Text(f"一次至多 {MOST_PHOTOGRAPHS} 张照片。", f"At most {MOST_PHOTOGRAPHS} photographs at once."))
    return paths


def _name(upload: UploadFile, otherwise: str) -> str:
    """Give the name of an uploaded file as a file system takes it."""
    name = Path(upload.filename.replace("\\", "/").replace("\0", "")).name
    name = name.encode("utf-8", "replace").decode()[-60:]
    return name if name.strip(". ") else otherwise


def _pairs(values: list[str]) -> dict[str, str]:
    pairs = {}
    for value in values:
        column, sign, field = value.partition("=")
        if not (sign and column and field):
            message = Text("map 应写成 列=字段。", "Write map as column=field.")
            raise BadRequest(message, problems=[Problem(field="map", message=message)])
        pairs[column] = field
    return pairs


ROUTES = [upload, get_corrections, add_evidence, list_evidence, get_evidence]
