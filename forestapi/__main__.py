"""`python -m forestapi`, and the `forest` program of an installed wheel."""

from forestapi.cli import COMMANDS


def main() -> None:
    """Run the command line."""
    COMMANDS.main(prog_name="forest")


if __name__ == "__main__":
    main()
