"""`forest up`: everything from an empty folder to a running product, and an orderly end."""

import asyncio
import sys
from pathlib import Path

import rich_click as click
from msgspec import json
from rich.progress import Progress as Bar

from forestapi.cli._shared import Failed, data_option, json_option, progress, run, settings_for
from forestapi.db.cluster import Cluster, make_instance_folder
from forestapi.db.lock import InstanceLock
from forestapi.settings import Settings

DEMO = "antforest-2018"
"""The demonstration's programme; its module takes a second to import."""


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Port to serve on, or the next free one.")
@click.option("--host", help="Address to serve on; by default this machine only (127.0.0.1).")
@click.option("--no-demo", is_flag=True, help="Leave an empty database empty.")
@click.option("--yes", is_flag=True, help="Install what is missing without asking (for ./forest).")
@data_option
@json_option
@run
async def COMMAND(
    port: int | None, host: str | None, no_demo: bool, yes: bool, data: Path | None, as_json: bool
) -> None:
    """Set up what is missing, then run the database and the web server until Ctrl-C."""
    from forestapi.cli._serving import CannotServe, cancel_on_signals, listen, serve
    settings = settings_for(data, port=port, host=host)
    cancel_on_signals()
    make_instance_folder(settings.data)
    lock = InstanceLock(settings.data)
    if (holder := lock.take()) is not None:
        where = f" at {holder.url}" if holder.url else ""
        raise Failed(f"this instance already runs{where} (process {holder.pid}); stop it with ./forest down")
    cluster = None if settings.database_url else Cluster(settings.data, settings.archive_folder)
    try:
        listener = listen(settings.host, settings.port)
        if cluster is not None:
            start_cluster(cluster)
        await fill(settings, demo=not no_demo)

        async def announce(url: str) -> None:
            # not before: a start that fails must not use up the one showing of the token
            token = await first_token(settings)
            lock.announce(url)
            tell(url, token, as_json)

        await serve(settings, listener, announce)
    except asyncio.CancelledError:
        progress.print("Stopped. 已停止。")
    except CannotServe as error:
        raise Failed(str(error)) from error
    finally:
        if cluster is not None and cluster.exists:
            cluster.stop()
        lock.release()


def start_cluster(cluster: Cluster) -> None:
    """Make the private cluster if it is the first time, and start it or adopt the one left running."""
    if not cluster.exists:
        progress.print("Making the database …")
    cluster.create()
    if cluster.start():
        progress.print(f"PostgreSQL {cluster.version()} runs on a private socket.")
    else:
        progress.print(f"PostgreSQL {cluster.version()} was still running; using it.")


async def fill(settings: Settings, demo: bool) -> None:
    """Bring the database to today's shape, with demo data if there is no plot in it."""
    from forestapi.db.migrate import migrate
    from forestapi.db.prepare import prepare, reach

    await prepare(settings)
    for step in await migrate(settings):
        progress.print(f"Database: {step}")
    connection = await reach(settings)
    try:
        is_empty = not await connection.fetchval("select exists (select from forest.plot)")
        has_demo = await connection.fetchval("select exists (select from forest.programme where code = $1)", DEMO)
    finally:
        await connection.close()
    if demo and is_empty:
        from forestapi.services.demo import load

        progress.print("Loading demo data (synthetic) … 正在载入演示数据（合成）…")
        with Bar(console=progress, transient=True, disable=not progress.is_terminal) as bar:
            task = bar.add_task("records")

            def show(done: int, total: int, noun: str) -> None:
                bar.update(task, completed=done, total=total, description=noun)

            await load(settings, show)
    elif has_demo:
        from forestapi.services.demo import release

        await release(settings)  # one that was loaded before there were releases


async def first_token(settings: Settings) -> str | None:
    """Make an administrator's token if there is none."""
    from forestapi.db.prepare import reach
    from forestapi.services import tokens

    connection = await reach(settings)
    try:
        if await tokens.has_administrator(connection):
            return None
        return await tokens.create(connection, "administrator", "first start")
    finally:
        await connection.close()


def tell(url: str, token: str | None, as_json: bool) -> None:
    """Print where the product is, and the token when it has just been made."""
    if as_json:
        answer = {"url": url, "map": f"{url}/", "docs": f"{url}/docs", "token": token}
        print(json.encode(answer).decode(), flush=True)
        return
    lines = [
        "",
        f"  Map 地图          {url}/",
        f"  API docs 接口     {url}/docs",
    ]
    if token:
        lines += [f"  Token 管理员令牌  {token}", "                    (shown once 只显示一次)"]
    else:
        lines += ["  Another token     ./forest token create --role administrator --label NAME"]
    lines += ["  Stop 停止         Ctrl-C, or ./forest down", ""]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()

