"""A later export of a layer: what it adds, changes and lacks, beside what the ledger had."""

from forestapi.db.transaction import Transaction
from forestapi.records import Document
from forestapi.services.admitting import Verdict
from forestapi.services.importing._importer import Prepared, Row
from forestapi.services.importing._report import Added, Again, Change, Missing
from forestapi.services.importing._revisions import plain, shown
from forestapi.store import plots as store

LISTED = 1_000


class Comparison:
    """Keeps count over the batches of one file."""

    def __init__(self, programme: str, layer: str, exported: dict[str, str] | None = None) -> None:
        """Compare with this layer of this programme, or with the plots that an export had."""
        self.programme, self.layer, self.exported = programme, layer, exported
        self.seen: set[str] = set()
        self.again = Again()

    def add(self, rows: list[Row], prepared: Prepared, verdicts: list[Verdict]) -> None:
        """Count one batch."""
        again = self.again
        for i, (row, document, verdict) in enumerate(zip(rows, prepared.documents, verdicts, strict=True)):
            known = prepared.known.get(i)
            if known is not None:
                self.seen.add(str(known["id"]))
            if i in prepared.conflicts:
                again.conflicting += 1
                again.conflicts += [prepared.conflicts[i]] if len(again.conflicts) < LISTED else []
            if verdict.outcome in ("held", "refused", "conflict", "retry"):
                again.waiting += 1
            elif known is None:
                again.added += 1
                self.seen.add(str(document["id"]))
                if len(again.additions) < LISTED:
                    again.additions.append(Added(row=row.number, key=verdict.key, number=document.get("number")))
            elif verdict.outcome == "updated":
                again.changed += 1
                if len(again.changes) < LISTED:
                    changed_m2 = prepared.changed_m2.get(i)
                    own = _fields(known, document)
                    fields = own + (["boundary"] if changed_m2 is not None else [])
                    again.changes.append(
                        Change(
                            row=row.number, key=verdict.key, fields=fields or ["planting"],
                            ground_changed_m2=round(changed_m2 or 0.0, 2),
                            before={name: shown(known[name]) for name in own},
                            after={name: shown(document[name]) for name in own},
                        )
                    )  # fmt: skip
            else:
                again.unchanged += 1

    async def finish(self, tx: Transaction) -> Again:
        """Find what the file lacks."""
        if self.exported is None:
            count, first = await store.missing_from_layer(tx, self.programme, self.layer, self.seen, LISTED)
        else:
            gone = await store.numbers(tx, self.exported.keys() - self.seen)
            count, first = len(gone), gone[:LISTED]
        self.again.missing = count
        self.again.missing_plots = [
            Missing(key=key, number=number, layer_key=layer_key) for key, number, layer_key in first
        ]
        return self.again


async def begin(
    tx: Transaction, noun: str, programme: str | None, layer: str | None, exported: dict[str, str] | None
) -> Comparison | None:
    """Begin a comparison where plots of this layer are there already, or the file was exported from here."""
    if noun != "plots" or not programme or not layer:
        return None
    if exported is None and not await store.has_layer(tx, programme, layer):
        return None
    return Comparison(programme, layer, exported)


def _fields(known: Document, document: Document) -> list[str]:
    """Name the columns that differ; numbers are compared as numbers."""
    return [name for name, before in known.items() if name in document and plain(before) != plain(document[name])]
