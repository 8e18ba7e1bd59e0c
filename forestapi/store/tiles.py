"""Vector tiles: bytes made by the database, one function for each layer."""

from forestapi.db.transaction import Transaction

LAYERS = ("plots", "regions")


async def tile(
    tx: Transaction, layer: str, z: int, x: int, y: int, programmes: list[str] | None = None
) -> bytes:
    """Make a tile, of some programmes or all; one with nothing in it is empty. `layer` is one of LAYERS."""
    if layer not in LAYERS:
        raise LookupError(layer)
    return await tx.value(f"select forest.tile_{layer}($1, $2, $3, $4)", z, x, y, programmes) or b""


async def bounds(tx: Transaction, layer: str) -> tuple[float, float, float, float] | None:
    """Give the extent of a layer (west, south, east, north in degrees); None when it is empty."""
    table = {"plots": "plot", "regions": "region"}[layer]
    row = await tx.row(
        f"""select ST_XMin(e) as w, ST_YMin(e) as s, ST_XMax(e) as e_, ST_YMax(e) as n
        from (select ST_Extent(boundary) as e from forest.{table}) x where e is not null"""
    )
    return None if row is None else (row["w"], row["s"], row["e_"], row["n"])
