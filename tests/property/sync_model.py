"""What sync promises, as plainly as it can be said: a ledger of shifts in dictionaries, for the state machine to be held to."""

from typing import Any

PAY = {"hours"}
Document = dict[str, Any]


class Ledger:
    """Shifts with all their versions; operations with what became of each the first time."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.versions: dict[str, list[Document]] = {}
        self.deleted: set[str] = set()
        self.outcomes: dict[str, str] = {}
        self.waiting: list[tuple[int, int, str, Document]] = []
        self.batches = 0

    def receive(self, operations: list[Document]) -> None:
        """Take in a batch: what is new, in the order of the phone, and then what waited."""
        self.batches += 1
        new = {o["op"]: o for o in operations if o["op"] not in self.outcomes}
        for operation in sorted(new.values(), key=lambda o: o["seq"]):
            outcome = self.apply(operation)
            self.outcomes[operation["op"]] = "held" if outcome == "waits" else outcome
            if outcome == "waits":
                self.waiting.append((self.batches, operation["seq"], operation["op"], operation))
        self.admit_waiting()

    def admit_waiting(self) -> None:
        """Try again what waited, until nothing more comes in."""
        while self.waiting:
            before = len(self.waiting)
            for entry in sorted(self.waiting, key=lambda e: e[:3]):
                outcome = self.apply(entry[3])
                if outcome != "waits":
                    self.outcomes[entry[2]] = outcome
                    self.waiting.remove(entry)
            if len(self.waiting) == before:
                return

    def apply(self, operation: Document) -> str:
        """Do one operation; say what became of it."""
        key, content = operation["key"], operation["content"]
        is_here = key in self.versions and key not in self.deleted
        if operation["action"] == "create":
            if key in self.deleted:
                return "conflict"
            if is_here:
                return "unchanged" if self.versions[key][-1] == content else "conflict"
            taken = {(v[-1]["worker"], v[-1]["work_date"]) for k, v in self.versions.items() if k not in self.deleted}
            if (content["worker"], content["work_date"]) in taken:
                return "held"
            self.versions[key] = [content]
            return "created"
        if not is_here:
            return "conflict" if key in self.deleted else "waits"
        base, office = self.at(key, operation["base_revision"]), self.versions[key][-1]
        if base is None or self.clashes(base, office, content):
            return "conflict"
        return self.edit(key, content)

    def at(self, key: str, revision: int) -> Document | None:
        """Give a shift at a revision."""
        versions = self.versions[key]
        return versions[revision - 1] if 0 < revision <= len(versions) else None

    @staticmethod
    def clashes(base: Document, office: Document, mine: Document) -> bool:
        """Whether a person has to choose."""
        if base is office:
            return False
        theirs = {name for name in office if office[name] != base[name]}
        ours = {name for name in mine if mine[name] != base[name] and mine[name] != office[name]}
        return bool(ours and theirs and (ours & theirs or (ours | theirs) & PAY))

    def edit(self, key: str, content: Document) -> str:
        """Change a shift."""
        now = {**self.versions[key][-1], **content}
        if now == self.versions[key][-1]:
            return "unchanged"
        self.versions[key].append(now)
        return "updated"

    @property
    def alive(self) -> dict[str, Document]:
        """The shifts as they are now."""
        return {key: versions[-1] for key, versions in self.versions.items() if key not in self.deleted}
