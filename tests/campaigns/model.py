"""What sync promises, as plainly as it can be said: a crew's ledger in dictionaries, for campaigns and the state machine to be held to."""

from collections.abc import Sequence
from typing import Any

PAY = {"worker", "work_date", "number", "hours", "pay_basis", "quantity", "rate_yuan", "wage_yuan", "is_paid"}
PARENTS = {"plantings": ("plot",), "surveys": ("plot",), "shifts": ("worker", "plot"), "photos": ("subject",)}
"""Noun -> the fields that name what has to be there first."""
DONE = ("created", "updated", "unchanged")
Document = dict[str, Any]


class Ledger:
    """Records with all their versions; operations with what became of each the first time.

    An operation is a document with op, seq, phone, noun, action, key, base_revision, group, choice and content: the
    fields that it makes or changes.
    """

    def __init__(self, there: Sequence[str] = ()) -> None:
        """Begin with nothing but the records `there`, which others rest on."""
        self.versions: dict[str, list[Document]] = {}
        self.noun: dict[str, str] = {}
        self.deleted: set[str] = set()
        self.outcomes: dict[str, str] = {}
        self.waiting: list[Document] = []
        self.there = set(there)

    def receive(self, operations: Sequence[Document]) -> None:
        """Take in a batch: what is new, in the order of the phone, and then what waited."""
        new: dict[str, Document] = {}
        for operation in operations:
            if operation["op"] not in self.outcomes:
                new.setdefault(operation["op"], operation)
        works = sorted(new.values(), key=lambda o: o["seq"])
        for operation, outcome in zip(works, self.run(works), strict=True):
            self.outcomes[operation["op"]] = "held" if outcome == "waits" else outcome
            if outcome == "waits":
                self.waiting.append(operation)
        self.admit_waiting()

    def admit_waiting(self) -> None:
        """Try again what waited, a phone after the other, until nothing more comes in."""
        is_news = True
        while self.waiting and is_news:
            is_news = False
            for phone in dict.fromkeys(o["phone"] for o in self.waiting):
                theirs = [o for o in self.waiting if o["phone"] == phone]
                for operation, outcome in zip(theirs, self.run(theirs), strict=True):
                    if outcome != "waits":
                        self.outcomes[operation["op"]] = outcome
                        self.waiting.remove(operation)
                        is_news = True

    def run(self, works: Sequence[Document]) -> list[str]:
        """Do operations in their order; a group at the place of its first, whole or not at all."""
        outcomes: dict[str, str] = {}
        for work in works:
            if work["op"] in outcomes:
                continue
            members = [w for w in works if w["group"] == work["group"]] if work["group"] else [work]
            outcomes |= self.together(members) if len(members) > 1 else {work["op"]: self.apply(work)}
        return [outcomes[work["op"]] for work in works]

    def together(self, members: Sequence[Document]) -> dict[str, str]:
        """Do a group; what one of them failed by is its own, the others wait with it."""
        before = {key: list(versions) for key, versions in self.versions.items()}, set(self.deleted)
        outcomes: dict[str, str] = {}
        for work in members:
            outcome = outcomes[work["op"]] = self.apply(work)
            if outcome not in DONE:
                self.versions, self.deleted = before
                others = "waits" if outcome == "waits" else "held"
                return {w["op"]: outcome if w is work else others for w in members}
        return outcomes

    def apply(self, operation: Document) -> str:
        """Do one operation; say what became of it."""
        key, noun, content, action = (operation[name] for name in ("key", "noun", "content", "action"))
        if noun == "photos" and action == "delete":
            return self.remove(key) if key in self.alive_keys else "unchanged"
        if action != "delete" and any(content.get(f) and not self.has(content[f]) for f in PARENTS.get(noun, ())):
            return "waits"
        if action == "create":
            return self.create(noun, key, content)
        if operation["choice"] == "office":
            return "unchanged"
        if key not in self.alive_keys:
            if key not in self.deleted:
                return "waits"
            if action == "delete":
                return "unchanged"
            return "held" if operation["choice"] in ("mine", "ask") else "conflict"
        revision = len(self.versions[key])
        if action == "delete":
            if operation["base_revision"] != revision and operation["choice"] != "mine":
                return "conflict"
            # what was submitted is reviewed; a phone takes back drafts only
            return "refused" if noun == "shifts" and is_accepted(self.versions[key][-1]) else self.remove(key)
        if operation["choice"] == "ask":
            return "held"
        base = self.at(key, operation["base_revision"])
        if operation["base_revision"] != revision and (base is None or self.clashes(base, self.versions[key][-1], content)):
            return "conflict"
        if noun == "shifts" and self.is_taken({**self.versions[key][-1], **content}, key):
            return "held"
        return self.edit(key, content)

    def has(self, key: str) -> bool:
        """Whether a record is there to rest on."""
        return key in self.there or key in self.alive_keys

    def create(self, noun: str, key: str, content: Document) -> str:
        """Make a record; the second shift of a worker and date is held."""
        if key in self.deleted:
            return "conflict"
        if key in self.versions:
            return "unchanged" if self.versions[key][-1] == content else "conflict"
        if noun == "shifts" and self.is_taken(content):
            return "held"
        self.versions[key], self.noun[key] = [content], noun
        return "created"

    def is_taken(self, content: Document, own: str | None = None) -> bool:
        """Whether the worker has another shift on that date that counts."""
        return any(
            (v[-1]["worker"], v[-1]["work_date"]) == (content["worker"], content["work_date"]) and is_accepted(v[-1])
            for k, v in self.versions.items()
            if self.noun[k] == "shifts" and k not in self.deleted and k != own
        )

    def at(self, key: str, revision: int | None) -> Document | None:
        """Give a record at a revision."""
        versions = self.versions[key]
        return versions[revision - 1] if revision and revision <= len(versions) else None

    @staticmethod
    def clashes(base: Document, office: Document, mine: Document) -> bool:
        """Whether a person has to choose."""
        theirs = {name for name in office if office[name] != base.get(name)}
        ours = {name for name in mine if mine[name] != base.get(name) and mine[name] != office.get(name)}
        return bool(ours and theirs and (ours & theirs or (ours | theirs) & PAY))

    def edit(self, key: str, content: Document) -> str:
        """Change a record."""
        now = {**self.versions[key][-1], **content}
        if now == self.versions[key][-1]:
            return "unchanged"
        self.versions[key].append(now)
        return "updated"

    def remove(self, key: str) -> str:
        """Delete a record."""
        self.deleted.add(key)
        return "updated"

    @property
    def alive_keys(self) -> set[str]:
        """The records that are there now."""
        return self.versions.keys() - self.deleted

    def alive(self, noun: str) -> dict[str, Document]:
        """The records of a noun as they are now."""
        return {k: self.versions[k][-1] for k in self.alive_keys if self.noun[k] == noun}


def is_accepted(shift: Document) -> bool:
    """Whether a shift counts."""
    return shift.get("status", "submitted") in ("submitted", "approved")
