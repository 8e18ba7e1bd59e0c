"""`forest check`: a file against the rules, the kept totals against the rows, the credit against the ground."""

from pathlib import Path
from typing import Any

import rich_click as click

from forestapi.cli._shared import (
    Failed,
    data_option,
    json_option,
    ledger,
    print_json,
    run,
    running,
    settings_for,
)

TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".parquet")
TOLERANCE_M2 = 1e-3
"""A square of three centimetres: what the sums of a programme may differ by, from rounding alone."""


class FileOrCommand(click.RichGroup):
    """A group in which what is no subcommand is a file to check."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[Any, Any, list[str]]:
        """Take the arguments as those of `file` where the first names no subcommand."""
        if args and args[0] not in self.commands:
            args = ["file", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=FileOrCommand)
def COMMAND() -> None:
    """Check a FILE against the rules, or the ledger against itself; nothing is changed.

    `forest check FILE` says what importing it would do. `figures` compares kept totals with the rows, `ground`
    the credited areas with the union of all plots.
    """


@COMMAND.command("file")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--noun",
    type=click.Choice(["plots", "shifts", "regions"]),
    help="What the rows are; else plots, or shifts for a table without boundaries.",
)
@click.option("--programme", metavar="CODE", help="By whose thresholds and regions the rows are judged.")
@click.option("--crs", metavar="CRS", help="The CRS of the coordinates, where the file does not declare it.")
@click.option("--key", metavar="COLUMN", help="The column that names a plot within its layer.")
@click.option("--tracks-as-boundaries", is_flag=True, help="A closed GPX track is a plot's boundary.")
@data_option
@json_option
@run
async def file(path: Path, noun: str | None, data: Path | None, as_json: bool, **told: Any) -> None:
    """Judge every row of FILE by every rule, as an import would, and change nothing.

    Exit code 1 if any row would be held or refused.
    """
    from forestapi.cli.import_ import print_report
    from forestapi.db.pool import open_pool
    from forestapi.services.importing import Options, import_file

    settings = settings_for(data)
    noun = noun or ("shifts" if path.suffix.lower() in TABLES and told["crs"] is None else "plots")
    async with running(settings):
        pool = await open_pool(settings)
        try:
            report = await import_file(
                settings, pool, noun, path, Options(is_dry_run=True, **told), actor="command line"
            )
        finally:
            await pool.close()
    print_json(report) if as_json else print_report(report)
    if report.counts["refused"] or report.counts["held"]:
        raise SystemExit(1)


@COMMAND.command()
@click.option("--rebuild", is_flag=True, help="Make the totals again from the rows first.")
@data_option
@json_option
@run
async def figures(rebuild: bool, data: Path | None, as_json: bool) -> None:
    """Compare every total that is kept with the rows behind it.

    Exit code 1 where they differ; the differences are listed.
    """
    from forestapi.db.pool import open_pool
    from forestapi.db.transaction import transaction
    from forestapi.services import checking

    settings = settings_for(data)
    async with running(settings):
        pool = await open_pool(settings)
        try:
            if rebuild:
                async with transaction(pool, "command line", timeout_s=0) as tx:
                    await checking.rebuild(tx)
            async with transaction(pool, "command line", is_read_only=True, timeout_s=0) as tx:
                compared, found = await checking.figures(tx)
        finally:
            await pool.close()
    if as_json:
        print_json({"compared": compared, "differences": found})
    else:
        for each in found:
            click.echo(f"{each.statistic} of {each.programme} by {','.join(each.by) or 'nothing'}: kept {each.kept}, rows {each.rows}")
        click.echo(f"{compared} figures compared with the rows, {len(found)} differ.")
    if found:
        raise Failed("forest check figures --rebuild makes the totals again.")


@COMMAND.command()
@data_option
@json_option
@run
async def ground(data: Path | None, as_json: bool) -> None:
    """Compare the credited areas of each programme with the union of its plots, united apart from the database.

    Exit code 1 where they differ by more than a thousandth of a square metre for each hundred plots.
    """
    from forestapi.services import checking

    settings = settings_for(data)
    async with ledger(settings, is_read_only=True) as tx:
        found = await checking.ground(tx)
    if as_json:
        print_json(found)
    else:
        for each in found:
            click.echo(
                f"{each.programme}: {each.plots:,} plots, credited {each.credited_m2:,.3f} m², union "
                f"{each.union_m2:,.3f} m², {each.credited_m2 - each.union_m2:+.6f} m²"
            )
    if any(abs(e.credited_m2 - e.union_m2) > TOLERANCE_M2 * max(1, e.plots / 100) for e in found):
        raise Failed("credited ground is not the union of the plots")
