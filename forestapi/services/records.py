"""Writing one record: create, replace, patch, remove."""

import hashlib
import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from uuid_utils.compat import uuid7

from forestapi.db.transaction import Transaction
from forestapi.errors import (
    BadRequest,
    Conflict,
    Invalid,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Problem,
)
from forestapi.records import BOOKKEEPING, Document, Noun
from forestapi.records._wording import worded
from forestapi.rules import judge, rules
from forestapi.services import admitting, batches, scoping
from forestapi.services.admitting import Outcome
from forestapi.store import features
from forestapi.store import records as store
from geo.text import Text


class Precondition(Struct, frozen=True, kw_only=True):
    """What a write rests on, as its sender has read it."""

    match: tuple[str, ...] | None = None
    """ETags without their quotes, any of which must be the record's; `*` is any record. None: it does not say."""
    is_absent: bool = False
    """Whether there must be no such record yet."""
    is_strict: bool = False
    """Whether a write that does not say is refused."""
    unmodified_since: datetime | None = None
    """A time after which the record must not have changed, to the second; an ETag goes before it."""


def origin(received_at: datetime | str) -> str:
    """Give a short hash of when a record was received: what tells it from one made again under the same key."""
    moment = received_at if isinstance(received_at, datetime) else datetime.fromisoformat(received_at)
    text = moment.astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()


class Saved(Struct, kw_only=True):
    """What became of one record that was written."""

    outcome: Outcome
    key: str
    json: str | None = None
    """The record as it now reads; None while it is held."""
    revision: int | None = None
    findings: list[dict[str, Any]] = []


async def create(tx: Transaction, noun: Noun, record: Struct) -> Saved:
    """Put in a new record. Sent again with the same key and content, it changes nothing and answers the same.

    Raises:
        Conflict: the key is taken by other content.
        Invalid: a rule refuses it.

    """
    key = getattr(record, noun.key)
    if key is None:
        key = uuid7()
        record = msgspec.structs.replace(record, id=UUID(str(key)))
    elif await store.revision(tx, noun, str(key)) is not None:
        saved = await _admit(tx, noun, record)
        if saved.outcome != "unchanged":
            raise Conflict(
                Text(
                    f"{noun.title.zh} {key} 已存在且内容不同；要修改请用 PUT 或 PATCH。",
                    f"{noun.name} {key} exists with other content; to change it use PUT or PATCH.",
                )
            )
        return saved
    return await _admit(tx, noun, record)


async def replace(tx: Transaction, noun: Noun, key: str, record: Struct, given: Precondition) -> Saved:
    """Put a record in the place of the one under `key`, or create it there.

    Args:
        tx: the transaction.
        noun: what it is.
        key: the key of the address; the record's own, if it has one, must be the same.
        record: the new content, whole.
        given: what the write rests on.

    Raises:
        BadRequest: the keys differ.
        PreconditionFailed: the record is at another revision, or is not there.
        Invalid: a rule refuses it.

    """
    own = getattr(record, noun.key)
    if own is not None and str(own) != key:
        raise BadRequest(
            Text("内容与地址中的标识不同。", "The key in the body is not the one in the address.")
        )
    if own is None:
        record = msgspec.structs.replace(record, id=UUID(key))
    await _expect(tx, noun, key, given, creates=True)
    return await _admit(tx, noun, record)


async def patch(tx: Transaction, noun: Noun, key: str, changes: Document, given: Precondition) -> Saved:
    """Change some fields (RFC 7396 merge patch: null removes a field, objects merge).

    Raises:
        NotFound: there is no such record.
        PreconditionFailed: it is at another revision.
        Invalid: the result breaks a rule.

    """
    await _expect(tx, noun, key, given)
    found = await features.get(tx, noun, key)
    if found is None:
        raise missing(noun, key)
    current = msgspec.json.decode(found[0])
    return await _admit(tx, noun, decode(noun, merged(noun, current, changes)))


def merged(noun: Noun, current: Document, changes: Document) -> Document:
    """Apply changes to a record as it is read; ground that is drawn anew lies where it lies, unless they say where."""
    given = without_derived(noun, changes)
    result: Document = _merge({name: current[name] for name in noun.columns if name in current}, given)
    if noun.name == "plots" and "region" not in given and result.get("boundary") != current.get("boundary"):
        result.pop("region", None)
    return result


async def remove(tx: Transaction, noun: Noun, key: str, given: Precondition) -> None:
    """Delete a record.

    Raises:
        NotFound: there is none.
        PreconditionFailed: it is at another revision.

    """
    await _expect(tx, noun, key, given)
    if not await store.remove(tx, noun, key):
        raise missing(noun, key)


def decode(noun: Noun, document: Document) -> Struct:
    """Read JSON values as the noun's struct; fields that the ledger derives may be there and are passed over.

    Raises:
        Invalid: a field is missing, unknown or of the wrong type; the message names it.

    """
    try:
        return msgspec.convert(without_derived(noun, document), noun.struct, strict=True)
    except msgspec.ValidationError as error:
        raise unreadable(noun, document, error) from error


