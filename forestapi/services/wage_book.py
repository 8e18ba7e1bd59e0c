"""The wage ledger as a workbook: every text as text, amounts as numbers."""

import io

import xlsxwriter

from forestapi.records.payments import METHODS
from forestapi.services.wages import Ledger, Line
from geo.text import Text

_COLUMNS: tuple[tuple[str, Text, int], ...] = (
    ("number", Text("工号", "Number"), 10), ("name", Text("姓名", "Name"), 12), ("id_number", Text("身份证号", "ID number"), 21),
    ("phone", Text("联系方式", "Telephone"), 15), ("account", Text("收款账户", "Account"), 22), ("days", Text("出工天数", "Days"), 9),
    ("shifts", Text("工单数", "Shifts"), 8), ("hours", Text("工时", "Hours"), 8), ("pieces", Text("计件数量", "Pieces"), 10),
    ("due_yuan", Text("应发工资", "Due by shifts"), 12), ("awaiting_yuan", Text("待审核", "Awaiting review"), 12),
    ("items_yuan", Text("已付各项合计", "Items paid"), 13), ("deducted_yuan", Text("扣除", "Deducted"), 10),
    ("net_yuan", Text("实发", "Net paid"), 12), ("arrears_yuan", Text("欠付", "Arrears"), 12),
    ("overpaid_yuan", Text("多付", "Paid beyond"), 12), ("paid_on", Text("支付日期", "Paid on"), 22),
    ("method", Text("支付方式", "Method"), 14), ("reference", Text("凭证号", "Proof"), 24), ("photo", Text("凭证照片 SHA-256", "Photograph, SHA-256"), 24),
    ("worker", Text("工人标识", "Worker"), 38),
)  # fmt: skip
_TOTAL = Text("合计", "Total")
_SYNTHETIC = Text("合成演示数据", "Synthetic demonstration data")
_IDENTITY = ("id_number", "phone", "account")
_MONEY = ("due_yuan", "awaiting_yuan", "items_yuan", "deducted_yuan", "net_yuan", "arrears_yuan", "overpaid_yuan")
_ABOUT = Text(
    "按《保障农民工工资支付条例》第十五条编制，至少保存三年。应发来自已审核工单；欠付 = 应发 − 已结工资和加班。",
    "Made after article 15 of the regulation on paying migrant workers (2020), to be kept three years at least. Due comes from"
    " approved shifts; arrears = due − wage and overtime settled.",
)


def write(ledger: Ledger, language: str) -> bytes:
    """Write a ledger; the columns of identities only where they were read."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet, about = book.add_worksheet(ledger.month), book.add_worksheet("README")
    head = book.add_format({"bold": True, "bg_color": "#E2EFDA", "border": 1, "text_wrap": True})
    money, plain = book.add_format({"num_format": "#,##0.00"}), book.add_format()
    has_identities = any(getattr(line, name) for line in ledger.lines for name in _IDENTITY)
    columns = [each for each in _COLUMNS if has_identities or each[0] not in _IDENTITY]
    for column, (_, title, width) in enumerate(columns):
        sheet.write_string(0, column, getattr(title, language), head)
        sheet.set_column(column, column, width)
    for row, line in enumerate([*ledger.lines, ledger.total], start=1):
        values = _values(line, language)
        for column, (name, _, _) in enumerate(columns):
            value = values[name]
            if value is None or value == "":
                continue
            if isinstance(value, str):
                sheet.write_string(row, column, value)
            else:
                sheet.write_number(row, column, value, money if name in _MONEY else plain)
    sheet.write_string(len(ledger.lines) + 1, 0, getattr(_TOTAL, language), head)
    sheet.freeze_panes(1, 2)
    lines = [ledger.employer or "", getattr(ledger.programme_name, language), f"{getattr(ledger.crew_name, language)} ({ledger.crew})",
             ledger.month, ledger.made_at.isoformat(), getattr(_ABOUT, language)]  # fmt: skip
    if ledger.is_synthetic:
        lines.append(getattr(_SYNTHETIC, language))
    for row, text in enumerate(lines):
        about.write_string(row, 0, text)
    about.set_column(0, 0, 120)
    book.close()
    return out.getvalue()


def _values(line: Line, language: str) -> dict[str, str | float | None]:
    values: dict[str, str | float | None] = {
        name: getattr(line, name) for name in ("number", "name", *_IDENTITY, "worker")
    }
    for name in ("days", "shifts", "hours", *_MONEY):
        values[name] = float(getattr(line, name))
    values["pieces"] = float(sum(rate.quantity or 0 for rate in line.rates if rate.pay_basis == "piece")) or None
    for name in ("paid_on", "reference", "photo"):
        values[name] = "; ".join(str(each) for paid in line.payments if (each := getattr(paid, name)))
    values["method"] = "; ".join(dict.fromkeys(getattr(METHODS[paid.method], language) for paid in line.payments))
    return values
