"""`forest import`: files of plots, shifts and regions into the ledger."""

from pathlib import Path
from typing import Any

import rich_click as click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from forestapi.cli._shared import data_option, json_option, print_json, progress, run, running, settings_for

SHOWN_ROWS = 20
"""Rows that the printed report lists; all of them are in the JSON, and the troubled ones in the correction file."""


def _pairs(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for value in values:
        column, sign, field = value.partition("=")
        if not sign or not column or not field:
            raise click.BadParameter(f"{value!r} is not column=field, such as 小班号=number")
        pairs[column.strip()] = field.strip()
    return pairs


@click.command()
@click.argument("noun", type=click.Choice(["plots", "shifts", "regions"]))
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE…",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--programme", metavar="CODE", help="Whose plots or shifts they are; made if it is not there yet."
)
@click.option(
    "--crs",
    metavar="CRS",
    help="The CRS of the coordinates, where the file does not declare it: EPSG:4326, EPSG:4523, GCJ02, BD09 …",
)
@click.option(
    "--map",
    "columns",
    multiple=True,
    metavar="COLUMN=FIELD",
    callback=_pairs,
    help="Which field a column is.",
)
@click.option(
    "--key", metavar="COLUMN", help="The column that names a plot within its layer; else its ground does."
)
@click.option("--layer", metavar="NAME", help="The layer's name in the ledger; the file's name if left out.")
@click.option(
    "--source-layer", metavar="NAME", help="The layer or sheet to read, where the file holds several."
)
@click.option(
    "--format",
    metavar="NAME",
    help="geojson, geopackage, shapefile, flatgeobuf, kml, gpx, csv, geoparquet, xlsx; else the suffix tells.",
)
@click.option(
    "--tracks-as-boundaries",
    is_flag=True,
    help="A closed GPX track is a plot's boundary; otherwise it is held.",
)
@click.option("--planned", is_flag=True, help="The plots are not planted yet: they count nowhere.")
@click.option(
    "--planted-on",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Date of planting of plots without one of their own.",
)
@click.option("--status", type=click.Choice(["draft", "submitted", "approved"]), default="approved", show_default=True,
              help="Review state of shifts without one of their own.")  # fmt: skip
@click.option("--evidence", multiple=True, metavar="PHOTO", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="A photograph or scan of the paper that the file was copied from; kept with it. May be repeated.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Report what would happen; change nothing.")
@data_option
@json_option
@run
async def COMMAND(
    noun: str,
    files: tuple[Path, ...],
    data: Path | None,
    as_json: bool,
    planned: bool,
    planted_on: Any,
    evidence: tuple[Path, ...],
    dry_run: bool,
    **told: Any,
) -> None:
    """Import FILES of plots, shifts or regions.

    Every row ends as created, unchanged, updated, held (kept, but counted nowhere until someone decides) or
    refused. Held and refused rows are saved as a file that can be corrected and imported again. The same file
    twice changes nothing. Exit code 1 if any row was refused.
    """
    from forestapi.db.pool import open_pool
    from forestapi.services.importing import Options, Report, import_file

    settings = settings_for(data)
    options = Options(
        is_planned=planned, planted_on=planted_on and planted_on.date(), is_dry_run=dry_run, **told
    )
    reports: list[Report] = []
    async with running(settings):
        pool = await open_pool(settings)
        try:
            for path in files:
                with _bar(path.name) as show:
                    report = await import_file(
                        settings, pool, noun, path, options, actor="command line", evidence=evidence, progress=show
                    )
                reports.append(report)
                if not as_json:
                    print_report(report)
        finally:
            await pool.close()
    if as_json:
        print_json(reports[0] if len(reports) == 1 else reports)
    if any(report.counts["refused"] for report in reports):
        raise SystemExit(1)


