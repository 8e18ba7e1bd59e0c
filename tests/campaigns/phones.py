"""Foremen's phones: what each does in its days without a network, by a seed, and how it hands it in until it is receipted."""

import asyncio
import hashlib
import json
import random
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from tests.campaigns.model import DONE, Ledger
from tests.campaigns.network import Network

Document = dict[str, Any]
PROGRAMME = "tengger"
WORKERS = 16
"""Workers of a crew."""
ROUNDS = 3
"""How often a phone finds a network in its days."""
BATCH = 36
"""New operations of a batch; with those that are sent again, 50."""
DUPLICATED, REORDERED, TWICE = 0.3, 0.2, 0.05
"""Shares of operations that are sent again, that are sent in another order, and of batches that come twice at once."""

TWO_CHANGES: tuple[tuple[Document | None, Document], ...] = (
    ({"hours": 3}, {"hours": 5}),
    ({"recorder": "office"}, {"recorder": "phone"}),
    ({"recorder": "office"}, {"hours": 6}),
    ({"is_insured": True}, {"recorder": "phone"}),
    (None, {"recorder": "phone"}),
)
"""What the office changes (None: deletes) while the phone, without a network, changes the same shift."""


def uuid(rng: random.Random, count: int) -> str:
    """Make a UUID of version 7 that is the same for the same seed."""
    return str(UUID(int=(0x019A_BC00_0000 + count << 80) | (7 << 76) | (rng.getrandbits(12) << 64) | (2 << 62) | rng.getrandbits(62)))


def crew_of(phone: int) -> int:
    """Say which crew a phone is of: every tenth phone is the second of its crew."""
    return phone - 1 if phone % 10 == 9 else phone


def is_shared(phone: int) -> bool:
    """Whether another phone is of the same crew."""
    return phone % 10 in (8, 9)


def worker_id(crew: int, number: int) -> str:
    """Name a worker of a crew."""
    return str(UUID(int=(0x019A_0000_0000 << 80) | (7 << 76) | (2 << 62) | (crew << 16) | number))


