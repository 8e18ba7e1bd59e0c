"""The shape of the database: keys are indexed, and what it refuses can be told in words."""

import re

import asyncpg
import pytest

from forestapi.db.constraints import CONSTRAINTS
from forestapi.db.migrate import HERE, function_files
from forestapi.settings import Settings

INTERNAL = {
    "held_decision",
    "overlap_decision",
    "threshold",
    "history",
    "history_block",
    "history_shape",
    "era",
    "overlap",
    "credit",
    "planted",
    "cell",
    "plot_species",
    "held",
    "token",
    "shape",
    "finding",
}
"""Tables that only the ledger itself writes."""


UNINDEXED = {
    ("history", "history_shape_fkey"),  # history is never deleted, nor are its shapes
    ("shift", "shift_worker"),  # accepted shifts have an index; deleting a worker reads the others
}


async def test_every_foreign_key_is_indexed(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url)
    bare = await connection.fetch(
        """select r.relname as table, c.conname from pg_constraint c
        join pg_namespace n on n.oid = c.connamespace join pg_class r on r.oid = c.conrelid
        where c.contype = 'f' and n.nspname in ('forest', 'people') and not exists (
          select from pg_index i where i.indrelid = c.conrelid and i.indpred is null
            and (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey)"""
    )
    await connection.close()
    assert {tuple(row) for row in bare} - UNINDEXED == set()


async def test_every_constraint_that_a_client_can_meet_has_words(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url)
    named = await connection.fetch(
        """select c.conname as name, r.relname as table from pg_constraint c join pg_class r on r.oid = c.conrelid
        join pg_namespace n on n.oid = r.relnamespace where n.nspname = 'forest' and c.contype in ('c', 'u', 'x')
        union
        select i.indexrelid::regclass::text, r.relname from pg_index i join pg_class r on r.oid = i.indrelid
        join pg_namespace n on n.oid = r.relnamespace
        where n.nspname = 'forest' and i.indisunique and not i.indisprimary"""
    )
    await connection.close()
    met = {row["name"].removeprefix("forest.") for row in named if row["table"] not in INTERNAL}
    assert met - set(CONSTRAINTS) == set()
    known = {row["name"].removeprefix("forest.") for row in named}
    known |= {name for name in CONSTRAINTS if any(f"'{name}'" in path.read_text("utf-8") for path in function_files())}
    assert set(CONSTRAINTS) - known == set(), "words for constraints that are not there"


WRITTEN = {
    "plot", "planting", "survey", "claim", "household", "crew", "worker", "shift", "payment", "programme", "region", "species",
    "photo", "photo_file", "sheet_cell", "held", "held_decision", "finding", "threshold", "device", "snapshot",
    "submission", "submission_evidence", "sync_operation", "sync_quarantine", "openrosa_form", "openrosa_file", "openrosa_refused",
    "release", "release_atom", "overlap_decision",
}  # fmt: skip
"""Tables that requests write. All others the ledger derives, or only its operator writes."""


async def test_whoever_asks_chooses_no_search_path_for_the_owner_s_functions(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url)
    loose = await connection.fetch(
        """select p.oid::regprocedure::text as name from pg_proc p
        where p.pronamespace in ('forest'::regnamespace, 'people'::regnamespace) and p.prosecdef
          and not exists (select from unnest(p.proconfig) c where c like 'search_path=%pg_temp')"""
    )
    await connection.close()
    assert [row["name"] for row in loose] == []


async def test_no_role_of_a_request_writes_what_the_ledger_derives(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url)
    writable = await connection.fetch(
        """select r as role, c.relname as name from unnest(forest.roles()) r, pg_class c
        where c.relnamespace = 'forest'::regnamespace and c.relkind in ('r', 'v', 'm', 'p')
          and (has_any_column_privilege(r, c.oid, 'insert, update') or has_table_privilege(r, c.oid, 'delete, truncate'))"""
    )
    assert {row["name"] for row in writable} == WRITTEN
    assert "forest_public" not in {row["role"] for row in writable}
    for derived in ("credit", "overlap", "cell", "planted", "region_ancestor", "plot_species", "planted_total", "work_total"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with connection.transaction():
                await connection.execute("set local role forest_administrator")
                await connection.execute(f"delete from forest.{derived}")
    await connection.close()


def test_migrations_are_one_line_of_numbers() -> None:
    files = sorted((HERE / "migrations" / "versions").glob("*.py"))
    chain = [tuple(re.findall(r'^(?:down_)?revision = "?(\w+)"?', file.read_text("utf-8"), re.M)) for file in files]
    assert [(file.name[:4], before) for file, (_, before) in zip(files, chain, strict=True)] == [
        (own, before) for before, (own, _) in zip(["None", *(own for own, _ in chain)], chain, strict=False)
    ]
    assert len({own for own, _ in chain}) == len(files) and all(file.with_suffix(".sql").exists() for file in files)
