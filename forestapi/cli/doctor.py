"""`forest doctor`: look at everything that an instance rests on, and say the fix for what is wrong."""

import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import rich_click as click
from msgspec import Struct

from forestapi.cli._shared import data_option, json_option, print_json, run, settings_for
from forestapi.db import programs
from forestapi.db.cluster import Cluster, ClusterError
from forestapi.db.lock import InstanceLock
from forestapi.settings import Settings
from maps import assets

FREE_MB = 1000
"""Less free space than this is reported: PostgreSQL stops writing on a full disk."""

MISSING_FENCE = (
    "missing (the application alone guards who reads what; let a superuser grant CREATEROLE to the database's"
    " user, delete the row of forest.shape and run forest migrate)"
)


class Check(Struct):
    """One thing looked at: what was found, and how to mend it if it is wrong."""

    name: str
    is_ok: bool
    found: str
    fix: str = ""


@click.command()
@data_option
@json_option
@run
async def COMMAND(data: Path | None, as_json: bool) -> None:
    """Check all that the instance rests on, and say the fix: exit code 1 if something is wrong.

    The exit code is 3 if it is the database.
    """
    checks = [check async for check in examine(settings_for(data))]
    if as_json:
        print_json(checks)
    else:
        for check in checks:
            click.echo(f"{'ok  ' if check.is_ok else 'BAD '} {check.name:<12} {check.found}")
            if not check.is_ok:
                click.echo(f"     {'':<12} fix: {check.fix}")
    wrong = {check.name for check in checks if not check.is_ok}
    sys.exit(3 if "database" in wrong else 1 if wrong else 0)


async def examine(settings: Settings) -> AsyncIterator[Check]:
    """Look at each thing in turn; nothing is changed, and a stopped database stays stopped."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Check("python", sys.version_info >= (3, 11), version, "install Python 3.11 or newer; ./forest up")
    yield _disk(settings.data)
    absent = assets.missing()
    found = f"{len(absent)} missing: {', '.join(absent)}" if absent else f"{len(assets.ASSETS)} installed"
    yield Check("front end", not absent, found, "./forest up installs them")
    if not settings.database_url:
        usable = programs.find()
        where = ", ".join(f"{each.major} in {each.folder}" for each in usable) or "none with PostGIS"
        yield Check(
            "postgresql", bool(usable), where,
            "./forest up installs it on Debian and Ubuntu; on macOS: brew install postgis; "
            "or set DATABASE_URL",
        )
    try:
        yield await _database(settings)
    except ClusterError as error:
        yield Check("database", False, str(error), "./forest up, or what the message says")
    holder = InstanceLock(settings.data).holder()
    yield Check("web server", True, f"{holder.url} (process {holder.pid})" if holder else "not running")


def _disk(data: Path) -> Check:
    existing = next(each for each in (data, *data.parents) if each.exists())
    free_mb = shutil.disk_usage(existing).free // 2**20
    return Check("disk", free_mb >= FREE_MB, f"{free_mb} MB free at {existing}", "make room, or use --data")


async def _database(settings: Settings) -> Check:
    """Look at the database, without starting it.

    Raises:
        ClusterError: it cannot be reached, or lacks something.

    """
    from forestapi.db.migrate import is_current
    from forestapi.db.prepare import inspect, reach

    cluster = Cluster(settings.data)
    if not settings.database_url:
        if not cluster.exists:
            return Check("database", True, f"not made yet; it will be in {cluster.home}")
        if not cluster.is_running():
            return Check("database", True, f"stopped; PostgreSQL {cluster.version()} in {cluster.home}")
    connection = await reach(settings)
    try:
        versions = await inspect(connection)
        is_fenced = await connection.fetchval("select to_regprocedure('forest.is_fenced()') is not null")
        is_fenced = is_fenced and await connection.fetchval("select forest.is_fenced()")
        archive = await connection.fetchrow(
            "select current_setting('archive_mode') = 'on' as is_on, last_failed_time > coalesce(last_archived_time, '-infinity')"
            " as is_failing, last_failed_time from pg_stat_archiver"
        )
    finally:
        await connection.close()
    if archive["is_failing"]:
        found = f"the archive has not taken the last segment ({archive['last_failed_time']:%Y-%m-%d %H:%M} UTC)"
        return Check("database", False, found, "see that FOREST_ARCHIVE can be written, and has room")
    found = f"PostgreSQL {versions['postgresql']}, PostGIS {versions['postgis']}"
    if not settings.database_url:
        found += f'; psql "{cluster.dsn()}"'
    found += "; archive on" if archive["is_on"] else ""
    found += "; second fence: " + ("roles and row policies" if is_fenced else MISSING_FENCE)
    return Check("database", await is_current(settings), found, "it is of another version: ./forest migrate")
