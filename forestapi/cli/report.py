"""`forest report`: a programme's year on paper."""

from pathlib import Path

import rich_click as click

from forestapi.cli._shared import data_option, ledger, run, settings_for


@click.command()
@click.option("--programme", required=True, metavar="CODE", help="The programme that the report is about.")
@click.option("--year", required=True, type=int, help="The year of planting, of work and of checks.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="The language of the report.")
@click.option("--as-of", metavar="TIME", help="As known then: a time with its zone, an answer's snapshot, or a snapshot's id.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Where to write it: FILE.pdf or FILE.html; else CODE-YEAR.pdf in this folder.",
)  # fmt: skip
@data_option
@run
async def COMMAND(
    programme: str, year: int, lang: str, as_of: str | None, out: Path | None, data: Path | None
) -> None:
    """Write a report of one programme and year: figures with their method, snapshot and hash, tables, charts, a map."""
    from forestapi.services import reporting
    from forestapi.web import report as paper

    out = out or Path(f"{programme}-{year}.pdf")
    if out.suffix.lower() not in (".pdf", ".html"):
        raise click.UsageError(f"{out}: a report is written as .pdf or .html")
    async with ledger(settings_for(data), is_read_only=True) as tx:
        found = await reporting.build(tx, programme, year, as_of)
    if out.suffix.lower() == ".html":
        out.write_text(paper.html(found, lang), encoding="utf-8")
    else:
        out.write_bytes(paper.pdf(found, lang))
    click.echo(f"{out} ({out.stat().st_size / 1e6:.1f} MB)")
