"""A phone as a test plays it: it counts its operations, keeps them, and sends them in batches."""

import hashlib
import json
import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
from litestar.testing import AsyncTestClient
from uuid_utils import uuid7

from forestapi.services import tokens
from forestapi.settings import Settings
from tests.samples import PROGRAMME, key, worker

Headers = dict[str, str]
Operation = dict[str, Any]
CREWS = ("crew-1", "crew-2")


def new_id() -> str:
    """Make an id as a phone does."""
    return str(uuid7())


async def headers_of(settings: Settings, role: str, **scope: Any) -> Headers:
    """Make a token and give the header that carries it."""
    connection = await asyncpg.connect(settings.database_url)
    secret = await tokens.create(connection, role, f"test {role}", **scope)
    await connection.close()
    return {"Authorization": f"Bearer {secret}"}


async def found(client: AsyncTestClient, as_administrator: Headers) -> None:
    """Put in a programme with two crews of two workers each (1, 2 and 3, 4)."""
    await post(client, "programmes", PROGRAMME, as_administrator)
    for number, crew in enumerate(CREWS):
        await post(client, "crews", {"code": crew, "programme": "tengger", "name_zh": crew}, as_administrator)
        for index in (1, 2):
            of = number * 2 + index
            await post(client, "workers", worker(of, crew=crew, number=f"W{of}", identity={"name": f"金丝雀{of}"}),
                       as_administrator)  # fmt: skip


async def post(client: AsyncTestClient, noun: str, record: Any, headers: Headers) -> Any:
    """Create a record in the office."""
    answer = await client.post(f"/api/v1/{noun}", json=record, headers=headers)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


class Phone:
    """A phone of a crew; what it made is in `made`, in order."""

    def __init__(self, client: AsyncTestClient, device: str, token: str, crew: str) -> None:
        self.client, self.device, self.crew = client, device, crew
        self.headers = {"Authorization": f"Bearer {token}"}
        self.made: list[Operation] = []
        self.ahead_s = 0.0

    @classmethod
    async def enrol(cls, client: AsyncTestClient, leader: Headers, crew: str = "crew-1", label: str = "phone") -> "Phone":
        """Have a crew leader make a phone, and read its code."""
        made = await client.post("/api/v1/devices", json={"crew": crew, "label": label}, headers=leader)
        assert made.status_code == 201, made.text
        let_in = await client.post("/api/v1/devices/enrolments", json={"code": made.json()["enrolment"]["code"]})
        assert let_in.status_code == 201, let_in.text
        return cls(client, made.json()["id"], let_in.json()["token"], crew)

    def make(self, noun: str, action: str, record: Any, key: str | None = None, **others: Any) -> Operation:
        """Make an operation, as it then stays."""
        payload = record if isinstance(record, str) else json.dumps(record, ensure_ascii=False)
        moment = datetime.fromtimestamp(datetime.now(UTC).timestamp() + self.ahead_s, UTC)
        operation = {
            "op": new_id(), "seq": len(self.made) + 1, "noun": noun, "action": action, "key": key or new_id(),
            "base_revision": None, "at": moment.isoformat(), "payload": payload,
            "sha256": hashlib.sha256(payload.encode()).hexdigest(), **others,
        }  # fmt: skip
        self.made.append(operation)
        return operation

    def shift(self, of: int = 1, work_date: str = "2018-04-02", key: str | None = None, **others: Any) -> Operation:
        """Log a worker's shift."""
        record = {
            "worker": _worker(of),
            "programme": "tengger", "crew": self.crew, "work_date": work_date, "activity": "planting", "hours": 8,
            "rate_yuan": 160, "wage_yuan": 160, **others,
        }  # fmt: skip
        return self.make("shifts", "create", record, key)

    def photo(self, subject_noun: str, subject: str, content: bytes, **others: Any) -> Operation:
        """Take a photo of a record; its bytes are sent by themselves."""
        sha256 = hashlib.sha256(content).hexdigest()
        record = {"subject_noun": subject_noun, "subject": subject, "taken_at": "2018-04-02T08:00:00+08:00", "lon": 105.1,
                  "lat": 39.1, "accuracy_m": 5, "mime": "image/png", "size": len(content), "file": sha256, **others}  # fmt: skip
        return self.make("photos", "create", record)

    async def put(self, content: bytes, sha256: str | None = None) -> int:
        """Send the bytes of a photo; give the status of the answer."""
        address = f"/api/v1/photos/{sha256 or hashlib.sha256(content).hexdigest()}"
        return (await self.client.put(address, content=content, headers=self.headers)).status_code

    async def post(self, operations: Sequence[Operation], headers: Headers | None = None, **others: Any) -> Any:
        """Send operations, and give the answer as it came."""
        sent_at = datetime.fromtimestamp(datetime.now(UTC).timestamp() + self.ahead_s, UTC).isoformat()
        body = {"device": self.device, "sent_at": sent_at, "operations": list(operations), **others}
        return await self.client.post("/api/v1/sync/batches", json=body, headers=headers or self.headers)

    async def send(self, *operations: Operation) -> list[dict[str, Any]]:
        """Send operations, and give the receipts."""
        answer = await self.post(operations)
        assert answer.status_code == 200, answer.text
        return answer.json()["receipts"]

    async def verify(self, *operations: Operation) -> list[dict[str, Any]]:
        """Ask what became of operations."""
        asked = [{"op": o["op"], "sha256": o["sha256"]} for o in operations]
        answer = await self.client.post("/api/v1/sync/verify", json={"operations": asked}, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def pull(self, since: str | None = None, limit: int = 500) -> tuple[dict[tuple[str, str], Any], str]:
        """Fetch all changes since a cursor: (noun, key) -> the item last seen; and the cursor to go on from."""
        seen: dict[tuple[str, str], Any] = {}
        while True:
            query = {"limit": limit, **({"since": since} if since else {})}
            answer = await self.client.get("/api/v1/sync/changes", params=query, headers=self.headers)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            seen |= {(item["noun"], item["key"]): item for item in page["items"]}
            since = page["next"]
            if not page["is_more"]:
                return seen, since


def png(hidden: bytes = b"", width: int = 2, height: int = 2) -> bytes:
    """Make the beginning of a PNG of some size, with bytes hidden in it."""
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height) + b"\x08\x02\0\0\0" + hidden


def _worker(of: int) -> str:
    return key(20_000 + of)


def outcomes(receipts: Sequence[dict[str, Any]]) -> list[str]:
    """Give the outcomes of receipts."""
    return [receipt["outcome"] for receipt in receipts]


def rules_of(receipt: dict[str, Any]) -> set[str]:
    """Give the rules that a receipt's findings name."""
    return {finding["rule"] for finding in receipt["findings"]}
