"""What is written of any noun: whole sets of records in one statement each."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from forestapi.db.sql import Sql, identifiers
from forestapi.db.transaction import Transaction
from forestapi.records import Document, Noun


async def save(tx: Transaction, noun: Noun, documents: list[Document]) -> dict[str, str]:
    """Insert the documents, or update those whose key is there; all must have the same columns.

    Each holds all written columns by name: JSON values, geometries as EWKB bytes. Returns for each key
    `created`, `updated` or `unchanged`.
    """
    if not documents:
        return {}
    columns = [name for name in documents[0] if name != "identity"]
    changing = [name for name in columns if name != noun.key and name not in EVIDENCE]
    shapes = [document.get(noun.geometry) for document in documents] if noun.geometry in columns else None
    derived = DERIVED.get(noun.table, {}) if shapes else {}
    written = [*columns, *(name for name in derived if name not in columns)]
    values = [derived.get(name, f'"{name}"') for name in written]
    rows = await tx.rows(
        f"""insert into forest.{noun.table} as t ({identifiers(written)})
        select {", ".join(values)} from ({_arrived(noun, written, has_shapes=shapes is not None)}) n
        on conflict ({noun.key}) do update set {", ".join(f'"{c}" = excluded."{c}"' for c in changing)},
          revision = t.revision + 1, updated_at = now()
        where ({_compared(noun, changing, "t.")}) is distinct from ({_compared(noun, changing, "excluded.")})
        returning {noun.key}::text as key, xmax = 0 as is_created""",
        msgspec.json.encode(
            documents if shapes is None else [{**document, noun.geometry: None} for document in documents]
        ).decode(),
        *([] if shapes is None else [shapes]),
    )
    outcomes = {str(document[noun.key]): "unchanged" for document in documents}
    outcomes.update({row["key"]: "created" if row["is_created"] else "updated" for row in rows})
    return outcomes


def _arrived(noun: Noun, columns: list[str], *, has_shapes: bool) -> str:
    """Write the rows that a statement brings: their values as JSON, and beside it their geometries, as bytes."""
    rows = f"json_populate_recordset(null::forest.{noun.table}, $1::json)"
    if not has_shapes:
        return f"select {identifiers(columns)} from {rows}"
    plain = identifiers([name for name in columns if name != noun.geometry])
    return f'select {plain}, unnest::geometry as "{noun.geometry}" from rows from ({rows}, unnest($2::bytea[])) r offset 0'


DERIVED = {
    "plot": {
        "region": "coalesce(region, forest.region_at(ST_PointOnSurface(boundary)))",
        "boundary_hash": "forest.boundary_hash(boundary)",
    }
}
"""What the database derives of a new row: once for all rows of a statement, which costs a third of a trigger for each
of them. Whoever writes a row otherwise has the trigger (functions/20_plots.sql)."""


def _compared(noun: Noun, columns: list[str], prefix: str) -> str:
    """List what makes two versions of a record differ: of a boundary, its ground to a tenth of a millimetre."""
    return ", ".join(
        f'forest.boundary_hash({prefix}"{name}", 1e-9)' if name == noun.geometry else f'{prefix}"{name}"'
        for name in columns
    )


EVIDENCE = ("submission", "submission_row", "source_boundary")
"""Columns that say where a record first came from; a later write does not change them."""


async def revision(tx: Transaction, noun: Noun, key: str) -> int | None:
    """Read the revision of a record and hold the record for this transaction; None if there is none."""
    return await tx.value(
        Sql(f"select revision from forest.{noun.table} where {noun.key} = {{}} for update", _key(noun, key))
    )


async def version(tx: Transaction, noun: Noun, key: str) -> tuple[int, datetime, datetime] | None:
    """Read the revision of a record, when it was received and changed, and hold the record for this transaction."""
    row = await tx.row(
        Sql(
            f"select revision, received_at, updated_at from forest.{noun.table} where {noun.key} = {{}} for update",
            _key(noun, key),
        )
    )
    return None if row is None else (row["revision"], row["received_at"], row["updated_at"])


async def remove(tx: Transaction, noun: Noun, key: str) -> bool:
    """Delete a record; say whether it was there."""
    return (
        await tx.run(Sql(f"delete from forest.{noun.table} where {noun.key} = {{}}", _key(noun, key)))
        == "DELETE 1"
    )


def _key(noun: Noun, key: str) -> Any:
    return UUID(key) if noun.key == "id" else key
