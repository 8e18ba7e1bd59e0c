"""Excel workbooks (.xlsx): tables, with a WKT column or longitude and latitude columns where they are plots."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import xlsxwriter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from geo.formats._archive import open_archive
from geo.formats._columns import geometry_columns, unique_names
from geo.formats._format import GEOMETRY, Format, GeometryAs, Layer, Opened, Record, Source
from geo.formats._gdal import choose_layer
from geo.formats._geojson_shape import Shape
from geo.formats._writing import CUT, about_lines, placed, too_large, way
from geo.formats.csv import shape_of_point, shapes_of_wkt
from geo.text import Text

WAYS: tuple[GeometryAs, ...] = ("lonlat", "wkt", "none")
MAX_ROWS = 1_048_576
MAX_TEXT = 32_767
"""The longest text of a cell, in UTF-16 code units."""
BESIDE = ("about", "long texts")
"""Sheets that an export writes beside its table; they are no layers."""
_OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}


def read(source: Source) -> Opened:
    """Open one sheet: the one asked for, or the only visible one with anything in it."""
    open_archive(source.path).close()
    book = openpyxl.load_workbook(source.path, read_only=True, data_only=True)
    visible = [
        sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible" and _has_cells(sheet)
    ]
    visible = [title for title in visible if title not in BESIDE] or visible
    names = [sheet.title for sheet in book.worksheets] if source.layer else visible or [book.active.title]
    name = choose_layer(names, source.layer)
    rows = enumerate(book[name].iter_rows(values_only=True), start=1)
    header = next((cells for _, cells in rows if any(cell is not None for cell in cells)), ())
    while header and header[-1] is None:
        header = header[:-1]
    columns = unique_names(header)
    wkt, lon_lat = (None, None) if source.is_table else geometry_columns(columns)
    hidden = {wkt, *(lon_lat or ())}
    opened = Opened(
        name=name,
        records=iter(()),
        columns=[column for column in columns if column not in hidden],
        is_geometry=bool(wkt or lon_lat),
    )
    opened.total = max(book[name].max_row or 0, 1)
    opened.records = _records(book, rows, columns, wkt, lon_lat, opened)
    return opened


def _has_cells(sheet: Worksheet) -> bool:
    return any(cell is not None for row in sheet.iter_rows(max_row=50, values_only=True) for cell in row)


def _records(
    book: Workbook,
    rows: Iterator[tuple[int, tuple]],
    names: list[str],
    wkt: str | None,
    lon_lat: tuple[str, str] | None,
    opened: Opened,
) -> Iterator[Record]:
    for number, cells in rows:
        opened.done = number
        if all(cell is None or cell == "" for cell in cells):
            continue
        values = [_plain(cell) for cell in cells[: len(names)]]
        attributes = dict(zip(names, values + [None] * (len(names) - len(values)), strict=True))
        has_extra = any(cell is not None for cell in cells[len(names) :])
        shape = _shape(attributes, wkt, lon_lat)
        opened.has_z |= shape.has_z
        problem, place = ("extra-values", f"column {len(names) + 1}") if has_extra else (shape.problem, shape.place)
        yield Record(number, attributes, shape.wkb, shape.type, problem, place)
    book.close()


def _shape(attributes: dict[str, object], wkt: str | None, lon_lat: tuple[str, str] | None) -> Shape:
    """Take a row's geometry out of its cells."""
    if wkt:
        cell = attributes.pop(wkt)
        return shapes_of_wkt([None if cell is None else str(cell)])[0]
    if lon_lat:
        lon, lat = (attributes.pop(name) for name in lon_lat)
        return shape_of_point(*(None if c is None else str(c) for c in (lon, lat)), lon_lat)
    return Shape()


def _plain(cell: object) -> object:
    """Give a cell as JSON can hold it: dates as ISO text, without a midnight that nobody typed."""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, str):
        return cell.strip() or None
    return cell


