"""The verdict: what was promised to phones, held against the database, the model and the files on disk."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

from tests.campaigns.model import DONE
from tests.campaigns.phones import Sender
from tests.campaigns.server import Server

Document = dict[str, Any]
COLUMNS = {
    "shifts": "worker, programme, crew, work_date, activity, hours, quantity, rate_yuan, wage_yuan, status, recorder, is_insured",
    "plots": "programme, number, compartment",
    "plantings": "plot, kind, started_on",
    "surveys": "plot, surveyed_on, stage, sample_holes, live_holes",
    "workers": "sex, birth_year, crew",
    "photos": "subject_noun, subject, mime, size, file, lon, lat",
}
"""What is compared of each noun."""


class Verdict:
    """What is not as it was promised, each as a sentence; nothing, if all is well."""

    def __init__(self, server: Server, senders: Sequence[Sender], extra: Sequence[str] = ()) -> None:
        """Look at what phones were told; `extra` are records of the office."""
        self.server, self.senders, self.extra = server, senders, set(extra)
        self.broken: list[str] = []
        self.pay_yuan = 0.0

    def expect(self, is_so: bool, sentence: str) -> None:
        """Note what is not so, a few times each."""
        if not is_so and sum(each[:30] == sentence[:30] for each in self.broken) < 3:
            self.broken.append(sentence)

    async def reach(self) -> list[str]:
        """Look at everything."""
        self.db = await self.server.connect()
        await self.operations()
        await self.records()
        await self.history()
        await self.photos()
        for sender in self.senders:
            await self.answers(sender)
        for sender in self.senders[:: max(1, len(self.senders) // 10)]:
            await self.pull(sender)
        await self.db.close()
        return self.broken

    async def operations(self) -> None:
        """I1: each receipted operation is here once, with its bytes' hash and the outcome that the model says."""
        rows = await self.db.fetch("select op::text as op, encode(sha256, 'hex') as sha256, outcome, revision from forest.sync_operation")
        count = Counter(row["op"] for row in rows)
        self.expect(all(n == 1 for n in count.values()), f"an operation is there twice: {count.most_common(3)}")
        self.rows = {row["op"]: row for row in rows}
        self.expect(self.rows.keys() == {o["op"] for s in self.senders for o in s.sent}, "other operations are there than were sent")
        for sender in self.senders:
            contested = {o["op"] for o in sender.foreman.contested}
            for operation in sender.sent:
                op, row = operation["op"], self.rows.get(operation["op"])
                self.expect(row is not None, f"a receipted operation is lost: {op}")
                if row is None:
                    continue
                self.expect(row["sha256"] == operation["sha256"], f"an operation has other bytes: {op}")
                if op not in contested:
                    model = sender.foreman.ledger.outcomes[op]
                    self.expect(
                        row["outcome"] == model,
                        f"an outcome is not the model's: {operation['noun']} {operation['action']} {row['outcome']}, not {model}",
                    )
                self.expect(not sender.is_done(op) or row["outcome"] in DONE, f"a receipt was not true: {op} {row['outcome']}")
                told = [receipt["outcome"] for receipt in sender.receipts[op]]
                settled = [outcome for outcome in told if outcome != "held"]
                self.expect(len(set(settled)) <= 1, f"a replay was answered otherwise: {op} {told}")

    async def records(self) -> None:
        """I2: records are the model's, field by field; pay adds up; a worker's date is paid once, whoever logged it."""
        for noun, columns in COLUMNS.items():
            rows = await self.db.fetch(f"select id::text as id, revision, {columns} from forest.{noun.removesuffix('s')}")
            found = {row["id"]: dict(row) for row in rows if row["id"] not in self.extra}
            if noun == "workers":
                there = {key for s in self.senders for key in s.foreman.ledger.there}
                found = {key: row for key, row in found.items() if key not in there}
            versions = {k: s.foreman.ledger.versions[k] for s in self.senders for k in s.foreman.ledger.alive(noun)}
            expected = {key: each[-1] for key, each in versions.items()}
            if noun == "shifts":
                self.pay_yuan = sum(float(row["wage_yuan"]) for row in found.values())
                expected |= self.contests(found)
                promised = sum(each["wage_yuan"] for each in expected.values())
                self.expect(self.pay_yuan == promised, f"pay is {self.pay_yuan} yuan, not {promised}")
            lost, extra = expected.keys() - found.keys(), found.keys() - expected.keys()
            self.expect(not lost, f"{noun} are lost: {len(lost)}, {sorted(lost)[:2]}")
            self.expect(not extra, f"{noun} are there that should not be: {len(extra)}, {sorted(extra)[:2]}")
            for key in expected.keys() & found.keys():
                fields = {name: plain(found[key].get(name)) for name in columns.split(", ")}
                wanted = {name: plain(expected[key].get(name)) for name in columns.split(", ")}
                self.expect(fields == wanted, f"{noun} differ: {key} is {fields}, not {wanted}")
                self.expect(
                    found[key]["revision"] == len(versions.get(key, [1])), f"revision of {noun} {key} is {found[key]['revision']}"
                )

    def contests(self, found: dict[str, Document]) -> dict[str, Document]:
        """Of shifts that two phones may have logged, one is in the ledger, and the others are held."""
        asked: dict[tuple[str, str], list[Document]] = {}
        for sender in self.senders:
            for operation in sender.foreman.contested:
                content = operation["content"]
                asked.setdefault((content["worker"], content["work_date"]), []).append(operation)
        winners = {}
        for (worker, date), operations in asked.items():
            outcomes = sorted(self.rows[o["op"]]["outcome"] for o in operations if o["op"] in self.rows)
            self.expect(outcomes == ["created"] + ["held"] * (len(operations) - 1), f"a worker's date was taken as {outcomes}: {worker} {date}")
            winners |= {o["key"]: o["content"] for o in operations if self.rows.get(o["op"], {}).get("outcome") == "created"}
        return winners

    async def history(self) -> None:
        """I4: history has one entry for each revision and each deletion, and no other."""
        wrong = await self.db.fetch(
            """select noun, key, count(*) as entries, max(revision) filter (where action <> 'delete') as revision
            from forest.history where noun in ('plot', 'planting', 'survey', 'shift', 'worker', 'photo') group by noun, key
            having count(*) filter (where action <> 'delete') <> max(revision) filter (where action <> 'delete')
              or count(*) filter (where action = 'delete') > 1 limit 5"""
        )
        self.expect(not wrong, f"history is not one entry a revision: {[tuple(row) for row in wrong]}")
        deleted = {key for s in self.senders for key in s.foreman.ledger.deleted}
        gone = {row["key"] for row in await self.db.fetch("select key from forest.history where action = 'delete' and noun = 'shift'")}
        self.expect(gone == deleted, f"other shifts were deleted than should be: {len(gone)}, not {len(deleted)}")

    async def photos(self) -> None:
        """Each photo's file is here whole, under its own hash, and is what is given out."""
        rows = await self.db.fetch("select sha256, size from forest.photo_file")
        wanted = {sha256 for s in self.senders for sha256 in s.foreman.photos}
        self.expect({row["sha256"] for row in rows} == wanted, f"{len(rows)} files of photos, not {len(wanted)}")
        sample = [(s, sha256) for s in self.senders for sha256 in list(s.foreman.photos)[:2]][:200]
        for _, sha256 in sample:
            status, content = await self.server.network.ask("GET", f"/api/v1/photos/{sha256}", self.server.office, None)
            is_same = status == 200 and hashlib.sha256(content).hexdigest() == sha256
            self.expect(is_same, f"a photo is not what was handed in: {sha256[:12]} {status}")

    async def answers(self, sender: Sender) -> None:
        """I3: what `verify` says is what is there, the same bytes, and complete."""
        for item in await sender.verify():
            row = self.rows.get(item["op"])
            is_so = item["is_known"] and item["is_same"] and item["is_complete"] and row is not None
            self.expect(bool(is_so), f"verify does not confirm what was receipted: {item}")

    async def pull(self, sender: Sender) -> None:
        """I5, I6: a pull from zero is the database, and no deleted record comes back."""
        found = await sender.pull()
        for noun in ("shifts", "photos", "workers"):
            rows = await self.db.fetch(
                f"select id::text as id, revision from forest.{noun.removesuffix('s')} where crew = $1", sender.foreman.crew
            )
            alive = {key: item["revision"] for (of, key), item in found.items() if of == noun and not item["is_deleted"]}
            self.expect(alive == {row["id"]: row["revision"] for row in rows}, f"a pull of {noun} from zero is not the database")
        rows = await self.db.fetch("select id::text as id from forest.plot")
        alive_plots = {key for (of, key), item in found.items() if of == "plots" and not item["is_deleted"]}
        self.expect(alive_plots == {row["id"] for row in rows}, "a pull of plots from zero is not the database")
        back = {key for (_, key), item in found.items() if not item["is_deleted"]} & sender.foreman.ledger.deleted
        self.expect(not back, f"deleted records are given out: {sorted(back)[:3]}")


def plain(value: Any) -> Any:
    """Make values of the database and of the model comparable."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    try:
        return float(value)
    except (TypeError, ValueError):
        return str(value)
