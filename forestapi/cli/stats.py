"""`forest stats`: figures, from the same statistics as the API."""

from pathlib import Path
from typing import Any

import rich_click as click

from forestapi.cli._shared import data_option, json_option, ledger, print_json, run, settings_for


def pairs(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Read options of the form name=value.

    Raises:
        click.BadParameter: one is not.

    """
    found = dict(value.partition("=")[::2] for value in values)
    for name, value in found.items():
        if not value:
            raise click.BadParameter(f"{name!r} is not name=value, such as status=approved")
    return found


@click.command()
@click.argument("name", required=False)
@click.option("--by", default="", metavar="DIMENSIONS", help="Group by these, comma-separated: region,year.")
@click.option(
    "--region-level", default="county", show_default=True, help="The level that `region` is grouped by."
)
@click.option("--where", "filters", multiple=True, metavar="DIMENSION=VALUES", callback=pairs,
              help="Count only these: programme=CODE, year=2017,2018, region=620000000000.")  # fmt: skip
@click.option("--programme", metavar="CODE", help="Short for --where programme=CODE.")
@click.option(
    "--datetime", "when", metavar="DATE[/DATE]", help="2018, 2018-05, 2018-01-01/2018-12-31, ../2018-12-31."
)
@click.option("--set", "parameters", multiple=True, metavar="PARAMETER=VALUE", callback=pairs,
              help="A parameter of the statistic: fte_hours=1800, status=approved,submitted.")  # fmt: skip
@click.option("--filter", "condition", metavar="CQL2", help="A condition on the plots, shifts or surveys that are counted.")
@click.option("--bbox", metavar="W,S,E,N", help="Count only what is on plots in this box, in degrees.")
@click.option("--as-of", metavar="TIME", help="As known then: 2019-01-31T12:00:00+08:00, or an answer's snapshot.")
@data_option
@json_option
@run
async def COMMAND(
    name: str | None, by: str, region_level: str, filters: dict[str, str], programme: str | None, when: str | None,
    parameters: dict[str, str], condition: str | None, bbox: str | None, as_of: str | None, data: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Compute the statistic NAME; without one, list those that there are."""
    from forestapi import stats
    from forestapi.records._filter import parse_filter
    from forestapi.records._query import Query, parse_bbox, parse_datetime

    if name is None:
        for statistic in stats.statistics().values():
            click.echo(
                f"{statistic.name:<14} {statistic.title.en} {statistic.title.zh}; by {', '.join(statistic.dimensions)}"
            )
        return
    statistic = stats.get(name)
    equals = {k: v.split(",") for k, v in filters.items()} | ({"programme": [programme]} if programme else {})
    settings = settings_for(data)
    async with ledger(settings, is_read_only=True) as tx:
        answer = await stats.answer(
            tx, statistic, by=tuple(part for part in by.split(",") if part),
            query=Query(
                equals=equals, bbox=parse_bbox(bbox) if bbox else None, interval=parse_datetime(when) if when else None,
                where=parse_filter(condition, is_public=False) if condition else None,
            ),
            region_level=region_level, parameters=parameters, as_of=as_of,
        )  # fmt: skip
    print_json(answer) if as_json else _print(answer)


def _print(answer: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    by = answer["parameters"]["by"]
    columns = [c for c in answer["columns"] if not c["name"].endswith("_m2")]
    title = f"{answer['title'].en} {answer['title'].zh}" + (
        " — SYNTHETIC demonstration data 示范数据" if answer["is_synthetic"] else ""
    )
    table = Table(
        title=title, caption="* does not add up across rows" if by else None, caption_justify="left"
    )
    for dimension in by:
        table.add_column(dimension)
    for column in columns:
        table.add_column(column["name"] + ("" if column["is_additive"] or not by else " *"), justify="right")
    for row in answer["rows"]:
        table.add_row(*(_group(row, d) for d in by), *(_figure(row[c["name"]]) for c in columns))
    if by:
        table.add_section()
    table.add_row(
        *(["total"] + [""] * (len(by) - 1) if by else []),
        *(_figure(answer["total"][c["name"]]) for c in columns),
    )
    console = Console()
    if not console.is_terminal:
        console = Console(width=240)
    console.print(table)
    settings = ", ".join(f"{k}={_setting(v)}" for k, v in answer["parameters"].items() if k != "by" and v)
    click.echo(
        f"{answer['method']['text'].en}\nAs of {answer['as_of']}; method version {answer['method']['version']}{'; ' + settings if settings else ''}"
    )


def _setting(value: Any) -> str:
    return (
        ",".join(map(str, value))
        if isinstance(value, list)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


def _group(row: dict[str, Any], dimension: str) -> str:
    name = row.get(f"{dimension}_name")
    value = "—" if row[dimension] is None else str(row[dimension])
    return " ".join(dict.fromkeys((value, name.zh, name.en))) if name else value


def _figure(value: Any) -> str:
    if value is None:
        return "—"
    return value if isinstance(value, str) else f"{value:,}"
