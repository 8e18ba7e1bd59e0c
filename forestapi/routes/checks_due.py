"""The work list of acceptance: which plots are due for a check, at which level, how much to sample, what to reach."""

import csv
import io
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import MediaType, Response, get
from litestar.params import QueryParameter
from msgspec import Struct
from msgspec import json as msgspec_json

from forestapi.records import CIVIL_TIME, STAFF
from forestapi.routes._request import DEFAULT_LIMIT, Tx, requires
from forestapi.routes.records import Limit
from forestapi.routes.statistics import inert
from forestapi.store import checks_due as store

Stage = Annotated[Literal["first_season", "third_year"], QueryParameter(description="acceptance, or preservation")]
Level = Annotated[
    Literal["self", "county", "province", "national"],
    QueryParameter(description="whose work list: plots that this level has not checked"),
]
State = Annotated[Literal["coming", "due", "overdue"] | None, QueryParameter(name="state", description="coming, due or overdue")]
On = Annotated[date | None, QueryParameter(description="as of this date; left out, today")]
Until = Annotated[date | None, QueryParameter(description="with what comes due by then; left out, the date `on`")]
Programme = Annotated[str | None, QueryParameter(description="a programme's code")]
Region = Annotated[str | None, QueryParameter(description="a region's code, with what lies in it")]
After = Annotated[UUID | None, QueryParameter(description="the plot after which the page starts, from `next`")]
Form = Annotated[Literal["json", "csv"], QueryParameter(name="f", description="json or csv")]


class CheckDue(Struct, kw_only=True):
    """A plot whose check is due."""

    plot: UUID
    number: str
    programme: str
    region: str | None
    climate_class: str | None
    planted_on: date
    area_m2: float
    due_on: date
    limit_on: date
    state: Literal["coming", "due", "overdue"]
    sample_share: float
    """How much of the plot is sampled at least: all up to 15 ha, 5 % of a larger one."""
    sample_holes: int | None
    """That share of the design holes; none are known where no line of species is."""
    required_rate: float | None
    """Survival, or stems preserved, from which the plot passes, by its climate class; null where nobody has said that."""
    checked_by: list[str]
    """Levels that have checked this stage already."""


class ChecksDue(Struct, kw_only=True):
    """A page of the work list."""

    items: list[CheckDue]
    next: UUID | None


@get("/api/v1/checks-due", guards=[requires(STAFF)], tags=["statistics"], operation_id="listChecksDue", media_type=MediaType.JSON)
async def listing(
    tx: Tx, stage: Stage = "first_season", level: Level = "county", in_state: State = None, on: On = None, until: Until = None,
    programme: Programme = None, region: Region = None, limit: Limit = DEFAULT_LIMIT, after: After = None, f: Form = "json",
) -> Response[Any]:  # fmt: skip
    """List the plots that a level has still to check at a stage: due dates, how much to sample, what to reach, as JSON or CSV.

    Due and limit are those of the statistic `check-coverage`: what is overdue there is the ground of the plots that are here.
    """
    day = on or datetime.now(CIVIL_TIME).date()
    rows = await store.page(
        tx, stage=stage, level=level, on=day, until=until or day, programme=programme, region=region, state=in_state,
        limit=limit, after=after,
    )  # fmt: skip
    items = [CheckDue(**row) for row in rows]
    following = items[-1].plot if len(items) == limit else None
    if f == "json":
        return Response(msgspec_json.encode(ChecksDue(items=items, next=following)), media_type=MediaType.JSON)
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\r\n").writerow
    write(CheckDue.__struct_fields__)
    for item in items:
        cells = [getattr(item, name) for name in CheckDue.__struct_fields__]
        write([" ".join(cell) if isinstance(cell, list) else inert(cell) for cell in cells])
    link = {} if following is None else {"Forest-Next": str(following)}
    return Response(
        text.getvalue().encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="checks-due.csv"', **link},
    )


ROUTES = [listing]
