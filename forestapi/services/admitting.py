"""Admitting records: every way in brings its records here, and each one is answered by one outcome.

`created`, `updated`, `unchanged`: it is in the ledger. `held`: kept as submitted and counted nowhere, until a
person decides. `refused`: it breaks a rule that nobody can wave through. `conflict`: the ledger has it already,
with other content.
"""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any, Literal

import asyncpg
import msgspec
import numpy as np
import shapely
from msgspec import Struct, structs
from uuid_utils.compat import uuid7

from forestapi.db.constraints import refusal
from forestapi.db.transaction import Transaction
from forestapi.records import Document, Noun
from forestapi.rules import Batch, Finding, Severity, judge, rules
from forestapi.services import batches, scoping
from forestapi.store import findings as findings_store
from forestapi.store import held as held_store
from forestapi.store import records as store
from forestapi.store import workers as workers_store
from geo.text import Text

Outcome = Literal["created", "updated", "unchanged", "held", "refused", "conflict", "retry"]
FEW_ROWS = 20
OUTCOMES: tuple[Outcome, ...] = ("created", "updated", "unchanged", "held", "refused", "conflict", "retry")


Companion = tuple[str, Document]
"""A record that goes with another: the name of its noun, and its document."""


class Verdict(Struct, kw_only=True):
    """What became of one record, and what the rules say about it."""

    outcome: Outcome
    key: str | None = None
    """The record's id or code; of a held one, the id under which it is held."""
    findings: list[Finding] = []


async def admit(
    tx: Transaction,
    noun: Noun,
    documents: Sequence[Document],
    batch: Batch | None = None,
    *,
    identities: Sequence[str] | None = None,
    further: Sequence[Finding] = (),
    companions: Sequence[Companion | None] = (),
    waived: Collection[str] = (),
) -> list[Verdict]:
    """Judge the documents and store those that pass, hold those that must wait.

    Args:
        tx: the transaction that all of it is part of.
        noun: what they are.
        documents: all columns of the noun as JSON values, and the evidence columns; a boundary is taken
            from the batch.
        batch: the same rows as the rules look at them; left out, it is made of the documents.
        identities: what names each record as long as it is held; left out, its key.
        further: what the caller found out about the rows itself (an unknown species, say).
        companions: for each row what is kept with it while it is held, to be admitted after it.
        waived: rules that hold nothing this time, because a person has accepted what they say.

    """
    await scoping.check(tx, noun, documents)
    if batch is None and rules(noun.name):  # type: ignore[arg-type]
        batch = await batches.of_documents(tx, noun, documents)
    if batch is not None:
        await batches.complete(tx, noun, documents, batch)
    verdicts = [Verdict(outcome="unchanged", key=str(d[noun.key])) for d in documents]
    found = [*await _judge(noun, batch), *further]
    refused = {
        finding.index for finding in found if finding.severity == "refuse" and not _is_general(finding)
    }
    for finding in found:
        if not (_is_general(finding) and finding.index in refused):
            verdicts[finding.index].findings.append(finding)
    identities = identities or [str(d[noun.key]) for d in documents]
    passing, waiting = [], []
    for index, verdict in enumerate(verdicts):
        severities = {finding.severity for finding in verdict.findings if finding.rule not in waived}
        if "refuse" in severities:
            verdict.outcome, verdict.key = "refused", None
        elif "hold" in severities:
            waiting.append(index)
        else:
            passing.append(index)

    if noun.geometry and batch is not None and passing:
        _write_boundaries(documents, batch, noun.geometry, passing)
    waiting += await _store(tx, noun, documents, verdicts, passing)
    if noun.name == "workers":
        await workers_store.identify(tx, [d for d in documents if d.get("identity")])
    await held_store.release(tx, noun, [identities[i] for i in passing if verdicts[i].outcome != "refused"])
    await _hold(tx, noun, documents, batch, verdicts, waiting, identities, companions)
    await findings_store.replace(
        tx,
        noun,
        {
            v.key: v.findings
            for i in passing
            if (v := verdicts[i]).key and v.outcome in ("created", "updated")
        },
    )
    return verdicts


