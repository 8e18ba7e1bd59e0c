"""Phones, the office, replays, reordering, lost answers and wrong clocks, against a plain model.

A short seeded slice by default; `SYNC_EXAMPLES=500` for a long one.
"""

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as limits
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from litestar.testing import AsyncTestClient

from forestapi.app import create_app
from forestapi.db.cluster import Cluster
from forestapi.services import tokens
from forestapi.settings import Settings
from tests.conftest import url
from tests.phones import CREW, Phone, day, enrol, prepare
from tests.property.sync_model import Ledger
from tests.samples import key

EXAMPLES = int(os.environ.get("SYNC_EXAMPLES", "4"))
STEPS = 25
WORKERS = 3
phones, pick = st.integers(0, 1), st.integers(0, 10_000)
clocks = st.sampled_from(["2016-01-01T00:00:00Z", "2026-11-24T08:00:00+08:00", "2036-01-01T00:00:00Z", "not a time"])
fields = st.one_of(
    st.fixed_dictionaries({"hours": st.integers(4, 8)}),
    st.fixed_dictionaries({"recorder": st.sampled_from(["Wang", "Li"])}),
    st.fixed_dictionaries({"is_insured": st.booleans()}),
)


class World:
    """An application on an empty ledger, in a thread whose loop it belongs to."""

    def __init__(self, cluster: Cluster, template: str, folder: Any) -> None:
        self.loop, self.ended, self.ready = asyncio.new_event_loop(), asyncio.Event(), threading.Event()
        self.name, self.cluster, self.template = f"test_{uuid4().hex[:12]}", cluster, template
        self.settings = Settings(database_url=url(cluster, self.name), data=folder / self.name, rate_per_second=0)
        self.thread = threading.Thread(target=self.loop.run_until_complete, args=(self.live(),))
        self.thread.start()
        assert self.ready.wait(60)

    async def live(self) -> None:
        """Serve until told to end."""
        server = await asyncpg.connect(url(self.cluster, "postgres"))
        await server.execute(f"create database {self.name} template {self.template}")
        self.database = await asyncpg.connect(self.settings.database_url)
        secret = await tokens.create(self.database, "administrator", "office")
        self.office = {"Authorization": f"Bearer {secret}", "Forest-Reason": "office"}
        async with AsyncTestClient(create_app(self.settings)) as self.client:
            await prepare(self.client, self.office, WORKERS)
            self.phones = [await enrol(self.client, self.office, label=f"phone {i}") for i in range(2)]
            self.ready.set()
            await self.ended.wait()
        await self.database.close()
        await server.execute(f"drop database {self.name} with (force)")
        await server.close()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do something in the world's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def close(self) -> None:
        """End, and wait for the end."""
        self.loop.call_soon_threadsafe(self.ended.set)
        self.thread.join(60)


