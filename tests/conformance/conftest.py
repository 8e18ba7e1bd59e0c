"""One server for the tests of a module, on a database of its own."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from forestapi.db.cluster import Cluster
from tests.conformance.serving import Served, serving
from tests.conftest import url


@pytest.fixture(scope="module")
def served(cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run a server with a few plots."""
    name, folder = f"served_{uuid4().hex[:12]}", Path(tmp_path_factory.mktemp("served"))

    async def ask(statement: str) -> None:
        connection = await asyncpg.connect(url(cluster, "postgres"))
        await connection.execute(statement)
        await connection.close()

    asyncio.run(ask(f"create database {name} template {template}"))
    with serving(url(cluster, name), folder) as server:
        yield server
    asyncio.run(ask(f"drop database {name} with (force)"))
