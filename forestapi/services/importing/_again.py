"""A later export of a layer: what it adds, changes and lacks, beside what the ledger had."""

from typing import Any

from forestapi.db.transaction import Transaction
from forestapi.records import Document
from forestapi.services.admitting import Verdict
from forestapi.services.importing._importer import Prepared, Row
from forestapi.services.importing._report import Again, Change, Missing
from forestapi.store import plots as store

LISTED = 1_000


class Comparison:
    """Keeps count over the batches of one file."""

    def __init__(self, programme: str, layer: str) -> None:
        """Compare with this layer of this programme."""
        self.programme, self.layer = programme, layer
        self.seen: set[str] = set()
        self.again = Again()

    def add(self, rows: list[Row], prepared: Prepared, verdicts: list[Verdict]) -> None:
        """Count one batch."""
        again = self.again
        for i, (row, document, verdict) in enumerate(zip(rows, prepared.documents, verdicts, strict=True)):
            known = prepared.known.get(i)
            if known is not None:
                self.seen.add(str(known["id"]))
            if verdict.outcome in ("held", "refused", "conflict", "retry"):
                again.waiting += 1
            elif known is None:
                again.added += 1
                self.seen.add(str(document["id"]))
            elif verdict.outcome == "updated":
                again.changed += 1
                if len(again.changes) < LISTED:
                    changed_m2 = prepared.changed_m2.get(i)
                    fields = _fields(known, document) + (["boundary"] if changed_m2 is not None else [])
                    again.changes.append(
                        Change(
                            row=row.number, key=verdict.key, fields=fields or ["planting"],
                            ground_changed_m2=round(changed_m2 or 0.0, 2),
                        )
                    )  # fmt: skip
            else:
                again.unchanged += 1

    async def finish(self, tx: Transaction) -> Again:
        """Find what the file lacks."""
        count, first = await store.missing_from_layer(tx, self.programme, self.layer, self.seen, LISTED)
        self.again.missing = count
        self.again.missing_plots = [
            Missing(key=key, number=number, layer_key=layer_key) for key, number, layer_key in first
        ]
        return self.again


async def begin(tx: Transaction, noun: str, programme: str | None, layer: str | None) -> Comparison | None:
    """Begin a comparison where plots of this layer are there already."""
    if noun != "plots" or not programme or not layer or not await store.has_layer(tx, programme, layer):
        return None
    return Comparison(programme, layer)


def _fields(known: Document, document: Document) -> list[str]:
    """Name the columns that differ; numbers are compared as numbers."""
    return [name for name, before in known.items() if name in document and _plain(before) != _plain(document[name])]


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
