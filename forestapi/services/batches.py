"""What the rules need to know about records besides the records: regions, ages, what was found elsewhere."""

import msgspec
import numpy as np
import shapely
from msgspec import Struct
from pyproj import CRS

from forestapi.db.transaction import Transaction
from forestapi.records import Noun
from forestapi.rules import Batch
from forestapi.store import shifts as shifts_store
from geo.formats import shape_of

WGS84 = CRS.from_epsg(4326)


async def of_record(tx: Transaction, noun: Noun, record: Struct) -> Batch:
    """Make the batch of one record that came as JSON."""
    columns = {name: [getattr(record, name)] for name in noun.columns}
    if noun.name == "shifts":
        births = await shifts_store.birth_years(tx, columns["worker"])
        columns["birth_year"] = [births.get(str(columns["worker"][0]))]
    if not noun.geometry:
        return Batch(rows=[1], columns=columns)
    boundary = getattr(record, noun.geometry)
    source, kind, problem, place = np.full(1, None, dtype=object), None, None, None
    if boundary is not None:
        shape = shape_of(msgspec.to_builtins(boundary), f"/{noun.geometry}")
        wkb, kind, problem, place = shape.wkb, shape.type, shape.problem, shape.place
        source[0] = shapely.from_wkb(wkb) if wkb else None
    regions = await programme_regions(tx, columns["programme"][0]) if noun.name == "plots" else None
    return Batch(
        rows=[1], columns=columns, source=source, crs=WGS84, geometry_type=[kind], problem=[problem], place=[place],
        programme_regions=regions,
    )  # fmt: skip


async def programme_regions(tx: Transaction, programme: str) -> shapely.Geometry | None:
    """Union of the regions that a programme declares (EPSG:4326, prepared); None where it declares none."""
    wkb = await tx.value(
        """select ST_AsBinary(ST_Union(r.boundary)) from forest.programme p
        join forest.region r on p.regions ? r.code where p.code = $1""",
        programme,
    )
    if wkb is None:
        return None
    union = shapely.from_wkb(wkb)
    shapely.prepare(union)
    return union
