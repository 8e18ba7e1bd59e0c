"""`forest template`: files to be filled in."""

from pathlib import Path

import rich_click as click

from forestapi.cli._shared import data_option, progress, run, running, settings_for


@click.group()
def COMMAND() -> None:
    """Write files to be filled in and imported."""


@COMMAND.command("crew-sheet")
@click.argument("file", metavar="OUT.xlsx", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--crew", required=True, metavar="CODE", help="The crew, by its code or its name.")
@click.option("--month", required=True, metavar="YYYY-MM", help="The month of the work.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="The language of the sheet.")
@click.option("--no-names", is_flag=True, help="Leave the names out; otherwise reading them is logged.")
@data_option
@run
async def crew_sheet(file: Path, crew: str, month: str, lang: str, no_names: bool, data: Path | None) -> None:
    """Write a crew's sheet of one month: a line for each worker, a column for each day.

    Filled in, it is brought in by `forest import shifts OUT.xlsx`.
    """
    from forestapi.db.pool import open_pool
    from forestapi.services import crew_sheets

    settings = settings_for(data)
    async with running(settings):
        pool = await open_pool(settings)
        try:
            content = await crew_sheets.template(pool, "command line", crew, month, lang, with_names=not no_names)
        finally:
            await pool.close()
    file.write_bytes(content)
    progress.print(f"{file}: {crew}, {month}. 已写出登记表。")
