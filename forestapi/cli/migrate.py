"""`forest migrate`: bring the database to the shape that this version expects."""

from pathlib import Path

import rich_click as click

from forestapi.cli._shared import data_option, json_option, print_json, progress, run, running, settings_for


@click.command()
@data_option
@json_option
@run
async def COMMAND(data: Path | None, as_json: bool) -> None:
    """Bring the database to the shape that this version expects. Repeating it does nothing."""
    from forestapi.db.migrate import migrate
    from forestapi.db.prepare import prepare

    settings = settings_for(data)
    async with running(settings):
        await prepare(settings)
        steps = await migrate(settings)
    if as_json:
        print_json({"applied": steps})
    for step in steps:
        progress.print(f"applied {step}")
    if not steps:
        progress.print("The database is up to date.")