class Machine(RuleBasedStateMachine):
    """What phones and the office may do, in any order."""

    make: Any = None

    def __init__(self) -> None:
        """Begin with two phones of a crew and an empty ledger."""
        super().__init__()
        self.world: World = type(self).make()
        self.model = Ledger()
        self.outboxes: list[list[dict[str, Any]]] = [[], []]
        self.receipts: dict[str, dict[str, Any]] = {}
        self.contents: dict[str, dict[str, Any]] = {}
        self.keys: list[str] = []

    @rule(phone=phones, worker=st.integers(1, WORKERS), date=st.integers(1, 3), hours=st.integers(4, 8), at=clocks)
    def log_a_shift(self, phone: int, worker: int, date: int, hours: int, at: str) -> None:
        """A foreman logs a worker's day."""
        content = {"worker": key(20_000 + worker), "work_date": f"2018-04-0{date}", "hours": hours, "recorder": "Zhao", "is_insured": None}
        self.keys.append(key(50_000 + len(self.keys)))
        record = day(1, worker) | content | {"id": self.keys[-1]}
        self.write(phone, self.world.phones[phone].create("shifts", record, at=at), content)

    @precondition(lambda self: self.keys)
    @rule(phone=phones, which=pick, content=fields, stale=st.booleans(), at=clocks)
    def change_a_shift(self, phone: int, which: int, content: dict[str, Any], stale: bool, at: str) -> None:
        """A foreman changes a shift that the phone had at some revision."""
        shift = self.keys[which % len(self.keys)]
        last = len(self.model.versions.get(shift, [])) or 1
        base = max(1, last - 1) if stale else last
        self.write(phone, self.world.phones[phone].operation("shifts", "update", shift, content, base_revision=base, at=at), content)

    def write(self, phone: int, operation: dict[str, Any], content: dict[str, Any]) -> None:
        """Put an operation into a phone's outbox."""
        self.contents[operation["op"]] = content
        self.outboxes[phone].append(operation)

    @precondition(lambda self: self.model.alive)
    @rule(which=pick, content=fields)
    def the_office_edits(self, which: int, content: dict[str, Any]) -> None:
        """An administrator changes a shift."""
        shift = sorted(self.model.alive)[which % len(self.model.alive)]
        answer = self.office("PATCH", shift, content)
        assert answer.status_code == 200, answer.text
        self.model.edit(shift, content)

    @precondition(lambda self: self.model.alive)
    @rule(which=pick)
    def the_office_deletes(self, which: int) -> None:
        """An administrator deletes a shift."""
        shift = sorted(self.model.alive)[which % len(self.model.alive)]
        assert self.office("DELETE", shift).status_code == 204
        self.model.deleted.add(shift)

    def office(self, method: str, shift: str, body: Any = None) -> Any:
        """Ask as an administrator."""
        further = {} if body is None else {"json": body}
        return self.world.run(
            self.world.client.request(method, f"/api/v1/shifts/{shift}", headers=self.world.office, **further)
        )

    @precondition(lambda self: any(self.outboxes))
    @rule(phone=phones, data=st.data(), is_cut=st.booleans(), at=st.sampled_from(["2016-01-01T00:00:00Z", "2036-01-01T00:00:00Z"]))
    def send(self, phone: int, data: Any, is_cut: bool, at: str) -> None:
        """A phone hands in some of what it has, in any order, some of it twice; the answer may be lost."""
        if not self.outboxes[phone]:
            return
        batch = data.draw(st.lists(st.sampled_from(self.outboxes[phone]), min_size=1, max_size=6))
        answer = self.world.run(self.world.phones[phone].send(*batch, sent_at=at))
        self.model.receive([{**o, "content": self.contents[o["op"]]} for o in batch])
        if is_cut:
            return
        for operation, receipt in zip(batch, answer["receipts"], strict=True):
            op = operation["op"]
            assert receipt["outcome"] == self.model.outcomes[op], (operation, receipt)
            self.receipts[op] = receipt

    def teardown(self) -> None:
        """Hand everything in, and hold the ledger to the model."""
        try:
            for phone, outbox in enumerate(self.outboxes):
                for start in range(0, len(outbox), 50):
                    batch = outbox[start : start + 50]
                    answer = self.world.run(self.world.phones[phone].send(*batch))
                    self.model.receive([{**o, "content": self.contents[o["op"]]} for o in batch])
                    for operation, receipt in zip(batch, answer["receipts"], strict=True):
                        assert receipt["outcome"] == self.model.outcomes[operation["op"]], (operation, receipt)
            self.check()
        finally:
            self.world.close()

    def check(self) -> None:
        """Each operation is here once; shifts and pay are the model's; a pull from zero equals the database."""
        database = self.world.database
        rows = self.world.run(database.fetch("select op::text, sha256, outcome from forest.sync_operation"))
        sent = {o["op"]: o["sha256"] for outbox in self.outboxes for o in outbox}
        assert {row["op"]: row["sha256"].hex() for row in rows} == sent
        assert {row["op"]: row["outcome"] for row in rows} == self.model.outcomes
        shifts = self.world.run(
            database.fetch("select id::text, worker::text, work_date::text, hours, recorder, is_insured, wage_yuan from forest.shift")
        )
        found = {row["id"]: {name: row[name] for name in row.keys() if name not in ("id", "wage_yuan")} for row in shifts}  # noqa: SIM118
        assert found == self.model.alive
        assert sum(row["wage_yuan"] for row in shifts) == 160 * len(self.model.alive)
        first: Phone = self.world.phones[0]
        items, _ = self.world.run(first.pull(limit=7))
        latest = {i["key"]: i for i in items if i["noun"] == "shifts"}
        assert {k for k, i in latest.items() if not i["is_deleted"]} == set(self.model.alive)
        assert {k for k, i in latest.items() if i["is_deleted"]} == self.model.deleted
        assert {k: i["record"]["hours"] for k, i in latest.items() if i["record"]} == {k: v["hours"] for k, v in self.model.alive.items()}
        assert all(i["record"]["crew"] == CREW["code"] for i in latest.values() if i["record"])


def test_whatever_phones_and_office_do_nothing_is_lost_and_nothing_doubled(
    cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("instances")
    Machine.make = staticmethod(lambda: World(cluster, template, folder))
    run_state_machine_as_test(
        Machine,
        settings=limits(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, derandomize=True,
            phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