async def _judge(noun: Noun, batch: Batch | None) -> list[Finding]:
    """Ask the rules; of many rows in a thread, so that a server goes on answering meanwhile."""
    if batch is None:
        return []
    if len(batch) <= FEW_ROWS:
        return judge(noun.name, batch)  # type: ignore[arg-type]
    return await asyncio.to_thread(judge, noun.name, batch)  # type: ignore[arg-type]


async def _store(
    tx: Transaction, noun: Noun, documents: Sequence[Document], verdicts: list[Verdict], indices: list[int]
) -> list[int]:
    """Store the rows at `indices`, set their outcomes, and return those that the database says must wait.

    One statement for all of them; only if the database refuses that are they tried in halves, so that one bad
    row costs a few statements and never its neighbours.
    """
    if not indices:
        return []
    try:
        async with tx.connection.transaction():
            outcomes = await store.save(tx, noun, [documents[i] for i in indices])
    except asyncpg.IntegrityConstraintViolationError as error:
        if len(indices) > 1:
            half = len(indices) // 2
            first = await _store(tx, noun, documents, verdicts, indices[:half])
            return first + await _store(tx, noun, documents, verdicts, indices[half:])
        broken = refusal(error)
        if broken is None:
            raise
        index = indices[0]
        severity: Severity = "hold" if broken.is_held else "refuse"
        told = Finding(index, f"{noun.table}-constraint", severity, None, broken.field, broken.message, {})
        verdicts[index].findings.append(structs.replace(told, rule=broken.rule or told.rule))
        if broken.is_held:
            return [index]
        verdicts[index].outcome, verdicts[index].key = "refused", None
        return []
    for index in indices:
        verdicts[index].outcome = outcomes[str(documents[index][noun.key])]  # type: ignore[assignment]
    return []


async def _hold(
    tx: Transaction,
    noun: Noun,
    documents: Sequence[Document],
    batch: Batch | None,
    verdicts: list[Verdict],
    indices: list[int],
    identities: Sequence[str],
    companions: Sequence[Companion | None],
) -> None:
    rows = []
    of_plots = batch.fact("programme") if batch is not None else [None] * len(documents)
    home = next(iter(tx.scope.programmes or ()), None)
    for index in indices:
        document = {k: v for k, v in documents[index].items() if k not in store.EVIDENCE}
        if noun.geometry and batch is not None:
            geometry = batch.geometry[index]
            document[noun.geometry] = (
                None if geometry is None else msgspec.Raw(shapely.to_geojson(geometry).encode())
            )
        rows.append(
            {
                "id": str(uuid7()),
                "noun": noun.name,
                "programme": document.get("programme") or of_plots[index] or home,
                "identity": identities[index],
                "record": document,
                "findings": [describe(finding) for finding in verdicts[index].findings],
                "companions": [c for c in companions[index : index + 1] if c is not None],
                "actor": tx.actor,
                **{name: documents[index].get(name) for name in store.EVIDENCE},
            }
        )
    keys = await held_store.hold(tx, rows)
    for index in indices:
        verdicts[index].outcome, verdicts[index].key = "held", keys[identities[index]]


def _is_general(finding: Finding) -> bool:
    """Whether it only says that a value does not fit its field, which a rule may say better."""
    return finding.rule.endswith("-field")


def describe(finding: Finding) -> dict[str, Any]:
    """Give a finding as answers and reports show it."""
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "field": finding.field,
        "place": finding.place,
        "message": finding.message,
        "judged_by": finding.judged_by,
    }


def note(index: int, rule: str, severity: str, field: str, message: Text) -> Finding:
    """Make a finding that needs the database to be found."""
    return Finding(index, rule, severity, None, field, message, {})  # type: ignore[arg-type]


def _write_boundaries(documents: Sequence[Document], batch: Batch, column: str, indices: list[int]) -> None:
    """Put the boundaries into the documents as the database reads them: MultiPolygon, EPSG:4326, EWKB."""
    shapes = batch.geometry[indices]
    is_single = shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
    if is_single.any():
        shapes[is_single] = shapely.multipolygons(shapes[is_single], indices=np.arange(is_single.sum()))
    for index, wkb in zip(indices, shapely.to_wkb(shapely.set_srid(shapes, 4326), include_srid=True), strict=True):
        documents[index][column] = wkb
