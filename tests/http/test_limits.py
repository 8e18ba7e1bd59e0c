"""What one sender may ask for, and the headers of every answer."""

import asyncpg
import msgspec
import pytest
from litestar.testing import AsyncTestClient

from forestapi.app import create_app
from forestapi.errors import BadRequest, TooLarge
from forestapi.routes._security import JSON_BRACKETS, JSON_DEPTH, check_nesting
from forestapi.services import tokens
from forestapi.settings import Settings


async def test_a_sender_that_asks_too_often_is_told_to_wait_and_forged_headers_do_not_help(
    settings: Settings,
) -> None:
    few = msgspec.structs.replace(settings, rate_per_second=0.001, rate_burst=3)
    async with AsyncTestClient(create_app(few)) as client:
        codes = [
            (await client.get("/healthz", headers={"X-Forwarded-For": f"10.0.0.{i}"})).status_code
            for i in range(5)
        ]
        assert codes == [200, 200, 200, 429, 429]
        answer = await client.get("/healthz")
        assert answer.headers["retry-after"] and answer.json()["code"] == "too-many-requests"


async def test_a_flood_of_bad_tokens_is_stopped_before_it_costs_the_database_and_harms_no_valid_one(settings: Settings) -> None:
    few = msgspec.structs.replace(settings, rate_per_second=0.001, rate_burst=4)
    connection = await asyncpg.connect(settings.database_url)
    valid = {"Authorization": f"Bearer {await tokens.create(connection, 'analyst', 'one')}"}
    await connection.close()
    async with AsyncTestClient(create_app(few)) as client:
        assert (await client.get("/api/v1/crews", headers=valid)).status_code == 200
        codes = []
        for i in range(5):
            headers = {"Authorization": f"Bearer forest_guess{i}", "X-Forwarded-For": f"10.0.0.{i}", "Forwarded": f"for=10.0.0.{i}"}
            codes.append((await client.get("/api/v1/crews", headers=headers)).status_code)
        assert codes == [401, 401, 401, 429, 429]
        assert (await client.get("/api/v1/crews", headers=valid)).status_code == 200
    async with AsyncTestClient(create_app(few)) as client:
        for expected in (200, 200, 200, 200, 200, 429):  # one from the address's bucket, then four of its own
            assert (await client.get("/api/v1/crews", headers=valid)).status_code == expected


async def test_every_answer_carries_secure_headers(client: AsyncTestClient, as_analyst: dict[str, str]) -> None:
    for address in ("/", "/api/v1/plots", "/nothing", "/docs", "/tiles/plots/3/1/1.mvt"):
        answer = await client.get(address)
        assert answer.headers["x-content-type-options"] == "nosniff", address
        assert answer.headers["content-security-policy"], address
    private = await client.get("/api/v1/plots", headers=as_analyst)
    assert private.headers["cache-control"] == "private, no-store"
    assert "Authorization" in private.headers["vary"]


async def test_a_large_body_is_refused(client: AsyncTestClient, as_administrator: dict[str, str]) -> None:
    answer = await client.post(
        "/api/v1/programmes",
        content=b'{"code": "' + b"x" * 1_000_001 + b'"}',
        headers={**as_administrator, "Content-Type": "application/json"},
    )
    assert answer.status_code == 413


def test_nesting_counts_outside_of_strings() -> None:
    check_nesting(b'{"a": "' + b"[" * 1000 + b'"}')
    check_nesting(b"[" * JSON_DEPTH + b"]" * JSON_DEPTH + b"[]")
    with pytest.raises(BadRequest):
        check_nesting(b"[" * (JSON_DEPTH + 1) + b"]" * (JSON_DEPTH + 1))
    with pytest.raises(TooLarge):
        check_nesting(b"[" + b"[]," * JSON_BRACKETS + b"[]]")
