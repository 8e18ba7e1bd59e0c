"""Page: the command line."""

import rich_click as click

from forestapi.cli._reference._page import Page, table


def write() -> str:
    """Write every command with its arguments and options."""
    from forestapi.cli import COMMANDS

    context = click.Context(COMMANDS, info_name="./forest")
    parts = [
        "# Commands\n",
        "`./forest COMMAND` in a clone; `forest COMMAND` in an installed package. Answers go to standard output, "
        "progress and messages to standard error. Exit codes: 0 done, 1 failed or some rows refused, 2 wrong "
        "usage, 3 no database. `./forest test` runs the tests and is part of the script itself.\n",
    ]
    for name in COMMANDS.list_commands(context):
        command = COMMANDS.get_command(context, name)
        assert command is not None
        parts += _command(command, context, name, 2)
    return "\n".join(parts)


def _command(command: click.Command, parent: click.Context, name: str, depth: int) -> list[str]:
    context = click.Context(command, info_name=name, parent=parent)
    words = " ".join((command.help or "").replace("\n", " ").split())
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    parts = [
        f"{'#' * depth} {context.command_path.removeprefix('./forest ')}\n",
        f"{words}\n",
        f"    {usage}\n",
    ]
    options = [p for p in command.params if isinstance(p, click.Option)]
    if options:
        parts.append(table(("Option", "Meaning"), [_option(option, context) for option in options]))
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            inner = command.get_command(context, each)
            assert inner is not None
            parts += _command(inner, context, each, depth + 1)
    return parts


def _option(option: click.Option, context: click.Context) -> tuple[str, str]:
    metavar = "" if option.is_flag else " " + option.make_metavar(context)
    default = f" Default: `{option.default}`." if option.show_default else ""
    required = " Required." if option.required else ""
    return f"`{', '.join(option.opts)}{metavar}`", f"{option.help or ''}{required}{default}"


PAGE = Page(name="commands", title="Commands", about="the command line", write=write)
