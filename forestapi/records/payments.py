"""Payments of wages: to one worker, for the work of one month, with the proof that it was paid."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from forestapi.records._fields import Code, Month, Name, Words, Yuan
from forestapi.records._noun import MANAGERS, STAFF, Noun
from geo.text import Text

Method = Literal["bank", "cash", "mobile", "other"]
METHODS: dict[str, Text] = {
    "bank": Text("银行转账", "Bank transfer"),
    "cash": Text("现金", "Cash"),
    "mobile": Text("移动支付", "Mobile payment"),
    "other": Text("其他", "Other"),
}
ITEMS: dict[str, Text] = {
    "wage": Text("工资", "Wage"),
    "overtime": Text("加班工资", "Overtime"),
    "bonus": Text("奖金", "Bonus"),
    "allowance": Text("津贴补贴", "Allowance"),
    "other": Text("其他", "Other"),
}
DEDUCTIONS: dict[str, Text] = {
    "social_insurance": Text("社会保险", "Social insurance"),
    "tax": Text("个人所得税", "Income tax"),
    "other": Text("其他", "Other"),
}


class ItemDue(Struct, forbid_unknown_fields=True, kw_only=True):
    """One item that was due."""

    item: Literal["wage", "overtime", "bonus", "allowance", "other"] = "wage"
    amount_yuan: Yuan
    note: Words | None = None


class Deduction(Struct, forbid_unknown_fields=True, kw_only=True):
    """One thing that was deducted, on the ground of a law or an agreement that `note` names."""

    item: Literal["social_insurance", "tax", "other"]
    amount_yuan: Yuan
    note: Words | None = None


class Payment(Struct, forbid_unknown_fields=True, kw_only=True):
    """A payment. A month may be paid in several; an advance is a payment of its own, not a deduction."""

    id: UUID | None = None
    worker: UUID
    programme: Code
    crew: Code | None = None
    month: Month
    """The month of the work, not of the payment."""
    items: Annotated[list[ItemDue], Meta(min_length=1, max_length=20)]
    deductions: Annotated[list[Deduction], Meta(max_length=20)] = []
    net_yuan: Yuan
    """What was handed over: the items less the deductions, to the fen."""
    paid_on: date
    method: Method
    reference: Name | None = None
    """The proof: the number of a transfer or a receipt. One worker's payments have different ones."""
    photo: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")] | None = None
    """SHA-256 of a photographed proof (a signed sheet, a receipt)."""
    recorder: Name | None = None
    remarks: Words | None = None


NOUN = Noun(
    name="payments",
    table="payment",
    struct=Payment,
    title=Text("工资支付", "Payments"),
    happened="paid_on",
    filters=("worker", "programme", "crew", "month", "method"),
    readers=STAFF,
    writers=MANAGERS,
    derived=("due_yuan", "deducted_yuan"),
)
