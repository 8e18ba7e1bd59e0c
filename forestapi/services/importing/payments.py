"""Payments of wages from a bank's or a bookkeeper's sheet: a row a payment, to workers whom the ledger knows."""

import re
from decimal import Decimal
from typing import Any
from uuid import uuid5

import pyarrow as pa

from forestapi.db.transaction import Transaction
from forestapi.records import Document
from forestapi.records.payments import DEDUCTIONS, ITEMS, METHODS, Payment
from forestapi.rules import Batch, Finding
from forestapi.services.importing import _columns
from forestapi.services.importing._importer import Importer, Job, Parsed, Prepared, Row
from forestapi.services.importing.shifts import FIELDS as OF_SHIFTS
from forestapi.services.importing.shifts import NAMESPACE, worker_key
from forestapi.store import shifts as shifts_store
from forestapi.store import wages as wages_store
from forestapi.store import workers as workers_store
from geo.text import Text

_ITEMS = {"wage": "wage", "overtime": "overtime", "bonus": "bonus", "allowance": "allowance", "other_item": "other"}
_DEDUCTIONS = {"social_insurance": "social_insurance", "tax": "tax", "other_deduction": "other"}
FIELDS: dict[str, tuple[str, ...]] = {
    **{name: OF_SHIFTS[name] for name in ("id", "worker", "worker_number", "worker_uuid", "id_number", "crew")},
    "month": ("月份", "工资月份", "所属月份"),
    "wage": ("wage_yuan", "工资", "应发工资", "基本工资"),
    "overtime": ("overtime_yuan", "加班费", "加班工资"),
    "bonus": ("bonus_yuan", "奖金"),
    "allowance": ("allowance_yuan", "津贴", "补贴", "津贴补贴"),
    "other_item": ("other_yuan", "其他应发"),
    "social_insurance": ("社保", "社会保险", "代扣社保"),
    "tax": ("个税", "个人所得税"),
    "other_deduction": ("其他扣款", "扣款"),
    "net_yuan": ("net", "amount", "实发", "实发工资", "实发金额", "金额"),
    "paid_on": ("date", "paid", "发放日期", "支付日期", "日期"),
    "method": ("支付方式", "发放方式"),
    "reference": ("凭证号", "流水号", "交易流水号", "回单号"),
    "recorder": ("记录人", "经办人"),
    "remarks": ("备注", "说明"),
}
_METHODS = {word.lower(): code for code, text in METHODS.items() for word in (code, text.zh, text.en)} | {
    "银行": "bank", "转账": "bank", "微信": "mobile", "支付宝": "mobile",
}  # fmt: skip
_MONTH = re.compile(r"^(\d{4})[-/.年]?(\d{1,2})(?:月|[-/.].*)?$")
assert set(_ITEMS.values()) == set(ITEMS) and set(_DEDUCTIONS.values()) == set(DEDUCTIONS)


def parse(job: Job, arrow: pa.RecordBatch, rows: list[Row]) -> Parsed:
    """Read the values of a batch."""
    return Parsed(arrow=arrow, rows=rows, values=[_values(job, row) for row in rows])


async def prepare(tx: Transaction, job: Job, parsed: Parsed) -> Prepared:
    """Make payments of a batch: find its crews and workers, and add up its amounts; nobody new is added."""
    arrow, rows, values = parsed.arrow, parsed.rows, parsed.values
    programme = job.options.programme or ""
    crews = await shifts_store.crews_by_name(tx, programme, {v["crew"] for v in values if v.get("crew")})
    keys = [worker_key(value, crews) for value in values]
    workers = await _workers(tx, keys)
    documents, identities, further = [], [], []
    for i, (row, value, key) in enumerate(zip(rows, values, keys, strict=True)):
        worker, crew = workers.get(key or ""), crews.get(value.get("crew") or "")
        if worker is None:
            further.append(_unknown(i, "worker", value.get("worker") or value.get("worker_number")))
        if value.get("crew") and crew is None:
            further.append(_unknown(i, "crew", value["crew"]))
        told, trouble = _payment(i, value)
        further += trouble
        # what names a transfer is its reference; without one, whom it paid for which month, when and how
        named = told["reference"] or f"{told['month']}/{told['paid_on']}/{told['method']}"
        identity = str(value.get("id") or uuid5(NAMESPACE, f"payment/{programme}/{worker}/{named}"))
        first = job.first_use(identity, row)
        if first is not None:
            further.append(_repeated(i, first))
            identity = str(uuid5(NAMESPACE, f"{identity}#{row.number}"))
        shaped, misfit = _columns.shape(
            i, "payment", Payment, {"id": identity, "worker": worker, "programme": programme, "crew": crew, **told}
        )
        further += [misfit] if misfit else []
        documents.append({"id": identity, **shaped})
        identities.append(identity)
    differing = await wages_store.differing(tx, documents)
    further += [_differs(i) for i, id in enumerate(identities) if id in differing]
    batch = Batch(
        rows=[row.number for row in rows], columns={name: [v.get(name) for v in values] for name in ("worker", "month", "net_yuan")},
        problem=arrow.column("problem").to_pylist(), place=arrow.column("place").to_pylist(), today=job.today,
    )  # fmt: skip
    return Prepared(documents=documents, batch=batch, identities=identities, further=further)


