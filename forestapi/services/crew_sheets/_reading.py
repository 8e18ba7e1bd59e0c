"""Reading a crew's sheet back: each filled cell of a day becomes a row, as a list of shifts would have it."""

from collections import Counter
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
from msgspec import Struct
from xlsxwriter.utility import xl_col_to_name

from forestapi.errors import BadRequest
from forestapi.services.crew_sheets._layout import (
    BASES,
    CREW,
    FIELDS,
    MONTH,
    NOTHING,
    WORDS,
    WORKER,
    day_of,
)
from geo.reading import Layer
from geo.text import Text

CELL, TROUBLE = "forest_cell", "forest_trouble"
COLUMNS = (CELL, TROUBLE, "worker_uuid", "worker_number", "worker", "crew", "work_date", "number", "activity", "plot",
           "pay_basis", "quantity", "rate_yuan", "hours", "hours_known", "wage_yuan")  # fmt: skip
STANDARD_HOURS = Decimal(8)
BATCH_ROWS = 1000
_FEN = Decimal("0.01")


class Sheet(Struct, kw_only=True):
    """What a crew's sheet is about."""

    crew: str
    month: str
    days: dict[int, str]
    """Day -> the letter of its column."""
    lines: dict[str, int] = {}
    """Worker's id -> the first row that is about them."""

    @property
    def layer(self) -> str:
        """Name what comes again when the sheet comes again."""
        return f"crew-sheet {self.crew} {self.month}"


def unfold(layer: Layer, out: Path) -> tuple[Layer, Sheet] | None:
    """Write the cells of a crew's sheet as rows into the Arrow file `out`; None where the file is no such sheet.

    Raises:
        BadRequest: it is one, and has lost the crew or the month that it is of.

    """
    days = {day: name for name in layer.columns if (day := day_of(name)) is not None}
    if MONTH not in layer.columns or not days:
        return None
    lines = list(_lines(layer))
    sheet = Sheet(
        crew=_commonest(lines, CREW),
        month=_commonest(lines, MONTH)[:7],
        days={day: xl_col_to_name(layer.columns.index(name)) for day, name in days.items()},
    )
    columns = _columns(layer)
    rows: list[tuple[int, dict[str, Any]]] = []
    for number, line in lines:
        worker = _text(line.get(WORKER)).partition("/")[0]
        if worker:
            sheet.lines.setdefault(worker, number)
        for day, name in sorted(days.items()):
            if _text(line.get(name)) not in NOTHING:
                rows.append((number, _shift(line, columns, sheet, day, line[name], number)))
    _write(rows, layer, out)
    unfolded = msgspec.structs.replace(
        layer, path=out, columns=COLUMNS, rows=len(rows), name=sheet.layer, is_geometry=False
    )
    return unfolded, sheet


def _shift(
    line: dict[str, Any], columns: dict[str, str], sheet: Sheet, day: int, raw: Any, number: int
) -> dict[str, Any]:
    """Write one cell as a shift: what its number means follows from how the line is paid."""
    told = {field: line.get(column) for field, column in columns.items()}
    basis = _basis(told.get("pay_basis"))
    amount = _amount(raw, basis)
    per_day, rate = _number(told.get("hours")), _number(told.get("rate_yuan"))
    hours: Decimal | None
    if basis == "hour":
        hours, is_measured = amount, True
    elif basis == "day":
        hours, is_measured = None if amount is None else amount * (per_day or STANDARD_HOURS), per_day is not None
    else:
        hours, is_measured = per_day or STANDARD_HOURS, per_day is not None
    own_month = _text(line.get(MONTH))[:7] or sheet.month
    is_other = own_month != sheet.month or (_text(line.get(CREW)) or sheet.crew) != sheet.crew
    wage = None if amount is None or rate is None else (amount * rate).quantize(_FEN, ROUND_HALF_UP)
    return {
        CELL: f"{sheet.days[day]}{number}",
        TROUBLE: "other-sheet" if is_other else "cell-unreadable" if amount is None else None,
        "worker_uuid": _text(line.get(WORKER)) or None,
        "worker_number": told.get("worker_number"),
        "worker": told.get("worker"),
        "crew": sheet.crew,
        "work_date": f"{own_month}-{day:02d}",
        "number": told.get("number"),
        "activity": told.get("activity"),
        "plot": told.get("plot"),
        "pay_basis": basis,
        "quantity": str(raw) if amount is None else str(amount),
        "rate_yuan": told.get("rate_yuan"),
        "hours": None if hours is None else str(hours.normalize()),
        "hours_known": "measured" if is_measured else "estimated",
        "wage_yuan": None if wage is None else str(wage),
    }


def _amount(raw: Any, basis: str) -> Decimal | None:
    """Read a day's cell; a tick is a day, or (paid by the hour) none that could be read."""
    text = _text(raw)
    if text in WORDS:
        return Decimal(str(WORDS[text])) if basis == "day" else None
    return _number(raw)


def _number(raw: Any) -> Decimal | None:
    try:
        value = Decimal(_text(raw).replace(",", ""))
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 < value < 1_000_000 else None


def _basis(raw: Any) -> str:
    word = _text(raw).lower()
    known = {name.lower(): code for code, text in BASES.items() for name in (code, text.zh, text.en)}
    return known.get(word, word) if word else "day"


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()


def _commonest(lines: list[tuple[int, dict[str, Any]]], column: str) -> str:
    """Find what most lines say that the sheet is of."""
    counted = Counter(value for _, line in lines if (value := _text(line.get(column))))
    if not counted:
        raise BadRequest(
            Text(
                f"登记表的隐藏列 {column} 已空，不知道是哪个班组或哪个月；请重新生成登记表，把内容粘贴过去。",
                f"The sheet's hidden column {column} is empty, so its crew or month is not known; make the sheet anew and"
                " paste the cells into it.",
            ),
            code="sheet-unknown",
        )
    return counted.most_common(1)[0][0]


def _columns(layer: Layer) -> dict[str, str]:
    """Find the columns of a line by their headings in either language: field -> column."""
    by_heading = {name.strip().lower(): name for name in layer.columns}
    found = {}
    for field, text in FIELDS.items():
        for heading in (text.zh, text.en, field):
            if heading.lower() in by_heading:
                found.setdefault(field, by_heading[heading.lower()])
    return found


def _lines(layer: Layer) -> Iterator[tuple[int, dict[str, Any]]]:
    for batch in layer.batches():
        for number, text in zip(batch.column("row").to_pylist(), batch.column("attributes").to_pylist(), strict=True):
            yield number, msgspec.json.decode(text)


def _write(rows: list[tuple[int, dict[str, Any]]], layer: Layer, out: Path) -> None:
    with pa.OSFile(str(layer.path)) as source, pa.ipc.open_file(source) as reader:
        schema = reader.schema
    with pa.OSFile(str(out), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for start in range(0, len(rows), BATCH_ROWS):
            part = rows[start : start + BATCH_ROWS]
            values = {
                "row": [number for number, _ in part],
                "attributes": [msgspec.json.encode(attributes).decode() for _, attributes in part],
            }
            arrays = [pa.array(values.get(field.name, [None] * len(part)), type=field.type) for field in schema]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
