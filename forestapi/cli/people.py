"""`forest people`: erase who a worker is, on request or when it need not be known any longer."""

import asyncio
import shutil
from pathlib import Path
from uuid import UUID

import rich_click as click

from forestapi.cli._shared import (
    confirm,
    data_option,
    database,
    json_option,
    print_json,
    progress,
    run,
    settings_for,
)


@click.group()
def COMMAND() -> None:
    """Erase identities of workers. Their shifts, wages and history stay."""


@COMMAND.command()
@click.argument("worker", type=click.UUID, metavar="ID")
@click.option("--reason", required=True, help="Why; kept in the log of identities.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
@run
async def erase(worker: UUID, reason: str, yes: bool, data: Path | None) -> None:
    """Destroy the key of one worker's identity. It cannot be undone.

    Refused within FOREST_RETENTION_YEARS of the worker's last shift or payment: wage records are kept that long.
    """
    from forestapi.db.transaction import Transaction
    from forestapi.services import people

    settings = settings_for(data)
    confirm(f"Erase the identity of worker {worker} for ever?", yes)
    async with database(settings) as connection, connection.transaction():
        await people.erase(
            Transaction(connection, "command line"), worker, reason, people.erasures(settings.data), settings.retention_years
        )
    progress.print("Erased. 已删除。")


@COMMAND.command()
@click.option("--dry-run", is_flag=True, help="Only list them.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
@json_option
@run
async def retention(dry_run: bool, yes: bool, data: Path | None, as_json: bool) -> None:
    """Erase identities of those whose last shift or payment is longer ago than FOREST_RETENTION_YEARS (at least 3).

    Sheets of shifts that came longer ago, their photographs and reports are deleted too: they hold names.
    """
    from forestapi.db.transaction import Transaction
    from forestapi.services import people
    from forestapi.store import workers

    settings = settings_for(data)
    async with database(settings) as connection:
        tx = Transaction(connection, "command line")
        rows = await workers.expired(tx, settings.retention_years)
        files = await people.expired_files(tx, settings.data, settings.retention_years)
        if not dry_run and (rows or files):
            confirm(f"Erase {len(rows)} identities and delete {len(files)} old sheets and reports for ever?", yes)
            for path in files:
                await asyncio.to_thread(shutil.rmtree if path.is_dir() else Path.unlink, path)
            async with connection.transaction():
                for row in rows:
                    reason = f"retention: {settings.retention_years} years"
                    await people.erase(
                        tx, UUID(row["worker"]), reason, people.erasures(settings.data), settings.retention_years
                    )
    if as_json:
        listed = [str(path.relative_to(settings.data)) for path in files]
        print_json({"is_dry_run": dry_run, "workers": [dict(row) for row in rows], "files": listed})
        return
    for row in rows:
        click.echo(f"{row['worker']}  {row['last_shift'] or 'no shift'}  {row['last_payment'] or 'no payment'}")
    for path in files:
        click.echo(str(path.relative_to(settings.data)))
    verb = "would be" if dry_run else "were"
    progress.print(f"{len(rows)} identities {verb} erased, {len(files)} old sheets and reports {verb} deleted.")
