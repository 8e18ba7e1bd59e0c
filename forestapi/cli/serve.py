"""`forest serve`: the web server alone, for a database that something else runs."""

import asyncio
from pathlib import Path

import rich_click as click

from forestapi.cli._shared import Failed, NoDatabase, data_option, progress, run, settings_for


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Port to serve on; no other is tried.")
@click.option("--host", help="Address to serve on; by default this machine only (127.0.0.1).")
@data_option
@run
async def COMMAND(port: int | None, host: str | None, data: Path | None) -> None:
    """Run the web server only, against a database that runs and has been migrated."""
    from forestapi.cli._serving import CannotServe, cancel_on_signals, listen, serve
    from forestapi.db.migrate import is_current
    from forestapi.db.prepare import reach

    settings = settings_for(data, port=port, host=host)
    cancel_on_signals()
    await (await reach(settings)).close()
    if not await is_current(settings):
        raise NoDatabase("the database is not of this version; run ./forest migrate first")
    try:
        await serve(settings, listen(settings.host, settings.port, tries=1), say_where)
    except asyncio.CancelledError:
        progress.print("Stopped.")
    except CannotServe as error:
        raise Failed(str(error)) from error


async def say_where(url: str) -> None:
    """Print where the server answers."""
    progress.print(f"Serving at {url}")
