"""What a crew's sheet says beside what it said last and what the ledger has: three versions of each cell."""

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from forestapi.db.transaction import Transaction
from forestapi.records import Document
from forestapi.rules import Finding
from forestapi.services import crew_sheets
from forestapi.services.admitting import Verdict
from forestapi.services.importing._importer import Job, Prepared, Row
from forestapi.services.importing._report import Absent
from forestapi.store import crew_sheets as store
from geo.text import Text

LISTED = 1_000


class Cells(Struct, kw_only=True):
    """The cells of one batch."""

    memory: dict[str, tuple[bytes, int]] = {}
    """Shift's id -> what a sheet said last of it (digest), and the revision that it left."""
    said: dict[str, bytes] = {}
    """Shift's id -> digest of what the sheet says now, of those that it says something new about."""


def digest(told: Document) -> bytes:
    """Tell what a cell says from what it says another time."""
    return hashlib.sha256(msgspec.json.encode(told, order="deterministic", enc_hook=str)).digest()


def weigh(
    cells: Cells, index: int, job: Job, there: Document, revision: int, told: Document
) -> tuple[Document, list[Finding]]:
    """Decide what of a cell is to be written over the shift that is there: what is new in the sheet, or nothing.

    A cell that says what it said last is left as the office has it meanwhile; one that says something new about
    a shift that was changed meanwhile is held.
    """
    id = str(there["id"])
    said = digest(told)
    before = cells.memory.get(id)
    was_changed = before is not None and revision != before[1] and any(_plain(there[n]) != _plain(told[n]) for n in told)
    if before is not None and before[0] == said:
        return {}, [_kept(index, there)] if was_changed else []
    cells.said[id] = said
    if was_changed:
        return told, [_conflict(index, job, there, told)]
    return told, []


def trouble(index: int, tx: Transaction, job: Job, row: Row, values: Document) -> list[Finding]:
    """Say what is wrong with a cell as it stands in the sheet, and with whom its line is about."""
    found = []
    place = row.attributes.get("forest_cell")
    told = row.attributes.get("forest_trouble") if job.sheet else None
    if told == "other-sheet":
        message = Text(
            "这一行带着另一个班组或另一个月的隐藏标记（多半是从别的登记表复制来的）；请在本表空行里重新填写。",
            "This line carries the hidden mark of another crew or month (copied from another sheet, perhaps); fill it in on"
            " an empty line of this sheet.",
        )
        found.append(Finding(index, "shift-other-sheet", "refuse", place, "work_date", message, {}))
    if told == "cell-unreadable":
        message = Text(
            f"格子 {place} 写的是“{values.get('quantity')}”，读不出数；请写天数（或 √）、小时或件数，没出工留空。",
            f"Cell {place} says {str(values.get('quantity'))!r}, which is no number; write days (or √), hours or pieces, and"
            " leave it empty where nobody worked.",
        )
        found.append(Finding(index, "shift-cell-unreadable", "refuse", place, "quantity", message, {}))
    mark = values.get("worker_uuid")
    if mark and not crew_sheets.is_marked(tx.vault, mark, values.get("worker_number"), values.get("worker")):
        message = Text(
            "这一行的姓名或工号与生成登记表时不同。若是另一个人，请写在空行里；若只是改错别字，请由管理员接受此行。",
            "The name or number of this line is not what the sheet was made with. If it is somebody else, use an empty line;"
            " if only the spelling was mended, an administrator accepts the row.",
        )
        found.append(Finding(index, "shift-worker-changed", "hold", place, "worker", message, {}))
    return found


def decided(index: int, found: Document) -> Finding:
    """Hold a row whose shift was made void, or was moved to another worker, date or number."""
    status = found["status"]
    what = ("已作废", "was made void") if status == "void" else (
        f"已改到 {found['work_date']} 第 {found['number']} 班", f"was moved to {found['work_date']}, number {found['number']}"
    )  # fmt: skip
    message = Text(
        f"这一行以前导入的工单{what[0]}；不会自动恢复，请由管理员决定。",
        f"The shift that this row made earlier {what[1]}; it is not brought back by itself, an administrator decides.",
    )
    return Finding(index, "shift-decided-otherwise", "hold", None, "work_date", message, {})


async def remember(tx: Transaction, cells: Cells, documents: Sequence[Document], verdicts: Sequence[Verdict]) -> None:
    """Remember what the sheet says of the shifts that were taken in."""
    taken = {str(d["id"]) for d, v in zip(documents, verdicts, strict=True) if v.outcome in ("created", "updated", "unchanged")}
    await store.remember(tx, {id: said for id, said in cells.said.items() if id in taken})


class Absence:
    """Finds what the ledger has of the crew's month and the sheet has not: cleared cells, lines taken out."""

    def __init__(self, programme: str, sheet: crew_sheets.Sheet) -> None:
        """Look for what this sheet lacks."""
        self.programme, self.sheet = programme, sheet
        self.present: set[tuple[str, str, int]] = set()

    def add(self, prepared: Prepared) -> None:
        """Put down one batch, whatever becomes of it."""
        self.present |= {(str(d.get("worker")), str(d.get("work_date")), int(d.get("number") or 1)) for d in prepared.documents}

    async def finish(self, tx: Transaction) -> list[Absent]:
        """List the shifts that the sheet does not have; nothing is removed."""
        first, last = crew_sheets.days_of(self.sheet.month)
        rows = await store.of_month(tx, self.programme, self.sheet.crew, first, last)
        missing = [r for r in rows if (r["worker"], str(r["work_date"]), r["number"]) not in self.present]
        return [
            Absent(
                cell=self._cell(row["worker"], row["work_date"].day), shift=row["id"], worker=row["worker"],
                work_date=row["work_date"], number=row["number"], activity=row["activity"],
                hours=float(row["hours"]), status=row["status"],
            )
            for row in missing[:LISTED]
        ]  # fmt: skip

    def _cell(self, worker: str, day: int) -> str | None:
        row = self.sheet.lines.get(worker)
        return None if row is None or day not in self.sheet.days else f"{self.sheet.days[day]}{row}"


def _kept(index: int, there: Document) -> Finding:
    message = Text(
        f"登记表这一格没有改动；台账里这张工单后来改过（现为 {there['hours']} 小时，{there['wage_yuan']} 元），保持台账不变。",
        f"The sheet's cell is as it was; the ledger's shift was changed since (now {there['hours']} h, {there['wage_yuan']} yuan)"
        " and stays so.",
    )
    return Finding(index, "shift-office-changed", "note", None, "hours", message, {})


def _conflict(index: int, job: Job, there: Document, told: Document) -> Finding:
    message = Text(
        f"登记表：{told.get('hours')} 小时，{told.get('wage_yuan', 0)} 元；台账在上次导入后已改为 {there['hours']} 小时，"
        f"{there['wage_yuan']} 元。请由管理员决定用哪个。",
        f"Sheet: {told.get('hours')} h, {told.get('wage_yuan', 0)} yuan. The ledger was changed since the last import:"
        f" {there['hours']} h, {there['wage_yuan']} yuan. An administrator decides which holds.",
    )
    return Finding(index, "shift-sheet-conflict", "hold", None, "hours", message, {})


def _plain(value: Any) -> Any:
    try:
        return float(value)
    except (TypeError, ValueError):
        return str(value)
