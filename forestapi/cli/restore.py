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
@click.option("--to", metavar="MOMENT", help="Of a --base backup: a time with its zone, a change number of the history (1.743.12), or the"
              " snapshot of an answer; all of the archive if left out.")  # fmt: skip
@click.option("--archive", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR",
              help="The archive of the instance that is restored; else FOREST_ARCHIVE.")  # fmt: skip
@data_option
@json_option
@run
async def COMMAND(folder: Path, erasures: Path | None, to: str | None, archive: Path | None, data: Path | None, as_json: bool) -> None:
    """Check a backup and make a new instance of it (--data names its folder); of a --base backup, as it was at any moment."""
    from forestapi.services import backing_up

    settings = settings_for(data)
    counts = await backing_up.restore(settings, folder, erasures=erasures, to=to, archive=archive or settings.archive_folder)
    if as_json:
        print_json(counts)
    progress.print(", ".join(f"{count} {name}" for name, count in counts.items()))
