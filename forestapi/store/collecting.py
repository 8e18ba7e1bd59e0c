"""Filled-in forms as they came, and what the lists that a phone downloads are made of."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from forestapi.db.sql import Sql, all_of
from forestapi.db.transaction import Row, Transaction
from forestapi.store import scopes


class Attached(Struct, frozen=True):
    """A file that came with a form."""

    file_name: str
    sha256: str
    media_type: str
    bytes: int


async def lock(tx: Transaction, instance: str) -> None:
    """Wait until nobody else is taking in this instance."""
    await tx.run("select pg_advisory_xact_lock(hashtextextended('openrosa ' || $1, 0))", instance)


async def find(tx: Transaction, instance: str, sha256: str) -> Row | None:
    """Say of an instance that has come whether it was the same form, and then as JSON text what became of it."""
    return await tx.row(
        """select is_same, outcomes::text as outcomes from forest.openrosa_known($1, $2) where is_same is not null""",
        instance,
        sha256,
    )


async def insert(
    tx: Transaction, *, instance: str, form: str, version: str | None, submission: str, sha256: str, xml: bytes,
    outcomes: Any,
) -> None:  # fmt: skip
    """Keep a form with what became of its records."""
    await tx.run(
        """insert into forest.openrosa_form (instance, form, version, submission, sha256, xml, outcomes, actor, token)
        values ($1, $2, $3, $4::text::uuid, $5, $6, $7::text::jsonb, $8, $9::text::uuid)""",
        instance, form, version, submission, sha256, xml, msgspec.json.encode(outcomes).decode(), tx.actor, _token(tx),
    )  # fmt: skip


async def attach(tx: Transaction, instance: str, files: Sequence[Attached]) -> None:
    """Put down what came with an instance; what is there already stays as it is."""
    for file in files:
        await tx.run(
            """insert into forest.openrosa_file (instance, file_name, sha256, media_type, bytes, actor, token)
            values ($1, $2, $3, $4, $5, $6, $7::text::uuid) on conflict do nothing""",
            instance, file.file_name, file.sha256, file.media_type, file.bytes, tx.actor, _token(tx),
        )  # fmt: skip


async def programme_of(tx: Transaction, noun: str, id: str, instance: str) -> Row | None:
    """Say of a record that came in a form whose programme and crew it is; while it is held, the form's programme."""
    return await tx.row(
        """select w.programme, w.crew from (
          select p.programme, null as crew from forest.plot p where $1 = 'plots' and p.id = $2::text::uuid
          union all select p.programme, null from forest.planting n join forest.plot p on p.id = n.plot
            where $1 = 'plantings' and n.id = $2::text::uuid
          union all select p.programme, null from forest.survey n join forest.plot p on p.id = n.plot
            where $1 = 'surveys' and n.id = $2::text::uuid
          union all select s.programme, s.crew from forest.shift s where $1 = 'shifts' and s.id = $2::text::uuid
          union all select s.programme, null from forest.openrosa_form f join forest.submission s on s.id = f.submission
            where f.instance = $3) w where w.programme is not null limit 1""",
        noun,
        id,
        instance,
    )


async def refuse(tx: Transaction, instance: str, sha256: str, code: str, xml: bytes) -> None:
    """Keep what could not be taken, once however often it comes."""
    await tx.run(
        """insert into forest.openrosa_refused (instance, sha256, code, xml, actor, token)
        values ($1, $2, $3, $4, $5, $6::text::uuid) on conflict do nothing""",
        instance, sha256, code, xml, tx.actor, _token(tx),
    )  # fmt: skip


def _token(tx: Transaction) -> str | None:
    return tx.who.token if tx.who else None


async def page(tx: Transaction, outcome: str | None, limit: int, before: datetime | None) -> list[str]:
    """Read which forms came, the last first, with what became of their records, as JSON texts.

    `outcome` keeps those of which a record had it; `before` goes on where the page before ended.
    """
    rows = await tx.rows(
        Sql(
            """select row_to_json(r)::text as json from (
              select f.instance, f.form, f.version, f.submission, f.sha256, f.outcomes, f.actor, f.received_at,
                (select count(*) from forest.openrosa_file x where x.instance = f.instance) as files
              from forest.openrosa_form f
              where f.submission in (select id from forest.submission where {})
                and ({}::text is null or f.outcomes @> jsonb_build_array(jsonb_build_object('outcome', {}::text)))
                and ({}::timestamptz is null or f.received_at < {})
              order by f.received_at desc, f.instance limit {}) r""",
            scopes.submission_within(tx.scope, tx.actor),
            outcome,
            outcome,
            before,
            before,
            limit,
        )
    )
    return [row["json"] for row in rows]


