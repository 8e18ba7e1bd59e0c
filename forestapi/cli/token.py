"""`forest token`: let people and programs in, and shut them out again."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import rich_click as click

from forestapi.access import ROLES
from forestapi.cli._shared import data_option, database, json_option, print_json, progress, run, settings_for


@click.group()
def COMMAND() -> None:
    """Make, list and revoke the tokens that let people in."""


@COMMAND.command()
@click.option("--role", type=click.Choice(list(ROLES)), required=True, help="What the token may do.")
@click.option("--label", required=True, help="Who has it; written into the history of whatever they change.")
@click.option(
    "--programme", "programmes", multiple=True, metavar="CODE",
    help="A programme that it is for; may be repeated. All, if none is given.",
)  # fmt: skip
@click.option("--crew", metavar="CODE", help="The one crew that it is for, by code or name (recorder, crew_leader).")
@click.option("--days", type=click.FloatRange(min=0, min_open=True), help="Days after which it ends.")
@data_option
@json_option
@run
async def create(
    role: str,
    label: str,
    programmes: tuple[str, ...],
    crew: str | None,
    days: float | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Make a token and print it; it is shown this once and stored nowhere."""
    from forestapi.services import tokens

    async with database(settings_for(data)) as connection:
        secret = await tokens.create(
            connection, role, label, programmes=programmes, crew=crew, days=days
        )
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
        click.echo(f"{row['id']}  {row['role']:<23}  {_state(row):<7}  {_scope(row):<20}  {row['label']}")


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


@COMMAND.command()
@click.argument("token_id", metavar="ID")
@click.option(
    "--grace", type=click.FloatRange(min=0), default=0.0, metavar="MINUTES", show_default=True,
    help="How long the old secret still works.",
)  # fmt: skip
@data_option
@json_option
@run
async def rotate(token_id: str, grace: float, data: Path | None, as_json: bool) -> None:
    """Put a new secret in the place of a token's (by its ID), with the same rights, and print it this once."""
    from forestapi.services import tokens

    async with database(settings_for(data)) as connection:
        secret = await tokens.rotate(connection, token_id, grace)
    if as_json:
        print_json({"rotates": token_id, "token": secret})
    else:
        click.echo(secret)


def _state(row: dict[str, Any]) -> str:
    now = datetime.now(UTC)
    if row["revoked_at"] and row["revoked_at"] <= now:
        return "revoked"
    return "expired" if row["expires_at"] and row["expires_at"] <= now else "valid"


def _scope(row: dict[str, Any]) -> str:
    return row["crew"] or ",".join(row["programmes"] or ["everything"])
