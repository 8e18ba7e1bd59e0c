"""`forest reset`: throw an instance away."""

import shutil
from pathlib import Path

import rich_click as click

from forestapi.cli import down
from forestapi.cli._shared import Failed, confirm, data_option, progress, run, settings_for
from forestapi.db.cluster import Cluster
from forestapi.db.lock import InstanceLock


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
@run
async def COMMAND(yes: bool, data: Path | None) -> None:
    """Delete the instance: its own database and its folder, with everything that was ever entered.

    A server named by DATABASE_URL is never touched.
    """
    settings = settings_for(data)
    if settings.database_url:
        raise Failed(
            "DATABASE_URL is set, and a server of yours is never emptied from here. In that database run: "
            "drop schema forest cascade; drop schema people cascade;"
        )
    cluster = Cluster(settings.data)
    if not settings.data.exists() and not cluster.exists:
        progress.print("There is no instance here; nothing to delete.")
        return
    if not cluster.exists and not InstanceLock(settings.data).path.exists():
        raise Failed(f"{settings.data} is not an instance of Forest API; nothing was deleted")
    places = {settings.data, cluster.home}
    confirm(f"Delete {' and '.join(sorted(map(str, places)))} for ever?", yes)
    down.stop(settings)
    cluster.remove()
    if settings.data.exists():
        shutil.rmtree(settings.data)
    progress.print(f"Deleted {settings.data}. 已删除。")
