"""Excel workbooks (.xlsx), as tables only."""

from collections.abc import Iterator
from datetime import date, datetime, time

import openpyxl
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from geo.formats._archive import open_archive
from geo.formats._columns import unique_names
from geo.formats._format import Format, Opened, Record, Source
from geo.formats._gdal import choose_layer
from geo.text import Text


def read(source: Source) -> Opened:
    """Open one sheet: the one asked for, or the only visible one with anything in it."""
    open_archive(source.path).close()
    book = openpyxl.load_workbook(source.path, read_only=True, data_only=True)
    visible = [
        sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible" and _has_cells(sheet)
    ]
    names = [sheet.title for sheet in book.worksheets] if source.layer else visible or [book.active.title]
    name = choose_layer(names, source.layer)
    rows = enumerate(book[name].iter_rows(values_only=True), start=1)
    header = next((cells for _, cells in rows if any(cell is not None for cell in cells)), ())
    while header and header[-1] is None:
        header = header[:-1]
    columns = unique_names(header)
    opened = Opened(name=name, records=iter(()), columns=columns, is_geometry=False)
    opened.total = max(book[name].max_row or 0, 1)
    opened.records = _records(book, rows, opened)
    return opened


def _has_cells(sheet: Worksheet) -> bool:
    return any(cell is not None for row in sheet.iter_rows(max_row=50, values_only=True) for cell in row)


def _records(book: Workbook, rows: Iterator[tuple[int, tuple]], opened: Opened) -> Iterator[Record]:
    names = opened.columns
    for number, cells in rows:
        opened.done = number
        if all(cell is None or cell == "" for cell in cells):
            continue
        values = [_plain(cell) for cell in cells[: len(names)]]
        attributes = dict(zip(names, values + [None] * (len(names) - len(values)), strict=True))
        has_extra = any(cell is not None for cell in cells[len(names) :])
        problem = "extra-values" if has_extra else None
        yield Record(
            number, attributes, problem=problem, place=f"column {len(names) + 1}" if problem else None
        )
    book.close()


def _plain(cell: object) -> object:
    """Give a cell as JSON can hold it: dates as ISO text, without a midnight that nobody typed."""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, str):
        return cell.strip() or None
    return cell


FORMAT = Format(
    name="xlsx",
    title=Text(zh="Excel 工作簿（只读表格）", en="Excel workbook (tables only)"),
    suffixes=(".xlsx", ".xlsm"),
    media_types=("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
    read=read,
)
