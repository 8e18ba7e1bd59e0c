"""`forest rules`: the rules, and the thresholds that a programme judges by."""

from datetime import datetime
from pathlib import Path

import rich_click as click

from forestapi.cli._shared import data_option, json_option, ledger, print_json, run, settings_for


@click.group()
def COMMAND() -> None:
    """List the rules, and set the thresholds of a programme."""


@COMMAND.command("list")
@click.option("--programme", metavar="CODE", help="Show what this programme has set.")
@data_option
@json_option
@run
async def list_(programme: str | None, data: Path | None, as_json: bool) -> None:
    """List every rule with its severity and its parameters."""
    from forestapi.rules import rules

    told = {}
    if programme:
        told = {(s.rule, s.parameter): s for s in await _settings(data, programme)}
    if as_json:
        print_json(
            [
                {
                    "name": rule.name, "noun": rule.noun, "severity": rule.severity, "title": rule.title,
                    "parameters": {
                        name: {
                            "default": p.default, "low": p.low, "high": p.high, "unit": p.unit,
                            "value": told[rule.name, name].value if (rule.name, name) in told else p.default,
                            "version": told[rule.name, name].version if (rule.name, name) in told else 0,
                        }
                        for name, p in rule.parameters.items()
                    },
                }
                for rule in rules().values()
            ]
        )  # fmt: skip
        return
    for rule in rules().values():
        click.echo(f"{rule.severity:<6} {rule.name}: {rule.title.en} {rule.title.zh}")
        for name, p in rule.parameters.items():
            setting = told.get((rule.name, name))
            now = f", {programme}: {setting.value:g} (version {setting.version})" if setting else ""
            click.echo(f"         {name} = {p.default:g} {p.unit} ({p.low:g} to {p.high:g}){now}")


async def _settings(data: Path | None, programme: str) -> list:
    from forestapi.store import thresholds

    settings = settings_for(data)
    async with ledger(settings, is_read_only=True) as tx:
        return await thresholds.in_force(tx, programme)


@COMMAND.command("set")
@click.argument("programme")
@click.argument("rule")
@click.argument("parameter")
@click.argument("value", type=float)
@click.option("--reason", required=True, help="Why; kept for good.")
@click.option("--from", "valid_from", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD",
              help="The date from which it holds; today if left out.")  # fmt: skip
@data_option
@json_option
@run
async def set_(
    programme: str,
    rule: str,
    parameter: str,
    value: float,
    reason: str,
    valid_from: datetime | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Set a threshold of a PROGRAMME, under the next version; what was judged before is not judged again."""
    from forestapi.services import thresholds
    from forestapi.services.thresholds import Wish

    settings = settings_for(data)
    wish = Wish(
        programme=programme, rule=rule, parameter=parameter, value=value, reason=reason,
        valid_from=valid_from.date() if valid_from else None,
    )  # fmt: skip
    async with ledger(settings) as tx:
        setting = await thresholds.put(tx, wish)
    if as_json:
        print_json(setting)
    else:
        click.echo(f"{programme} {rule} {parameter} = {value:g}, version {setting.version}, from {setting.valid_from}")
