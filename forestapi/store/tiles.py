"""Vector tiles: bytes made by the database, one function for each layer; with a filter, of what it finds."""

from forestapi.db.sql import Sql
from forestapi.db.transaction import Transaction
from forestapi.errors import BadRequest, Problem
from forestapi.records import nouns
from forestapi.records._query import Query
from forestapi.store import codes, features
from geo.text import Text

LAYERS = ("plots", "regions")
FINEST = 10
"""The last zoom at which plots are counted in cells."""


async def tile(
    tx: Transaction, layer: str, z: int, x: int, y: int, programmes: list[str] | None = None, query: Query | None = None
) -> bytes:
    """Make a tile, of some programmes or all; one with nothing in it is empty. `layer` is one of LAYERS.

    A query (filter, bbox, datetime) picks plots; then cells are counted from the plots themselves.

    Raises:
        BadRequest: there is no such programme, the query is about another layer than plots, or its filter cannot be applied.

    """
    if layer not in LAYERS:
        raise LookupError(layer)
    await codes.check(tx, {**(query.equals if query else {}), **({"programme": programmes} if programmes else {})})
    if query is None or query == Query():
        return await tx.value(f"select forest.tile_{layer}($1, $2, $3, $4)", z, x, y, programmes) or b""
    if layer != "plots":
        message = Text("只有小班图层可以过滤。", "Only the layer of plots can be filtered.")
        raise BadRequest(message, problems=[Problem(field="filter", message=message)])
    picked = features.selected(nouns()["plots"], query)
    async with features.budget(tx, query):
        return await tx.value(_cells(z, x, y, programmes, picked) if z <= FINEST else _plots(z, x, y, programmes, picked)) or b""


def _plots(z: int, x: int, y: int, programmes: list[str] | None, picked: Sql) -> Sql:
    return Sql(
        """select forest.tile_plots(z, x, y, programmes, array(
            select p.id from forest.plot p where p.shape && ST_TileEnvelope(z, x, y, margin => 0.02) and p.id in {}))
        from (select {}::int as z, {}::int as x, {}::int as y, {}::text[] as programmes) t""",
        picked, z, x, y, programmes,
    )  # fmt: skip


def _cells(z: int, x: int, y: int, programmes: list[str] | None, picked: Sql) -> Sql:
    return Sql(
        """with t as (select {}::int as z, {}::int as x, (1 << {}::int) - 1 - {}::int as row_south,
            ST_TileEnvelope({}::int, {}::int, {}::int) as box, forest.cell_side_m({}::int) as side_m),
        e as (
          select forest.cell_column(p.shape) >> (10 - t.z) as cx, forest.cell_row(p.shape) >> (10 - t.z) as cy,
            extract(year from d.planted_on)::int as year, count(*)::int as plots, sum(p.area_m2) / 10000 as area_ha
          from t, forest.plot p left join forest.planted d on d.plot = p.id
          where p.shape && t.box and p.id in {} and ({}::text[] is null or p.programme = any({}::text[]))
          group by 1, 2, 3
        ), c as (
          select cx, cy, sum(plots)::int as plots, sum(area_ha) as area_ha,
            jsonb_object_agg('n' || year, plots) filter (where year is not null)
              || jsonb_object_agg('a' || year, round(area_ha::numeric, 2)::float8) filter (where year is not null) as years
          from e group by 1, 2
        ), m as (
          select plots, round(area_ha::numeric, 2)::float8 as area_ha, years, ST_AsMVTGeom(ST_SetSRID(ST_MakePoint(
            (cx + 0.5) * side_m - 20037508.342789244, (cy + 0.5) * side_m - 20037508.342789244), 3857), box, 4096, 0, true) as geom
          from c, t where cx >= t.x * 64 and cx < (t.x + 1) * 64 and cy >= t.row_south * 64 and cy < (t.row_south + 1) * 64
        )
        select ST_AsMVT(m, 'cells', 4096, 'geom') from m""",
        z, x, z, y, z, x, y, z, picked, programmes, programmes,
    )  # fmt: skip


async def bounds(tx: Transaction, layer: str) -> tuple[float, float, float, float] | None:
    """Give the extent of a layer (west, south, east, north in degrees); None when it is empty."""
    table = {"plots": "plot", "regions": "region"}[layer]
    row = await tx.row(
        f"""select ST_XMin(e) as w, ST_YMin(e) as s, ST_XMax(e) as e_, ST_YMax(e) as n
        from (select ST_Extent(boundary) as e from forest.{table}) x where e is not null"""
    )
    return None if row is None else (row["w"], row["s"], row["e_"], row["n"])


async def dots(tx: Transaction, programmes: list[str], level: int = 4) -> list[tuple[float, float]]:
    """Give the middles of the cells of a level (4 to 10) that hold plots, in EPSG:3857."""
    rows = await tx.rows(
        """select distinct (x + 0.5) * forest.cell_side_m($2) - 20037508.342789244 as east,
          (y + 0.5) * forest.cell_side_m($2) - 20037508.342789244 as north
        from forest.cell where level = $2 and plots > 0 and programme = any($1) order by 1, 2""",
        programmes,
        level,
    )
    return [(row["east"], row["north"]) for row in rows]
