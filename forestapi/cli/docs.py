"""`forest docs`: the reference in docs/reference, written from the registries."""

from pathlib import Path

import rich_click as click

import forestapi
from forestapi.cli._shared import Failed, progress

FOLDER = Path(forestapi.__file__).parent.parent / "docs" / "reference"


@click.command()
@click.option(
    "--check", is_flag=True, help="Change nothing; exit code 1 if a page is not what the code says."
)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Write it there instead."
)
def COMMAND(check: bool, out: Path | None) -> None:
    """Write the reference (docs/reference) from the code: nouns, statistics, rules, formats, settings, …"""
    from forestapi.cli import _reference

    folder = out or FOLDER
    if out is None and not FOLDER.parent.is_dir():
        raise Failed("this is an installed package, without docs/; say where to with --out DIR")
    if check:
        stale = _reference.stale(folder)
        if stale:
            raise Failed(f"{', '.join(stale)}: not what the code says; run ./forest docs")
        progress.print("The reference is what the code says.")
        return
    for name in _reference.write(folder):
        progress.print(f"wrote {folder / name}")
