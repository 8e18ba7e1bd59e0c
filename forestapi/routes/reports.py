"""A programme's report of a year, as one HTML file or as PDF."""

import asyncio
from typing import Annotated, Literal

from litestar import MediaType, Response, get
from litestar.params import QueryParameter

from forestapi.access import reaches
from forestapi.records import STAFF
from forestapi.routes._request import Tx, requires
from forestapi.routes.statistics import keep_to_scope
from forestapi.routes.templates import Lang
from forestapi.services import reporting
from forestapi.web import report as paper

Programme = Annotated[str, QueryParameter(description="a programme's code")]
Year = Annotated[int, QueryParameter(description="the year of planting, of work and of checks")]
AsOf = Annotated[
    str | None,
    QueryParameter(description="as known then: a time with its zone, the `snapshot` of an answer, or a snapshot's id"),
]
Form = Annotated[Literal["html", "pdf"], QueryParameter(name="f", description="html or pdf")]
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
PDF = "application/pdf"


@get("/api/v1/reports", guards=[requires(STAFF)], tags=["statistics"], operation_id="getReport", media_type=MediaType.JSON)
async def report(
    tx: Tx, programme: Programme, year: Year, lang: Lang = "zh", as_of: AsOf = None, f: Form = "html"
) -> Response[bytes]:
    """Write a report: the year's figures with method, snapshot and hash, tables by county, species and activity, charts, a map.

    It has figures of work of live records, so it is for those who may read these.
    """
    keep_to_scope(reaches(tx.scope), {"programme": [programme]})
    found = await reporting.build(tx, programme, year, as_of)
    if f == "html":
        page = await asyncio.to_thread(paper.html, found, lang)
        return Response(page.encode(), media_type=MediaType.HTML, headers={"Content-Security-Policy": PAGE_POLICY})
    return Response(
        await asyncio.to_thread(paper.pdf, found, lang),
        media_type=PDF,
        headers={"Content-Disposition": f'attachment; filename="report-{year}-{lang}.pdf"'},
    )


ROUTES = [report]
