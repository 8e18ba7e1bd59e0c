"""`forest restore`: a new instance from a backup."""

from pathlib import Path

import rich_click as click

from forestapi.cli._shared import data_option, json_option, print_json, progress, run, settings_for


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR")
@click.option(
    "--erasures", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="A later keys/erased.jsonl: those named in it are erased again.",
)  # fmt: skip
@data_option
@json_option
@run
async def COMMAND(folder: Path, erasures: Path | None, data: Path | None, as_json: bool) -> None:
    """Check a backup and make a new instance of it (--data names its folder)."""
    from forestapi.services import backing_up

    counts = await backing_up.restore(settings_for(data), folder, erasures=erasures)
    if as_json:
        print_json(counts)
    progress.print(", ".join(f"{count} {name}" for name, count in counts.items()))
