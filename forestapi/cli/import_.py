"""`forest import`: files of plots, shifts and regions into the ledger."""

import sys
from pathlib import Path
from typing import Any

import rich_click as click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from forestapi.cli._shared import data_option, json_option, print_json, progress, run, running, settings_for

SHOWN_OF_RULE = 10
"""Rows that are named after each rule."""
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
@click.argument("noun", type=click.Choice(["plots", "shifts", "regions", "payments"]))
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE…",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--programme", metavar="CODE", help="Whose records they are; made if it is not there yet."
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
@click.option("--diff", is_flag=True, help="Show first what plots would be added, changed (field by field) or are missing; then ask.")
@click.option("--yes", is_flag=True, help="With --diff: do not ask.")
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
    diff: bool,
    yes: bool,
    **told: Any,
) -> None:
    """Import FILES of plots, shifts, payments or regions.

    Every row ends as created, unchanged, updated, held (kept, but counted nowhere until someone decides) or
    refused. Held and refused rows are saved as a file that can be corrected and imported again. The same file
    twice changes nothing. Exit code 1 if any row was refused.
    """
    from forestapi.db.pool import open_pool
    from forestapi.services.importing import Options, Report, import_file

    settings = settings_for(data)
    if diff and noun != "plots":
        raise click.UsageError("--diff compares plots; use --dry-run.")
    options = Options(
        is_planned=planned, planted_on=planted_on and planted_on.date(), is_dry_run=dry_run, **told
    )
    reports: list[Report] = []
    async with running(settings):
        pool = await open_pool(settings)
        try:
            for path in files:
                if diff and not await _agreed(settings, pool, path, options, yes, as_json):
                    continue
                with _bar(path.name) as show:
                    report = await import_file(
                        settings, pool, noun, path, options, actor="command line", evidence=evidence, progress=show
                    )
                reports.append(report)
                if not as_json:
                    print_report(report)
        finally:
            await pool.close()
    if as_json and reports:
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


async def _agreed(settings: Any, pool: Any, path: Path, options: Any, yes: bool, as_json: bool) -> bool:
    """Show what a file would change, and ask; without a terminal only `--yes` is an answer."""
    from msgspec import structs

    from forestapi.services.importing import import_file

    would = await import_file(
        settings, pool, "plots", path, structs.replace(options, is_dry_run=True), actor="command line"
    )
    if as_json and not yes:
        print_json(would)
    elif not as_json:
        print_report(would, in_full=True)
    if options.is_dry_run:
        return False
    if yes:
        return True
    if as_json or not sys.stdin.isatty():
        progress.print("Nothing was changed; add --yes to apply it. 没有改动；加 --yes 才写入。")
        return False
    return click.confirm("Apply this? 写入以上改动？", err=True)


def _print_again(again: Any, in_full: bool) -> None:
    """Print what a later export of a layer adds, changes and lacks; in full, field by field."""
    most = None if in_full else SHOWN_ROWS
    conflicting = f", {again.conflicting:,} of these in conflict" if again.conflicting else ""
    click.echo(
        f"  this layer again: {again.added:,} added, {again.changed:,} changed, {again.unchanged:,} unchanged,"
        f" {again.waiting:,} held or refused{conflicting}, {again.missing:,} missing (nothing is removed)"
    )
    for plot in again.additions[:most] if in_full else ():
        click.echo(f"    + row {plot.row}: plot {plot.number}")
    for change in again.changes[:most]:
        ground = f", {change.ground_changed_m2:,.0f} m² of ground" if change.ground_changed_m2 else ""
        click.echo(f"    changed row {change.row}: {', '.join(change.fields)}{ground}")
        for name in change.before if in_full else ():
            click.echo(f"      {name}: {_shown(change.before[name])} → {_shown(change.after[name])}")
    for clash in again.conflicts[:most]:
        now = f"revision {clash.revision} by {clash.changed_by}" if clash.revision else f"deleted by {clash.changed_by}"
        click.echo(f"    ! row {clash.row}: {clash.key} was exported at revision {clash.base_revision}; the ledger: {now}")
        for name, value in clash.file.items():
            click.echo(f"      file   {name}: {_shown(clash.base.get(name))} → {_shown(value)}")
        for name, value in clash.office.items():
            click.echo(f"      ledger {name}: {_shown(value)}")
    for plot in again.missing_plots[:most]:
        click.echo(f"    missing: plot {plot.number} ({plot.key})")
    if not in_full and max(again.missing, again.changed, again.conflicting) > SHOWN_ROWS:
        click.echo("    … all of them with --json")


def _shown(value: Any) -> str:
    return "—" if value is None else str(value)


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


def print_report(report: Any, in_full: bool = False) -> None:
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
        _print_again(report.again, in_full)
    _print_absent(report.absent)
    for note in report.notes:
        click.echo(f"  {note.en} {note.zh}")
    rules: dict[tuple[str, str], list[str]] = {}
    for row in report.rows:
        for finding in row.findings:
            rules.setdefault((finding["severity"], finding["rule"]), []).append(row.cell or str(row.row))
    for (severity, rule), rows in sorted(
        rules.items(), key=lambda item: (item[0][0] != "refuse", item[0][0] == "note", -len(item[1]))
    ):
        listed = ", ".join(rows[:SHOWN_OF_RULE]) + (" …" if len(rows) > SHOWN_OF_RULE else "")
        click.echo(f"  {severity:<6} {rule}: {len(rows):,} row{'' if len(rows) == 1 else 's'} ({listed})")
    troubled = [row for row in report.rows if row.outcome in _report.TROUBLED]
    for row in troubled[:SHOWN_ROWS]:
        at = f" at {row.place}" if row.place else ""
        where = f"cell {row.cell}" if row.cell else f"row {row.row}"
        click.echo(f"  {where} {row.outcome}: {row.rule}{at}: {row.message.en}\n      {row.message.zh}")
    if len(troubled) > SHOWN_ROWS:
        click.echo(f"  … and {len(troubled) - SHOWN_ROWS:,} more held or refused rows")
    if report.correction_file:
        click.echo(f"  To correct and import again: {report.correction_file}")
