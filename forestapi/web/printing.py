"""Pages that are printed: the wage sheet for signatures and the notice, each one file that asks for nothing else."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from forestapi.records.payments import DEDUCTIONS, ITEMS, METHODS
from forestapi.services.wages import Ledger, Line, Notice
from forestapi.web import languages
from geo.text import Text

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
LEAST_ROWS = 12
"""Lines that a sheet has at least, so that a worker who was forgotten can be written in by hand."""
_UNITS = {"day": Text("天", "d"), "hour": Text("小时", "h"), "piece": Text("件", "pcs")}

WORDS = {
    "title": Text("农民工工资支付表", "Wage sheet"),
    "notice": Text("工资支付公示", "Notice of wages paid"),
    "synthetic": Text("合成演示数据，不是真实工人", "Synthetic demonstration data; no real worker"),
    "employer": Text("用人单位", "Employer"),
    "programme": Text("项目", "Programme"),
    "crew": Text("班组", "Crew"),
    "month": Text("工资所属月份", "Month of the work"),
    "made": Text("制表时间", "Made at"),
    "place": Text("序", "No."),
    "number": Text("工号", "Number"),
    "name": Text("姓名", "Name"),
    "id_number": Text("身份证号", "ID number"),
    "phone": Text("联系方式", "Telephone"),
    "account": Text("收款账户", "Account"),
    "days": Text("出工天数", "Days"),
    "hours": Text("工时", "Hours"),
    "rates": Text("数量 × 单价", "Quantity × rate"),
    "due": Text("应发工资", "Due"),
    "extra": Text("其他应发", "Other items"),
    "deducted": Text("扣除", "Deducted"),
    "net": Text("实发", "Net paid"),
    "proof": Text("支付日期、方式、凭证", "Paid on, how, proof"),
    "arrears": Text("欠付", "Arrears"),
    "overpaid": Text("多付", "Paid beyond"),
    "sign": Text("本人签字（手印）", "Signature"),
    "total": Text("合计", "Total"),
    "awaiting": Text("另有 {count} 张工单待审核（{yuan} 元），未计入应发。", "{count} further shifts ({yuan} yuan) await review and are not in it."),
    "yuan": Text("金额单位：元", "Amounts in yuan"),
    "law": Text(
        "本表按《保障农民工工资支付条例》第十五条编制，至少保存三年。应发工资来自已审核工单；欠付 = 应发工资 − 已结工资和加班。",
        "Made after article 15 of the regulation on paying migrant workers (2020), to be kept three years at least. Due comes from"
        " approved shifts; arrears = due − wage and overtime that were settled.",
    ),
    "sign_foreman": Text("班组长", "Crew leader"),
    "sign_accountant": Text("经办人", "Paid out by"),
    "sign_date": Text("日期", "Date"),
    "notice_lead": Text(
        "以下为本月工资实发情况，姓名已作遮挡。如有异议，请向项目或当地劳动保障监察机构反映。",
        "What was paid for this month; names are masked. Whoever finds a mistake may turn to the programme or to the local labour"
        " inspection.",
    ),
    "empty": Text("本月没有工单，也没有支付。", "There is no work and no payment in this month."),
}


def wage_sheet(ledger: Ledger, language: str) -> str:
    """Write the A4 page for signatures, in one language."""
    words = languages.catalogue(WORDS, language)
    identities = any(line.id_number or line.phone or line.account for line in ledger.lines)
    return _TEMPLATES.get_template("wage_sheet.html").render(
        w=words,
        html_language=languages.LANGUAGES[language],
        head=_head(ledger, language),
        ledger=ledger,
        rows=[_row(line, language) for line in ledger.lines],
        total=_row(ledger.total, language),
        blank=max(0, LEAST_ROWS - len(ledger.lines)),
        with_identities=identities,
        awaiting=words["awaiting"].format(count=ledger.total.awaiting_shifts, yuan=money(ledger.total.awaiting_yuan)),
    )


def wage_notice(notice: Notice, language: str) -> str:
    """Write the page to be posted, in one language."""
    return _TEMPLATES.get_template("wage_notice.html").render(
        w=languages.catalogue(WORDS, language),
        html_language=languages.LANGUAGES[language],
        head=_head(notice, language),
        notice=notice,
        money=money,
    )


def money(yuan: Decimal) -> str:
    """Write an amount to the fen, with separators."""
    return f"{yuan:,.2f}"


def _head(page: Ledger | Notice, language: str) -> Mapping[str, str]:
    return {
        "programme": getattr(page.programme_name, language),
        "crew": getattr(page.crew_name, language),
        "month": page.month,
        "made": page.made_at.strftime("%Y-%m-%d %H:%M"),
    }


def _row(line: Line, language: str) -> dict[str, Any]:
    extra = line.items_yuan - line.settled_yuan
    proofs = [
        " ".join(filter(None, (str(paid.paid_on), getattr(METHODS[paid.method], language), paid.reference))) for paid in line.payments
    ]
    return {
        "line": line,
        "hours": f"{line.hours.normalize():f}",
        "rates": [_rate(rate, language) for rate in line.rates],
        "due": money(line.due_yuan),
        "extra": money(extra) if extra else "",
        "extra_words": _items(line, "items", ITEMS, language, beyond=("wage", "overtime")),
        "deducted": money(line.deducted_yuan) if line.deducted_yuan else "",
        "deducted_words": _items(line, "deductions", DEDUCTIONS, language),
        "net": money(line.net_yuan) if line.payments or not line.worker else "",
        "proofs": proofs,
        "arrears": money(line.arrears_yuan) if line.arrears_yuan else "",
        "overpaid": money(line.overpaid_yuan) if line.overpaid_yuan else "",
    }


def _rate(rate: Any, language: str) -> str:
    if rate.quantity is None or rate.rate_yuan is None:
        return money(rate.wage_yuan)
    unit = getattr(_UNITS[rate.pay_basis], language)
    return f"{rate.quantity.normalize():f} {unit} × {rate.rate_yuan.normalize():f}"


def _items(line: Line, kind: str, words: Mapping[str, Text], language: str, beyond: tuple[str, ...] = ()) -> str:
    named = dict.fromkeys(
        getattr(words[each.item], language) for paid in line.payments for each in getattr(paid, kind) if each.item not in beyond
    )
    return "、".join(named) if language == "zh" else ", ".join(named)
