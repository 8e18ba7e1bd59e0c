"""Finding plots again when a layer comes again, and species by any of their names."""

from collections.abc import Collection

import msgspec

from forestapi.db.sql import identifiers
from forestapi.db.transaction import Row, Transaction
from forestapi.records import Document, nouns


async def known(
    tx: Transaction,
    *,
    programme: str,
    layer: str,
    ids: list[str | None],
    keys: list[str | None],
    grounds: list[bytes | None],
) -> dict[int, Document]:
    """Find the plots that rows are already: by id, by key within the layer, by equal ground in the programme.

    Args:
        tx: the transaction.
        programme, layer: where the rows belong.
        ids, keys, grounds: for each row, what it can be found by (ground as WKB in EPSG:4326); None if nothing.

    Returns:
        Index of the row -> the plot's written columns as JSON values, without its boundary.

    """
    noun = nouns()["plots"]
    columns = [name for name in noun.columns if name != noun.geometry]
    rows = await tx.rows(
        f"""with wanted as (
          select n, id, key, case when id ~* '^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$' then id::uuid end as uuid, case when ground is not null
            then forest.boundary_hash(ST_Multi(ST_SetSRID(ST_GeomFromWKB(ground), 4326))) end as hash
          from unnest($3::text[], $4::text[], $5::bytea[]) with ordinality as w (id, key, ground, n)
        ), found as (
          -- row by row through an index: joined freely, a planner that believes the layer small reads all of it for each row
          select w.n, p.* from wanted w cross join lateral (
            select * from forest.plot where id = w.uuid offset 0) p where w.uuid is not null
          union all
          select w.n, p.* from wanted w cross join lateral (
            select * from forest.plot where programme = $1 and layer = $2 and layer_key = w.key offset 0) p
          where w.key is not null and w.id is null
          union all
          select w.n, p.* from wanted w cross join lateral (
            select * from forest.plot where programme = $1 and boundary_hash = w.hash offset 0) p
          where w.hash is not null
        )
        select distinct on (n) n - 1 as index, (select to_jsonb(c) from (select {identifiers(columns, "f.")}) c)::text as json
        from found f order by n, received_at, id""",
        programme,
        layer,
        ids,
        keys,
        grounds,
    )
    return {row["index"]: msgspec.json.decode(row["json"]) for row in rows}


async def ground_changed_m2(tx: Transaction, ids: list[str], grounds: list[bytes]) -> dict[str, float]:
    """Measure the ground that plots gain or lose where boundaries (WKB, EPSG:4326) take the place of theirs.

    Returns:
        Id of a plot whose boundary would change -> m² that are in one of the two only (EPSG:6933).

    """
    if not ids:
        return {}
    rows = await tx.rows(
        """select p.id::text as id, ST_Area(ST_SymDifference(ST_Transform(p.boundary, 6933), ST_Transform(w.ground, 6933))) as m2
        from (select id, ST_Multi(ST_SetSRID(ST_GeomFromWKB(ground), 4326)) as ground
          from unnest($1::uuid[], $2::bytea[]) as u (id, ground)) w
        cross join lateral (select * from forest.plot where id = w.id offset 0) p
        where forest.boundary_hash(p.boundary, 1e-9) is distinct from forest.boundary_hash(w.ground, 1e-9)""",
        ids,
        grounds,
    )
    return {row["id"]: row["m2"] for row in rows}


