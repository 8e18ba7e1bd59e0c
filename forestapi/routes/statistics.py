"""Statistics over HTTP: the list of them, and each one's answer as JSON or CSV."""

import csv
import io
from typing import Annotated, Any, Literal

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.params import FromPath, QueryParameter

from forestapi import stats
from forestapi.access import PUBLIC, Scope, out_of_scope, reaches, require
from forestapi.records._query import Query, parse_bbox, parse_datetime
from forestapi.routes._request import FILTER, Tx, actor_of, anyone, filter_of
from forestapi.services import headline
from forestapi.stats import Statistic

By = Annotated[str | None, QueryParameter(description="dimensions to group by, comma-separated: region,year")]
Level = Annotated[str, QueryParameter(description="the level that `region` is grouped by")]
When = Annotated[
    str | None,
    QueryParameter(name="datetime", description="2018, 2018-05, 2018-01-01/2018-12-31, ../2018-12-31"),
]
AsOf = Annotated[
    str | None,
    QueryParameter(description="as known then: a time with its zone, the `snapshot` of an answer, or a snapshot's id"),
]
Form = Annotated[Literal["json", "csv"], QueryParameter(name="f", description="json or csv")]
Programme = Annotated[str | None, QueryParameter(description="a programme's code")]


@get("/api/v1/statistics", guards=[anyone], tags=["statistics"], operation_id="listStatistics", sync_to_thread=False)
def listing() -> list[dict[str, Any]]:
    """List the statistics: what each means, and what it can be grouped, filtered and set by."""
    return [describe(statistic) for statistic in stats.statistics().values()]


@get("/api/v1/statistics/{name:str}", guards=[anyone], tags=["statistics"], operation_id="getStatistic")
async def one(
    request: Request[Any, Any, Any],
    tx: Tx,
    name: FromPath[str],
    by: By = None,
    region_level: Level = "county",
    datetime: When = None,
    as_of: AsOf = None,
    f: Form = "json",
) -> Response[bytes]:
    """Compute a statistic.

    `filter` (CQL2) is about the records that the statistic counts: plots, shifts or surveys; `bbox` is about their
    plots. Any dimension is also a filter (`programme=a,b`, `region=620000000000`, which takes what lies in it too),
    and a statistic's own parameters are set by their names.
    """
    statistic = stats.get(name)
    require(actor_of(request), statistic.readers)
    query, parameters = asked(
        request, tx, statistic, datetime, own={"by", "region_level", "datetime", "as_of", "f"}
    )
    answer = await stats.answer(
        tx,
        statistic,
        by=tuple(part for part in (by or "").split(",") if part),
        query=query,
        region_level=region_level,
        parameters=parameters,
        as_of=as_of,
    )
    if f == "csv":
        return Response(
            as_csv(answer).encode("utf-8-sig"),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
        )
    return Response(msgspec.json.encode(answer), media_type=MediaType.JSON)


@get("/api/v1/headline", guards=[anyone], tags=["statistics"], operation_id="getHeadline")
async def read_headline(tx: Tx, programme: Programme = None) -> headline.Headline:
    """Read what the public page says at its top."""
    return await headline.read(tx, programme)


def asked(
    request: Request[Any, Any, Any], tx: Tx, statistic: Statistic, datetime: str | None, own: set[str]
) -> tuple[Query, dict[str, str]]:
    """Read from the address which rows are asked for, within the token's scope, and the statistic's parameters.

    Args:
        request: the request.
        tx: its transaction, which knows the scope.
        statistic: what is asked.
        datetime: the interval, as it stands in the address.
        own: parameters of the address that are neither filters nor the statistic's.

    """
    own = own | {"bbox", *FILTER}
    filters = {k: v for k, v in request.query_params.items() if k in statistic.dimensions}
    equals = {k: v.split(",") for k, v in filters.items()}
    if PUBLIC not in statistic.readers:
        keep_to_scope(reaches(tx.scope), equals)
    parameters = {k: v for k, v in request.query_params.items() if k not in own and k not in filters}
    bbox = request.query_params.get("bbox")
    query = Query(
        equals=equals,
        bbox=parse_bbox(bbox) if bbox else None,
        interval=parse_datetime(datetime) if datetime else None,
        where=filter_of(request),
    )
    return query, parameters


def keep_to_scope(scope: Scope, equals: dict[str, list[str]]) -> None:
    """Keep figures of work to the token's programmes; figures have no crews, so a crew's token reads none.

    Raises:
        Forbidden: the token is for one crew, or none of the programmes asked for is the token's.

    """
    if scope.crew is not None:
        raise out_of_scope("figures of whole programmes")
    if scope.programmes is not None:
        wanted = equals.get("programme", list(scope.programmes))
        equals["programme"] = [code for code in wanted if code in scope.programmes]
        if not equals["programme"]:
            raise out_of_scope(f"programme {', '.join(wanted)}")


def describe(statistic: Statistic) -> dict[str, Any]:
    """Describe a statistic as the list of them shows it."""
    return {
        "name": statistic.name,
        "title": statistic.title,
        "unit": statistic.unit,
        "method": {"version": statistic.version, "text": statistic.method, "caveats": statistic.caveats},
        "source": statistic.source,
        "dimensions": [
            {"name": name, "title": stats.DIMENSIONS[name].title}
            | ({"values": dict(stats.DIMENSIONS[name].values)} if stats.DIMENSIONS[name].values else {})
            for name in statistic.dimensions
        ],
        "parameters": [
            {
                "name": p.name,
                "title": p.title,
                "default": p.default,
                "choices": list(p.choices),
                "is_list": p.is_list,
                "is_date": p.is_date,
            }
            for p in statistic.parameters
        ],
        "columns": [
            {"name": c.name, "title": c.title, "unit": c.unit, "additive": c.additive} for c in statistic.columns
        ],
        "filtered": stats.filtered(statistic),
        "readers": sorted(statistic.readers),
    }


def as_csv(answer: dict[str, Any]) -> str:
    """Write an answer as CSV: what it is in comment lines, then the rows, then the total."""
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\r\n").writerow
    by = answer["parameters"]["by"]
    named = [name for name in by if any(f"{name}_name" in row for row in answer["rows"])]
    columns = [column["name"] for column in answer["columns"]]
    write([*by, *(f"{name}_{language}" for name in named for language in ("zh", "en")), *columns, "row"])
    for row in answer["rows"]:
        names = [getattr(row[f"{name}_name"], language, "") for name in named for language in ("zh", "en")]
        write(
            [
                *(inert(row[name]) for name in by),
                *map(inert, names),
                *(row[name] for name in columns),
                "group",
            ]
        )
    write([*[""] * (len(by) + 2 * len(named)), *(answer["total"][name] for name in columns), "total"])
    for key, value in (
        ("statistic", answer["name"]),
        ("method version", answer["method"]["version"]),
        ("method", answer["method"]["text"].en),
        ("not additive", ", ".join(c["name"] for c in answer["columns"] if not c["is_additive"])),
        ("parameters", msgspec.json.encode(answer["parameters"]).decode()),
        ("as of", answer["as_of"]),
        ("snapshot", answer["snapshot"] or ""),
        ("sha256", answer["sha256"]),
        ("synthetic", "yes: demonstration data" if answer["is_synthetic"] else "no"),
    ):
        write([f"# {key}", value])
    return text.getvalue()


def inert(value: Any) -> Any:
    """Keep a spreadsheet from taking a name for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


ROUTES = [listing, one, read_headline]
