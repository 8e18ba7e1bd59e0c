"""The wage ledger of a crew and month: work, items due, deductions, net, proof, arrears; and the notice of it.

What the regulation of 2020 on paying migrant workers (保障农民工工资支付条例, article 15) asks a ledger to hold.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import asyncpg
import msgspec
from msgspec import Struct

from forestapi.access import Actor, allows
from forestapi.db.transaction import Row, Transaction, transaction
from forestapi.errors import Forbidden
from forestapi.records import CIVIL_TIME, MANAGERS
from forestapi.services import people
from forestapi.services.crew_sheets import LEADERS, days_of
from forestapi.store import codes
from forestapi.store import crew_sheets as crews
from forestapi.store import wages as store
from geo.text import Text

NOTHING = Decimal("0.00")


class Amount(Struct, kw_only=True):
    """One item due or deducted."""

    item: str
    amount_yuan: Decimal
    note: str | None = None


class Rate(Struct, kw_only=True):
    """What was done at one rate."""

    pay_basis: str
    rate_yuan: Decimal | None = None
    quantity: Decimal | None = None
    wage_yuan: Decimal


class Paid(Struct, kw_only=True):
    """One payment."""

    id: str
    items: list[Amount]
    deductions: list[Amount]
    due_yuan: Decimal
    deducted_yuan: Decimal
    net_yuan: Decimal
    paid_on: date
    method: str
    reference: str | None
    photo: str | None


class Line(Struct, kw_only=True):
    """One worker's month."""

    worker: str
    number: str | None
    name: str | None = None
    id_number: str | None = None
    phone: str | None = None
    account: str | None = None
    days: int = 0
    """Dates on which the worker had an approved paid shift."""
    shifts: int = 0
    hours: Decimal = NOTHING
    rates: list[Rate] = []
    due_yuan: Decimal = NOTHING
    """Due by approved shifts."""
    awaiting_shifts: int = 0
    awaiting_yuan: Decimal = NOTHING
    """Of shifts that are not approved yet; not due until they are."""
    payments: list[Paid] = []
    items_yuan: Decimal = NOTHING
    """All items of the payments, bonuses and allowances among them."""
    deducted_yuan: Decimal = NOTHING
    net_yuan: Decimal = NOTHING
    settled_yuan: Decimal = NOTHING
    """Of what is due by shifts: items wage and overtime of the payments."""
    arrears_yuan: Decimal = NOTHING
    overpaid_yuan: Decimal = NOTHING


class Ledger(Struct, kw_only=True):
    """A crew's wages of one month."""

    programme: str
    programme_name: Text
    employer: str | None
    """The programme's sponsor; the law asks for the employer's name."""
    crew: str
    crew_name: Text
    month: str
    made_at: datetime
    lines: list[Line]
    total: Line
    is_synthetic: bool


class Posted(Struct, kw_only=True):
    """What a notice says of one worker."""

    name: str
    """Masked."""
    days: int
    net_yuan: Decimal


class Notice(Struct, kw_only=True):
    """What may be posted at the site: masked names, days, what was paid, and the period."""

    programme_name: Text
    crew_name: Text
    month: str
    made_at: datetime
    workers: list[Posted]
    net_yuan: Decimal
    is_synthetic: bool


async def ledger(
    pool: asyncpg.Pool,
    actor: Actor | str,
    crew: str,
    month: str,
    *,
    with_names: bool = False,
    with_identities: bool = False,
    reason: str | None = None,
) -> Ledger:
    """Make the ledger of a crew and month. Names and identities are read through `people`, and logged.

    Args:
        pool: the database.
        actor: who asks; rows out of the token's reach are not there.
        crew: its code or its name.
        month: of the work: 2026-11.
        with_names: read the names (crew leaders and above).
        with_identities: read identity numbers, telephones and accounts too (managers only, with a reason).
        reason: why; goes into the log of identities.

    Raises:
        BadRequest: the month is none, or identities are asked for without a reason.
        NotFound: there is no such crew within reach.
        Forbidden: the role may not read names, or not identities.

    """
    first, last = days_of(month)
    _may(actor, with_names=with_names, with_identities=with_identities)
    async with transaction(pool, actor, is_read_only=True) as tx:
        crew = await codes.crew(tx, crew)
        found = await crews.crew(tx, crew)
        assert found is not None
        lines = await _lines(tx, found["programme"], crew, month, first, last)
    workers = [line.worker for line in lines]
    if with_identities:
        identities = await people.identities(pool, actor, workers, reason or "")
        for line in lines:
            for name, value in identities.get(line.worker, {}).items():
                setattr(line, name, value)
    elif with_names:
        names = await people.names(pool, actor, workers, reason or f"wage ledger {crew} {month}")
        for line in lines:
            line.name = names.get(line.worker)
    return Ledger(
        programme=found["programme"],
        programme_name=Text(found["programme_zh"], found["programme_en"]),
        employer=found["sponsor"],
        crew=crew,
        crew_name=Text(found["name_zh"], found["name_en"]),
        month=month,
        made_at=datetime.now(CIVIL_TIME).replace(microsecond=0),
        lines=lines,
        total=_total(lines),
        is_synthetic=found["is_synthetic"],
    )