class Foreman:
    """What one person does: shifts of the crew every day, plots, plantings, surveys, photos, corrections, deletions."""

    def __init__(self, seed: int, phone: int, days: int, photo_bytes: int) -> None:
        """Begin with nothing done."""
        self.rng = random.Random(f"{seed} {phone}")
        self.phone, self.days, self.photo_bytes = phone, days, photo_bytes
        self.crew = f"crew-{crew_of(phone)}"
        self.ledger = Ledger([worker_id(crew_of(phone), n) for n in range(WORKERS)])
        self.seq = self.made = 0
        self.todo: list[Document] = []
        self.plots: list[str] = []
        self.shifts: list[str] = []
        self.own_workers = [worker_id(crew_of(phone), n) for n in range(WORKERS)]
        self.open: set[str] = set()
        """Records with an operation of this round: what comes of a second one would depend on the order of arrival."""
        self.conflicts: list[Document] = []
        self.photos: dict[str, bytes] = {}
        self.changed_by_office: list[tuple[str, int, Document]] = []
        self.contested: list[Document] = []
        """Shifts of worker-days that the other phone of the crew may log too; no model can say whose comes first."""

    def rounds(self) -> Iterator[list[Document]]:
        """Give the operations of each time with a network; between two of them the ledger has to have received them."""
        per = -(-self.days // ROUNDS)
        for start in range(0, self.days, per):
            self.todo, self.open = [], set()
            self.decide_conflicts()
            if start:
                self.correct_what_the_office_changed()
            for day in range(start, min(start + per, self.days)):
                self.work(day)
            yield self.todo
        self.todo, self.open = [], set()
        self.decide_conflicts()
        yield self.todo

    def work(self, day: int) -> None:
        """Do one day."""
        rng, date = self.rng, f"2018-04-{day + 1:02d}"
        if day == 2:
            made = self.do("workers", "create", {"sex": "female", "birth_year": 1980, "crew": self.crew})
            self.own_workers.append(made["key"])
        if day % 3 == 0:
            self.plant(day, date)
        first = 4 if self.phone % 10 == 9 else 0
        team = self.own_workers[first : first + 12] if is_shared(self.phone) else self.own_workers
        for n, worker in enumerate(rng.sample(team, 10 if day % 3 == 0 else 9)):
            self.log(worker, date, "draft" if n == 0 and not self.may_be_logged_twice(worker) else "submitted")
        if day % 4 == 1 and self.plots:
            survey = {"plot": rng.choice(self.plots), "surveyed_on": f"2018-05-{day + 1:02d}", "stage": "establishment", "sample_holes": 100,
                      "live_holes": rng.randint(20, 100)}  # fmt: skip
            self.photograph("surveys", self.do("surveys", "create", survey)["key"])
        for _ in range(2):
            self.correct()
        if day % 2 == 1:
            self.delete()
        if day % 2 == 0:
            self.photograph("plots", rng.choice(self.plots))

    def plant(self, day: int, date: str) -> None:
        """Walk a plot and plant it; every other time both are one thing to the foreman."""
        k = len(self.plots)
        lon, lat = 100 + self.phone % 25 / 10 + k % 10 / 500, 37.5 + self.phone // 25 / 10 + k // 10 / 500
        ring = [[lon, lat], [lon + 0.0015, lat], [lon + 0.0015, lat + 0.0015], [lon, lat + 0.0015], [lon, lat]]
        group = uuid(self.rng, self.made) if k % 2 else None
        boundary = {"type": "Polygon", "coordinates": [[[round(x, 6), round(y, 6)] for x, y in ring]]}
        plot = self.do(
            "plots", "create", {"programme": PROGRAMME, "number": f"P-{self.phone}-{k}", "compartment": "1"},
            further={"boundary": boundary}, group=group,
        )  # fmt: skip
        self.plots.append(plot["key"])
        self.do("plantings", "create", {"plot": plot["key"], "kind": "new", "started_on": date}, group=group)

    def log(self, worker: str, date: str, status: str) -> None:
        """Log a worker's day."""
        content = {
            "worker": worker, "programme": PROGRAMME, "crew": self.crew, "work_date": date, "activity": "planting", "hours": 8,
            "quantity": 1, "rate_yuan": 160, "wage_yuan": 160, "status": status, "recorder": "Zhao",
        }  # fmt: skip
        if self.may_be_logged_twice(worker):
            self.contested.append(self.do("shifts", "create", content, is_contested=True))
        else:
            self.shifts.append(self.do("shifts", "create", content)["key"])

    def may_be_logged_twice(self, worker: str) -> bool:
        """Whether the other phone of the crew may log this worker's days too."""
        return is_shared(self.phone) and worker in [worker_id(crew_of(self.phone), n) for n in range(4, 12)]

    def correct(self) -> None:
        """Change something of an earlier round, at the revision that the phone has."""
        rng = self.rng
        key = self.settled(self.shifts if rng.random() < 0.7 or not self.plots else self.plots)
        if key:
            shift = rng.choice([{"hours": rng.randint(4, 7)}, {"recorder": rng.choice("ABC")}, {"is_insured": True}])
            noun = self.ledger.noun[key]
            self.do(noun, "update", shift if noun == "shifts" else {"compartment": str(rng.randint(2, 9))}, key=key)

    def delete(self) -> None:
        """Delete a shift of an earlier round; of one that was submitted it is refused."""
        drafts = [k for k in self.shifts if self.ledger.versions.get(k, [{}])[-1].get("status") == "draft"]
        key = self.settled(drafts if self.rng.random() < 0.7 else self.shifts)
        if key:
            self.do("shifts", "delete", {"reason": "logged twice"}, key=key)

    def settled(self, keys: list[str]) -> str | None:
        """Choose a record of an earlier round with which nothing has been done in this one."""
        found = [k for k in keys if k in self.ledger.alive_keys and k not in self.open]
        return self.rng.choice(found) if found else None

    def office(self) -> list[tuple[str, str, Document | None]]:
        """Say what the office does to this phone's records now: noun, key, changed fields or None for a deletion."""
        self.changed_by_office, self.open = [], {operation["key"] for operation in self.conflicts}
        edits: list[tuple[str, str, Document | None]] = []
        for office, mine in TWO_CHANGES:
            key = self.settled(self.shifts)
            if key:
                self.changed_by_office.append((key, len(self.ledger.versions[key]), mine))
                self.open.add(key)
                edits.append(("shifts", key, office))
        return edits

    def correct_what_the_office_changed(self) -> None:
        """Change the same records, at the revisions that the phone had before."""
        for key, base, content in self.changed_by_office:
            self.conflicts.append(self.do("shifts", "update", content, key=key, base=base))

    def decide_conflicts(self) -> None:
        """Keep mine, keep the office's, or ask."""
        for operation in self.conflicts:
            if self.ledger.outcomes[operation["op"]] == "conflict":
                choice = self.rng.choice(["mine", "office", "ask"])
                content = operation["content"] if choice == "mine" else {}
                self.do("shifts", "update", content, key=operation["key"], resolves=operation["op"], choice=choice)
        self.conflicts = []

    def photograph(self, noun: str, subject: str) -> None:
        """Take a photo: its description is an operation, its file goes by itself."""
        head = b"\xff\xd8\xff\xc0\x00\x11\x08" + (1200).to_bytes(2) + (1600).to_bytes(2) + b"\x03" + bytes(9)
        content = head + self.rng.randbytes(self.photo_bytes)
        sha256 = hashlib.sha256(content).hexdigest()
        self.photos[sha256] = content
        said = {"subject_noun": noun, "subject": subject, "mime": "image/jpeg", "size": len(content), "file": sha256, "lon": 105.0, "lat": 39.0}
        self.do("photos", "create", said)

    def do(
        self, noun: str, action: str, content: Document, *, key: str | None = None, further: Document | None = None,
        base: int | None = None, is_contested: bool = False, **others: Any,
    ) -> Document:  # fmt: skip
        """Write an operation down."""
        self.seq, self.made = self.seq + 1, self.made + 2
        if base is None and key is not None:
            base = len(self.ledger.versions[key])
        key = key or uuid(self.rng, self.made)
        self.open.add(key)
        text = json.dumps(content | (further or {}))
        operation = {
            "op": uuid(self.rng, self.made + 1), "seq": self.seq, "noun": noun, "action": action, "key": key, "base_revision": base,
            "at": "2036-04-01T08:00:00+08:00" if self.phone % 7 == 0 else "2018-04-01T08:00:00+08:00",
            "group": None, "resolves": None, "choice": None, "payload": text,
            "sha256": hashlib.sha256(text.encode()).hexdigest(), **others,
        }  # fmt: skip
        self.todo.append({**operation, "content": {} if action == "delete" else content, "phone": self.phone, "is_contested": is_contested})
        return self.todo[-1]


class Sender:
    """A phone that hands in what its foreman did, over a bad network, until everything is receipted."""

    def __init__(self, foreman: Foreman, network: Network, device: str, token: str) -> None:
        """Begin with nothing sent."""
        self.foreman, self.network, self.device = foreman, network, device
        self.headers = {"Authorization": f"Bearer {token}"}
        self.sent: list[Document] = []
        self.receipts: dict[str, list[Document]] = {}
        self.latencies_s: list[float] = []
        self.received = 0
        """Operations that the server was handed and answered, with those that were sent again."""

    async def hand_in(self, operations: list[Document]) -> None:
        """Send operations of one round, and the photos that they describe."""
        for batch in self.arranged(operations):
            await self.deliver(batch)
        for operation in operations:
            if operation["noun"] == "photos" and operation["action"] == "create":
                sha256 = operation["content"]["file"]
                await self.until_answered("PUT", f"/api/v1/photos/{sha256}", self.foreman.photos[sha256], (200, 201))

    def arranged(self, operations: list[Document]) -> Iterator[list[Document]]:
        """Make batches: some operations later than their turn, some twice; a group stays in one batch."""
        rng = self.foreman.rng
        units: dict[str, list[Document]] = {}
        for operation in operations:
            units.setdefault(operation["group"] or operation["op"], []).append(operation)
        # a second phone's batch may look at what waits of this one's just when its parent comes: the next one admits it then
        late = [u for u in units.values() if not is_shared(self.foreman.phone) and rng.random() < REORDERED]
        order = [u for u in units.values() if u not in late]
        for unit in late:
            order.insert(rng.randint(len(order) // 2, len(order)), unit)
        flat = [operation for unit in order for operation in unit]
        while flat:
            end = min(BATCH, len(flat))
            while end < len(flat) and flat[end]["group"] and flat[end]["group"] == flat[end - 1]["group"]:
                end -= 1
            new, flat = flat[:end], flat[end:]
            again = rng.sample(self.sent, min(len(self.sent), round(DUPLICATED * len(new)), 49 - len(new)))
            if not self.sent:
                again = [rng.choice(new)]
            yield new + again
            self.sent += new

    async def deliver(self, batch: list[Document]) -> None:
        """Send a batch until every operation of it has a receipt."""
        model = self.foreman.ledger
        while batch:
            body = self.body(batch)
            if self.foreman.rng.random() < TWICE:
                answers = await asyncio.gather(*(self.until_answered("POST", "/api/v1/sync/batches", body) for _ in range(2)))
            else:
                answers = [await self.until_answered("POST", "/api/v1/sync/batches", body)]
            receipts = answers[0]["receipts"]
            self.received += len(batch) * len(answers)
            done = []
            for operation, receipt in zip(batch, receipts, strict=True):
                if receipt["outcome"] != "retry":
                    done.append(operation)
                    self.receipts.setdefault(operation["op"], []).append(receipt)
            model.receive([o for o in done if not o["is_contested"]])
            batch = [o for o in batch if o not in done]
            await self.doubt(done)

    async def doubt(self, done: list[Document]) -> None:
        """Ask at once whether what a receipt says is so, one time in ten."""
        if done and self.foreman.rng.random() < 0.1:
            one = self.foreman.rng.choice(done)
            body = json.dumps({"operations": [{"op": one["op"], "sha256": one["sha256"]}]}).encode()
            (item,) = (await self.until_answered("POST", "/api/v1/sync/verify", body))["items"]
            assert item["is_known"] and item["is_same"], f"a receipt was given for {one['op']}, which is not there"

    def body(self, batch: list[Document]) -> bytes:
        """Write a batch as a phone does."""
        said = [{n: v for n, v in o.items() if n not in ("content", "phone", "is_contested")} for o in batch]
        return json.dumps({"device": self.device, "sent_at": "2036-04-01T08:00:00Z", "operations": said}).encode()

    async def until_answered(self, method: str, path: str, body: bytes | None = None, expected: tuple[int, ...] = (200,)) -> Any:
        """Ask until there is an answer; a phone has all the time in the world."""
        answer, seconds = await self.network.until_answered(method, path, self.headers, body, expected, self.foreman.rng)
        if path.endswith("batches"):
            self.latencies_s.append(seconds)
        return answer

    async def verify(self) -> list[Document]:
        """Ask what became of everything."""
        items = []
        for start in range(0, len(self.sent), 500):
            asked = [{"op": o["op"], "sha256": o["sha256"]} for o in self.sent[start : start + 500]]
            items += (await self.until_answered("POST", "/api/v1/sync/verify", json.dumps({"operations": asked}).encode()))["items"]
        return items

    async def pull(self) -> dict[tuple[str, str], Document]:
        """Fetch everything from the beginning, page by page: (noun, key) -> the last that was said of it."""
        found: dict[tuple[str, str], Document] = {}
        since, is_more = "", True
        while is_more:
            page = await self.until_answered("GET", f"/api/v1/sync/changes?limit=1000{since}")
            found |= {(item["noun"], item["key"]): item for item in page["items"]}
            since, is_more = f"&since={page['next']}", page["is_more"]
        return found

    @property
    def promised(self) -> dict[str, Document]:
        """The last receipt of each operation."""
        return {op: told[-1] for op, told in self.receipts.items()}

    def is_done(self, op: str) -> bool:
        """Whether the phone was ever told that an operation is in the ledger."""
        return any(receipt["outcome"] in DONE for receipt in self.receipts[op])
