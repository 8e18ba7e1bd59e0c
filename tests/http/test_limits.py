"""What one sender may ask for, and the headers of every answer."""

import msgspec
import pytest
from litestar.testing import AsyncTestClient

from forestapi.app import create_app
from forestapi.errors import BadRequest, TooLarge
from forestapi.routes._security import JSON_BRACKETS, JSON_DEPTH, check_nesting
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