def unreadable(noun: Noun, document: Document, error: msgspec.ValidationError) -> Invalid:
    """Say where a document does not have the shape of its noun: by the rules that say it best, as an import does."""
    general = misshapen(error)
    found = []
    if noun.geometry is None and rules(noun.name):  # type: ignore[arg-type]
        found = [f for f in judge(noun.name, batches.plain(noun, [document])) if f.severity == "refuse"]  # type: ignore[arg-type]
    fields = [msgspec.structs.replace(problem, rule=f"{noun.table}-field") for problem in general.problems]
    told = [Problem(field=f.field, rule=f.rule, place=f.place, message=f.message) for f in found]
    return Invalid(general.detail, code="wrong-shape", problems=told or fields)


def misshapen(error: msgspec.ValidationError) -> Invalid:
    """Say which field of a document has not the shape of what it should be."""
    text, _, path = str(error).partition(" - at `")
    named = re.search(r"(?:unknown|missing required) field `(.+?)`", text)
    field = path.rstrip("`").removeprefix("$.") or (named and named[1]) or None
    words = worded(text)
    return Invalid(
        Text(f"字段 {field or '（顶层）'}：{words.zh}。", f"Field {field or '(top level)'}: {words.en}."),
        code="wrong-shape",
        problems=[Problem(field=field, message=Text(f"{words.zh}。", f"{words.en}."))],
    )


def without_derived(noun: Noun, document: Document) -> Document:
    """Drop the fields that only the ledger writes, which a client may send back as it read them."""
    if not isinstance(document, dict):
        raise Invalid(Text("请提交一个 JSON 对象。", "Send one JSON object."), code="wrong-shape")
    return {
        name: value
        for name, value in document.items()
        if name not in (*noun.derived, *(set(BOOKKEEPING) - set(noun.columns)))
    }


def missing(noun: Noun, key: str) -> NotFound:
    """Say that there is no such record."""
    return NotFound(Text(f"没有{noun.title.zh} {key}。", f"There is no record {key} among {noun.name}."))


async def _admit(tx: Transaction, noun: Noun, record: Struct) -> Saved:
    document = msgspec.to_builtins(record)
    batch = await batches.of_record(tx, noun, record)
    verdict = (await admitting.admit(tx, noun, [document], batch))[0]
    findings = [admitting.describe(finding) for finding in verdict.findings]
    if verdict.outcome == "refused":
        problems = [
            Problem(message=f.message, field=f.field, rule=f.rule, place=f.place) for f in verdict.findings
        ]
        worst = next(f for f in verdict.findings if f.severity == "refuse")
        raise Invalid(worst.message, code="breaks-rule", problems=problems)
    key = str(document[noun.key])
    if verdict.outcome == "held":
        return Saved(outcome="held", key=verdict.key or key, findings=findings)
    await tx.settle()
    found = await features.get(tx, noun, key)
    assert found is not None
    return Saved(outcome=verdict.outcome, key=key, json=found[0], revision=found[1], findings=findings)


async def _expect(
    tx: Transaction, noun: Noun, key: str, given: Precondition, *, creates: bool = False
) -> None:
    """Hold the record, and see that it is what the write rests on.

    A precondition on a record that is not there fails only where the write would make one; else the answer is
    404 whatever the precondition (RFC 9110, 13.2.1).
    """
    await scoping.reach(tx, noun, [key])
    found = await store.version(tx, noun, key)
    if found is None:
        if given.match is not None and creates:
            raise PreconditionFailed(
                Text("没有此记录，If-Match 不成立。", "There is no such record, so If-Match fails.")
            )
        return
    if given.is_absent:
        raise PreconditionFailed(
            Text("此记录已存在，If-None-Match 不成立。", "The record is there already, so If-None-Match fails.")
        )
    revision, received_at, updated_at = found
    if given.match is None and given.unmodified_since is not None:
        if updated_at.replace(microsecond=0) > given.unmodified_since:
            raise PreconditionFailed(
                Text(
                    "此记录在 If-Unmodified-Since 之后已被修改；请重新读取。",
                    "The record was changed after If-Unmodified-Since; read it again.",
                )
            )
        return
    if given.match is None:
        if given.is_strict:
            raise PreconditionRequired(
                Text(
                    "请先读取记录，并在 If-Match 头中给出其 ETag。",
                    "Read the record first, and send its ETag in the If-Match header.",
                )
            )
        return
    version = f"{revision}.{origin(received_at)}"
    if not any(t in ("*", str(revision), version) or t.startswith(f"{version}.") for t in given.match):
        raise PreconditionFailed(
            Text(
                f"此记录现在的修订号是 {revision}，与 If-Match 不符；请重新读取后再改。",
                f"The record is at revision {revision} by now, not what If-Match says; read it again before you change it.",
            )
        )


def _merge(target: Any, changes: Any) -> Any:
    """Apply an RFC 7396 merge patch."""
    if not isinstance(changes, dict):
        return changes
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in changes.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict) and "coordinates" in value:
            merged[name] = value
        else:
            merged[name] = _merge(merged.get(name), value)
    return merged