async def meanwhile(tx: Transaction, asked: list[tuple[int, str, int, bytes | None]]) -> list[Row]:
    """Find the plots that are not at the revision that a row rests on any longer.

    Args:
        tx: the transaction.
        asked: (index of the row, plot's id, revision, boundary of the row as WKB in EPSG:4326).

    Returns:
        For each such row: `index`; `revision`, `boundary` (WKB) and `changed_at`, `changed_by` of the ledger's plot, None where it
        was deleted; `base`, the plot at the row's revision as JSON (None where history has none); whether the row's
        boundary differs from it (`is_edited`), and whether the ledger's does (`is_moved`).

    """
    if not asked:
        return []
    return await tx.rows(
        """select w.n as index, p.revision, ST_AsBinary(p.boundary) as boundary, l.recorded_at as changed_at, l.actor as changed_by,
          case when b.shape is not null then forest.history_document(b.shape, b.row, b.boundary)::text end as base,
          coalesce(forest.boundary_hash(ST_Multi(ST_SetSRID(ST_GeomFromWKB(w.ground), 4326)), 1e-9)
            is distinct from forest.boundary_hash(coalesce(b.boundary, p.boundary), 1e-9), true) as is_edited,
          coalesce(forest.boundary_hash(p.boundary, 1e-9) is distinct from forest.boundary_hash(b.boundary, 1e-9), true) as is_moved
        from unnest($1::int[], $2::uuid[], $3::int[], $4::bytea[]) as w (n, id, revision, ground)
          left join lateral (select * from forest.plot where id = w.id offset 0) p on true
          left join lateral (select * from forest.history h where h.key = w.id::text and h.noun = 'plot'
            and h.revision = w.revision and h.action <> 'delete' order by h.seq desc limit 1) b on true
          left join lateral (select * from forest.history h where h.key = w.id::text and h.noun = 'plot'
            order by h.seq desc limit 1) l on true
        where p.revision is distinct from w.revision""",
        *[list(part) for part in zip(*asked, strict=True)],
    )


async def numbers(tx: Transaction, ids: Collection[str]) -> list[tuple[str, str, str | None]]:
    """Read (id, number, key in the layer) of those of these plots that are in the ledger."""
    rows = await tx.rows(
        "select id::text as id, number, layer_key from forest.plot where id = any($1::uuid[]) order by number, id", list(ids)
    )
    return [(row["id"], row["number"], row["layer_key"]) for row in rows]


async def programme_of(tx: Transaction, ids: Collection[str]) -> str | None:
    """Name the programme that all of these plots belong to; None where they belong to none or to several."""
    rows = await tx.rows("select distinct programme from forest.plot where id = any($1::uuid[]) limit 2", list(ids))
    return rows[0]["programme"] if len(rows) == 1 else None


async def has_layer(tx: Transaction, programme: str, layer: str) -> bool:
    """Whether the ledger has plots of this layer."""
    return await tx.value(
        "select exists (select from forest.plot where programme = $1 and layer = $2)", programme, layer
    )


async def missing_from_layer(
    tx: Transaction, programme: str, layer: str, seen: Collection[str], limit: int
) -> tuple[int, list[tuple[str, str, str | None]]]:
    """Count the plots of a layer that are not among those seen, and list the first: (id, number, key)."""
    rows = await tx.rows(
        """select p.id::text as id, p.number, p.layer_key, count(*) over () as count
        from forest.plot p left join unnest($3::uuid[]) as s (id) on s.id = p.id
        where p.programme = $1 and p.layer = $2 and s.id is null order by p.number, p.id limit $4""",
        programme,
        layer,
        list(seen),
        limit,
    )
    return (rows[0]["count"] if rows else 0), [(r["id"], r["number"], r["layer_key"]) for r in rows]


async def plantings(tx: Transaction, ids: list[str]) -> dict[str, Document]:
    """Read plantings by their ids: id -> written columns as JSON values."""
    columns = nouns()["plantings"].columns
    rows = await tx.rows(
        f"""select id::text as id, (select to_jsonb(c) from (select {identifiers(columns, "p.")}) c)::text as json
        from forest.planting p where id = any($1::uuid[])""",
        ids,
    )
    return {row["id"]: msgspec.json.decode(row["json"]) for row in rows}


async def species_by_names(tx: Transaction, names: Collection[str]) -> dict[str, str]:
    """Give all names of species, in lower case, with their codes; nothing where no name is asked for."""
    if not names:
        return {}
    rows = await tx.rows("select code, scientific_name, name_zh, name_en from forest.species")
    return {
        name.lower(): row["code"]
        for row in rows
        for name in (row["name_en"], row["scientific_name"], row["name_zh"], row["code"])
    }
