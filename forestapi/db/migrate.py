"""Bring a database to the shape that this version of the code expects.

Alembic keeps the order of the numbered scripts and which of them have run. Functions, triggers and views are
not part of that history: they are one file each, and all of them are applied again when any has changed.
"""

import hashlib
from pathlib import Path
from typing import Any

import asyncpg

from forestapi.db.server import connect
from forestapi.settings import Settings

HERE = Path(__file__).parent
LOCK = 4776 << 48
"""Key of the advisory lock that one migrating process holds."""


def run_script(revision_file: str) -> None:
    """Run the SQL file beside a revision file, in the revision's transaction."""
    from alembic import op
    from sqlalchemy.util import await_only

    connection: Any = op.get_bind().connection.driver_connection
    await_only(connection.execute(Path(revision_file).with_suffix(".sql").read_text("utf-8")))


def function_files() -> list[Path]:
    """Files of functions, triggers and views, in the order in which they are applied."""
    return sorted((HERE / "functions").glob("*.sql"))


def wanted() -> str:
    """Name the shape that this code expects: a hash over all of its scripts."""
    digest = hashlib.sha256()
    for path in sorted((HERE / "migrations" / "versions").glob("*.sql")) + function_files():
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


async def is_current(settings: Settings) -> bool:
    """Tell whether the database has the shape that this code expects."""
    connection = await connect(settings)
    try:
        return await _applied(connection) == wanted()
    finally:
        await connection.close()


async def migrate(settings: Settings) -> list[str]:
    """Apply what is missing, once, however many processes ask for it; return the names of what was applied."""
    connection = await connect(settings)
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        if await _applied(connection) == wanted():
            return []
        await connection.execute("create schema if not exists forest")
        before = await _revision(connection)
        await _upgrade(settings)
        after = await _revision(connection)
        async with connection.transaction():
            for path in function_files():
                await connection.execute(path.read_text("utf-8"))
            await connection.execute("create table if not exists forest.shape (sha256 text not null)")
            await connection.execute("truncate forest.shape")
            await connection.execute("insert into forest.shape values ($1)", wanted())
        revisions = [p.stem for p in sorted((HERE / "migrations" / "versions").glob("*.sql"))]
        applied = [r for r in revisions if (before or "") < r.split("_")[0] <= (after or "")]
        return [*applied, "functions"]
    finally:
        await connection.close()


async def _applied(connection: asyncpg.Connection) -> str | None:
    if await connection.fetchval("select to_regclass('forest.shape')") is None:
        return None
    return await connection.fetchval("select sha256 from forest.shape")


async def _revision(connection: asyncpg.Connection) -> str | None:
    if await connection.fetchval("select to_regclass('forest.alembic_version')") is None:
        return None
    return await connection.fetchval("select version_num from forest.alembic_version")


async def _upgrade(settings: Settings) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    config = Config()
    config.set_main_option("script_location", str(HERE / "migrations"))
    config.attributes["settings"] = settings

    def upgrade(connection: object) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    engine = create_async_engine(
        "postgresql+asyncpg://", poolclass=NullPool, async_creator=lambda: connect(settings)
    )
    async with engine.begin() as connection:
        await connection.run_sync(upgrade)
    await engine.dispose()
