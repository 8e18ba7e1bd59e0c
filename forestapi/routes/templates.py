"""Files to be filled in, over HTTP."""

from typing import Annotated, Any, Literal

from litestar import MediaType, Request, Response, get
from litestar.params import QueryParameter

from forestapi.routes._request import actor_of, requires
from forestapi.services import crew_sheets

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Crew = Annotated[str, QueryParameter(description="the crew's code")]
Month = Annotated[str, QueryParameter(description="the month of the work: 2026-11")]
Lang = Annotated[Literal["zh", "en"], QueryParameter(description="the language of the sheet")]


@get(
    "/api/v1/templates/crew-sheet",
    guards=[requires(crew_sheets.LEADERS)],
    tags=["imports"],
    operation_id="getCrewSheet",
    media_type=MediaType.JSON,
)
async def crew_sheet(request: Request[Any, Any, Any], crew: Crew, month: Month, lang: Lang = "zh") -> Response[bytes]:
    """Fetch a crew's sheet of one month as a workbook, with the names of its workers; reading these is logged.

    Filled in, it is sent to `/api/v1/imports/shifts`.
    """
    content = await crew_sheets.template(request.app.state.pool, actor_of(request), crew, month, lang)
    return Response(
        content,
        media_type=XLSX,
        headers={"Content-Disposition": f'attachment; filename="{crew_sheets.file_name(crew, month)}"'},
    )


ROUTES = [crew_sheet]
