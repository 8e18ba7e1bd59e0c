"""`forest backup`: everything that an instance knows, into one folder."""

from pathlib import Path

import rich_click as click

from forestapi.cli._shared import data_option, json_option, print_json, progress, run, running, settings_for


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.option("--base", is_flag=True, help="A copy of the database's files, from which `restore --to` goes on by the archive (FOREST_ARCHIVE).")
@click.option("--with-keys", is_flag=True, help="Put the master key of identities in it too.")
@data_option
@json_option
@run
async def COMMAND(folder: Path, base: bool, with_keys: bool, data: Path | None, as_json: bool) -> None:
    """Write a backup into a new folder: database, files and reports, with checksums. The product may run."""
    from forestapi.services import backing_up

    settings = settings_for(data)
    async with running(settings):
        manifest = await backing_up.backup(settings, folder, with_keys=with_keys, is_base=base)
    if as_json:
        print_json(manifest)
    progress.print(f"Backed up {len(manifest['sha256'])} files into {folder}.")
    if not with_keys:
        progress.print("Keep keys/master.key apart from it: without the key no identity in it can be read.")
