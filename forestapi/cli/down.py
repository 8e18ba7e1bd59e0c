"""`forest down`: stop an instance from outside."""

from pathlib import Path

import rich_click as click

from forestapi.cli._shared import Failed, data_option, progress, run, settings_for
from forestapi.db.cluster import Cluster
from forestapi.db.lock import InstanceLock
from forestapi.settings import Settings

STOP_SECONDS = 90


@click.command()
@data_option
@run
async def COMMAND(data: Path | None) -> None:
    """Stop the web server and then the instance's own database."""
    stop(settings_for(data))


def stop(settings: Settings) -> None:
    """End whatever of the instance runs; a server named by DATABASE_URL is left running.

    Raises:
        Failed: the server belongs to another user, or does not end.
        ClusterError: the database does not stop.

    """
    lock = InstanceLock(settings.data)
    was_up = lock.holder() is not None
    try:
        if not lock.end_holder(STOP_SECONDS):
            raise Failed(f"the server still runs after {STOP_SECONDS} s")
    except PermissionError:
        raise Failed("the server belongs to another user; run this as that user or as root") from None
    stopped = not settings.database_url and Cluster(settings.data).stop()
    progress.print("Stopped. 已停止。" if was_up or stopped else "Nothing was running. 没有运行中的实例。")
