"""Writing a crew's sheet: every text as text, whatever it begins with; lists to choose from; totals as formulas."""

import io
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from forestapi.services.crew_sheets._layout import (
    BASES,
    CREW,
    EMPTY_LINES,
    FIELDS,
    HELP,
    MONTH,
    TICK,
    TOTALS,
    WORKER,
    Line,
    activities,
    day_heading,
)
from geo.text import Text

_WIDTHS = {"worker_number": 9, "worker": 12, "activity": 13, "plot": 10, "number": 6, "pay_basis": 9, "rate_yuan": 10, "hours": 9}
_MOST_IN_HEADER = 80
_SIGN = Text("班组长签字：____________  日期：____________", "Crew leader: ____________  Date: ____________")
_TITLE = Text("用工登记表", "crew sheet")
_CELL_HELP = Text(
    "日工写天数（1、0.5、√），计时写小时，计件写件数；没出工留空。",
    "Days (1, 0.5, √), hours or pieces, as the line is paid; empty where nobody worked.",
)


def write(
    crew: str, month: str, days: int, language: str, lines: list[Line], plots: list[str], titles: dict[str, str]
) -> bytes:
    """Write the workbook: one visible sheet, and a hidden one with the lists.

    Args:
        crew: its code.
        month: 2026-11.
        days: of that month.
        language: zh or en.
        lines: the crew's workers; empty lines follow them.
        plots: numbers to choose from.
        titles: `programme` and `name` of the crew, for the head of the printed page.

    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_calc_mode("auto")
    sheet, lists = book.add_worksheet(month), book.add_worksheet("lists")
    lists.hide()
    headings = [WORKER, CREW, MONTH, *(getattr(text, language) for text in FIELDS.values()),
                *(day_heading(day, language) for day in range(1, days + 1)),
                *(getattr(text, language) for text in TOTALS.values())]  # fmt: skip
    _head(book, sheet, headings, days, language)
    count = len(lines) + EMPTY_LINES
    text, cell = book.add_format({"border": 1, "num_format": "@"}), book.add_format({"border": 1, "align": "center"})
    given = book.add_format({"border": 1, "num_format": "@", "bg_color": "#F2F2F2"})
    money = book.add_format({"border": 1, "num_format": "0.00"})
    place = {name: 3 + i for i, name in enumerate(FIELDS)}
    first_day = 3 + len(FIELDS)
    last_day = first_day + days - 1
    for i in range(count):
        row, line = i + 1, lines[i] if i < len(lines) else None
        for column, value in enumerate((line.worker if line else "", crew, month)):
            sheet.write_string(row, column, value)
        for name, column in place.items():
            value = getattr(line, {"worker_number": "number", "worker": "name"}.get(name, ""), None) if line else None
            style = given if value else money if name == "rate_yuan" else cell if name in ("number", "hours") else text
            sheet.write_string(row, column, value, style) if value else sheet.write_blank(row, column, None, style)
        for column in range(first_day, last_day + 1):
            sheet.write_blank(row, column, None, cell)
        cells = f"{xl_rowcol_to_cell(row, first_day)}:{xl_rowcol_to_cell(row, last_day)}"
        rate = xl_rowcol_to_cell(row, place["rate_yuan"])
        sheet.write_formula(row, last_day + 1, f'=SUM({cells})+COUNTIF({cells},"{TICK}")', cell)
        total = xl_rowcol_to_cell(row, last_day + 1)
        sheet.write_formula(row, last_day + 2, f"=ROUND({total}*N({rate}),2)", money)
    choices = {"activity": activities(language), "plot": plots, "pay_basis": [getattr(t, language) for t in BASES.values()]}
    _lists(sheet, lists, choices, place, count, language)
    _limits(sheet, place, first_day, last_day, count, language)
    _page(sheet, f"{titles['programme']} {titles['name']} {month} {getattr(_TITLE, language)}", language, first_day)
    book.close()
    return out.getvalue()


def _head(book: Any, sheet: Worksheet, headings: list[str], days: int, language: str) -> None:
    style = book.add_format({"bold": True, "border": 1, "bg_color": "#E2EFDA", "align": "center", "text_wrap": True, "valign": "vcenter"})
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading, style)
    sheet.set_row(0, 30)
    sheet.set_column(0, 2, None, None, {"hidden": True})
    for i, name in enumerate(FIELDS):
        sheet.set_column(3 + i, 3 + i, _WIDTHS[name])
        sheet.write_comment(0, 3 + i, getattr(HELP[name], language), {"x_scale": 2})
    first_day = 3 + len(FIELDS)
    sheet.set_column(first_day, first_day + days - 1, 4.6 if language == "zh" else 5.4)
    sheet.set_column(first_day + days, first_day + days + 1, 10)
    sheet.freeze_panes(1, 5)


def _lists(
    sheet: Worksheet, lists: Worksheet, choices: dict[str, list[str]], place: dict[str, int], count: int, language: str
) -> None:
    for column, (name, values) in enumerate(choices.items()):
        for row, value in enumerate(values):
            lists.write_string(row, column, value)
        if values:
            letter = xl_col_to_name(column)
            rule = {"validate": "list", "source": f"=lists!${letter}$1:${letter}${len(values)}",
                    "input_title": getattr(FIELDS[name], language), "input_message": getattr(HELP[name], language)[:255],
                    "error_type": "warning" if name == "plot" else "stop"}  # fmt: skip
            sheet.data_validation(1, place[name], count, place[name], rule)


def _limits(sheet: Worksheet, place: dict[str, int], first_day: int, last_day: int, count: int, language: str) -> None:
    """Let cells take only what can be read: Excel says so at once, the import says so again."""
    for name, rule in {
        "number": {"validate": "integer", "criteria": "between", "minimum": 1, "maximum": 20},
        "rate_yuan": {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 100_000},
        "hours": {"validate": "decimal", "criteria": "between", "minimum": 0.25, "maximum": 16},
    }.items():
        message = {"input_title": getattr(FIELDS[name], language), "input_message": getattr(HELP[name], language)}
        sheet.data_validation(1, place[name], count, place[name], rule | message)
    corner = xl_rowcol_to_cell(1, first_day)
    sheet.data_validation(
        1, first_day, count, last_day,
        {"validate": "custom", "value": f'=OR(AND(ISNUMBER({corner}),{corner}>=0),{corner}="{TICK}")',
         "error_message": getattr(_CELL_HELP, language)},
    )  # fmt: skip


def _page(sheet: Worksheet, title: str, language: str, first_day: int) -> None:
    shown = title[:_MOST_IN_HEADER].replace("&", "&&")
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_header(f"&C{shown}")
    sheet.set_footer(f"&L{getattr(_SIGN, language)}&R&P / &N")
    sheet.set_margins(left=0.4, right=0.4)
