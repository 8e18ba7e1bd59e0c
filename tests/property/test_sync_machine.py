"""Phones, the office, replays, reordering, lost answers and wrong clocks, against a plain model.

A short seeded slice by default; `SYNC_EXAMPLES=500` for a long one.
"""

import asyncio
import hashlib
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
from tests.campaigns.model import Ledger
from tests.conftest import url
from tests.phones import CREW, day, enrol, prepare
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
        self.model = Ledger([key(20_000 + n) for n in range(1, WORKERS + 1)])
        self.outboxes: list[list[list[dict[str, Any]]]] = [[], []]
        """Of each phone: operations, those of a group together."""
        self.receipts: dict[str, dict[str, Any]] = {}
        self.keys: list[str] = []
        self.photos: list[str] = []

    @rule(phone=phones, worker=st.integers(1, WORKERS), date=st.integers(1, 3), hours=st.integers(4, 8), at=clocks,
          status=st.sampled_from(["submitted", "submitted", "draft"]))  # fmt: skip
    def log_a_shift(self, phone: int, worker: int, date: int, hours: int, at: str, status: str) -> None:
        """A foreman logs a worker's day."""
        self.write(phone, self.shift(phone, worker, date, hours, status=status, at=at))

    @rule(phone=phones, date=st.integers(1, 3), hours=st.integers(4, 8), second=st.integers(1, WORKERS))
    def log_a_group(self, phone: int, date: int, hours: int, second: int) -> None:
        """A foreman logs a new worker and the day of two, as one thing."""
        group = {"group": key(90_000 + len(self.keys))}
        new = key(60_000 + len(self.keys))
        content = {"sex": "female", "birth_year": 1980, "crew": CREW["code"]}
        made = self.operation(phone, "workers", "create", new, content, content, **group)
        number = self.number_of(new)
        self.write(phone, made, self.shift(phone, number, date, hours, **group), self.shift(phone, second, date, hours, **group))

    def number_of(self, worker: str) -> int:
        """Give the number by which `tests.samples` names a worker."""
        return int(worker[-12:], 16) - int(key(20_000)[-12:], 16)

    def shift(self, phone: int, worker: int, date: int, hours: int, status: str = "submitted", **others: Any) -> dict[str, Any]:
        """Write the operation that makes a shift."""
        content = {"worker": key(20_000 + worker), "work_date": f"2018-04-0{date}", "hours": hours, "recorder": "Zhao", "is_insured": None,
                   "status": status}  # fmt: skip
        self.keys.append(key(50_000 + len(self.keys)))
        record = day(1, worker) | content
        return self.operation(phone, "shifts", "create", self.keys[-1], {n: v for n, v in record.items() if n != "id"}, content, **others)

    @precondition(lambda self: self.keys)
    @rule(phone=phones, which=pick, content=fields, stale=st.booleans(), at=clocks)
    def change_a_shift(self, phone: int, which: int, content: dict[str, Any], stale: bool, at: str) -> None:
        """A foreman changes a shift that the phone had at some revision."""
        shift, base = self.one_of(which, stale)
        self.write(phone, self.operation(phone, "shifts", "update", shift, content, content, base_revision=base, at=at))

    @precondition(lambda self: self.keys)
    @rule(phone=phones, which=pick, stale=st.booleans())
    def delete_a_shift(self, phone: int, which: int, stale: bool) -> None:
        """A foreman deletes a shift that the phone had at some revision."""
        shift, base = self.one_of(which, stale)
        self.write(phone, self.operation(phone, "shifts", "delete", shift, {"reason": "twice"}, {}, base_revision=base))

    def one_of(self, which: int, stale: bool) -> tuple[str, int]:
        """Choose a shift, and a revision of it that a phone may have had."""
        shift = self.keys[which % len(self.keys)]
        last = len(self.model.versions.get(shift, [])) or 1
        return shift, max(1, last - 1) if stale else last

    @precondition(lambda self: self.conflicts)
    @rule(phone=phones, which=pick, choice=st.sampled_from(["mine", "office", "ask"]))
    def decide_a_conflict(self, phone: int, which: int, choice: str) -> None:
        """A foreman keeps what the phone wants, or what the office has, or asks."""
        cited = self.conflicts[which % len(self.conflicts)]
        is_delete = cited["action"] == "delete" and choice == "mine"
        content = cited["content"] if choice == "mine" and not is_delete else {}
        self.write(phone, self.operation(
            phone, "shifts", "delete" if is_delete else "update", cited["key"], content, content, resolves=cited["op"], choice=choice,
            base_revision=len(self.model.versions[cited["key"]]),
        ))  # fmt: skip

    @property
    def conflicts(self) -> list[dict[str, Any]]:
        """The changes and deletions that were answered by a conflict."""
        return [
            o for outbox in self.outboxes for unit in outbox for o in unit
            if o["action"] != "create" and self.model.outcomes.get(o["op"]) == "conflict"
        ]  # fmt: skip

    @precondition(lambda self: self.keys)
    @rule(phone=phones, which=pick, has_file=st.booleans())
    def take_a_photo(self, phone: int, which: int, has_file: bool) -> None:
        """A foreman photographs a shift; the file goes by itself, before or after the description."""
        self.photos.append(key(70_000 + len(self.photos)))
        content = b"\xff\xd8\xff\xc0\x00\x11\x08\x00\x10\x00\x10" + len(self.photos).to_bytes(12)
        sha256 = hashlib.sha256(content).hexdigest()
        said = {"subject_noun": "shifts", "subject": self.keys[which % len(self.keys)], "mime": "image/jpeg", "size": len(content), "file": sha256}
        self.write(phone, self.operation(phone, "photos", "create", self.photos[-1], said, said))
        if has_file:
            headers = self.world.phones[phone].headers
            answer = self.world.run(self.world.client.put(f"/api/v1/photos/{sha256}", content=content, headers=headers))
            assert answer.status_code == 201, answer.text

    @precondition(lambda self: self.photos)
    @rule(phone=phones, which=pick)
    def delete_a_photo(self, phone: int, which: int) -> None:
        """A foreman deletes a photo."""
        self.write(phone, self.operation(phone, "photos", "delete", self.photos[which % len(self.photos)], {}, {}))

    def operation(self, phone: int, noun: str, action: str, key: str, payload: Any, content: Any, **others: Any) -> dict[str, Any]:
        """Write an operation as the phone does, with what the model has to know."""
        made = self.world.phones[phone].operation(noun, action, key, payload, **others)
        return {**made, "content": content, "phone": phone}

    def write(self, phone: int, *operations: dict[str, Any]) -> None:
        """Put operations into a phone's outbox."""
        self.outboxes[phone].append(list(operations))

    @precondition(lambda self: self.model.alive("shifts"))
    @rule(which=pick, content=fields)
    def the_office_edits(self, which: int, content: dict[str, Any]) -> None:
        """An administrator changes a shift."""
        shift = self.alive_shift(which)
        if self.model.is_taken(self.model.versions[shift][-1], shift):
            return  # a draft beside a shift that counts: the rules hold any change of it
        answer = self.office("PATCH", shift, content)
        assert answer.status_code == 200, answer.text
        self.model.edit(shift, content)

    @precondition(lambda self: self.model.alive("shifts"))
    @rule(which=pick)
    def the_office_deletes(self, which: int) -> None:
        """An administrator deletes a shift."""
        shift = self.alive_shift(which)
        assert self.office("DELETE", shift).status_code == 204
        self.model.remove(shift)

    def alive_shift(self, which: int) -> str:
        """Choose a shift that is in the ledger."""
        alive = sorted(self.model.alive("shifts"))
        return alive[which % len(alive)]

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
        units = data.draw(st.lists(st.sampled_from(self.outboxes[phone]), min_size=1, max_size=6))
        self.hand_in(phone, [o for unit in units for o in unit], sent_at=at, is_cut=is_cut)

    def hand_in(self, phone: int, batch: list[dict[str, Any]], sent_at: str | None = None, is_cut: bool = False) -> None:
        """Send a batch; what it is answered, if the answer comes, is what the model says."""
        plain = [{n: v for n, v in o.items() if n not in ("content", "phone")} for o in batch]
        answer = self.world.run(self.world.phones[phone].send(*plain, sent_at=sent_at))
        self.model.receive(batch)
        for operation, receipt in zip(batch, answer["receipts"], strict=True):
            assert is_cut or receipt["outcome"] == self.model.outcomes[operation["op"]], (operation, receipt)

    def teardown(self) -> None:
        """Hand everything in, and hold the ledger to the model."""
        try:
            for phone, outbox in enumerate(self.outboxes):
                for start in range(0, len(outbox), 15):
                    self.hand_in(phone, [o for unit in outbox[start : start + 15] for o in unit])
            self.check()
        finally:
            self.world.close()

    def check(self) -> None:
        """Each operation is here once; shifts, pay and photos are the model's; a pull from zero equals the database."""
        rows = self.fetch("select op::text, sha256, outcome from forest.sync_operation")
        sent = {o["op"]: o["sha256"] for outbox in self.outboxes for unit in outbox for o in unit}
        assert {row["op"]: row["sha256"].hex() for row in rows} == sent
        assert {row["op"]: row["outcome"] for row in rows} == self.model.outcomes
        shifts = self.fetch("select id::text, worker::text, work_date::text, hours, recorder, is_insured, status, wage_yuan from forest.shift")
        found = {row["id"]: {name: row[name] for name in row.keys() if name not in ("id", "wage_yuan")} for row in shifts}  # noqa: SIM118
        alive = self.model.alive("shifts")
        assert found == alive
        assert sum(row["wage_yuan"] for row in shifts) == 160 * len(alive)
        photos = {row["id"] for row in self.fetch("select id::text from forest.photo")}
        assert photos == set(self.model.alive("photos"))
        items, _ = self.world.run(self.world.phones[0].pull(limit=7))
        latest = {i["key"]: i for i in items if i["noun"] in ("shifts", "photos")}
        assert {k for k, i in latest.items() if not i["is_deleted"]} == set(alive) | photos
        assert {k for k, i in latest.items() if i["is_deleted"]} == self.model.deleted
        assert {k: i["record"]["hours"] for k, i in latest.items() if i["noun"] == "shifts" and i["record"]} == {k: v["hours"] for k, v in alive.items()}
        assert all(i["record"]["crew"] == CREW["code"] for i in latest.values() if i["noun"] == "shifts" and i["record"])

    def fetch(self, statement: str) -> list[Any]:
        """Read the database itself."""
        return self.world.run(self.world.database.fetch(statement))


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