async def xml(tx: Transaction, instance: str) -> bytes | None:
    """Read a form as it came; None if there is none within reach."""
    return await tx.value(
        Sql(
            """select xml from forest.openrosa_form
            where instance = {} and submission in (select id from forest.submission where {})""",
            instance,
            scopes.submission_within(tx.scope, tx.actor),
        )
    )


async def refused_page(tx: Transaction, limit: int, before: datetime | None) -> list[str]:
    """Read which forms could not be taken, the last first, as JSON texts; with a limited scope, one's own."""
    own = Sql("actor = {}", tx.actor) if scopes.is_limited(tx.scope) else Sql("true")
    rows = await tx.rows(
        Sql(
            """select row_to_json(r)::text as json from (
              select instance, sha256, code, length(xml) as bytes, actor, received_at from forest.openrosa_refused
              where {} and ({}::timestamptz is null or received_at < {})
              order by received_at desc, sha256 limit {}) r""",
            own,
            before,
            before,
            limit,
        )
    )
    return [row["json"] for row in rows]


async def programme_of_crew(tx: Transaction, crew: str) -> str | None:
    """Say whose a crew is; None if there is none within the token's reach."""
    return await tx.value(
        Sql("select programme from forest.crews where code = {} and {}", crew, scopes.within("crews", tx.scope))
    )


async def visible_workers(tx: Transaction, ids: Collection[str]) -> set[str]:
    """Name those of these workers that are within the token's reach."""
    rows = await tx.rows(
        Sql(
            "select id::text as id from forest.workers where id::text = any({}) and {}",
            list(ids),
            scopes.within("workers", tx.scope),
        )
    )
    return {row["id"] for row in rows}


async def plots(tx: Transaction, *, ids: list[str], number: str | None) -> list[Row]:
    """Find a plot within the token's reach by its id, else by its number: id and programme, two rows at most."""
    if not ids and number is None:
        return []
    named = Sql("id::text = any({})", ids) if ids else Sql("number = {}", number)
    return await tx.rows(
        Sql(
            "select id::text as id, programme from forest.plots where {} limit 2",
            all_of([named, scopes.within("plots", tx.scope)]),
        )
    )


async def programmes(tx: Transaction, limit: int) -> list[Row]:
    """List programmes within reach: name, label."""
    return await tx.rows(
        Sql(
            "select code as name, name_zh || ' ' || name_en as label from forest.programmes where {} order by code limit {}",
            scopes.within("programmes", tx.scope),
            limit,
        )
    )


async def crews(tx: Transaction, limit: int) -> list[Row]:
    """List crews within reach: name, label, programme."""
    return await tx.rows(
        Sql(
            """select code as name, concat_ws(' ', name_zh, name_en) as label, programme from forest.crews
            where {} order by code limit {}""",
            scopes.within("crews", tx.scope),
            limit,
        )
    )


async def workers(tx: Transaction, limit: int) -> list[Row]:
    """List workers of crews within reach: name (the id), number, sex, birth_year, crew."""
    return await tx.rows(
        Sql(
            """select id::text as name, number, sex, birth_year, crew from forest.workers
            where crew is not null and {} order by crew, number, id limit {}""",
            scopes.within("workers", tx.scope),
            limit,
        )
    )


async def listed_plots(tx: Transaction, limit: int) -> list[Row]:
    """List the plots within reach that were written last: name (the id), label, programme."""
    return await tx.rows(
        Sql(
            """select id::text as name, number as label, programme from forest.plots
            where {} order by updated_at desc, id limit {}""",
            scopes.within("plots", tx.scope),
            limit,
        )
    )


async def species(tx: Transaction, limit: int) -> list[Row]:
    """List species: name (the code), label."""
    return await tx.rows(
        "select code as name, name_zh || ' ' || name_en as label from forest.species_read order by code limit $1",
        limit,
    )


async def is_programme(tx: Transaction, code: str) -> bool:
    """Whether there is such a programme."""
    return await tx.value("select exists (select from forest.programme where code = $1)", code)
