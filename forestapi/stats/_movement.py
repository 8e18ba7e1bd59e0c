"""Why a total moved: the records that count otherwise at one moment than at another."""

from typing import Any

import msgspec

from forestapi.db.sql import Sql
from forestapi.db.transaction import Transaction
from forestapi.records._query import Query
from forestapi.stats import _as_of
from forestapi.stats._answer import answer, parameters_of, selection
from forestapi.stats._records import RECORDS, TABLES
from forestapi.stats._statistic import Statistic


async def movement(
    tx: Transaction,
    statistic: Statistic,
    before: str,
    after: str | None,
    *,
    query: Query | None = None,
    parameters: dict[str, str] | None = None,
    limit: int = 1000,
) -> dict[str, Any]:
    """Compare a statistic at two moments, and list the records whose part in it differs.

    Args:
        tx: the transaction.
        statistic: what is asked.
        before: the earlier moment, as `as_of` takes it.
        after: the later one; None is now.
        query: filters; the same at both moments.
        parameters: the statistic's own.
        limit: how many records to list at most; `records_moved` counts all of them.

    Returns:
        `before` and `after`, each a whole answer; `change`, column by column; and `records`: each with what it
        `was` and `is` in the rows that count (None where it does not count), and the entries of history between
        the moments. A record whose own history has none there moved because of another: credit that a neighbour
        gave up, a region that was redrawn.

    Raises:
        BadRequest: a moment, filter or parameter that there is not.

    """
    query = query or Query()
    answers = {
        "before": await answer(tx, statistic, query=query, parameters=parameters, as_of=before),
        "after": await answer(tx, statistic, query=query, parameters=parameters, as_of=after, is_from_rows=True),
    }
    moments = [await _as_of.resolve(tx, before), await _as_of.resolve(tx, after) if after else None]
    chosen = parameters_of(statistic, parameters or {})
    column = RECORDS[statistic.view]
    sides = [
        Sql(
            f"select {column} as id, to_jsonb(s) - array['{column}', 'key', 'is_synthetic'] as row from ({{}}) s",
            _as_of.at(selection(statistic, (), query, "county", chosen), moment),
        )
        for moment in moments
    ]
    rows = await tx.rows(
        Sql(
            """with a as materialized ({}), b as materialized ({}), moved as (
              select id, a.row as was, b.row as now from a full join b using (id) where a.row is distinct from b.row
            )
            select m.id::text, m.was::text, m.now::text, count(*) over () as records_moved,
              (select coalesce(json_agg(json_build_object('at', h.recorded_at, 'action', h.action, 'actor', h.actor,
                  'reason', h.reason, 'revision', h.revision) order by h.seq), '[]')::text from forest.history h
                where h.noun = any({}) and h.key = m.id::text
                  and not forest.is_known(h.era, h.transaction, h.recorded_at, {}::text)
                  and ({}::text is null or forest.is_known(h.era, h.transaction, h.recorded_at, {}::text))) as history
            from moved m order by (m.was is null), (m.now is null), m.id limit {}""",
            *sides,
            TABLES.get(column, [column]),
            moments[0],
            moments[1],
            moments[1],
            limit,
        )
    )
    return {
        **answers,
        "change": _change(statistic, answers["before"]["total"], answers["after"]["total"]),
        "records_moved": rows[0]["records_moved"] if rows else 0,
        "noun": column,
        "records": [
            {"id": r["id"], "was": _raw(r["was"]), "is": _raw(r["now"]), "history": _raw(r["history"])} for r in rows
        ],
    }


def _change(statistic: Statistic, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    change = {}
    for column in statistic.columns:
        was, now = before[column.name], after[column.name]
        if isinstance(was, int | float) and isinstance(now, int | float):
            change[column.name] = round(now - was, 6)
    return change


def _raw(text: str | None) -> Any:
    return None if text is None else msgspec.Raw(text.encode())
