"""`forest map`: a map in one file."""

from pathlib import Path

import rich_click as click

from forestapi.cli._shared import data_option, ledger, run, settings_for


@click.command()
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path), metavar="OUT.html")
@click.option(
    "--programme", metavar="CODE", help="Only this programme; else all real ones, else the demonstration."
)
@click.option(
    "--language",
    type=click.Choice(["zh", "en"]),
    default="zh",
    show_default=True,
    help="The language of the map.",
)
@data_option
@run
async def COMMAND(out: Path, programme: str | None, language: str, data: Path | None) -> None:
    """Write the map to OUT.html: one file that opens from disk and asks no host for anything."""
    from forestapi.services import mapping

    settings = settings_for(data)
    async with ledger(settings, is_read_only=True) as tx:
        html = await mapping.one_file(tx, programme, language)
    out.write_text(html, encoding="utf-8")
    click.echo(f"{out} ({out.stat().st_size / 1e6:.1f} MB): open it in any browser, no network needed.")
