"""Held records, one at a time: what holds them, and what a person decides about them."""

from typing import Any, Literal

import msgspec
import shapely
from msgspec import Struct

from forestapi.access import allows
from forestapi.db.transaction import Transaction
from forestapi.errors import BadRequest, Conflict, Forbidden, NotFound, Problem
from forestapi.records import MANAGERS, Document, Noun, nouns
from forestapi.rules import rules
from forestapi.services import admitting, records
from forestapi.services.admitting import Verdict
from forestapi.store import held as store
from geo.text import Text

Decision = Literal["accept", "discard", "replace"]
OTHERS_WAIVABLE = dict.fromkeys(
    (
        "plot-edit-conflict",
        "shift-plot-unknown",
        "shift-worker-unknown",
        "shift-worker-changed",
        "shift-sheet-conflict",
        "shift-decided-otherwise",
        "sync-conflict",
    ),
    MANAGERS,
)
"""Findings from outside the registry of rules that a person may accept."""
SETTLED = ("created", "updated", "unchanged")


class Resolution(Struct, kw_only=True):
    """What a person decides about a held record."""

    decision: Decision
    reason: str
    """Why; kept for good."""
    record: dict[str, Any] | None = None
    """With `replace`: the corrected record, whole."""


class Resolved(Struct, kw_only=True):
    """What became of a held record."""

    decision: Decision
    outcome: str
    """`created`, `updated`, `unchanged`; `held` where a replacement is held again; `discarded`."""
    noun: str
    key: str | None
    findings: list[dict[str, Any]] = []
    companions: list[dict[str, Any]] = []
    """What became of the records that were kept with it: noun, outcome, key, findings."""


async def read(tx: Transaction, id: str) -> Document:
    """Read a held record with its findings, its place, its original geometry and what was decided about it.

    Raises:
        NotFound: nothing is or was held under this id.

    """
    text = await store.get(tx, id)
    decisions = [msgspec.json.decode(each) for each in await store.decisions(tx, id)]
    if text is None and not decisions:
        raise _missing(id)
    if text is None:
        return {"id": id, "is_held": False, "decisions": decisions}
    found: Document = msgspec.json.decode(text)
    wkb = found.pop("source_wkb")
    boundary = found["record"].get(nouns()[found["noun"]].geometry or "")
    source = _geojson(shapely.from_wkb(bytes.fromhex(wkb))) if wkb else boundary
    found["original"] = {"crs": found.pop("source_crs") if wkb else "EPSG:4326", "geometry": source}
    found["place"] = _place(boundary)
    held = [f["rule"] for f in found["findings"] if f["severity"] == "hold"]
    found["waivable_by"] = sorted(set.intersection(*(set(waivable_by(rule)) for rule in held))) if held else []
    found["repairs"] = sorted({r.repair for f in found["findings"] if (r := rules().get(f["rule"])) and r.repair})
    return {**found, "is_held": True, "decisions": decisions}


def waivable_by(rule: str) -> frozenset[str]:
    """Name the roles that may accept a record in spite of a rule."""
    declared = rules().get(rule)
    return frozenset(declared.waivable_by) if declared else frozenset(OTHERS_WAIVABLE.get(rule, ()))


async def resolve(tx: Transaction, id: str, resolution: Resolution) -> Resolved:
    """Decide about a held record. What was held is kept with the decision, whatever it is.

    Raises:
        NotFound: nothing is held under this id.
        Forbidden: this role may not wave through one of the rules.
        Conflict: nobody may, or the ledger still does not take it.
        BadRequest: no reason, or no record to replace it with.

    """
    if not resolution.reason.strip():
        raise _bad("reason", "请写明原因。", "Say why.")
    taken = await store.take(tx, id)
    if taken is None:
        raise _missing(id)
    await tx.run("select set_config('forest.reason', $1, true)", resolution.reason)
    held: Document = msgspec.json.decode(taken)
    noun = nouns()[held["noun"]]
    if resolution.decision == "discard":
        await store.decide(tx, taken, decision="discard", reason=resolution.reason, became=None)
        return Resolved(decision="discard", outcome="discarded", noun=noun.name, key=None)
    waived = _waived(tx, held) if resolution.decision == "accept" else frozenset()
    document = _document(noun, held, resolution)
    verdict = (
        await admitting.admit(
            tx, noun, [document], identities=[held["identity"]], waived=waived,
            companions=[next((tuple(c) for c in held["companions"]), None)],
        )
    )[0]  # fmt: skip
    findings = [admitting.describe(finding) for finding in verdict.findings]
    if verdict.outcome not in (*SETTLED, *(["held"] if resolution.decision == "replace" else [])):
        raise _still(verdict)
    await store.decide(
        tx, taken, decision=resolution.decision, reason=resolution.reason, became=verdict.key,
        replacement=resolution.record,
    )  # fmt: skip
    companions = await _companions(tx, held) if verdict.outcome in SETTLED else []
    return Resolved(
        decision=resolution.decision, outcome=verdict.outcome, noun=noun.name, key=verdict.key, findings=findings,
        companions=companions,
    )  # fmt: skip


