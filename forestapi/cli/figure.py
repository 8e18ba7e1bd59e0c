"""`forest figure`: compute a published figure again."""

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
    """Check figures that were published: is the file whole, and does the ledger still give its numbers?"""


@COMMAND.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
@json_option
@run
async def verify(file: Path, data: Path | None, as_json: bool) -> None:
    """Recompute FILE, the JSON answer of a statistic, from the records of its moment (exit code 1 if it differs)."""
    import msgspec

    from forestapi.services import figures

    try:
        published = msgspec.json.decode(file.read_bytes(), type=dict)
    except msgspec.DecodeError as error:
        raise click.UsageError(
            f"{file} is not the JSON answer of a statistic ({error}); `forest stats NAME --json` writes one"
        ) from error
    async with ledger(settings_for(data), is_read_only=True) as tx:
        found = await figures.verify(tx, published)
    if as_json:
        print_json(found)
    for each in [] if as_json else found.differences:
        group = ", ".join(f"{name} {value}" for name, value in each.group.items()) or "total"
        click.echo(f"{group}: {each.column} was published as {each.published}, the ledger gives {each.recomputed}")
    if not found.is_intact:
        raise Failed("The file is not as it was published: its hash is another. 文件已被改动：哈希不符。")
    if not found.is_reproduced:
        raise Failed(f"{len(found.differences)} numbers differ. {len(found.differences)} 个数字不一致。")
    progress.print(f"Every number comes out the same, by method version {found.method_version}. 全部数字复算一致。")
