"""What the public page of one plot shows: columns that everybody may read, and no others, whoever asks."""

from typing import Any

import msgspec

from forestapi.db.transaction import Row, Transaction


async def plot(tx: Transaction, id: str) -> Row | None:
    """Read the plot itself, with the names of what it belongs to; None where there is none that is counted."""
    return await tx.row(
        """select p.id::text as id, p.number, p.programme, g.name_zh as programme_zh, g.name_en as programme_en, p.compartment,
          p.subcompartment, p.tenure, p.prior_land_class, coalesce(p.climate_class, r.climate_class) as climate_class,
          p.capture_method, p.accuracy_m, p.declared_area_m2, p.lifecycle, p.accepted_on, p.area_m2, p.credited_m2,
          p.is_planted, p.planted_on, p.species, s.name_zh as species_zh, s.name_en as species_en, s.scientific_name,
          s.growth_form, p.is_synthetic, p.revision, p.received_at, p.updated_at,
          c.code as county, c.name_zh as county_zh, c.name_en as county_en,
          ST_AsGeoJSON(p.boundary, 6)::text as boundary, ST_AsGeoJSON(ST_SimplifyPreserveTopology(c.boundary, 0.01), 4)::text as county_boundary,
          ST_X(ST_Centroid(p.boundary)) as lon, ST_Y(ST_Centroid(p.boundary)) as lat
        from forest.plots p join forest.programmes g on g.code = p.programme
          left join forest.species_read s on s.code = p.species left join forest.regions r on r.code = p.region
          left join forest.region_ancestor a on a.region = p.region and a.level = 'county'
          left join forest.regions c on c.code = a.ancestor
        where p.id = $1::text::uuid""",
        id,
    )


async def plantings(tx: Transaction, id: str) -> list[dict[str, Any]]:
    """Read its plantings, the earliest first; `lines` hold species, holes and spacing."""
    rows = await tx.rows(
        """select kind, started_on, ended_on, lines::text as lines from forest.plantings where plot = $1::text::uuid
        order by started_on nulls last, id""",
        id,
    )
    return [dict(row) | {"lines": msgspec.json.decode(row["lines"])} for row in rows]


async def surveys(tx: Transaction, id: str) -> list[dict[str, Any]]:
    """Read its checks, the earliest first, without who made them."""
    rows = await tx.rows(
        """select surveyed_on, stage, level, sample_holes, live_holes, vegetation_cover, canopy_closure, mean_height_m,
          mean_crown_m, vigour, damage::text as damage, method, is_independent
        from forest.surveys where plot = $1::text::uuid order by surveyed_on, id""",
        id,
    )
    return [dict(row) | {"damage": msgspec.json.decode(row["damage"])} for row in rows]


async def overlaps(tx: Transaction, id: str) -> list[Row]:
    """Read the ground that it shares: `is_credited_here` says to which of the two it is credited, within a programme."""
    return await tx.rows(
        """select o.area_m2, o.is_one_programme, o.earlier = $1::text::uuid as is_credited_here, p.id::text as id, p.number,
          g.name_zh as programme_zh, g.name_en as programme_en
        from forest.overlap o
          join forest.plots p on p.id = case when o.earlier = $1::text::uuid then o.later else o.earlier end
          join forest.programmes g on g.code = p.programme
        where $1::text::uuid in (o.earlier, o.later) order by o.area_m2 desc""",
        id,
    )


async def boundaries(tx: Transaction, id: str) -> list[Row]:
    """Read the boundaries that it has had, the first first: when each was recorded, how captured, and its area then."""
    return await tx.rows(
        """with v as (
          select recorded_at, revision, record ->> 'capture_method' as capture_method, record -> 'boundary' as boundary,
            lag(record -> 'boundary') over (order by recorded_at, revision) as before
          from forest.public_versions('plot', $1) where action <> 'delete'
        )
        select recorded_at, revision, capture_method, boundary::text as boundary,
          ST_Area(ST_Transform(ST_SetSRID(ST_GeomFromGeoJSON(boundary::text), 4326), 6933)) as area_m2
        from v where boundary <> 'null'::jsonb and boundary is distinct from before order by recorded_at, revision""",
        id,
    )


async def photo_count(tx: Transaction, id: str) -> int:
    """Count the photos that there are of it; they themselves are not public."""
    return await tx.value("select forest.photos_of_plot($1::text::uuid)", id)
