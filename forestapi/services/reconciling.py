"""Holding a published figure against the ledger: what the records show of it, and what might explain the rest.

A figure that its source does not define is compared with each thing that it could mean.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct

from forestapi import stats
from forestapi.access import PUBLIC
from forestapi.db.transaction import Transaction
from forestapi.errors import NotFound
from forestapi.records._query import Query
from forestapi.records.claims import NOUN, Claim
from forestapi.services import records as records_service
from forestapi.stats import Statistic
from forestapi.store import features
from geo.text import Text

AREA = ("net", "gross", "credited", "accepted")
WORK = ("person_times", "person_days", "standard_days", "distinct_workers", "fte", "wages")
MEANINGS: dict[str, tuple[str, ...]] = {
    "mu": AREA,
    "ha": AREA,
    "m2": AREA,
    "person_times": ("person_times", "person_days", "standard_days", "distinct_workers"),
    "person_days": ("person_days", "standard_days", "person_times"),
    "standard_days": ("standard_days", "person_days"),
    "distinct_workers": ("distinct_workers",),
    "fte": ("fte",),
    "yuan": ("wages",),
}
"""What a figure in each unit can mean, the likeliest first. 人次 is used for shifts, days and even heads."""
LISTED = 100
AWAITING = "draft,submitted,needs_information"


class Candidate(Struct, kw_only=True):
    """Records that do not count for the claim, but might be meant by it."""

    kind: str
    title: Text
    amount: float
    """In the unit of the claim."""
    records: list[str]
    """Their ids, the first of them."""
    record_count: int


class Interpretation(Struct, kw_only=True):
    """What the ledger says, where the claim means one thing."""

    meaning: str
    title: Text
    statistic: str
    column: str
    figure: float
    """What the ledger gives, in the unit of the claim."""
    agrees: bool
    """Whether claim and ledger are the same, within half the step that the claim was rounded to."""
    matched: float
    """The part of the claim for which there are records."""
    unmatched: float
    """The part for which there are none."""
    surplus: float
    """What the records show beyond the claim."""
    candidates: list[Candidate]
    unexplained: float
    """What is left of `unmatched` if every candidate is what the claim means."""
    records: list[str]
    """The ids of the records that count, the first of them."""
    record_count: int
    noun: str


class Reconciliation(Struct, kw_only=True):
    """A claim beside what the ledger shows."""

    claim: dict[str, Any]
    is_defined: bool
    """Whether the source says what was counted."""
    as_of: str
    snapshot: str | None
    is_synthetic: bool
    interpretations: list[Interpretation]


async def reconcile(tx: Transaction, code: str, as_of: str | None = None) -> Reconciliation:
    """Compare the claim `code` with the ledger, as it is or as it was known at a moment.

    Raises:
        NotFound: there is no such claim.
        BadRequest: `as_of` is no moment.

    """
    claim = await read(tx, code)
    as_of = await stats.resolve_as_of(tx, as_of) if as_of else None
    statistic = _statistic(claim)
    query = _query(claim, claim.period_from, claim.period_to)
    answer = await stats.answer(tx, statistic, query=query, as_of=as_of)
    meanings = (claim.meaning,) if claim.meaning else MEANINGS[claim.unit]
    others = await _others(tx, statistic, claim, as_of)
    counted = await stats.records(tx, statistic, query=query, as_of=as_of, limit=LISTED)
    return Reconciliation(
        claim=msgspec.to_builtins(claim),
        is_defined=claim.meaning is not None,
        as_of=answer["as_of"],
        snapshot=answer["snapshot"],
        is_synthetic=answer["is_synthetic"],
        interpretations=[
            _interpret(statistic, claim, meaning, answer, others, counted) for meaning in meanings
        ],
    )


async def read(tx: Transaction, code: str) -> Claim:
    """Read a claim.

    Raises:
        NotFound: there is none of this code.

    """
    found = await features.get(tx, NOUN, code)
    if found is None:
        raise NotFound(Text(f"没有公布的数字 {code}。", f"There is no claim {code}."))
    record = records_service.decode(NOUN, msgspec.json.decode(found[0]))
    assert isinstance(record, Claim)
    return record


def needs_token(claim: Claim) -> bool:
    """Whether the claim is about work, of which the public may ask nothing freely."""
    return PUBLIC not in _statistic(claim).readers


def _statistic(claim: Claim) -> Statistic:
    return stats.get("planted-area" if claim.unit in ("mu", "ha", "m2") else "green-work")


Other = tuple[str, Text, dict[str, Any], stats.Counted]


async def _others(tx: Transaction, statistic: Statistic, claim: Claim, as_of: str | None) -> list[Other]:
    """Ask the same statistic about what the claim leaves out, in the ways in which claims usually differ."""
    ways: list[tuple[str, Text, Query, dict[str, str]]] = []
    if claim.period_to:
        ways.append(("later", Text("期后的记录", "Later than the period"),
                     _query(claim, claim.period_to + timedelta(1), None), {}))  # fmt: skip
    if claim.period_from:
        ways.append(("earlier", Text("期前的记录", "Earlier than the period"),
                     _query(claim, None, claim.period_from - timedelta(1)), {}))  # fmt: skip
    if statistic.name == "green-work":
        period = _query(claim, claim.period_from, claim.period_to)
        ways.append(("awaiting_review", Text("尚未审核的工单", "Shifts that are not approved yet"), period,
                     {"status": AWAITING}))  # fmt: skip
        ways.append(("volunteer", Text("志愿工单", "Volunteer shifts"), period, {"pay": "volunteer"}))
    return [
        (
            kind,
            title,
            (await stats.answer(tx, statistic, query=query, parameters=parameters, as_of=as_of))["total"],
            await stats.records(tx, statistic, query=query, parameters=parameters, as_of=as_of, limit=LISTED),
        )
        for kind, title, query, parameters in ways
    ]


def _interpret(
    statistic: Statistic, claim: Claim, meaning: str, answer: dict[str, Any], others: list[Other],
    counted: stats.Counted,
) -> Interpretation:  # fmt: skip
    column = _column(claim, meaning)
    value, figure = float(claim.value), float(answer["total"][column] or 0)
    difference = abs(value - figure)
    candidates = [
        Candidate(
            kind=kind,
            title=title,
            amount=float(total[column] or 0),
            records=of.ids,
            record_count=of.count,
        )
        for kind, title, total, of in others
        if total[column]
    ]
    if statistic.name == "planted-area" and meaning != "gross":
        candidates += _of_ground(claim, meaning, answer)
    unmatched = max(0.0, value - figure)
    left = max(0.0, unmatched - sum(c.amount for c in candidates))
    title = next(c.title for c in statistic.columns if c.name == column)
    return Interpretation(
        meaning=meaning,
        title=title,
        statistic=statistic.name,
        column=column,
        figure=figure,
        agrees=difference <= float(claim.rounded_to or Decimal(0)) / 2 + 0.005,
        matched=round(min(value, figure), 2),
        unmatched=round(unmatched, 2),
        surplus=round(max(0.0, figure - value), 2),
        candidates=candidates,
        unexplained=round(left, 2),
        records=counted.ids,
        record_count=counted.count,
        noun=counted.noun,
    )


def _of_ground(claim: Claim, meaning: str, answer: dict[str, Any]) -> list[Candidate]:
    """Name the ground that a narrower meaning leaves out: what was drawn twice, what was not accepted."""
    total, unit = answer["total"], claim.unit
    parts = [("overlap", Text("重复圈划的面积", "Ground drawn more than once"), float(total[f"overlap_{unit}"]))]
    if meaning == "accepted":
        open_ground = float(total[f"net_{unit}"]) - float(total[f"accepted_{unit}"])
        parts.append(("not_accepted", Text("尚未验收的面积", "Ground that is not accepted yet"), open_ground))
    return [
        Candidate(kind=kind, title=title, amount=round(amount, 2), records=[], record_count=0)
        for kind, title, amount in parts
        if amount > 0
    ]


def _column(claim: Claim, meaning: str) -> str:
    if meaning in AREA:
        return f"{meaning}_{claim.unit}"
    return "wages_yuan" if meaning == "wages" else meaning


def _query(claim: Claim, first: date | None, last: date | None) -> Query:
    equals = {"programme": [claim.programme]} | ({"region": list(claim.regions)} if claim.regions else {})
    return Query(equals=equals, interval=(first, last) if first or last else None)
