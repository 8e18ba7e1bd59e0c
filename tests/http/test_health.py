"""Whether the process lives, and whether it can serve."""

import asyncpg
from litestar.testing import AsyncTestClient

from forestapi.settings import Settings


async def test_a_migrated_database_is_ready(client: AsyncTestClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    assert (await client.get("/readyz")).status_code == 200


async def test_a_database_of_another_shape_is_not_ready(client: AsyncTestClient, settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url)
    await connection.execute("update forest.shape set sha256 = 'older'")
    await connection.close()
    answer = await client.get("/readyz")
    assert answer.status_code == 503 and answer.headers["content-type"] == "application/problem+json"
    assert "migrate" in answer.json()["detail"]
    assert (await client.get("/healthz")).status_code == 200
