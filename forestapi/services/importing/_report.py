"""What became of a file's rows: for the one who sent it, for a program, and as a file to correct and send again."""

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

import msgspec
import pyarrow as pa
import shapely
from msgspec import Struct

from forestapi.services.admitting import OUTCOMES, Outcome, Verdict, describe
from forestapi.services.importing._columns import number
from geo.crs import parse, to_wgs84
from geo.text import Text

LISTED_ROWS = 10_000
"""Up to so many rows, a report lists every one; of more, those that something was found about."""

CORRECTIONS = "-to-correct"
HELD_COLUMN = "forest_held"
"""In a correction file, the held record that a row corrects: it is let go of once the row is dealt with anew."""
TROUBLED = ("held", "refused", "conflict", "retry")


class RowReport(Struct, kw_only=True):
    """One row: what became of it, and the gravest of what was found, then all of it."""

    row: int
    cell: str | None = None
    """In a crew's sheet, where each row has a cell for each day: which of them."""
    outcome: Outcome
    key: str | None
    rule: str | None = None
    field: str | None = None
    place: str | None = None
    message: Text | None = None
    findings: list[dict[str, Any]] = []


class Change(Struct, kw_only=True):
    """A plot that a later export of its layer changes."""

    row: int
    key: str | None
    fields: list[str]
    ground_changed_m2: float = 0.0
    """Ground that is in the old or in the new boundary only."""
    before: dict[str, Any] = {}
    """The fields as the ledger had them; a boundary is told by its ground alone."""
    after: dict[str, Any] = {}


class Added(Struct, kw_only=True):
    """A plot that the ledger had not yet."""

    row: int
    key: str | None
    number: str | None


class Conflict(Struct, kw_only=True):
    """A plot that was changed both in a file that was exported from here and in the ledger since."""

    row: int
    key: str
    base_revision: int
    """The revision that was exported."""
    revision: int | None
    """The ledger's; None where the plot was deleted."""
    changed_at: datetime | None
    changed_by: str | None
    base: dict[str, Any]
    """The fields that the file changes, as they were exported."""
    file: dict[str, Any]
    """The same as the file has them."""
    office: dict[str, Any]
    """The fields that the ledger changed, as it has them."""


class Missing(Struct, kw_only=True):
    """A plot of the layer that is not in the file; it stays in the ledger."""

    key: str
    number: str
    layer_key: str | None


class Again(Struct, kw_only=True):
    """A later export of a layer, beside what the ledger had of it."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    waiting: int = 0
    """Rows that were held or refused: what they would change is not settled."""
    missing: int = 0
    conflicting: int = 0
    """Of these, rows that the ledger changed meanwhile."""
    additions: list[Added] = []
    """The first 1,000."""
    changes: list[Change] = []
    """The first 1,000."""
    conflicts: list[Conflict] = []
    """The first 1,000."""
    missing_plots: list[Missing] = []
    """The first 1,000."""


class Absent(Struct, kw_only=True):
    """A shift that the ledger has of a crew's month, and the crew's sheet has not; it stays in the ledger."""

    cell: str | None
    """The empty cell where it would stand; None where its worker has no line."""
    shift: str
    worker: str
    work_date: date
    number: int
    activity: str
    hours: float
    status: str


class Report(Struct, kw_only=True):
    """What became of one file."""

    noun: str
    file: str
    submission: str
    programme: str | None
    layer: str | None
    format: str
    crs: str | None
    is_dry_run: bool
    counts: dict[str, int]
    columns: dict[str, str]
    """Field -> column of the file that was taken for it."""
    kept: list[str]
    """Columns that no field is known for; they are kept with each record."""
    notes: list[Text]
    rows: list[RowReport] = []
    rows_listed: str = "all"
    """`all`, or `noteworthy`: only those that something was found about."""
    again: "Again | None" = None
    """Where the layer was there before: what this file adds, changes and lacks. Nothing is removed."""
    absent: list[Absent] = []
    """Of a crew's sheet: shifts that it does not have (any longer), the first 1,000. Nothing is removed."""
    evidence: list[str] = []
    """SHA-256 of the photographs that came with the file."""
    correction_file: str | None = None
    """The held and refused rows with what is wrong with each, to be corrected and imported again."""
    seconds: float = 0.0

    def add(self, row: int, verdict: Verdict, cell: str | None = None) -> None:
        """Put down one row."""
        self.counts[verdict.outcome] += 1
        if self.rows_listed == "noteworthy" and not verdict.findings and verdict.outcome not in TROUBLED:
            return
        findings = sorted(
            (describe(f) for f in verdict.findings),
            key=lambda f: (f["severity"] == "note", f["rule"] in _LAST, _GRAVEST[f["severity"]]),
        )
        worst = findings[0] if findings else {}
        self.rows.append(
            RowReport(
                row=row,
                cell=cell,
                outcome=verdict.outcome,
                key=verdict.key,
                rule=worst.get("rule"),
                field=worst.get("field"),
                place=worst.get("place"),
                message=worst.get("message"),
                findings=findings,
            )
        )


