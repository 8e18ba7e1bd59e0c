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
