"""`forest history`: who changed what, and the proof that nothing was changed behind the ledger's back."""

from pathlib import Path

import rich_click as click

from forestapi.cli._shared import (
    Failed,
    data_option,
    json_option,
    ledger,
    print_json,
    progress,
    run,
    settings_for,
)


@click.group()
def COMMAND() -> None:
    """Show the history of records; seal it, verify it, and export what proves it."""


@COMMAND.command()
@click.argument("noun")
@click.argument("key")
@data_option
@json_option
@run
async def show(noun: str, key: str, data: Path | None, as_json: bool) -> None:
    """Show who changed the record KEY of NOUN (plots, shifts, …), when and why."""
    from forestapi.records import nouns
    from forestapi.services import history

    if noun not in nouns():
        raise click.UsageError(f"there is no noun {noun}; there are: {', '.join(nouns())}")
    settings = settings_for(data)
    async with ledger(settings, is_read_only=True) as tx:
        found = await history.versions(tx, nouns()[noun], key)
    if as_json:
        print_json(found)
        return
    for each in found:
        reason = f"  {each['reason']}" if each["reason"] else ""
        click.echo(
            f"{each['recorded_at'].isoformat(timespec='seconds')}  {each['action']:<6}  revision {each['revision']}"
            f"  {each['actor']}{reason}"
        )


@COMMAND.command()
@data_option
@run
async def seal(data: Path | None) -> None:
    """Seal what has been written since the last block; a running server does it every minute."""
    from forestapi.services import history

    settings = settings_for(data)
    async with ledger(settings) as tx:
        sealed = await history.seal(tx)
    progress.print(f"{sealed:,} entries sealed. 已封存 {sealed:,} 条。")


@COMMAND.command()
@click.option(
    "--against", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="Heads that were exported earlier and kept elsewhere.",
)  # fmt: skip
@click.option("--chain-only", is_flag=True, help="Do not compare the records with their last entries.")
@data_option
@json_option
@run
async def verify(against: Path | None, chain_only: bool, data: Path | None, as_json: bool) -> None:
    """Recompute the chain and name what was changed behind the ledger's back (exit code 1)."""
    from forestapi.services import history

    heads = history.read_export(against) if against else None
    settings = settings_for(data)
    async with ledger(settings, is_read_only=True) as tx:
        found = await history.verify(tx, heads, records=not chain_only)
    if as_json:
        print_json(found)
    else:
        for problem in found["problems"]:
            click.echo("  ".join(f"{name} {value}" for name, value in problem.items()))
        click.echo(
            f"{found['blocks']:,} blocks, {found['entries']:,} entries sealed, {found['unsealed']:,} not yet;"
            f" head {found['head']}"
        )
    if not found["ok"]:
        raise Failed(f"{len(found['problems'])} problems: history was changed. 历史被改动。")
    progress.print("History is whole. 历史完整。")


@COMMAND.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@data_option
@run
async def export(file: Path, data: Path | None) -> None:
    """Write the heads of all blocks to FILE, to be kept where nobody of this machine can change them."""
    from forestapi.services import history

    settings = settings_for(data)
    async with ledger(settings, is_read_only=True) as tx:
        written = await history.export(tx, file)
    progress.print(f"{written:,} heads written to {file}. 已写出 {written:,} 个链头。")
