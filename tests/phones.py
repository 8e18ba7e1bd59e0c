"""A phone as tests play one: it names operations, sends them, and keeps what it was told."""

import asyncio
import hashlib
import json
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from litestar.testing import AsyncTestClient
from uuid_utils.compat import uuid7

from tests.samples import PROGRAMME, worker

Headers = dict[str, str]
CREW = {"code": "crew-a", "programme": PROGRAMME["code"], "name_zh": "一班"}


class Phone:
    """An enrolled phone with its own count of operations."""

    def __init__(self, client: AsyncTestClient, device: str, headers: Headers) -> None:
        """Begin with nothing done."""
        self.client, self.device, self.headers = client, device, headers
        self.seq = 0

    def operation(self, noun: str, action: str, key: str, payload: Any, **others: Any) -> dict[str, Any]:
        """Write an operation as a phone does; `payload` is a document, or the text itself."""
        self.seq += 1
        text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
        return {
            "op": str(uuid7()), "seq": self.seq, "noun": noun, "action": action, "key": key, "base_revision": None,
            "at": "2026-11-24T08:00:00+08:00", "group": None, "resolves": None, "choice": None, "payload": text,
            "sha256": hashlib.sha256(text.encode()).hexdigest(), **others,
        }  # fmt: skip

    def create(self, noun: str, record: dict[str, Any], **others: Any) -> dict[str, Any]:
        """Write the operation that makes a record, which has its id in `id`."""
        content = {name: value for name, value in record.items() if name != "id"}
        return self.operation(noun, "create", record["id"], content, **others)

    async def send(self, *operations: dict[str, Any], sent_at: str | None = None) -> dict[str, Any]:
        """Hand in a batch; give the whole answer."""
        answer = await self.post(*operations, sent_at=sent_at)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, *operations: dict[str, Any], sent_at: str | None = None) -> Any:
        """Hand in a batch; give the answer as it came."""
        body = {"device": self.device, "sent_at": sent_at or datetime.now(UTC).isoformat(), "operations": list(operations)}
        return await self.client.post("/api/v1/sync/batches", json=body, headers=self.headers)

    async def one(self, operation: dict[str, Any]) -> dict[str, Any]:
        """Hand in one operation; give its receipt."""
        (receipt,) = (await self.send(operation))["receipts"]
        return receipt

    async def verify(self, *operations: dict[str, Any]) -> list[dict[str, Any]]:
        """Ask what became of operations."""
        asked = [{"op": each["op"], "sha256": each["sha256"]} for each in operations]
        answer = await self.client.post("/api/v1/sync/verify", json={"operations": asked}, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def pull(self, since: str | None = None, limit: int = 500) -> tuple[list[dict[str, Any]], str]:
        """Fetch all changes after a cursor, page by page."""
        items: list[dict[str, Any]] = []
        while True:
            params = {"limit": limit} | ({} if since is None else {"since": since})
            answer = await self.client.get("/api/v1/sync/changes", params=params, headers=self.headers)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            items, since = items + page["items"], page["next"]
            if not page["is_more"]:
                return items, since


async def at_once(works: Sequence[Coroutine[Any, Any, Any]]) -> list[Any]:
    """Do several things at the same time: the test client holds its caller's thread while it waits, so each gets one."""
    pool = ThreadPoolExecutor(len(works))
    loop = asyncio.get_running_loop()
    try:
        return await asyncio.gather(*(loop.run_in_executor(pool, asyncio.run, work) for work in works))
    finally:
        pool.shutdown(wait=False)


async def enrol(client: AsyncTestClient, headers: Headers, crew: str = CREW["code"], label: str = "foreman") -> Phone:
    """Let a phone in and enrol it."""
    made = await client.post("/api/v1/devices", json={"crew": crew, "label": label}, headers=headers)
    assert made.status_code == 201, made.text
    enrolled = await client.post("/api/v1/devices/enrolments", json={"code": made.json()["enrolment"]["code"]})
    assert enrolled.status_code == 201, enrolled.text
    return Phone(client, enrolled.json()["device"], {"Authorization": f"Bearer {enrolled.json()['token']}"})


async def prepare(client: AsyncTestClient, headers: Headers, workers: int = 2) -> None:
    """Put a programme, a crew and its workers into the ledger."""
    for noun, record in (
        ("programmes", PROGRAMME),
        ("crews", CREW),
        *(("workers", worker(i, crew=CREW["code"], identity={"name": f"工人{i}"})) for i in range(1, workers + 1)),
    ):
        answer = await client.post(f"/api/v1/{noun}", json=record, headers=headers)
        assert answer.status_code == 201, answer.text


def day(index: int, worker_number: int = 1, /, **others: Any) -> dict[str, Any]:
    """Write a shift as a foreman's phone sends it: submitted."""
    from tests.samples import shift

    return shift(index, worker_number, crew=CREW["code"], status="submitted", **others)
