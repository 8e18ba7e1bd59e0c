"""Wages of a crew and month: the ledger, the sheet for signatures, the workbook, the notice."""

from typing import Annotated, Any, Literal

from litestar import MediaType, Request, Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter

from forestapi.records import MANAGERS, STAFF
from forestapi.routes._request import actor_of, reason_of, requires
from forestapi.routes.templates import XLSX, Crew, Lang, Month
from forestapi.services import wage_book, wages
from forestapi.services.crew_sheets import LEADERS
from forestapi.services.wages import Ledger, Notice
from forestapi.web import printing

Names = Annotated[bool, QueryParameter(description="with the names, which is logged (crew leaders and above)")]
Identities = Annotated[
    bool,
    QueryParameter(description="with identity numbers, telephones and accounts (managers, with Forest-Reason); logged"),
]
Form = Annotated[Literal["json", "html"], QueryParameter(name="format", description="as data, or as a page to be printed")]
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@get(
    "/api/v1/wages",
    guards=[requires(STAFF)],
    tags=["wages"],
    operation_id="getWages",
    media_type=MediaType.JSON,
    responses={200: ResponseSpec(Ledger, generate_examples=False)},
)
async def ledger(
    request: Request[Any, Any, Any], crew: Crew, month: Month, names: Names = False, identities: Identities = False
) -> Response[bytes]:
    """Read a crew's wages of one month: for each worker the work, what was due, deducted and paid, and the arrears.

    The law's ledger has names, identity numbers and telephones too; these are read only when asked for.
    """
    made = await _ledger(request, crew, month, names, identities)
    return Response(wages.encode(made), media_type=MediaType.JSON)


@get("/api/v1/wages/sheet", guards=[requires(LEADERS)], tags=["wages"], operation_id="getWageSheet", media_type=MediaType.HTML)
async def sheet(
    request: Request[Any, Any, Any], crew: Crew, month: Month, lang: Lang = "zh", identities: Identities = False
) -> Response[str]:
    """Fetch the page that is printed on A4 and signed by each worker; reading the names for it is logged."""
    made = await _ledger(request, crew, month, True, identities)
    return _page(printing.wage_sheet(made, lang))


@get("/api/v1/wages/workbook", guards=[requires(MANAGERS)], tags=["wages"], operation_id="getWageWorkbook", media_type=MediaType.JSON)
async def workbook(
    request: Request[Any, Any, Any], crew: Crew, month: Month, lang: Lang = "zh", identities: Identities = False
) -> Response[bytes]:
    """Fetch the ledger as a workbook, for the pay office; reading the names for it is logged."""
    made = await _ledger(request, crew, month, True, identities)
    name = f"wages-{crew}-{month}.xlsx"
    return Response(
        wage_book.write(made, lang),
        media_type=XLSX,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@get(
    "/api/v1/wages/notice",
    guards=[requires(LEADERS)],
    tags=["wages"],
    operation_id="getWageNotice",
    media_type=MediaType.JSON,
    responses={200: ResponseSpec(Notice, generate_examples=False)},
)
async def notice(
    request: Request[Any, Any, Any], crew: Crew, month: Month, lang: Lang = "zh", form: Form = "json"
) -> Response[Any]:
    """Fetch the notice that may be posted at the site: masked names, days, net pay and the period, nothing else."""
    made = await wages.notice(request.app.state.pool, actor_of(request), crew, month)
    if form == "html":
        return _page(printing.wage_notice(made, lang))
    return Response(wages.encode(made), media_type=MediaType.JSON)


async def _ledger(request: Request[Any, Any, Any], crew: str, month: str, names: bool, identities: bool) -> Ledger:
    return await wages.ledger(
        request.app.state.pool, actor_of(request), crew, month, with_names=names, with_identities=identities,
        reason=reason_of(request),
    )  # fmt: skip


def _page(html: str) -> Response[str]:
    """Answer a page that carries all it needs and runs nothing."""
    return Response(html, media_type=MediaType.HTML, headers={"Content-Security-Policy": PAGE_POLICY})


ROUTES = [ledger, sheet, workbook, notice]
