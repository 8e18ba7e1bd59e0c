"""Taking in filled-in forms: once each, whole, with an answer for every record in them."""

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from msgspec import Struct
from uuid_utils.compat import uuid7

from forestapi.access import Actor
from forestapi.db.transaction import Transaction, transaction
from forestapi.errors import ForestError
from forestapi.records import Document, Noun, nouns
from forestapi.rules import Finding
from forestapi.services import admitting
from forestapi.services.admitting import OUTCOMES, Verdict
from forestapi.services.collecting import _answers, _photos
from forestapi.services.collecting._answers import Answers, UnreadableError
from forestapi.services.collecting._form import Entry, Form
from forestapi.services.holding import SETTLED
from forestapi.services.importing import _files
from forestapi.store import collecting as store
from forestapi.store import submissions
from forestapi.store.collecting import Attached
from geo.text import Text

MAX_NAME = 200
_SAID = {
    "created": Text("已入账", "created"),
    "updated": Text("已更新", "updated"),
    "unchanged": Text("无变化", "unchanged"),
    "held": Text("待处理", "held"),
    "refused": Text("被拒绝", "refused"),
    "conflict": Text("冲突", "in conflict"),
    "retry": Text("请重试", "to be sent again"),
}


class Upload(Struct):
    """A file of a request: as it is called, and where its bytes are."""

    file_name: str
    media_type: str
    path: Path


class Outcome(Struct, kw_only=True):
    """What became of one record of a form."""

    noun: str
    outcome: str
    key: str | None = None
    findings: list[dict[str, Any]] = []
    photos: list[str] = []
    """File names of its photos, which may come later than the form."""
    record: str | None = None
    """The record's own id, also while it is held under another."""


class Reply(Struct, kw_only=True):
    """The answer to a phone."""

    status: int
    message: Text
    outcomes: list[Outcome] = []


async def receive(
    pool: asyncpg.Pool, actor: Actor, data: Path, forms: dict[str, Form], xml: bytes, uploads: Sequence[Upload]
) -> Reply:
    """Take in one request: a form, and all, some or none of the files that belong to it.

    The same form again has one effect and the same answer; further files are added to it. Other content under the
    same instance is a conflict. Whatever came is kept, whether it is taken or not.

    Args:
        pool: the database's connections.
        actor: whose token it is.
        data: the instance's folder, where files are kept under the hash of their bytes.
        forms: what can be filled in.
        xml: the form as it came.
        uploads: the files that came with it.

    """
    sha256 = hashlib.sha256(xml).hexdigest()
    files = await asyncio.to_thread(_keep, data, uploads)
    try:
        answers = _answers.parse(xml)
        form = forms.get(answers.form)
        if form is None:
            raise UnreadableError(
                "form-unknown", f"没有表单 {answers.form}。", f"There is no form {answers.form}."
            )
    except UnreadableError as error:
        async with transaction(pool, actor) as tx:
            await store.refuse(tx, sha256, sha256, error.code, xml)
            await store.attach(tx, sha256, files)
        return Reply(status=413 if error.code == "xml-too-large" else 400, message=error.text)
    async with transaction(pool, actor) as tx:
        reply = await _take(tx, form, answers, sha256, xml, files)
        subjects = [
            (photo, each.noun, each.record)
            for each in reply.outcomes
            if each.record and (each.outcome in SETTLED or each.outcome == "held")
            for photo in each.photos
        ]
        bytes_of = [(file, upload.path) for file, upload in zip(files, uploads, strict=True)]
        await _photos.add(tx, data, answers.instance, subjects, bytes_of)
        return reply


def _keep(data: Path, uploads: Sequence[Upload]) -> list[Attached]:
    files = []
    for upload in uploads:
        sha256 = _files.sha256_of(upload.path)
        _files.keep(upload.path, sha256, data)
        name = Path(upload.file_name.replace("\\", "/")).name[:MAX_NAME].replace("\0", "")
        files.append(Attached(name, sha256, upload.media_type[:MAX_NAME], upload.path.stat().st_size))
    return files


async def _take(
    tx: Transaction, form: Form, answers: Answers, sha256: str, xml: bytes, files: Sequence[Attached]
) -> Reply:
    await store.lock(tx, answers.instance)
    before = await store.find(tx, answers.instance, sha256)
    await store.attach(tx, answers.instance, files)
    if before is not None and not before["is_same"]:
        await store.refuse(tx, answers.instance, sha256, "instance-reused", xml)
        return Reply(status=409, message=Text(
            "同一 instanceID 已提交过不同内容；两份都已保留，请联系管理员。",
            "Another form came under the same instanceID; both are kept. Ask the administrator.",
        ))  # fmt: skip
    if before is not None:
        outcomes = msgspec.json.decode(before["outcomes"], type=list[Outcome])
    else:
        outcomes = await _admit(tx, form, answers, sha256, xml)
    return Reply(status=201, message=_told(outcomes), outcomes=outcomes)


