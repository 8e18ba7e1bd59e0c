"""`forest check figures`: do the kept totals say what the rows say?"""

from pathlib import Path

import rich_click as click

from forestapi.cli._shared import Failed, data_option, json_option, print_json, run, running, settings_for


@click.command()
@click.argument("what", type=click.Choice(["figures"]))
@click.option("--rebuild", is_flag=True, help="Make the totals again from the rows first.")
@data_option
@json_option
@run
async def COMMAND(what: str, rebuild: bool, data: Path | None, as_json: bool) -> None:
    """Check the ledger against itself: `figures` compares every total that is kept with the rows behind it.

    Exit code 1 where they differ; the differences are listed.
    """
    from forestapi.db.pool import open_pool
    from forestapi.db.transaction import transaction
    from forestapi.services import checking

    settings = settings_for(data)
    async with running(settings):
        pool = await open_pool(settings)
        try:
            if rebuild:
                async with transaction(pool, "command line", timeout_s=0) as tx:
                    await checking.rebuild(tx)
            async with transaction(pool, "command line", is_read_only=True, timeout_s=0) as tx:
                compared, found = await checking.figures(tx)
        finally:
            await pool.close()
    if as_json:
        print_json({"compared": compared, "differences": found})
    else:
        for each in found:
            click.echo(f"{each.programme} by {','.join(each.by) or 'nothing'}: kept {each.kept}, rows {each.rows}")
        click.echo(f"{compared} figures compared with the rows, {len(found)} differ.")
    if found:
        raise Failed("forest check figures --rebuild makes the totals again.")
