"""What the rules remark on records that are in the ledger."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from forestapi.db.transaction import Transaction
from forestapi.records import Noun


async def replace(tx: Transaction, noun: Noun, findings: Mapping[str, Sequence[Any]]) -> None:
    """Put down what was found of each record (key -> findings) in the place of what was found before."""
    if noun.key != "id" or not findings:
        return
    await tx.run(
        "delete from forest.finding where noun = $1 and record = any($2::uuid[])", noun.name, list(findings)
    )
    rows = {
        (key, finding.rule): {
            "noun": noun.name,
            "record": key,
            "rule": finding.rule,
            "severity": finding.severity,
            "place": finding.place,
            "field": finding.field,
            "message": finding.message,
            "judged_by": finding.judged_by,
        }
        for key, found in findings.items()
        for finding in found
    }
    if rows:
        await tx.run(
            """insert into forest.finding (noun, record, rule, severity, place, field, message, judged_by)
            select noun, record, rule, severity, place, field, message, judged_by
            from jsonb_populate_recordset(null::forest.finding, $1::jsonb)""",
            msgspec.json.encode(list(rows.values())).decode(),
        )
