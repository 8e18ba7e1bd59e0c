"""Records that wait for a person: kept as submitted, counted nowhere."""

from typing import Any

import msgspec

from forestapi.db.sql import Sql
from forestapi.db.transaction import Transaction
from forestapi.records import Noun
from forestapi.store import scopes

SUPERSEDED = "a corrected record took its place"
_AS_HELD = """noun, programme, identity, record, findings, companions, submission, submission_row, source_boundary"""


async def hold(tx: Transaction, rows: list[dict[str, Any]]) -> dict[str, str]:
    """Hold records, each under its identity; one that is held already is replaced. Returns identity -> id.

    What is replaced by other content is kept as a decision (`superseded`); the id stays.
    """
    if not rows:
        return {}
    unique = {row["identity"]: row for row in rows}
    text = msgspec.json.encode(list(unique.values())).decode()
    await tx.run(
        f"""insert into forest.held_decision (id, held, decision, reason, actor, held_by, received_at, {_AS_HELD})
        select gen_random_uuid(), h.id, 'superseded', $2, $3, h.actor, h.received_at,
          h.{_AS_HELD.replace(", ", ", h.")}
        from forest.held h join jsonb_populate_recordset(null::forest.held, $1::jsonb) n
          on n.noun = h.noun and n.identity = h.identity
        where (h.record, h.companions) is distinct from (n.record, n.companions)""",
        text,
        SUPERSEDED,
        tx.actor,
    )
    found = await tx.rows(
        f"""insert into forest.held as h (id, actor, {_AS_HELD})
        select id, actor, {_AS_HELD} from jsonb_populate_recordset(null::forest.held, $1::jsonb)
        on conflict (noun, identity) do update
          set record = excluded.record, findings = excluded.findings, companions = excluded.companions
        returning id::text, identity""",
        text,
    )
    return {row["identity"]: row["id"] for row in found}


async def release(tx: Transaction, noun: Noun, identities: list[str]) -> None:
    """Let go of what was held under identities that the ledger has now admitted."""
    if identities:
        await tx.run(
            _decided("noun = $3 and identity = any($4)"), SUPERSEDED, tx.actor, noun.name, identities
        )


async def release_ids(tx: Transaction, ids: list[str]) -> None:
    """Let go of held records that corrected ones have taken the place of; what is no id is passed over."""
    if ids:
        await tx.run(_decided("id::text = any($3)"), SUPERSEDED, tx.actor, ids)


def _decided(where: str) -> str:
    """Write the statement that moves held records, whole, to the decisions."""
    return f"""with gone as (delete from forest.held where {where} returning *)
        insert into forest.held_decision (id, held, decision, reason, actor, held_by, received_at, {_AS_HELD})
        select gen_random_uuid(), id, 'superseded', $1, $2, actor, received_at, {_AS_HELD} from gone"""


async def get(tx: Transaction, id: str) -> str | None:
    """Read one held record as JSON text, with its original geometry (WKB); None if it is not held, or not in reach."""
    return await tx.value(
        Sql(
            """select row_to_json(r)::text from (
              select id, noun, programme, identity, record, findings, companions, submission, submission_row as row,
                actor, received_at, encode(source_boundary, 'hex') as source_wkb,
                (select crs from forest.submission s where s.id = h.submission) as source_crs
              from forest.held h where id = {}::uuid and {}) r""",
            id,
            scopes.held_within(tx.scope, "h"),
        )
    )


async def take(tx: Transaction, id: str) -> str | None:
    """Take one held record out, whole, as JSON text; `decide` has to follow in the same transaction."""
    return await tx.value(
        Sql(
            "delete from forest.held h where id = {}::uuid and {} returning row_to_json(h)::text",
            id,
            scopes.held_within(tx.scope, "h"),
        )
    )


async def decide(
    tx: Transaction, taken: str, *, decision: str, reason: str, became: str | None, replacement: Any = None
) -> None:
    """Put down what became of a held record that was taken out."""
    await tx.run(
        f"""insert into forest.held_decision
          (id, held, decision, reason, actor, became, replacement, held_by, received_at, {_AS_HELD})
        select gen_random_uuid(), id, $2, $3, $4, $5, $6::jsonb, actor, received_at, {_AS_HELD}
        from jsonb_populate_record(null::forest.held, $1::jsonb)""",
        taken, decision, reason, tx.actor, became,
        None if replacement is None else msgspec.json.encode(replacement).decode(),
    )  # fmt: skip


async def decisions(tx: Transaction, id: str) -> list[str]:
    """Read what was decided about a record that is or was held, oldest first, as JSON texts."""
    rows = await tx.rows(
        Sql(
            """select row_to_json(d)::text as json from (
          select id, held, decision, reason, actor, decided_at, became, replacement, noun, programme, record, findings,
            companions, submission, submission_row as row, received_at
          from forest.held_decision h where held = {}::uuid and {} order by decided_at, id) d""",
            id,
            scopes.held_within(tx.scope, "h"),
        )
    )
    return [row["json"] for row in rows]


async def page(
    tx: Transaction, *, noun: str | None, programme: str | None, limit: int, after: str | None
) -> list[str]:
    """Read held records as JSON texts, in the order of their ids; `about` says of which worker (pseudonym) and plot."""
    rows = await tx.rows(
        Sql(
            f"""select row_to_json(h)::text as json from (
              select id, noun, programme, record, findings, submission, submission_row as row, received_at,
                jsonb_strip_nulls(jsonb_build_object(
                  'worker', (select coalesce(w.number, right(w.id::text, 6)) from forest.worker w where w.id = {_named('worker')}),
                  'plot', (select p.number from forest.plot p where p.id = {_named('plot')}))) as about
              from forest.held h
              where {{}} and ({{}}::text is null or noun = {{}}) and ({{}}::text is null or programme = {{}})
                and ({{}}::uuid is null or id > {{}})
              order by id limit {{}}) h""",
            scopes.held_within(tx.scope, "h"),
            noun,
            noun,
            programme,
            programme,
            after,
            after,
            limit,
        )
    )
    return [row["json"] for row in rows]


def _named(field: str) -> str:
    """Write the id that a held record has in a field; null where it is none."""
    return f"(case when h.record ->> '{field}' ~* '^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$' then (h.record ->> '{field}')::uuid end)"


async def record_ids(tx: Transaction, noun: str, identities: list[str]) -> dict[str, str]:
    """Find the ids that held records were given when they first came: identity -> the record's own id."""
    rows = await tx.rows(
        """select identity, record->>'id' as id from forest.held
        where noun = $1 and identity = any($2) and record ? 'id'""",
        noun,
        identities,
    )
    return {row["identity"]: row["id"] for row in rows}
