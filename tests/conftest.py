"""A private PostgreSQL for the whole run, a migrated database copied for each test, and clients to speak to it."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from litestar.testing import AsyncTestClient

from forestapi.app import create_app
from forestapi.db.cluster import Cluster
from forestapi.db.migrate import migrate
from forestapi.db.pool import open_pool
from forestapi.db.transaction import Transaction, transaction
from forestapi.services import tokens
from forestapi.settings import Settings

TEMPLATE = "forest_template"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Start a PostgreSQL of our own; it is gone after the run."""
    folder = Path(tempfile.mkdtemp(prefix="forest-test-"))
    folder.chmod(0o755)
    cluster = Cluster(folder)
    cluster.create()
    with (cluster.pgdata / "postgresql.auto.conf").open("a") as conf:
        conf.write("fsync = off\nfull_page_writes = off\nsynchronous_commit = off\n")  # nothing here has to last
    cluster.start()
    yield cluster
    cluster.stop()
    shutil.rmtree(folder, ignore_errors=True)


def url(cluster: Cluster, database: str) -> str:
    """Write the address of one database of the cluster."""
    return f"postgresql://forest@/{database}?host={cluster.socket}"


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """Make a migrated, empty database that tests copy."""

    async def make() -> None:
        server = await asyncpg.connect(url(cluster, "postgres"))
        await server.execute(f"create database {TEMPLATE}")
        await server.close()
        database = await asyncpg.connect(url(cluster, TEMPLATE))
        await database.execute("create extension postgis; create extension btree_gist")
        await database.close()
        await migrate(Settings(database_url=url(cluster, TEMPLATE)))

    asyncio.run(make())
    return TEMPLATE


@pytest.fixture
async def settings(cluster: Cluster, template: str, tmp_path: Path) -> AsyncIterator[Settings]:
    """Give the settings of an instance with an empty, migrated database."""
    name = f"test_{uuid4().hex[:12]}"
    server = await asyncpg.connect(url(cluster, "postgres"))
    await server.execute(f"create database {name} template {template}")
    yield Settings(database_url=url(cluster, name), data=tmp_path / "instance")
    await server.execute(f"drop database {name} with (force)")
    await server.close()


@pytest.fixture
async def pool(settings: Settings) -> AsyncIterator[asyncpg.Pool]:
    """Open a pool to the test's database."""
    pool = await open_pool(settings)
    yield pool
    await pool.close()


@pytest.fixture
async def tx(pool: asyncpg.Pool) -> AsyncIterator[Transaction]:
    """Open a transaction in the name of a test."""
    async with transaction(pool, "test") as tx:
        yield tx


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[AsyncTestClient]:
    """Speak to the application as the public does."""
    async with AsyncTestClient(create_app(settings)) as client:
        yield client


async def token(settings: Settings, role: str, **scope: Any) -> dict[str, str]:
    """Make a token and give the header that carries it; `scope` is programmes, crew, days."""
    connection = await asyncpg.connect(settings.database_url)
    secret = await tokens.create(connection, role, f"test {role}", **scope)
    await connection.close()
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
async def as_administrator(settings: Settings) -> dict[str, str]:
    """Headers of an administrator."""
    return await token(settings, "administrator")


@pytest.fixture
async def as_recorder(settings: Settings) -> dict[str, str]:
    """Headers of a recorder."""
    return await token(settings, "recorder")


@pytest.fixture
async def as_analyst(settings: Settings) -> dict[str, str]:
    """Headers of an analyst."""
    return await token(settings, "analyst")
