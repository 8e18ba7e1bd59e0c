"""`forest odk`: set phones with ODK Collect up, and look at the forms that they get."""

from pathlib import Path

import rich_click as click

from forestapi.cli._shared import data_option, database, json_option, print_json, progress, run, settings_for


@click.group()
def COMMAND() -> None:
    """Set phones with ODK Collect up, and look at the forms that they get."""


@COMMAND.command()
@click.option("--url", required=True, help="The address at which phones reach this server, https://….")
@click.option("--label", required=True, help="Whose phone it is; written into the history of whatever it sends.")
@click.option("--crew", metavar="CODE", help="The crew whose leader has the phone, by code or name.")
@click.option("--programme", metavar="CODE", help="Without --crew: the programme that the phone's owner records for.")
@click.option("--days", type=click.FloatRange(min=0, min_open=True), help="Days after which the token ends.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Draw the code into this file, .svg or .png; left out, it is drawn here.",
)  # fmt: skip
@data_option
@json_option
@run
async def qr(
    url: str,
    label: str,
    crew: str | None,
    programme: str | None,
    days: float | None,
    out: Path | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Make a token for one phone, and the code that sets ODK Collect up with it. Whoever sees the code has the token."""
    from forestapi.services import collecting, tokens

    kind = out.suffix.lower().removeprefix(".") if out else None
    if kind not in (None, *collecting.KINDS):
        raise click.UsageError("--out is a file .svg or .png")
    if not (crew or programme):
        raise click.UsageError("give --crew, or --programme")
    collecting.settings_of(url, "", label)
    async with database(settings_for(data)) as connection:
        secret = await tokens.create(
            connection, "crew_leader" if crew else "recorder", label, crew=crew, days=days,
            programmes=(programme,) if programme else (),
        )  # fmt: skip
    settings = collecting.settings_of(url, secret, label)
    if out and kind:
        out.write_bytes(collecting.drawn(settings, kind))
        progress.print(f"{out}: scan it in ODK Collect. 用 ODK Collect 扫描。")
    if as_json:
        print_json({"settings": settings, "code": collecting.packed(settings).decode()})
    elif not out:
        click.echo(collecting.printed(settings))


@COMMAND.command()
@data_option
@json_option
def forms(data: Path | None, as_json: bool) -> None:
    """List the forms with their versions."""
    from forestapi.services import collecting

    rows = [
        {"form": form.name, "version": collecting.built(form.name).version, "title_zh": form.title.zh, "title_en": form.title.en}
        for form in collecting.forms().values()
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{row['form']:<10}  {row['version']}  {row['title_zh']}  {row['title_en']}")


@COMMAND.command()
@click.argument("name")
@data_option
@run
async def form(name: str, data: Path | None) -> None:
    """Print the form NAME as an XForm, for ODK Validate or another server."""
    from forestapi.services import collecting

    click.echo(collecting.built(name).xml.decode())
