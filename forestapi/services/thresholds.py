"""Setting the thresholds of a programme: within the bounds of the rule, under the next version."""

from datetime import date

from msgspec import Struct

from forestapi.access import out_of_scope, reaches
from forestapi.db.transaction import Transaction
from forestapi.errors import Invalid, NotFound, Problem
from forestapi.rules import rules
from forestapi.store import thresholds as store
from forestapi.store.thresholds import Setting
from geo.text import Text


class Wish(Struct, forbid_unknown_fields=True, kw_only=True):
    """A value that a programme is to judge by."""

    programme: str
    rule: str
    parameter: str
    value: float
    valid_from: date | None = None
    """The date from which it holds; today, where left out."""
    reason: str
    """Why; kept for good."""


async def put(tx: Transaction, wish: Wish) -> Setting:
    """Set a threshold. What was judged before keeps the version that it was judged by.

    Raises:
        NotFound: no such programme.
        Invalid: no such rule or parameter, or the value is out of its bounds.

    """
    within = reaches(tx.scope).programmes
    if within is not None and wish.programme not in within:
        raise out_of_scope(f"programme {wish.programme}")
    rule = rules().get(wish.rule)
    if rule is None:
        raise _bad("rule", f"没有规则 {wish.rule}。", f"There is no rule {wish.rule}.")
    parameter = rule.parameters.get(wish.parameter)
    if parameter is None:
        listed = ", ".join(rule.parameters) or "none"
        raise _bad(
            "parameter",
            f"规则 {rule.name} 没有参数 {wish.parameter}；有：{listed}。",
            f"The rule {rule.name} has no parameter {wish.parameter}; it has: {listed}.",
        )
    if not parameter.low <= wish.value <= parameter.high:
        bounds = f"{parameter.low:g}–{parameter.high:g} {parameter.unit}".strip()
        raise _bad("value", f"应在 {bounds} 之间。", f"It has to be within {bounds}.")
    if not wish.reason.strip():
        raise _bad("reason", "请写明原因。", "Say why.")
    if not await tx.value("select exists (select from forest.programme where code = $1)", wish.programme):
        raise NotFound(Text(f"没有项目 {wish.programme}。", f"There is no programme {wish.programme}."))
    return await store.add(
        tx, wish.programme, wish.rule, wish.parameter, wish.value, wish.valid_from, wish.reason
    )


def _bad(field: str, zh: str, en: str) -> Invalid:
    message = Text(zh, en)
    return Invalid(message, problems=[Problem(field=field, message=message)])
