"""Excel workbooks (.xlsx): tables, with a WKT column or longitude and latitude columns where they are plots."""

from collections.abc import Iterator
from datetime import date, datetime, time

import openpyxl
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from geo.formats._archive import open_archive
from geo.formats._columns import geometry_columns, unique_names
from geo.formats._format import Format, Opened, Record, Source
from geo.formats._gdal import choose_layer
from geo.formats._geojson_shape import Shape
from geo.formats.csv import shape_of_point, shapes_of_wkt
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


FORMAT = Format(
    name="xlsx",
    title=Text(zh="Excel 工作簿（WKT 或经纬度列）", en="Excel workbook (with WKT, or longitude and latitude)"),
    suffixes=(".xlsx", ".xlsm"),
    media_types=("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
    read=read,
)