async def _admit(tx: Transaction, form: Form, answers: Answers, sha256: str, xml: bytes) -> list[Outcome]:
    entries = await form.read(tx, answers)
    submission = str(uuid7())
    told = [str(p) for entry in entries if (p := entry.document.get("programme"))]
    reach = tx.scope.programmes
    within = [code for code in told if reach is None or code in reach]
    programme = next(iter(within or reach or []), None)
    if programme is not None and not await store.is_programme(tx, programme):
        programme = None
    noun = entries[0].noun if entries else form.name
    await submissions.insert(
        tx, id=submission, noun=noun, file_name=f"{answers.form}.xml", sha256=sha256, programme=programme,
        layer=answers.instance, crs="EPSG:4326",
    )  # fmt: skip
    outcomes: list[Outcome] = []
    for name in dict.fromkeys(entry.noun for entry in entries):
        outcomes += await _admit_noun(tx, nouns()[name], [e for e in entries if e.noun == name], submission)
    counts = {o: sum(each.outcome == o for each in outcomes) for o in OUTCOMES}
    await submissions.count(tx, submission, counts)
    await store.insert(
        tx, instance=answers.instance, form=form.name, version=answers.version, submission=submission, sha256=sha256,
        xml=xml, outcomes=outcomes,
    )  # fmt: skip
    return outcomes


async def _admit_noun(tx: Transaction, noun: Noun, entries: list[Entry], submission: str) -> list[Outcome]:
    """Admit the records of one noun together; what the token does not reach is refused by itself."""
    for position, entry in enumerate(entries, start=1):
        if noun.name in ("plots", "shifts"):
            entry.document |= {"submission": submission, "submission_row": position}
        if noun.name == "plots":
            entry.document["source_boundary"] = None
    try:
        async with tx.connection.transaction():
            verdicts = await _judged(tx, noun, entries)
    except ForestError as error:
        if len(entries) > 1:
            apart = [await _admit_noun(tx, noun, [entry], submission) for entry in entries]
            return [outcome for each in apart for outcome in each]
        message = error.detail
        refused = Finding(0, "form-out-of-reach", "refuse", None, None, message, {})
        verdicts = [Verdict(outcome="refused", findings=[refused])]
    outcomes = []
    for entry, verdict in zip(entries, verdicts, strict=True):
        outcomes.append(_outcome(noun.name, verdict, entry.photos, entry.document))
        if entry.companion and verdict.outcome in SETTLED:
            name, document = entry.companion
            answer = (await admitting.admit(tx, nouns()[name], [document]))[0]
            outcomes.append(_outcome(name, answer, [], document))
    return outcomes


async def _judged(tx: Transaction, noun: Noun, entries: list[Entry]) -> list[Verdict]:
    return await admitting.admit(
        tx,
        noun,
        [entry.document for entry in entries],
        further=[
            msgspec.structs.replace(finding, index=i) for i, entry in enumerate(entries) for finding in entry.findings
        ],
        companions=[entry.companion for entry in entries],
    )


def _outcome(noun: str, verdict: Verdict, photos: list[str], document: Document) -> Outcome:
    record = None if document.get("id") is None else str(document["id"])
    findings = [msgspec.to_builtins(admitting.describe(finding)) for finding in verdict.findings]
    return Outcome(noun=noun, outcome=verdict.outcome, key=verdict.key, findings=findings, photos=photos, record=record)


def _told(outcomes: Sequence[Outcome]) -> Text:
    """Say in a line what became of each kind of record, and why of those that are not in the ledger."""
    zh, en = [], []
    for noun in dict.fromkeys(each.noun for each in outcomes):
        for outcome, words in _SAID.items():
            count = sum(each.noun == noun and each.outcome == outcome for each in outcomes)
            if count:
                zh.append(f"{nouns()[noun].title.zh} {count} 条{words.zh}")
                en.append(f"{count} {noun} {words.en}")
    reasons = {
        (f["message"]["zh"], f["message"]["en"])
        for each in outcomes
        if each.outcome not in SETTLED
        for f in each.findings
        if f["severity"] != "note"
    }
    listed = sorted(reasons)[:3]
    return Text(
        "；".join(zh or ["没有记录"]) + "。" + "".join(r[0] for r in listed),
        "; ".join(en or ["No records"]) + ". " + " ".join(r[1] for r in listed),
    )
