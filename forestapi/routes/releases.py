"""Releases over HTTP: the frozen figures of work that everybody may read, and making the next ones."""

import csv
import io
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import MediaType, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta, Struct

from forestapi.errors import BadRequest, NotFound, Problem
from forestapi.records import MANAGERS
from forestapi.routes._request import DEFAULT_LIMIT, Tx, anyone, requires
from forestapi.routes.records import Limit
from forestapi.routes.statistics import Form
from forestapi.services import releasing
from forestapi.services.releasing import Made, correcting, figures
from forestapi.services.releasing.figures import Figures
from forestapi.settings import Settings
from forestapi.store import releases as store
from geo.text import Text

Programmes = Annotated[str | None, QueryParameter(name="programme", description="codes of programmes, comma-separated; left out: all")]
From = Annotated[str | None, QueryParameter(name="from", description="the first month: 2018-01")]
To = Annotated[str | None, QueryParameter(name="to", description="the last month: 2018-12")]
Before = Annotated[UUID | None, QueryParameter(description="the id before which the page starts: older ones")]
DIMENSIONS = ", ".join(store.BY)
ReleasedBy = Annotated[str | None, QueryParameter(name="by", description=f"what to group by, comma-separated: {DIMENSIONS}")]


class Wish(Struct, kw_only=True, forbid_unknown_fields=True):
    """What to release; with nothing set, every month that is closed and due."""

    programme: str | None = None
    month: Annotated[str, Meta(pattern=r"^[12]\d{3}-(0[1-9]|1[0-2])$")] | None = None
    """Only this month of the programme: 2018-04."""
    correct_year: Annotated[int, Meta(ge=1950, le=2200)] | None = None
    """In place of months: the correction of this year, which is made once."""


@post("/api/v1/releases", guards=[requires(MANAGERS)], tags=["releases"], operation_id="makeReleases", status_code=200)
async def make(tx: Tx, settings: Settings, data: JSONBody[Wish]) -> list[Made]:
    """Release what is due. What is released once stays as it is, for ever; asking again changes nothing."""
    if data.programme is None and (data.month or data.correct_year):
        message = Text("请写明项目。", "Say which programme.")
        raise BadRequest(message, problems=[Problem(field="programme", message=message)])
    if data.correct_year is not None:
        return [await correcting.correct(tx, data.programme or "", data.correct_year)]
    month = figures.month_of("month", data.month)
    return await releasing.make(tx, settings.release_after_days, programme=data.programme, month=month)


@get("/api/v1/releases", guards=[anyone], tags=["releases"], operation_id="listReleases")
async def listing(
    tx: Tx, programme: Programmes = None, before: Before = None, limit: Limit = DEFAULT_LIMIT
) -> dict[str, Any]:
    """List what is released, newest first; go on with `before`, the last id of the page."""
    rows = await store.page(tx, _codes(programme), before, limit)
    return {"items": [_head(row) for row in rows], "next": rows[-1]["id"] if len(rows) == limit else None}


@get("/api/v1/releases/{id:uuid}", guards=[anyone], tags=["releases"], operation_id="getRelease")
async def one(tx: Tx, id: FromPath[UUID]) -> dict[str, Any]:
    """Read one release with its atoms. `sha256` is the hash of `content`, as JSON with sorted keys and no spaces."""
    found = await store.get(tx, id)
    if found is None:
        raise NotFound(Text(f"没有已公布的 {id}。", f"Nothing is released as {id}."))
    return {**_head(found), "content": releasing.content(found, await store.atoms(tx, id))}


@get(
    "/api/v1/releases/figures",
    guards=[anyone],
    tags=["releases"],
    operation_id="getReleasedFigures",
    media_type=MediaType.JSON,
    responses={200: ResponseSpec(Figures, generate_examples=False)},
)
async def sums(
    tx: Tx, programme: Programmes = None, from_: From = None, to: To = None, by: ReleasedBy = None, f: Form = "json"
) -> Response[bytes]:
    """Add up what is released, by what is asked for. All public figures of work are these."""
    names = tuple(part for part in (by or "").split(",") if part)
    found = await figures.read(tx, programmes=_codes(programme), first=from_, last=to, by=names)
    if f == "csv":
        return Response(
            as_csv(found).encode("utf-8-sig"),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="green-work.csv"'},
        )
    return Response(msgspec.json.encode(found), media_type=MediaType.JSON)


def as_csv(found: Figures) -> str:
    """Write the figures as CSV: rows, the total, then what they are in lines that begin with #."""
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\r\n").writerow
    columns = [column.name for column in found.columns]
    named = [name for name in found.by if name in ("county", "township")]
    write([*found.by, *(f"{name}_{language}" for name in named for language in ("zh", "en")), *columns, "row"])
    for row in found.rows:
        names = [getattr(row[f"{name}_name"], language, "") for name in named for language in ("zh", "en")]
        write([*(row[name] for name in found.by), *names, *(row[name] for name in columns), "group"])
    write([*[""] * (len(found.by) + 2 * len(named)), *(found.total[name] for name in columns), "total"])
    for key, value in (
        ("programmes", ",".join(found.programmes)),
        ("released up to", found.released_up_to or "nothing"),
        ("some months are withheld", "yes" if found.are_some_withheld else "no"),
        ("wages are of", ",".join(found.wages_quarters)),
        ("method version", found.method_version),
        ("method", found.method.en),
        ("sha256", found.sha256),
        ("synthetic", "yes: demonstration data" if found.is_synthetic else "no"),
    ):
        write([f"# {key}", value])
    return text.getvalue()


def _codes(programme: str | None) -> list[str] | None:
    return [code for code in programme.split(",") if code] if programme else None


def _head(row: Any) -> dict[str, Any]:
    return {
        **{name: row[name] for name in ("id", "programme", "kind", "method_version", "is_synthetic", "made_at", "sha256")},
        "period": releasing.period_name(row["kind"], row["starts_on"]),
    }


ROUTES = [make, listing, one, sums]
"""What `forestapi.app` mounts."""
