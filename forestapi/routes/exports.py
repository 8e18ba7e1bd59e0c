"""Files for QGIS and QField over HTTP."""

import tempfile
from pathlib import Path
from typing import Annotated

from litestar import get
from litestar.background_tasks import BackgroundTask
from litestar.params import QueryParameter
from litestar.response import File

from forestapi.records import STAFF
from forestapi.routes._request import Tx, requires
from forestapi.services import exporting

Programme = Annotated[str, QueryParameter(description="whose plots")]
Region = Annotated[str | None, QueryParameter(description="only plots in this region, of any level")]
MEDIA_TYPE = "application/geopackage+sqlite3"


@get("/api/v1/exports/plots.gpkg", guards=[requires(STAFF)], tags=["exports"], operation_id="exportPlots")
async def plots(tx: Tx, programme: Programme, region: Region = None) -> File:
    """Fetch a programme's plots as a GeoPackage, with id and revision, and their plantings and surveys as tables.

    Edited, the file is sent to `/api/v1/imports/plots`; with `dry_run=true` the answer says first what it would change.
    """
    folder = tempfile.TemporaryDirectory(prefix="forest-export-")
    path = Path(folder.name) / "plots.gpkg"
    try:
        await exporting.export_plots(tx, programme, region, path)
    except BaseException:
        folder.cleanup()
        raise
    return File(path, filename=f"{programme}.gpkg", media_type=MEDIA_TYPE, background=BackgroundTask(folder.cleanup))


ROUTES = [plots]
