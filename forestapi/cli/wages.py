"""`forest wages`: the wage ledger of a crew and month, the sheet for signatures, the notice."""

from pathlib import Path
from typing import Any

import msgspec
import rich_click as click

from forestapi.cli._shared import data_option, json_option, print_json, progress, run, running, settings_for

_crew = click.option("--crew", required=True, metavar="CODE", help="The crew, by its code or its name.")
_month = click.option("--month", required=True, metavar="YYYY-MM", help="The month of the work.")
_lang = click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="The language of files.")
_out = click.Path(dir_okay=False, path_type=Path)


@click.group()
def COMMAND() -> None:
    """Show what is due to a crew for a month, what was paid, and what is owed."""


@COMMAND.command()
@_crew
@_month
@click.option("--html", type=_out, metavar="FILE", help="Write the A4 page for signatures.")
@click.option("--xlsx", type=_out, metavar="FILE", help="Write a workbook.")
@click.option("--names", is_flag=True, help="Show names; files always have them. Reading them is logged.")
@click.option("--identities", is_flag=True, help="With identity numbers, telephones and accounts; takes --reason.")
@click.option("--reason", default="", help="Why identities are read; kept in their log.")
@_lang
@data_option
@json_option
@run
async def ledger(
    crew: str, month: str, html: Path | None, xlsx: Path | None, names: bool, identities: bool, reason: str, lang: str,
    data: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Show a crew's wages of one month: work, items due, deductions, net, proof, arrears."""
    from forestapi.db.pool import open_pool
    from forestapi.services import wage_book, wages
    from forestapi.web import printing

    settings = settings_for(data)
    async with running(settings):
        pool = await open_pool(settings)
        try:
            made = await wages.ledger(
                pool, "command line", crew, month, with_names=names or bool(html or xlsx), with_identities=identities,
                reason=reason or None,
            )  # fmt: skip
        finally:
            await pool.close()
    if html:
        html.write_text(printing.wage_sheet(made, lang), encoding="utf-8")
    if xlsx:
        xlsx.write_bytes(wage_book.write(made, lang))
    for path in filter(None, (html, xlsx)):
        progress.print(f"{path}: {len(made.lines)} workers. 已写出。")
    if as_json:
        print_json(msgspec.Raw(wages.encode(made)))
    elif not (html or xlsx):
        _print(made)


@COMMAND.command()
@_crew
@_month
@click.option("--html", type=_out, metavar="FILE", help="Write the page to be posted.")
@_lang
@data_option
@json_option
@run
async def notice(crew: str, month: str, html: Path | None, lang: str, data: Path | None, as_json: bool) -> None:
    """Make the notice for the wall: masked names, days, net pay, the period."""
    from forestapi.db.pool import open_pool
    from forestapi.services import wages
    from forestapi.web import printing

    settings = settings_for(data)
    async with running(settings):
        pool = await open_pool(settings)
        try:
            made = await wages.notice(pool, "command line", crew, month)
        finally:
            await pool.close()
    if html:
        html.write_text(printing.wage_notice(made, lang), encoding="utf-8")
        progress.print(f"{html}: {len(made.workers)} workers. 已写出。")
    if as_json:
        print_json(msgspec.Raw(wages.encode(made)))
    elif not html:
        for each in made.workers:
            click.echo(f"{each.name}\t{each.days}\t{each.net_yuan:,.2f}")


def _print(made: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{made.crew} {made.month}" + (" — SYNTHETIC 示范数据" if made.is_synthetic else ""))
    for heading in ("worker", "name", "days", "hours", "due", "items", "deducted", "net", "arrears", "awaiting"):
        table.add_column(heading, justify="left" if heading in ("worker", "name") else "right")
    for line in [*made.lines, made.total]:
        amounts = (line.due_yuan, line.items_yuan, line.deducted_yuan, line.net_yuan, line.arrears_yuan, line.awaiting_yuan)
        if line is made.total:
            table.add_section()
        table.add_row(
            line.number or line.worker[-12:] or "total", line.name or "", str(line.days), f"{line.hours:,}",
            *(f"{amount:,.2f}" for amount in amounts),
        )  # fmt: skip
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    console.print(table)
