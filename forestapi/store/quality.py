"""What the rules have found and nobody has settled: notes on records in the ledger, and what holds the others."""

from typing import Any

from forestapi.db.sql import Sql, all_of
from forestapi.db.transaction import Row, Transaction
from forestapi.records import nouns
from forestapi.store import scopes


async def summary(tx: Transaction, programme: str | None = None) -> list[Row]:
    """Count the open findings by programme, noun, rule and severity, worst first.

    Each row: programme, noun, rule, severity, state (`noted`: the record counts; `held`: it does not), count, how many
    of them are records that no rule before has held (`records`), and since when the oldest is open.
    """
    return await tx.rows(
        Sql(
            """select programme, noun, rule, severity, state, count(*) as count, count(*) filter (where is_first) as records,
              min(since) as since from ({}) f
            group by 1, 2, 3, 4, 5
            order by array_position(array['refuse', 'hold', 'note'], severity), count(*) desc, 1, 2, 3""",
            _open(tx, programme),
        )
    )


async def findings(
    tx: Transaction, *, programme: str | None, rule: str | None, limit: int, after: str | None
) -> list[Row]:
    """List open findings one by one, in the order of their records, after the record `after`."""
    conditions = [Sql("rule = {}", rule)] if rule else []
    conditions += [Sql("record > {}::text", after)] if after else []
    return await tx.rows(
        Sql(
            "select programme, noun, record, rule, severity, state, since, place, field, message::text as message"
            " from ({}) f where {} order by record, rule limit {}",
            _open(tx, programme),
            all_of(conditions),
            limit,
        )
    )


def _open(tx: Transaction, programme: str | None) -> Sql:
    wanted = Sql("programme = {}", programme) if programme else Sql("true")
    parts: list[Any] = [
        Sql(
            f"""select v.programme, f.noun, f.record::text as record, f.rule, f.severity, 'noted' as state,
              f.received_at as since, f.place, f.field, f.message, true as is_first
            from forest.finding f join (select id, programme from forest.{noun.view} where {{}} and {{}}) v on v.id = f.record
            where f.noun = '{noun.name}'""",
            wanted,
            scopes.within(noun.name, tx.scope),
        )
        for noun in nouns().values()
        if noun.key == "id" and noun.name in RULED
    ]
    parts.append(
        Sql(
            """select h.programme, h.noun, h.id::text, r ->> 'rule', r ->> 'severity', 'held', h.received_at, r ->> 'place',
              r ->> 'field', r -> 'message', n = min(n) filter (where r ->> 'severity' = 'hold') over (partition by h.id)
            from forest.held h, jsonb_array_elements(h.findings) with ordinality as f (r, n) where {} and {}""",
            Sql("h.programme = {}", programme) if programme else Sql("true"),
            scopes.held_within(tx.scope, "h"),
        )
    )
    return Sql(" union all ".join(["{}"] * len(parts)), *parts)


RULED = ("plots", "plantings", "surveys", "shifts")
"""Nouns that rules speak about."""
