"""`forest token`: let people and programs in, and shut them out again."""

from pathlib import Path

import rich_click as click

from forestapi.access import ROLES
from forestapi.cli._shared import data_option, database, json_option, print_json, progress, run, settings_for


@click.group()
def COMMAND() -> None:
    """Make, list and revoke the tokens that let people in."""


@COMMAND.command()
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the token may do.")
@click.option("--label", required=True, help="Who has it; written into the history of whatever they change.")
@data_option
@json_option
@run
async def create(role: str, label: str, data: Path | None, as_json: bool) -> None:
    """Make a token and print it; it is shown this once and stored nowhere."""
    from forestapi.services import tokens

    async with database(settings_for(data)) as connection:
        secret = await tokens.create(connection, role, label)
    if as_json:
        print_json({"role": role, "label": label, "token": secret})
    else:
        click.echo(secret)


@COMMAND.command("list")
@data_option
@json_option
@run
async def list_(data: Path | None, as_json: bool) -> None:
    """List the tokens, newest first, without their secrets."""
    from forestapi.services import tokens

    async with database(settings_for(data)) as connection:
        rows = await tokens.list_all(connection)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        state = "revoked" if row["revoked_at"] else "valid"
        click.echo(f"{row['id']}  {row['role']:<13}  {state:<7}  {row['label']}")


@COMMAND.command()
@click.argument("token_id", metavar="ID")
@data_option
@run
async def revoke(token_id: str, data: Path | None) -> None:
    """Revoke a token by its ID (see token list); it is refused from the next request on."""
    from forestapi.services import tokens

    async with database(settings_for(data)) as connection:
        await tokens.revoke(connection, token_id)
    progress.print("Revoked. 已吊销。")
