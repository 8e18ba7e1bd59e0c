"""`forest snapshot`: give this moment of the ledger a name, and list those that have one."""

from pathlib import Path

import rich_click as click

from forestapi.cli._shared import data_option, json_option, ledger, print_json, run, settings_for


@click.group()
def COMMAND() -> None:
    """Freeze moments of the ledger, which published figures refer to."""


@COMMAND.command()
@click.argument("label")
@click.option("--reason", metavar="TEXT", help="Why.")
@data_option
@json_option
@run
async def make(label: str, reason: str | None, data: Path | None, as_json: bool) -> None:
    """Keep this moment under LABEL. Its id can be given as --as-of, now and years later."""
    from uuid import UUID

    from uuid_utils.compat import uuid7

    from forestapi.store import snapshots

    async with ledger(settings_for(data)) as tx:
        made = dict(await snapshots.add(tx, UUID(str(uuid7())), label, reason))
    print_json(made) if as_json else click.echo(made["id"])


@COMMAND.command(name="list")
@data_option
@json_option
@run
async def listing(data: Path | None, as_json: bool) -> None:
    """List the snapshots, newest first."""
    from forestapi.store import snapshots

    async with ledger(settings_for(data), is_read_only=True) as tx:
        found = [dict(row) for row in await snapshots.page(tx, None, 1000)]
    if as_json:
        print_json(found)
        return
    for each in found:
        click.echo(f"{each['id']}  {each['made_at'].isoformat(timespec='seconds')}  {each['label']}  ({each['made_by']})")
