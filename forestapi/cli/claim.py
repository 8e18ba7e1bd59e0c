"""`forest claim`: put published figures into the ledger, and hold them against what it shows."""

from pathlib import Path
from typing import Any

import rich_click as click

from forestapi.cli._shared import data_option, json_option, ledger, print_json, run, settings_for

MAX_CLAIMS = 1000


@click.group()
def COMMAND() -> None:
    """Hold figures that were published elsewhere against the records."""


@COMMAND.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
@run
async def import_(file: Path, data: Path | None) -> None:
    """Put the claims of FILE, a JSON list, into the ledger; those that are there are brought up to it."""
    import msgspec

    from forestapi.records.claims import NOUN
    from forestapi.services import records

    try:
        documents = msgspec.json.decode(file.read_bytes(), type=list[dict[str, Any]])
    except msgspec.DecodeError as error:
        raise click.UsageError(f"{file} is not a JSON list of claims: {error}") from error
    async with ledger(settings_for(data)) as tx:
        for document in documents:
            claim = records.decode(NOUN, document)
            saved = await records.replace(tx, NOUN, claim.code, claim, records.Precondition())  # type: ignore[attr-defined]
            click.echo(f"{saved.outcome}  {saved.key}")


@COMMAND.command()
@click.argument("codes", nargs=-1)
@click.option("--as-of", metavar="TIME", help="As known then: a time, an answer's snapshot, or a snapshot's id.")
@data_option
@json_option
@run
async def reconcile(codes: tuple[str, ...], as_of: str | None, data: Path | None, as_json: bool) -> None:
    """Say of the claims CODES, or of all, how much of each the ledger can show."""
    import msgspec

    from forestapi.records._query import Query
    from forestapi.records.claims import NOUN
    from forestapi.services import reconciling
    from forestapi.store import features

    async with ledger(settings_for(data), is_read_only=True) as tx:
        page = await features.page(tx, NOUN, Query(), limit=MAX_CLAIMS)
        every = codes or [msgspec.json.decode(row)["code"] for row in page.rows]
        found = [await reconciling.reconcile(tx, code, as_of) for code in every]
    print_json(found) if as_json else _print(found)


def _print(found: list[Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(caption="unexplained = without record, and no other records could be meant", caption_justify="left")
    for name in ("claim", "claimed", "if it means", "ledger", "matched", "unmatched", "unexplained", ""):
        table.add_column(name, justify="left" if name in ("claim", "if it means", "") else "right")
    for each in found:
        claim, unit = each.claim, each.claim["unit"]
        for place, way in enumerate(each.interpretations):
            table.add_row(
                claim["code"] if place == 0 else "",
                f"{float(claim['value']):,.10g} {unit}" if place == 0 else "",
                way.meaning,
                *(f"{value:,.10g}" for value in (way.figure, way.matched, way.unmatched, way.unexplained)),
                "agrees 相符" if way.agrees else "",
            )
        table.add_section()
    console = Console()
    (console if console.is_terminal else Console(width=200)).print(table)
    if any(each.is_synthetic for each in found):
        click.echo("The ledger holds SYNTHETIC demonstration data. 台账为示范数据。")
