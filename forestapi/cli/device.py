"""`forest device`: let phones in, and shut them out again."""

from pathlib import Path
from uuid import UUID

import rich_click as click

from forestapi.cli._shared import data_option, json_option, ledger, print_json, progress, run, settings_for


@click.group()
def COMMAND() -> None:
    """Let a crew's phones in by a code, list them, and shut them out."""


@COMMAND.command("list")
@data_option
@json_option
@run
async def list_(data: Path | None, as_json: bool) -> None:
    """List the phones, and what each has handed in."""
    from forestapi.services import devices

    async with ledger(settings_for(data), is_read_only=True) as tx:
        found = await devices.listing(tx)
    if as_json:
        print_json({"items": found})
        return
    for each in found:
        state = "revoked" if each["revoked_at"] else "enrolled" if each["enrolled_at"] else "not enrolled yet"
        gaps = "".join(f", {first}-{last} missing" for first, last in each["missing"])
        click.echo(f"{each['id']}  {each['crew']}  {each['label']}  {state}  received up to {each['received_upto']}{gaps}")


@COMMAND.command()
@click.option("--url", required=True, metavar="ADDRESS", help="The address at which phones reach this instance.")
@click.option("--crew", required=True, metavar="CODE", help="The crew whose phone it is, by code or name.")
@click.option("--label", required=True, help="Who has it; written into the history of whatever it hands in.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write the QR code (SVG) here.")
@data_option
@json_option
@run
async def enrol(url: str, crew: str, label: str, out: Path | None, data: Path | None, as_json: bool) -> None:
    """Make a code that lets one phone in, once, within 24 hours."""
    from forestapi.services import devices

    async with ledger(settings_for(data)) as tx:
        device = await devices.add(tx, crew, label)
        code = await devices.give_code(tx, device["id"], url)
    if out is not None:
        out.write_text(code["qr_svg"], "utf-8")
    if as_json:
        print_json({**device, "enrolment": code})
        return
    click.echo(code["url"])
    progress.print(f"Works once, until {code['expires_at']:%Y-%m-%d %H:%M} UTC. 一次有效。")


@COMMAND.command()
@click.argument("device_id", metavar="ID", type=click.UUID)
@click.option("--reason", required=True, help="Why; kept with the device.")
@data_option
@run
async def revoke(device_id: UUID, reason: str, data: Path | None) -> None:
    """Shut a phone out by its ID (see device list). It may still hand in what it has, into quarantine."""
    from forestapi.services import devices

    async with ledger(settings_for(data)) as tx:
        await devices.revoke(tx, device_id, reason)
    progress.print("Revoked. 已吊销。")
