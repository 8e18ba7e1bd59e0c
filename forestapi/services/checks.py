"""What would become of records: the verdicts of writing them, without writing."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from uuid_utils.compat import uuid7

from forestapi.db.transaction import Transaction
from forestapi.errors import Invalid, Problem
from forestapi.records import Document, Noun, nouns
from forestapi.rules import judge, rules
from forestapi.services import admitting, batches, records
from forestapi.services.admitting import OUTCOMES, Verdict
from forestapi.store import surroundings
from geo.repair import Suggestion, suggest
from geo.text import Text

MOST_REPAIRS = 5
"""Repairs that one answer computes; each may take a second and a half."""
OF_PLOT = ("plantings", "surveys")


class Checked(Struct, kw_only=True):
    """What would become of one record."""

    index: int
    outcome: str
    key: str | None = None
    findings: list[dict[str, Any]] = []
    repair: Suggestion | None = None


class Answer(Struct, kw_only=True):
    """What would become of all of them."""

    noun: str
    counts: dict[str, int]
    results: list[Checked]


class _UndoneError(Exception):
    """Ends the nested transaction, so that nothing of it stays."""


async def check(
    tx: Transaction, noun: Noun, documents: Sequence[Document], *, with_repairs: bool = False
) -> Answer:
    """Write the records in a nested transaction that is taken back, and say what became of each.

    So the verdicts are those of the write: the same rules, the same thresholds, the same constraints.
    """
    results: list[Checked | None] = [None] * len(documents)
    shaped: list[tuple[int, Document]] = []
    for index, document in enumerate(documents):
        try:
            record = records.decode(noun, document)
        except Invalid as error:
            results[index] = misshapen(noun, index, document, error)
        else:
            if noun.key == "id" and getattr(record, "id", None) is None:
                record = msgspec.structs.replace(record, id=UUID(str(uuid7())))
            shaped.append((index, msgspec.to_builtins(record)))
    try:
        async with tx.connection.transaction():
            for part in await _by_programme(tx, noun, shaped):
                verdicts = await admitting.admit(tx, noun, [document for _, document in part])
                for (index, _), verdict in zip(part, verdicts, strict=True):
                    results[index] = _checked(index, verdict)
            raise _UndoneError
    except _UndoneError:
        pass
    answered = [result for result in results if result is not None]
    if with_repairs and noun.geometry:
        await _add_repairs(noun, documents, answered)
    counts = dict.fromkeys(OUTCOMES, 0)
    for result in answered:
        counts[result.outcome] += 1
    return Answer(noun=noun.name, counts=counts, results=answered)


def misshapen(noun: Noun, index: int, document: Any, error: Invalid) -> Checked:
    """Judge a record that does not fit its noun by what can be read of it; it is refused in any case."""
    findings: list[dict[str, Any]] = [
        {"rule": p.rule or f"{noun.table}-field", "severity": "refuse", "field": p.field, "place": p.place,
         "message": p.message, "judged_by": {}}
        for p in error.problems or [Problem(message=error.detail)]
    ]  # fmt: skip
    if isinstance(document, dict) and noun.geometry is None and rules(noun.name):  # type: ignore[arg-type]
        judged = judge(noun.name, batches.plain(noun, [document]))  # type: ignore[arg-type]
        findings += [admitting.describe(f) for f in judged if f.severity != "refuse"]
    return Checked(index=index, outcome="refused", findings=findings)


def _checked(index: int, verdict: Verdict) -> Checked:
    findings = [admitting.describe(finding) for finding in verdict.findings]
    key = None if verdict.outcome == "held" else verdict.key
    return Checked(index=index, outcome=verdict.outcome, key=key, findings=findings)


async def _by_programme(
    tx: Transaction, noun: Noun, shaped: list[tuple[int, Document]]
) -> list[list[tuple[int, Document]]]:
    """Part records by their programme, because thresholds are set by programme."""
    of_plot = {}
    if noun.name in OF_PLOT:
        of_plot = await surroundings.plots(tx, list({str(document["plot"]) for _, document in shaped}))
    parts: dict[str | None, list[tuple[int, Document]]] = {}
    for index, document in shaped:
        plot = of_plot.get(str(document.get("plot")))
        programme = plot.programme if plot else None if noun.name in OF_PLOT else document.get("programme")
        parts.setdefault(programme, []).append((index, document))
    return list(parts.values())


async def _add_repairs(noun: Noun, documents: Sequence[Document], answered: list[Checked]) -> None:
    declared, left = rules(), MOST_REPAIRS
    for result in answered:
        wanted = any((r := declared.get(f["rule"])) and r.repair for f in result.findings)
        document = documents[result.index]
        boundary = document.get(noun.geometry or "") if isinstance(document, dict) else None
        if wanted and left and isinstance(boundary, dict):
            left -= 1
            result.repair = await asyncio.to_thread(suggest, boundary)


def noun_named(name: str) -> Noun:
    """Find a noun by name.

    Raises:
        Invalid: there is none.

    """
    known = nouns()
    if name not in known:
        listed = ", ".join(known)
        raise Invalid(Text(f"没有 {name}；有：{listed}。", f"There is no noun {name}; there are: {listed}."))
    return known[name]