async def _workers(tx: Transaction, keys: list[str | None]) -> dict[str, str]:
    """Find the workers that a sheet names, by the safest name that each row gives: key -> id."""
    marked = {key: key.removeprefix("uuid:") for key in keys if key and key.startswith("uuid:")}
    found = marked | await workers_store.by_keys(tx, [key for key in keys if key and key not in marked])
    numbers = {key.removeprefix("number:") for key in keys if key and key.startswith("number:") and key not in found}
    entered = await shifts_store.workers_by_number(tx, numbers) if numbers else {}
    return found | {f"number:{number}": worker for number, worker in entered.items()}


def _values(job: Job, row: Row) -> Document:
    values: Document = {}
    for field, column in job.fields.items():
        raw = row.attributes.get(column)
        if field == "paid_on":
            values[field] = _columns.day(raw)
        elif field in (*_ITEMS, *_DEDUCTIONS, "net_yuan"):
            values[field] = _columns.number(raw)
        else:
            values[field] = _columns.text(raw)
    return values


def _payment(index: int, value: Document) -> tuple[Document, list[Finding]]:
    """Write what a row says of a payment; without a net, it is what the items and deductions leave."""
    trouble = [
        _no_amount(index, name, value[name]) for name in (*_ITEMS, *_DEDUCTIONS, "net_yuan") if isinstance(value.get(name), str)
    ]
    items, deductions = (
        [
            {"item": item, "amount_yuan": amount}
            for name, item in of.items()
            if isinstance(amount := value.get(name), int | float) and amount
        ]
        for of in (_ITEMS, _DEDUCTIONS)
    )
    net = value.get("net_yuan")
    if not items and isinstance(net, int | float):
        # a bank's list has one amount: it is what was due, less nothing that it tells of
        items = [{"item": "wage", "amount_yuan": float(_sum(deductions) + Decimal(str(net)))}]
    if net is None:
        net = float(_sum(items) - _sum(deductions))
    method = value.get("method")
    return {
        "month": _month(value.get("month")), "items": items, "deductions": deductions,
        "net_yuan": None if isinstance(net, str) else net, "paid_on": value.get("paid_on"),
        "method": _METHODS.get(method.lower(), method) if method else "bank",
        **{name: value.get(name) for name in ("reference", "recorder", "remarks")},
    }, trouble  # fmt: skip


def _sum(parts: list[Document]) -> Decimal:
    return sum((Decimal(str(part["amount_yuan"])) for part in parts), Decimal(0))


def _month(text: str | None) -> Any:
    """Read a month: 2018-04, 2018/4, 2018年4月, 201804, or a day of it; what is none stays the text that it is."""
    match = _MONTH.match(text or "")
    return f"{match[1]}-{int(match[2]):02d}" if match else text


def _unknown(index: int, field: str, called: str | None) -> Finding:
    what = {"worker": ("工人", "worker"), "crew": ("班组", "crew")}[field]
    message = Text(
        f"台账中没有{what[0]} {called or '（空）'}；请改正，或先登记。",
        f"The ledger knows no {what[1]} {called or '(empty)'}; correct it, or enter the {what[1]} first.",
    )
    return Finding(index, f"payment-{field}-unknown", "refuse", None, field, message, {})


def _repeated(index: int, first: int) -> Finding:
    message = Text(
        f"与第 {first} 行是同一笔支付（同一凭证号；没有凭证号时，同一工人、月份、日期和方式）；若是另一笔，请写明凭证号。",
        f"It is the payment of row {first} again (same reference; without one, same worker, month, date and method);"
        " if it is another, give its reference.",
    )
    return Finding(index, "payment-repeated", "refuse", None, "reference", message, {"first": first})


def _differs(index: int) -> Finding:
    message = Text(
        "台账已有这笔支付，内容不同；导入不覆盖。更正请用 PUT 或 PATCH。",
        "The ledger has this payment with other content, and an import overwrites none; correct it with PUT or PATCH.",
    )
    return Finding(index, "payment-differs", "refuse", None, "reference", message, {})


def _no_amount(index: int, field: str, found: str) -> Finding:
    message = Text(f"{field} 写的是“{found}”，读不出金额。", f"{field} says {found!r}, which is no amount.")
    return Finding(index, "payment-amount", "refuse", None, field, message, {})


IMPORTER = Importer(
    name="payments",
    title=Text("工资支付", "Payments"),
    is_table=True,
    fields=FIELDS,
    needs_programme=True,
    parse=parse,
    prepare=prepare,
)
