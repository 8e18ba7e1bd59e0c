"""`forest export`: files that are worked on elsewhere and come back."""

from pathlib import Path

import rich_click as click

from forestapi.cli._shared import data_option, json_option, print_json, progress, run, running, settings_for


@click.group()
def COMMAND() -> None:
    """Write records into files for QGIS, QField and others."""


@COMMAND.command()
@click.argument("file", metavar="OUT.gpkg", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--programme", required=True, metavar="CODE", help="Whose plots.")
@click.option("--region", metavar="CODE", help="Only plots in this region (of any level).")
@data_option
@json_option
@run
async def plots(file: Path, programme: str, region: str | None, data: Path | None, as_json: bool) -> None:
    """Write a programme's plots, with id and revision, and their plantings and surveys as tables.

    Edited, the file comes back by `forest import plots FILE --diff`.
    """
    from forestapi.db.pool import open_pool
    from forestapi.db.transaction import transaction
    from forestapi.services import exporting

    settings = settings_for(data)
    async with running(settings):
        pool = await open_pool(settings)
        try:
            async with transaction(pool, "command line", is_read_only=True, timeout_s=0) as tx:
                written = await exporting.export_plots(tx, programme, region, file)
        finally:
            await pool.close()
    if as_json:
        print_json(written)
        return
    listed = ", ".join(f"{count:,} {name}" for name, count in written.layers.items())
    progress.print(f"{file}: {listed}. 已导出。")
