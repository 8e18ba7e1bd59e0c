"""What changed, as phones fetch it: entries of history in the order of commits, and the records as they are now."""

from collections.abc import Sequence
from uuid import UUID

from forestapi.db.sql import Sql
from forestapi.db.transaction import Row, Transaction
from forestapi.records import Noun
from forestapi.store import features, scopes
from forestapi.store.history import Place

TABLES = ("plot", "planting", "survey", "photo", "shift", "worker")
"""In the order in which one may rest on another."""


async def entries(tx: Transaction, after: Place, limit: int) -> list[Row]:
    """Read up to `limit` settled entries after a place, with whether each is within the token's scope."""
    return await tx.rows(
        "select place, noun, key, revision, action, is_seen from forest.sync_changes($1, $2::text::xid8, $3, $4)",
        after[0],
        str(after[1]),
        after[2],
        limit,
    )


async def records(tx: Transaction, noun: Noun, keys: Sequence[UUID]) -> dict[str, tuple[str, int]]:
    """Read records within reach as JSON texts, with their revisions: id -> (json, revision)."""
    if not keys:
        return {}
    rows = await tx.rows(
        Sql(
            f"""select v.id::text as key, v.revision, row_to_json(v)::text as json from (
            select {features.selected_columns(noun, tx)} from forest.{noun.view} where id = any({{}}) and {{}}) v""",
            list(keys),
            Sql("true") if noun.name in ("plots", "plantings", "surveys") else scopes.within(noun.name, tx.scope),
        )
    )
    return {row["key"]: (row["json"], row["revision"]) for row in rows}


async def photos(tx: Transaction, keys: Sequence[UUID]) -> dict[str, tuple[str, int]]:
    """Read what is said of photos within reach: id -> (json, revision)."""
    if not keys:
        return {}
    rows = await tx.rows(
        Sql(
            """select v.id::text as key, v.revision, row_to_json(v)::text as json from (
            select p.id, p.subject_noun, p.subject, p.file, p.taken_at, p.lon, p.lat, p.accuracy_m, p.mime, p.size, p.revision,
              exists (select from forest.photo_file f where f.sha256 = p.file) as is_complete
            from forest.photo p where p.id = any({}) and {}) v""",
            list(keys),
            scopes.of_crew(tx.scope, "p"),
        )
    )
    return {row["key"]: (row["json"], row["revision"]) for row in rows}


async def crew(tx: Transaction, code: str) -> Row | None:
    """Read a crew with its programme."""
    return await tx.row(
        """select c.code, c.name_zh, c.name_en, p.code as programme, p.name_zh as programme_zh, p.name_en as programme_en
        from forest.crew c join forest.programme p on p.code = c.programme where c.code = $1""",
        code,
    )


async def workers(tx: Transaction, code: str) -> list[Row]:
    """Read the workers of a crew, without who they are."""
    return await tx.rows(
        "select id::text as id, number, sex, birth_year from forest.worker where crew = $1 order by number nulls last, id", code
    )


async def species(tx: Transaction) -> list[Row]:
    """Read the species that can be planted."""
    return await tx.rows("select code, name_zh, name_en, growth_form from forest.species order by code")


async def plots_bbox(tx: Transaction, programme: str) -> list[float] | None:
    """Read west, south, east, north of a programme's plots; None where it has none."""
    row = await tx.row(
        """select ST_XMin(b) as w, ST_YMin(b) as s, ST_XMax(b) as e, ST_YMax(b) as n
        from (select ST_Extent(boundary) as b from forest.plot where programme = $1) x where b is not null""",
        programme,
    )
    return None if row is None else [row["w"], row["s"], row["e"], row["n"]]


async def last_day(tx: Transaction, code: str) -> str | None:
    """Read the values of a crew's last shift as JSON text, which the next day's start from."""
    return await tx.value(
        """select row_to_json(s)::text from (select activity, plot, hours, pay_basis, rate_yuan, wage_yuan, is_paid, is_insured
          from forest.shift where crew = $1 order by work_date desc, received_at desc limit 1) s""",
        code,
    )
