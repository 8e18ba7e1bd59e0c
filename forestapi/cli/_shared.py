"""What commands share: the instance they speak to, its database, and how they print and fail."""

import asyncio
import functools
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import rich_click as click
from msgspec import json, structs
from rich.console import Console

from forestapi.settings import Settings, SettingsError, load

progress = Console(stderr=True, highlight=False)
"""Where everything goes that is not the answer itself; standard output stays clean for pipes."""


class Failed(click.ClickException):
    """The command did not do what it was asked (exit code 1)."""

    exit_code = 1


class NoDatabase(click.ClickException):
    """The database cannot be made, started or reached (exit code 3)."""

    exit_code = 3


def data_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--data DIR`, passed to it as `data: Path | None`."""
    return click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="The folder of the instance; else FOREST_DATA, else .data.",
    )(command)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--json`, passed to it as `as_json: bool`."""
    help_text = "Print the answer as JSON on standard output."
    return click.option("--json", "as_json", is_flag=True, help=help_text)(command)


def settings_for(data: Path | None, **flags: object) -> Settings:
    """Read the settings for a command, with the instance's folder as an absolute path.

    Raises:
        click.UsageError: a setting has an impossible value.

    """
    try:
        settings = load(None, data=data, **flags)
    except SettingsError as error:
        raise click.UsageError(str(error)) from error
    return structs.replace(settings, data=settings.data.expanduser().absolute())


def run(function: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
    """Turn an async command into one that click can call, with our own errors as exit codes 1 and 3."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        from forestapi.db.cluster import ClusterError
        from forestapi.errors import ForestError, Unavailable

        try:
            return asyncio.run(function(*args, **kwargs))
        except (ClusterError, Unavailable) as error:
            raise NoDatabase(str(error)) from error
        except ForestError as error:
            raise Failed(f"{error.detail.en} {error.detail.zh}") from error

    return call


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[Any]:
    """Open a connection to the instance's database, for as long as a command needs it.

    A private cluster that is not running is started, and stopped again afterwards unless somebody else has
    come to use it meanwhile.

    Raises:
        ClusterError: it cannot be started or reached.

    """
    from forestapi.db.prepare import reach

    async with running(settings):
        connection = await reach(settings)
        try:
            yield connection
        finally:
            await connection.close()


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[None]:
    """See that the instance's database server runs while a command does its work.

    Raises:
        ClusterError: it cannot be started, or there is no database yet.

    """
    from forestapi.db.cluster import Cluster, ClusterError
    from forestapi.db.lock import InstanceLock

    if settings.database_url:
        yield
        return
    cluster = Cluster(settings.data, settings.archive_folder)
    if not cluster.exists:
        raise ClusterError(f"there is no database in {settings.data} yet; ./forest up makes it")
    started = cluster.start()
    try:
        yield
    finally:
        if started and InstanceLock(settings.data).holder() is None and await _is_unused(settings):
            cluster.stop()


async def _is_unused(settings: Settings) -> bool:
    """Whether nobody else is connected to the instance's database."""
    from forestapi.db.prepare import reach

    connection = await reach(settings)
    try:
        return not await connection.fetchval(
            "select count(*) from pg_stat_activity"
            " where backend_type = 'client backend' and pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()


@asynccontextmanager
async def ledger(settings: Settings, *, is_read_only: bool = False) -> AsyncIterator[Any]:
    """Open a transaction of the operator, with no limit of time, on a database that runs; commit at the end.

    Raises:
        ClusterError: the database cannot be started or reached.

    """
    from forestapi.db.pool import open_pool
    from forestapi.db.transaction import transaction

    async with running(settings):
        pool = await open_pool(settings)
        try:
            async with transaction(pool, "command line", is_read_only=is_read_only, timeout_s=0) as tx:
                yield tx
        finally:
            await pool.close()


def print_json(value: object) -> None:
    """Print the one answer of a command as JSON, on standard output, Chinese as it is."""
    sys.stdout.write(json.format(json.encode(value), indent=2).decode() + "\n")


def confirm(question: str, yes: bool) -> None:
    """Ask before something that cannot be undone; without a terminal only `--yes` is an answer.

    Raises:
        click.UsageError: there is nobody to ask.
        click.Abort: the answer was no.

    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"{question} There is no terminal to ask at; add --yes.")
    click.confirm(question, abort=True, err=True)