async def notice(pool: asyncpg.Pool, actor: Actor | str, crew: str, month: str) -> Notice:
    """Make the notice of a crew's wages of a month, for the wall: no number, no account, no full name.

    Raises:
        BadRequest: the month is none.
        NotFound: there is no such crew within reach.
        Forbidden: the role may not read names.

    """
    made = await ledger(pool, actor, crew, month, with_names=True, reason=f"wage notice {crew} {month}")
    posted = [Posted(name=mask(line.name), days=line.days, net_yuan=line.net_yuan) for line in made.lines]
    return Notice(
        programme_name=made.programme_name, crew_name=made.crew_name, month=month, made_at=made.made_at,
        workers=sorted(posted, key=lambda each: (each.name, each.net_yuan)), net_yuan=made.total.net_yuan,
        is_synthetic=made.is_synthetic,
    )  # fmt: skip


def encode(made: Ledger | Notice) -> bytes:
    """Write a ledger or notice as JSON, amounts as exact decimal numbers."""
    return msgspec.json.Encoder(decimal_format="number").encode(made)


def mask(name: str | None) -> str:
    """Mask a name: 王小明 → 王*明, 王明 → 王*, Batu → B*u; the number of hidden letters is not told."""
    letters = (name or "").strip()
    if len(letters) <= 1:
        return "*"
    return f"{letters[0]}*" if len(letters) == 2 else f"{letters[0]}*{letters[-1]}"


def _may(actor: Actor | str, *, with_names: bool, with_identities: bool) -> None:
    if isinstance(actor, str):
        return
    if with_identities and not allows(actor.role, MANAGERS):
        raise Forbidden(
            Text(f"角色 {actor.role} 不能查看身份证号和账户。", f"The role {actor.role} may not see identity numbers and accounts.")
        )
    if with_names and not allows(actor.role, LEADERS):
        raise Forbidden(Text(f"角色 {actor.role} 不能查看姓名。", f"The role {actor.role} may not see names."))


async def _lines(tx: Transaction, programme: str, crew: str, month: str, first: date, last: date) -> list[Line]:
    lines = {
        row["worker"]: Line(
            **{name: row[name] for name in row.keys() if name != "rates"}, rates=msgspec.json.decode(row["rates"], type=list[Rate])
        )
        for row in await store.work(tx, programme, crew, first, last)
    }
    for row in await store.payments(tx, programme, crew, month):
        line = lines.setdefault(row["worker"], Line(worker=row["worker"], number=row["number"]))
        line.payments = [*line.payments, _paid(row)]
        line.items_yuan += row["due_yuan"]
        line.deducted_yuan += row["deducted_yuan"]
        line.net_yuan += row["net_yuan"]
        line.settled_yuan += row["settled_yuan"]
    for line in lines.values():
        line.arrears_yuan = max(line.due_yuan - line.settled_yuan, NOTHING)
        line.overpaid_yuan = max(line.settled_yuan - line.due_yuan, NOTHING)
    return list(lines.values())


def _paid(row: Row) -> Paid:
    amounts = {
        name: msgspec.json.decode(row[name], type=list[Amount]) for name in ("items", "deductions")
    }
    rest = ("id", "due_yuan", "deducted_yuan", "net_yuan", "paid_on", "method", "reference", "photo")
    return Paid(**amounts, **{name: row[name] for name in rest})


def _total(lines: Sequence[Line]) -> Line:
    """Add up a crew's lines; days and people are not mixed: `days` are person-days."""
    total = Line(worker="", number=None)
    for name in ("days", "shifts", "hours", "due_yuan", "awaiting_shifts", "awaiting_yuan", "items_yuan", "deducted_yuan",
                 "net_yuan", "settled_yuan", "arrears_yuan", "overpaid_yuan"):  # fmt: skip
        setattr(total, name, sum((getattr(line, name) for line in lines), getattr(total, name)))
    return total
