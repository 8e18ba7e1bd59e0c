"""Photos and submitted files into the archive, beside the changes of the database; only where an archive is set."""

import asyncio
from pathlib import Path

import structlog

from forestapi.services.keeping import keep
from forestapi.settings import Settings

FOLDERS = ("files", "photos")
"""Files under their hash: one that is there is never another."""
SECONDS = 60
log = structlog.get_logger()


async def keep_copying(settings: Settings) -> None:
    """Copy what is new, every minute, until cancelled; what fails is logged and tried again."""
    while settings.archive_folder is not None:
        try:
            await asyncio.to_thread(copy_new, settings.data, settings.archive_folder)
        except OSError as error:
            log.error("the archive cannot be written", error=str(error))
        await asyncio.sleep(SECONDS)


def copy_new(data: Path, archive: Path) -> int:
    """Copy the files that the archive has not; says how many."""
    copied = 0
    for name in FOLDERS:
        for path in (data / name).rglob("*"):
            target = archive / path.relative_to(data)
            if path.is_file() and not path.name.startswith(".") and not target.exists():
                with path.open("rb") as source:
                    keep(source, target, archive / name)
                copied += 1
    return copied
