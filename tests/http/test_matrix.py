"""Roles × endpoints × verbs, made from the routes: what each role may ask, and that either fence alone keeps secrets.

A new route is in it by itself. It fails `test_every_route_declares_who_may_ask` until its guard says who may.
"""

import asyncio
import logging
import sys
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import structlog
from litestar.testing import AsyncTestClient

from forestapi import access, logs
from forestapi.access import Scope
from forestapi.app import create_app
from forestapi.db import transaction
from forestapi.db.cluster import Cluster
from forestapi.settings import Settings
from tests.conftest import url
from tests.http.asking import WRITES, Ask, asks, routes
from tests.http.planted import SENDERS, Planted, Sender, headers_of, plant

FENCES = ("both", "database only", "application only")
PRIVATE = ("crew", "household", "worker", "shift", "payment", "held", "submission")


class Instance:
    """One application's settings, what is planted in it, and a token for each sender."""

    def __init__(self, settings: Settings, planted: Planted, headers: dict[Sender, dict[str, str]]) -> None:
        self.settings, self.planted, self.headers = settings, planted, headers


@pytest.fixture(scope="module")
def instance(cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """Plant once for the whole matrix."""
    name = f"matrix_{uuid4().hex[:12]}"
    settings = Settings(database_url=url(cluster, name), data=tmp_path_factory.mktemp("matrix"), rate_per_second=0)

    async def begin() -> Instance:
        server = await asyncpg.connect(url(cluster, "postgres"))
        await server.execute(f"create database {name} template {template}")
        await server.close()
        async with AsyncTestClient(create_app(settings)) as client:
            planted = await plant(settings, client)
        return Instance(settings, planted, {sender: await headers_of(settings, sender) for sender in SENDERS})

    async def end() -> None:
        server = await asyncpg.connect(url(cluster, "postgres"))
        await server.execute(f"drop database {name} with (force)")
        await server.close()

    yield asyncio.run(begin())
    asyncio.run(end())


def switch_off(fence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch one of the fences off: the application's guards wherever they are called, or the database's roles."""
    if fence == "database only":
        allows, reaches = access.allows, access.reaches
        for name, module in list(sys.modules.items()):
            if name.startswith("forestapi."):
                if getattr(module, "allows", None) is allows:
                    monkeypatch.setattr(module, "allows", lambda role, roles: True)
                if getattr(module, "reaches", None) is reaches:
                    monkeypatch.setattr(module, "reaches", lambda scope: Scope())
    elif fence == "application only":
        monkeypatch.setattr(
            transaction, "_BEGIN",
            "select set_config('forest.actor', $1, true), $2::text, $3::text, $4::text, $5::text, "
            "set_config('forest.reason', $6, true), set_config('forest.role', $7, true)",
        )  # fmt: skip


def test_every_route_declares_who_may_ask() -> None:
    silent = [(r.method, r.path) for r in routes(create_app(Settings())) if r.roles is None]
    assert not silent, f"declare who may ask, by guards=[requires(…)] or guards=[anyone]: {silent}"


@pytest.mark.parametrize("fence", FENCES)
async def test_nothing_leaks(
    fence: str, instance: Instance, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    switch_off(fence, monkeypatch)
    app = create_app(instance.settings)
    schema, planted = app.openapi_schema.to_schema(), instance.planted
    before, wrong = await _private_rows(instance.settings), []
    with structlog.testing.capture_logs([logs.without_values]) as told, caplog.at_level(logging.WARNING, "httpx"):
        async with AsyncTestClient(app) as client:
            for route in routes(app):
                for ask in asks(route, planted, schema):
                    for sender in SENDERS:
                        if not _is_asked(ask, sender, fence):
                            continue
                        answer = await _send(client, ask, instance.headers[sender])
                        wrong += _leaks(ask, sender, answer.content + str(answer.headers).encode(), planted)
                        complaint = _complaint(ask, sender, answer) if fence == "both" else None
                        if complaint or answer.status_code >= 500 and answer.status_code != 503:
                            wrong.append((str(sender), ask.route.method, ask.address, answer.status_code, complaint or answer.text))
    assert not wrong, "\n".join(map(str, wrong[:40])) + f"\n{len(wrong)} in all"
    log = repr(told) + caplog.text + cluster.log.read_text(errors="replace")
    assert not [text for text, canary in planted.canaries.items() if canary.kind != "staff" and text.startswith("canary") and text in log]
    secrets = [headers["Authorization"].split()[1] for headers in instance.headers.values() if headers]
    assert not [secret for secret in secrets if secret in log]
    assert await _private_rows(instance.settings) == before, "rows of another crew were changed"


def _is_asked(ask: Ask, sender: Sender, fence: str) -> bool:
    """Leave out what cannot leak: writes that the sender may do, and (by the database alone) ground, which is no secret."""
    may = sender.role in (ask.route.roles or ())
    if fence == "application only" and not may:
        return False  # refused by the guard, as with both
    if fence != "both" and not sender.scope.is_limited and sender.role != "public" and (may or ask.route.method == "GET"):
        return False  # sees everything in any case
    if ask.route.method not in WRITES or ask.number is None:
        return True
    return not (may and sender.reaches(ask.number)) and not (fence == "database only" and ask.route.is_open)


async def _send(client: AsyncTestClient, ask: Ask, headers: dict[str, str]) -> Any:
    content = {"files": {"file": ("sheet.csv", ask.body, "text/csv")}} if ask.is_upload else {"json": ask.body}
    return await client.request(
        ask.route.method, ask.address, headers={**headers, "Forest-Reason": "a test"}, follow_redirects=False,
        **({} if ask.body is None else content),
    )  # fmt: skip


def _leaks(ask: Ask, sender: Sender, content: bytes, planted: Planted) -> list[Any]:
    """Find planted words that the sender may not see, and did not send itself."""
    sent = f"{ask.address} {ask.body}"
    return [
        (str(sender), ask.route.method, ask.address, "leaks", text)
        for text, canary in planted.canaries.items()
        if text.encode() in content and text not in sent and not canary.is_seen_by(sender, ask.route.path)
    ]


def _complaint(ask: Ask, sender: Sender, answer: Any) -> str | None:
    """Say how an answer is not what the route declares."""
    status, is_beyond = answer.status_code, b"out-of-scope" in answer.content and sender.scope.is_limited
    roles, noun = ask.route.roles or frozenset(), ask.route.noun
    if ask.route.roles is None:
        return None
    if sender.role not in roles:
        return None if status == (401 if sender.role == "public" else 403) else "this role may not ask"
    if status in (401, 403) and (ask.number is None or sender.reaches(ask.number)) and not is_beyond and "statistics" not in ask.address:
        return "this role may ask"
    if ask.number is None or not noun or ask.route.is_open:
        return None
    if not sender.reaches(ask.number):
        # a body that says another crew is out of scope, whether there is such a record or not
        is_told = is_beyond and ask.route.method in ("POST", "PUT")
        return None if status == 404 or is_told else "another crew's is as if it were not there"
    if ask.route.method == "GET" and "repair" not in ask.address:
        return None if status == 200 else "one's own is there"
    return None


async def _private_rows(settings: Settings) -> dict[str, list[Any]]:
    connection = await asyncpg.connect(settings.database_url)
    found = {
        table: [tuple(row) for row in await connection.fetch(f"select x::text from forest.{table} x order by 1")]
        for table in PRIVATE
    }
    await connection.close()
    return found
