"""The command line. The folder is a registry: every module in it declares one `COMMAND`, named as its file.

A module is imported only when its command is asked for, or when all are listed; whatever is heavy is imported
inside the command's function. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no database.
"""

import importlib
import pkgutil

import rich_click as click

click.rich_click.TEXT_MARKUP = "rich"


class Commands(click.RichGroup):
    """A group whose commands are the modules of this package, found by file name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every command."""
        modules = (module.name for module in pkgutil.iter_modules(__path__))
        return sorted(_command_name(name) for name in modules if not name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one command."""
        for module in pkgutil.iter_modules(__path__):
            if not module.name.startswith("_") and _command_name(module.name) == cmd_name:
                command = importlib.import_module(f"{__name__}.{module.name}").COMMAND
                command.name = cmd_name
                return command
        return None


def _command_name(module: str) -> str:
    """Turn `import_` into `import`, which Python does not allow as a module's name, and `a_b` into `a-b`."""
    return module.rstrip("_").replace("_", "-")


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Every command takes --data DIR, the folder of the instance it speaks to (default: .data).",
)
def COMMANDS() -> None:
    """Forest API: a ledger of planted ground and green work that anyone can check.

    Start with: forest up. 可核查的造林面积与用工台账：先运行 forest up。
    """