_LAST = ("plot-boundary-missing", "plot-out-of-range", "shift-worker-missing")
"""Rules that say less than any other about what is wrong with a row."""
_GRAVEST = {"refuse": 0, "hold": 1, "note": 2}


def cell_of(attributes: dict[str, Any]) -> str | None:
    """Give the cell of a crew's sheet that a row was made from."""
    cell = attributes.get("forest_cell")
    return None if cell is None else str(cell)


def no_counts() -> dict[str, int]:
    """Give a count of nothing for every outcome."""
    return dict.fromkeys(OUTCOMES, 0)


def save(report: Report, batches: Iterable[pa.RecordBatch], is_table: bool, folder: Path) -> None:
    """Save a report in a folder of its own, and beside it the held and refused rows, as a file to correct.

    A table is written as CSV, rows with geometry as GeoJSON in the CRS in which they came.
    """
    folder.mkdir(parents=True, exist_ok=True)
    troubled = {(row.row, row.cell): row for row in report.rows if row.outcome in TROUBLED}
    if troubled:
        path = folder / f"{Path(report.file).stem}{CORRECTIONS}.{'csv' if is_table else 'geojson'}"
        rows = _rows(batches, troubled)
        with path.open("w", encoding="utf-8-sig" if is_table else "utf-8", newline="") as out:
            _write_csv(out, rows) if is_table else _write_geojson(out, rows, report.crs)
        report.correction_file = str(path)
    (folder / "report.json").write_bytes(msgspec.json.encode(report))


def _rows(
    batches: Iterable[pa.RecordBatch], troubled: dict[tuple[int, str | None], RowReport]
) -> Iterator[tuple[dict[str, Any], bytes | None]]:
    for batch in batches:
        for row_number, wkb, text in zip(
            batch.column("row").to_pylist(),
            batch.column("geometry").to_pylist(),
            batch.column("attributes").to_pylist(),
            strict=True,
        ):
            attributes = msgspec.json.decode(text)
            row = troubled.get((row_number, cell_of(attributes)))
            if row is not None:
                yield (
                    {
                        **attributes,
                        "forest_row": row_number,
                        "forest_outcome": row.outcome,
                        HELD_COLUMN: row.key if row.outcome == "held" else None,
                        "forest_rules": ", ".join(f["rule"] for f in row.findings),
                        "forest_zh": " ".join(f["message"].zh for f in row.findings),
                        "forest_en": " ".join(f["message"].en for f in row.findings),
                    },
                    wkb,
                )


def _harmless(value: Any) -> Any:
    """Let a spreadsheet show a text that begins like a formula; the tab before it is dropped when it comes back."""
    is_formula = isinstance(value, str) and value[:1] in ("=", "+", "-", "@") and not isinstance(number(value), float)
    return f"\t{value}" if is_formula else value


def _write_csv(out: TextIO, rows: Iterator[tuple[dict[str, Any], bytes | None]]) -> None:
    listed = [attributes for attributes, _ in rows]
    names = list(dict.fromkeys(name for attributes in listed for name in attributes))
    writer = csv.DictWriter(out, names)
    writer.writeheader()
    writer.writerows({name: _harmless(value) for name, value in attributes.items()} for attributes in listed)


def _write_geojson(out: TextIO, rows: Iterator[tuple[dict[str, Any], bytes | None]], crs: str | None) -> None:
    is_coded = bool(crs and crs.startswith("EPSG:"))
    member = ""
    if is_coded and crs != "EPSG:4326":
        name = f"urn:ogc:def:crs:EPSG::{crs.removeprefix('EPSG:')}" if crs else ""
        member = f'"crs": {json.dumps({"type": "name", "properties": {"name": name}})},\n'
    out.write('{"type": "FeatureCollection",\n' + member + '"features": [\n')
    for index, (attributes, wkb) in enumerate(rows):
        geometry = "null"
        if wkb:
            shape = shapely.from_wkb(wkb)
            if crs and not is_coded:
                shape = to_wgs84([shape], parse(crs))[0]
            geometry = "null" if shape is None else shapely.to_geojson(shape)
        properties = json.dumps(attributes, ensure_ascii=False)
        out.write(
            f'{"," if index else ""}{{"type": "Feature", "properties": {properties}, "geometry": {geometry}}}\n'
        )
    out.write("]}\n")
