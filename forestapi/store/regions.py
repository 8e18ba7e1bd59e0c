"""Regions by their codes."""

from forestapi.db.transaction import Transaction


async def codes(tx: Transaction) -> set[str]:
    """Read the codes of all regions."""
    return {row["code"] for row in await tx.rows("select code from forest.region")}


async def adopt(tx: Transaction) -> None:
    """Give regions without a parent the nearest region above them that has come in meanwhile."""
    await tx.run(
        """update forest.region r set parent = p.code from (
          select distinct on (c.code) c.code as child, p.code from forest.region c
          join unnest(array[9, 6, 4, 2]) as length on true
          join forest.region p on p.code = rpad(left(c.code, length), 12, '0') and p.code <> c.code
          where c.parent is null order by c.code, length desc) p
        where r.code = p.child"""
    )


async def extents(tx: Transaction, codes: list[str]) -> dict[str, tuple[float, float, float, float]]:
    """Give the extent of these regions, by code: west, south, east, north in degrees (EPSG:4326)."""
    rows = await tx.rows(
        """select code, ST_XMin(boundary) as west, ST_YMin(boundary) as south, ST_XMax(boundary) as east, ST_YMax(boundary) as north
        from forest.region where code = any($1) and boundary is not null""",
        codes,
    )
    return {row["code"]: (row["west"], row["south"], row["east"], row["north"]) for row in rows}


async def outlines(tx: Transaction, codes: list[str], tolerance_m: float) -> dict[str, bytes]:
    """Give the outlines of these regions by code, simplified: WKB in EPSG:3857."""
    rows = await tx.rows(
        """select code, ST_AsBinary(ST_SimplifyPreserveTopology(shape, $2)) as outline
        from forest.region where code = any($1) and shape is not null order by code""",
        codes,
        tolerance_m,
    )
    return {row["code"]: row["outline"] for row in rows}