class _bar:
    """A progress bar on standard error, for as long as one file is imported."""

    def __init__(self, name: str) -> None:
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=progress,
            transient=True,
        )
        self.task = self.bar.add_task(name, total=None)

    def __enter__(self) -> Any:
        self.bar.start()
        return self.show

    def show(self, what: str, done: int, total: int) -> None:
        """Move the bar."""
        self.bar.update(self.task, description=what, completed=done, total=total or None)

    def __exit__(self, *_: object) -> None:
        self.bar.stop()


def _print_again(again: Any) -> None:
    """Print what a later export of a layer adds, changes and lacks."""
    click.echo(
        f"  this layer again: {again.added:,} added, {again.changed:,} changed, {again.unchanged:,} unchanged,"
        f" {again.waiting:,} held or refused, {again.missing:,} missing (nothing is removed)"
    )
    for change in again.changes[:SHOWN_ROWS]:
        ground = f", {change.ground_changed_m2:,.0f} m² of ground" if change.ground_changed_m2 else ""
        click.echo(f"    changed row {change.row}: {', '.join(change.fields)}{ground}")
    for plot in again.missing_plots[:SHOWN_ROWS]:
        click.echo(f"    missing: plot {plot.number} ({plot.key})")
    if again.missing > SHOWN_ROWS or again.changed > SHOWN_ROWS:
        click.echo("    … all of them with --json")


def _print_absent(absent: list[Any]) -> None:
    """Print what the ledger has of a crew's month and the crew's sheet has not."""
    if not absent:
        return
    click.echo(
        f"  {len(absent):,} shifts of this crew and month are not in the sheet; nothing was removed. Void one with"
        f" POST /api/v1/shifts/ID/review. 登记表中没有这些工单；没有删除任何一条："
    )
    for each in absent[:SHOWN_ROWS]:
        click.echo(
            f"    {each.cell or '—'}: {each.work_date} number {each.number}, {each.activity}, {each.hours:g} h,"
            f" {each.status}; shift {each.shift}"
        )
    if len(absent) > SHOWN_ROWS:
        click.echo("    … all of them with --json")


def print_report(report: Any) -> None:
    """Print what became of a file's rows."""
    from forestapi.services.importing import _report

    would = " (dry run: nothing was changed)" if report.is_dry_run else ""
    counts = (
        ", ".join(f"{count:,} {outcome}" for outcome, count in report.counts.items() if count) or "no rows"
    )
    where = f" into {report.programme}" if report.programme else ""
    crs = f", {report.crs}" if report.crs else ""
    click.echo(f"{report.file}: {counts}{where} ({report.format}{crs}, {report.seconds} s){would}")
    if report.columns:
        click.echo(
            "  columns: " + ", ".join(f"{c} → {f}" if c != f else f for f, c in report.columns.items())
        )
    if report.kept:
        click.echo(
            "  kept as they are (use --map COLUMN=FIELD if one of them is a field): " + ", ".join(report.kept)
        )
    if report.again:
        _print_again(report.again)
    _print_absent(report.absent)
    for note in report.notes:
        click.echo(f"  {note.en} {note.zh}")
    rules: dict[str, tuple[str, int]] = {}
    for row in report.rows:
        for finding in row.findings:
            severity, count = rules.get(finding["rule"], (finding["severity"], 0))
            rules[finding["rule"]] = (severity, count + 1)
    for rule, (severity, count) in sorted(
        rules.items(), key=lambda item: (item[1][0] != "refuse", item[1][0] == "note", -item[1][1])
    ):
        click.echo(f"  {severity:<6} {rule}: {count:,} row{'' if count == 1 else 's'}")
    troubled = [row for row in report.rows if row.outcome in _report.TROUBLED]
    for row in troubled[:SHOWN_ROWS]:
        at = f" at {row.place}" if row.place else ""
        where = f"cell {row.cell}" if row.cell else f"row {row.row}"
        click.echo(f"  {where} {row.outcome}: {row.rule}{at}: {row.message.en}\n      {row.message.zh}")
    if len(troubled) > SHOWN_ROWS:
        click.echo(f"  … and {len(troubled) - SHOWN_ROWS:,} more held or refused rows")
    if report.correction_file:
        click.echo(f"  To correct and import again: {report.correction_file}")
