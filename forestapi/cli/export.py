"""`forest export`: records as files of any format, and plots as a file that is worked on elsewhere and comes back."""

from pathlib import Path
from typing import Any

import rich_click as click

from forestapi.cli._shared import data_option, json_option, ledger, print_json, progress, run, settings_for
from forestapi.cli.stats import pairs


@click.command()
@click.argument("noun", metavar="NOUN")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--format", "form", metavar="NAME", help="Where the file's suffix does not tell it: geoparquet, ndjson …")
@click.option("--filter", "condition", metavar="CQL2", help="Only what meets this condition.")
@click.option("--bbox", metavar="W,S,E,N", help="Only what lies in this box, in degrees.")
@click.option("--datetime", "when", metavar="DATE[/DATE]", help="2018, 2018-05, 2018-01-01/2018-12-31, ../2018-12-31.")
@click.option("--where", "filters", multiple=True, metavar="COLUMN=VALUES", callback=pairs, help="Only these: lifecycle=accepted,preserved.")
@click.option("--programme", metavar="CODE", help="Short for --where programme=CODE.")
@click.option("--region", metavar="CODE", help="Only what lies in this region, of any level.")
@click.option("--geometry", type=click.Choice(["wkt", "lonlat", "none"]), help="In tables: boundaries as WKT, as a point inside, or not at all.")
@click.option("--as-of", metavar="TIME", help="As known then: 2019-01-31T12:00:00+08:00, an answer's snapshot, or a snapshot's id.")
@click.option("--to-edit", is_flag=True, help="Plots of a programme as a GeoPackage that comes back by `forest import plots FILE --diff`.")
@data_option
@json_option
@run
async def COMMAND(
    noun: str, file: Path, form: str | None, condition: str | None, bbox: str | None, when: str | None, filters: dict[str, str],
    programme: str | None, region: str | None, geometry: Any, as_of: str | None, to_edit: bool, data: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Write plots, plantings, surveys, regions, overlaps or shifts into FILE, in the format of its suffix.

    The file appears only once it is whole. Where the format has no place for CRS, time, filters and licence, these stand
    in FILE.about.json beside it.
    """
    from forestapi.records._filter import parse_filter
    from forestapi.records._query import Query, parse_bbox, parse_datetime
    from forestapi.services import exporting
    from forestapi.store.collections import collections

    if noun not in collections():
        raise click.BadParameter(f"{noun!r} is none of {', '.join(collections())}", param_hint="NOUN")
    if not file.absolute().parent.is_dir():
        raise click.BadParameter(f"there is no folder {file.absolute().parent}", param_hint="FILE")
    short = {"programme": programme, "region": region}
    settings = settings_for(data)
    if to_edit:
        others = (form, condition, bbox, when, geometry, as_of, *filters)
        if noun != "plots" or programme is None or any(others):
            raise click.UsageError("--to-edit takes plots, --programme and (if only a part) --region")
        async with ledger(settings, is_read_only=True) as tx:
            edited = await exporting.export_plots(tx, programme, region, file)
        print_json(edited) if as_json else progress.print(f"{file}: {', '.join(f'{n:,} {name}' for name, n in edited.layers.items())}. 已导出。")
        return
    collection = collections()[noun]
    equals = {name: value.split(",") for name, value in filters.items()} | {name: [code] for name, code in short.items() if code}
    for name in equals:
        if name not in collection.noun.filters:
            raise click.UsageError(f"{noun} cannot be asked for by {name}; there are: {', '.join(collection.noun.filters) or 'none'}")
    query = Query(
        equals=equals, bbox=parse_bbox(bbox) if bbox else None, interval=parse_datetime(when) if when else None,
        where=parse_filter(condition, is_public=False) if condition else None,
    )  # fmt: skip
    chosen = exporting.form_for(file, form, geometry)
    wish = exporting.Wish(collection=collection, query=query, geometry_as=geometry, as_of=as_of)
    async with ledger(settings, is_read_only=True) as tx:
        exported = await exporting.export(tx, wish, file, chosen, settings.data_licence)
    beside = None if chosen.holds_about else await exporting.about_file(exported, file)
    if as_json:
        print_json(exported)
    else:
        progress.print(f"{file}{f' and {beside.name}' if beside else ''}: {exported.rows:,} {noun}. 已导出。")