def write(path: Path, layer: Layer) -> None:
    """Write a workbook: the table, a sheet that says what it is, and one for texts that no cell can hold.

    Cells are written one by one, in constant memory: texts stay texts, whatever they begin with.

    Raises:
        FormatError: too-large, where a sheet cannot hold the rows.

    """
    book = xlsxwriter.Workbook(path, _OPTIONS)
    try:
        _Sheets(book, layer).write()
    finally:
        book.close()


class _Sheets:
    """A workbook that is being written."""

    def __init__(self, book: xlsxwriter.Workbook, layer: Layer) -> None:
        self.layer, self.how = layer, way(layer, WAYS)
        bold = book.add_format({"bold": True})
        self.day, self.moment = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"})
        self.table, about = book.add_worksheet(layer.name[:31]), book.add_worksheet(BESIDE[0])
        self.long_texts, self.parts = book.add_worksheet(BESIDE[1]), 1
        fields = [name for name in layer.rows.schema.names if name != GEOMETRY]
        empty = placed(pa.array([], pa.binary()), self.how) if layer.geometry_type else {}
        for i, name in enumerate([*fields, *empty]):
            self.table.write_string(0, i, name, bold)
        self.table.freeze_panes(1, 0)
        for i, (name, text) in enumerate(about_lines(layer.about)):
            about.write_string(i, 0, name, bold)
            about.write_string(i, 1, text)
        about.set_column(0, 1, 28)
        for i, name in enumerate((layer.key, "column", "part", "text")):
            self.long_texts.write_string(0, i, name, bold)

    def write(self) -> None:
        """Write all rows."""
        number = 0
        for batch in self.layer.rows:
            if number + batch.num_rows >= MAX_ROWS:
                raise too_large("Excel", "的工作表最多 1,048,576 行", "sheets hold 1,048,576 rows")
            columns = {name: batch.column(name) for name in batch.schema.names if name != GEOMETRY}
            if GEOMETRY in batch.schema.names:
                columns |= placed(batch.column(GEOMETRY), self.how)
            keys = [str(key) for key in batch.column(self.layer.key).to_pylist()]
            for key, *cells in zip(keys, *(column.to_pylist() for column in columns.values()), strict=True):
                number += 1
                for i, (name, cell) in enumerate(zip(columns, cells, strict=True)):
                    if cell is not None:
                        self._cell(number, i, name, key, cell)

    def _cell(self, row: int, column: int, name: str, key: str, value: Any) -> None:
        if isinstance(value, str):
            if _utf16(value) > MAX_TEXT:
                self._part_out(key, name, value)
                value = value[: MAX_TEXT // 2 - 1] + CUT
            self.table.write_string(row, column, value)
        elif isinstance(value, bool):
            self.table.write_boolean(row, column, value)
        elif isinstance(value, datetime):
            self.table.write_datetime(row, column, value.astimezone(UTC).replace(tzinfo=None), self.moment)
        elif isinstance(value, date):
            self.table.write_datetime(row, column, value, self.day)
        else:
            self.table.write_number(row, column, value)

    def _part_out(self, key: str, name: str, text: str) -> None:
        for part, start in enumerate(range(0, len(text), MAX_TEXT // 2), start=1):
            self.long_texts.write_string(self.parts, 0, key)
            self.long_texts.write_string(self.parts, 1, name)
            self.long_texts.write_number(self.parts, 2, part)
            self.long_texts.write_string(self.parts, 3, text[start : start + MAX_TEXT // 2])
            self.parts += 1


def _utf16(text: str) -> int:
    """Count a text's characters as Excel does."""
    return len(text) + sum(character > "\uffff" for character in text) if len(text) > MAX_TEXT // 2 else len(text)


FORMAT = Format(
    name="xlsx",
    title=Text(zh="Excel 工作簿（WKT 或经纬度列）", en="Excel workbook (with WKT, or longitude and latitude)"),
    suffixes=(".xlsx", ".xlsm"),
    media_types=("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
    read=read,
    write=write,
    geometry_as=WAYS,
)
