"""Files over HTTP: every collection in every format that can be written, and plots to be edited in QGIS and QField."""

import json
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO
from urllib.parse import quote

import anyio
from litestar import Request, get
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, PathItem, Schema
from litestar.params import QueryParameter
from litestar.response import Stream

from forestapi.records import STAFF
from forestapi.routes._request import Tx, query_of, requires
from forestapi.routes._slots import slot
from forestapi.routes.records import as_parameters, filter_words
from forestapi.services import exporting
from forestapi.settings import Settings
from forestapi.store.collections import Collection, collections
from geo.formats import GeometryAs
from geo.formats.geopackage import FORMAT as GEOPACKAGE
from geo.text import Text

BASE = "/api/v1/exports"
PIECE_BYTES = 1 << 18
BUSY = Text("正在写的导出文件已达上限；请稍后再试。", "As many exports as this server writes at a time are being written; try again soon.")
Programme = Annotated[str, QueryParameter(description="whose plots")]
Region = Annotated[str | None, QueryParameter(description="only plots in this region, of any level")]
Form = Annotated[str, QueryParameter(description="the format")]
Place = Annotated[
    GeometryAs | None,
    QueryParameter(description="in tables: boundaries as WKT, as longitude and latitude of a point inside, or not at all"),
]
AsOf = Annotated[
    str | None,
    QueryParameter(description="as known then: a time with its zone, the `snapshot` of an answer, or a snapshot's id"),
]


@get(f"{BASE}/plots.gpkg", guards=[requires(STAFF)], tags=["exports"], operation_id="exportPlotsToEdit")
async def to_edit(request: Request[Any, Any, Any], tx: Tx, programme: Programme, region: Region = None) -> Stream:
    """Fetch a programme's plots as a GeoPackage to edit, with id and revision, and their plantings and surveys as tables.

    Edited, the file is sent to `/api/v1/imports/plots`; with `dry_run=true` the answer says first what it would change.
    """
    async with slot(request.app.state.export_slots, BUSY):
        with tempfile.TemporaryDirectory(prefix="forest-export-") as folder:
            path = Path(folder) / "plots.gpkg"
            await exporting.export_plots(tx, programme, region, path)
            return _sent(path, f"{programme}.gpkg", GEOPACKAGE.media_type)


def _of(collection: Collection) -> Any:
    """Make the route of one collection."""
    name = collection.name

    @get(
        f"{BASE}/{name}", guards=[requires(collection.noun.readers)], tags=["exports"],
        operation_id=f"export{name.title()}", summary=f"Export {name}",
    )  # fmt: skip
    async def export(
        request: Request[Any, Any, Any], tx: Tx, settings: Settings, f: Form = "geojson", geometry: Place = None, as_of: AsOf = None
    ) -> Stream:
        """Fetch all records that the filters find as one file; what it is stands in it, and in the header `Forest-About`."""
        query = query_of(request, collection.noun, ("f", "geometry", "as_of"))
        form = exporting.form_for(Path(), f, geometry)
        wish = exporting.Wish(collection=collection, query=query, geometry_as=geometry, as_of=as_of)
        async with slot(request.app.state.export_slots, BUSY):
            with tempfile.TemporaryDirectory(prefix="forest-export-") as folder:
                path = Path(folder) / f"{name}{form.suffixes[0]}"
                written = await exporting.export(tx, wish, path, form, settings.data_licence)
                about = quote(json.dumps(written.about, ensure_ascii=False), safe=" !#$&'()*+,/:;=?@[]{}\"")
                return _sent(path, path.name, form.media_type, {"Forest-About": about, "Forest-Rows": str(written.rows)})

    return export


def _sent(path: Path, name: str, media_type: str, headers: dict[str, str] | None = None) -> Stream:
    """Send a file that is deleted at once: what is open stays readable, and nothing is left behind whatever happens."""
    stream = path.open("rb")
    length = path.stat().st_size
    disposition = f"attachment; filename*=UTF-8''{quote(name)}" if not name.isascii() else f'attachment; filename="{name}"'
    return Stream(
        _pieces(stream), media_type=media_type,
        headers={"Content-Length": str(length), "Content-Disposition": disposition, **(headers or {})},
    )  # fmt: skip


async def _pieces(stream: BinaryIO) -> AsyncIterator[bytes]:
    with stream:
        while piece := await anyio.to_thread.run_sync(stream.read, PIECE_BYTES):
            yield piece


def document_exports(paths: dict[str, PathItem]) -> None:
    """Write into the OpenAPI document what can be asked of each export, and in which formats it comes."""
    forms = exporting.written_formats()
    whole = Schema(type=OpenAPIType.STRING, format="binary")  # type: ignore[arg-type]
    for name, collection in collections().items():
        operation = paths[f"{BASE}/{name}"].get
        assert operation is not None and operation.parameters is not None and operation.responses is not None
        for parameter in operation.parameters:
            if getattr(parameter, "name", "") == "f":
                parameter.schema = Schema(type=OpenAPIType.STRING, enum=list(forms), default="geojson")  # type: ignore[union-attr]
        operation.parameters += as_parameters(filter_words(collection.noun))
        operation.responses["200"].content = {form.media_type: OpenAPIMediaType(schema=whole) for form in forms.values()}  # type: ignore[union-attr]
    operation = paths[f"{BASE}/plots.gpkg"].get
    assert operation is not None and operation.responses is not None
    operation.responses["200"].content = {GEOPACKAGE.media_type: OpenAPIMediaType(schema=whole)}  # type: ignore[union-attr]


ROUTES = [to_edit, *(_of(collection) for collection in collections().values())]
