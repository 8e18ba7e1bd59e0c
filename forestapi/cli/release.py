"""`forest release`: freeze figures of work for the public, and list what is frozen."""

from pathlib import Path

import rich_click as click

from forestapi.cli._shared import data_option, json_option, ledger, print_json, run, settings_for


@click.group()
def COMMAND() -> None:
    """Freeze the figures of work that the public may see. What is frozen is never changed."""


@COMMAND.command()
@click.option("--programme", metavar="CODE", help="Only this programme.")
@click.option("--month", metavar="YYYY-MM", help="Only this month of the programme, with its quarter.")
@data_option
@json_option
@run
async def make(programme: str | None, month: str | None, data: Path | None, as_json: bool) -> None:
    """Release every month that ended long enough ago and is not released yet."""
    from forestapi.services import releasing
    from forestapi.services.releasing import figures

    if month and not programme:
        raise click.UsageError("--month needs --programme.")
    settings = settings_for(data)
    async with ledger(settings) as tx:
        first_day = figures.month_of("month", month)
        made = await releasing.make(tx, settings.release_after_days, programme=programme, month=first_day)
    if as_json:
        print_json(made)
        return
    for each in made:
        told = "withheld: too few people, or one pay stands out" if each.is_withheld else f"{each.atoms} groups"
        click.echo(f"{each.programme}  {each.period}  {each.outcome}: {told}")
    if not made:
        click.echo("Nothing is due.")


@COMMAND.command()
@click.option("--programme", metavar="CODE", required=True, help="Whose year.")
@click.option("--year", type=click.IntRange(1950, 2200), required=True, help="Which year.")
@data_option
@json_option
@run
async def correct(programme: str, year: int, data: Path | None, as_json: bool) -> None:
    """Release what has changed in a year since, once, and only where enough people are concerned."""
    from forestapi.services.releasing import correcting

    async with ledger(settings_for(data)) as tx:
        made = await correcting.correct(tx, programme, year)
    print_json(made) if as_json else click.echo(f"{made.programme}  {made.period}  {made.outcome}: {made.atoms} groups corrected")


@COMMAND.command(name="list")
@data_option
@json_option
@run
async def listing(data: Path | None, as_json: bool) -> None:
    """List what is released, newest first."""
    from forestapi.services import releasing
    from forestapi.store import releases

    async with ledger(settings_for(data), is_read_only=True) as tx:
        found = [dict(row) for row in await releases.page(tx, None, None, 10_000)]
    if as_json:
        print_json(found)
        return
    for each in found:
        period = releasing.period_name(each["kind"], each["starts_on"])
        click.echo(f"{each['programme']}  {period}  {each['made_at'].isoformat(timespec='seconds')}  {each['sha256']}")