def _waived(tx: Transaction, held: Document) -> frozenset[str]:
    """See that the actor may accept what the rules say, and name the rules."""
    role = tx.who.role if tx.who else "administrator"
    names = frozenset(f["rule"] for f in held["findings"] if f["severity"] == "hold")
    fixed = sorted(name for name in names if not waivable_by(name))
    if fixed:
        listed = ", ".join(fixed)
        raise Conflict(
            Text(f"{listed} 不能放行；请改正后用 replace。", f"{listed} cannot be waved through; correct the record."),
            code="must-be-corrected",
        )
    refused = sorted(name for name in names if not allows(role, waivable_by(name)))
    if refused:
        listed = ", ".join(refused)
        raise Forbidden(Text(f"角色 {role} 不能放行 {listed}。", f"The role {role} may not wave through {listed}."))
    return names


def _document(noun: Noun, held: Document, resolution: Resolution) -> Document:
    """Give the record that is to be admitted, under the key that it was held with, and with its evidence."""
    given = resolution.record if resolution.decision == "replace" else held["record"]
    if given is None:
        raise _bad("record", "replace 需要完整的记录。", "With replace, send the whole record.")
    key = held["record"].get(noun.key)
    given = {noun.key: key, **{n: v for n, v in given.items() if v is not None or n != noun.key}}
    if str(given[noun.key]) != str(key):
        raise _bad("record", f"标识必须是 {key}。", f"The key has to stay {key}.")
    document: Document = msgspec.to_builtins(records.decode(noun, given))
    if noun.name in ("plots", "shifts"):
        document |= {name: held[name] for name in ("submission", "submission_row")}
    if noun.name == "plots":
        document["source_boundary"] = held["source_boundary"]
    return document


async def _companions(tx: Transaction, held: Document) -> list[Document]:
    answers = []
    for name, document in held["companions"]:
        verdict = (await admitting.admit(tx, nouns()[name], [document]))[0]
        findings = [admitting.describe(finding) for finding in verdict.findings]
        answers.append({"noun": name, "outcome": verdict.outcome, "key": verdict.key, "findings": findings})
    return answers


def _place(boundary: Any) -> Document | None:
    """Say where on the map a boundary lies: its middle, and west, south, east, north; None without one."""
    if not boundary:
        return None
    west, south, east, north = shapely.bounds(shapely.from_geojson(msgspec.json.encode(boundary).decode())).tolist()
    if not all(abs(v) <= 360 for v in (west, south, east, north)):
        return None
    return {"lon": (west + east) / 2, "lat": (south + north) / 2, "bbox": [west, south, east, north]}


def _geojson(geometry: shapely.Geometry) -> Any:
    return msgspec.json.decode(shapely.to_geojson(geometry))


def _still(verdict: Verdict) -> Conflict:
    problems = [Problem(message=f.message, field=f.field, rule=f.rule, place=f.place) for f in verdict.findings]
    rest = [problem.message for problem in problems]
    return Conflict(
        Text(
            "台账仍不能接受：" + "".join(m.zh for m in rest), "The ledger still does not take it: " + " ".join(m.en for m in rest)
        ),
        code="must-be-corrected",
        problems=problems,
    )


def _missing(id: str) -> NotFound:
    return NotFound(Text(f"没有待处理记录 {id}。", f"Nothing is held under {id}."))


def _bad(field: str, zh: str, en: str) -> BadRequest:
    message = Text(zh, en)
    return BadRequest(message, problems=[Problem(field=field, message=message)])
