"""A programme's ground as a file that comes back: with id and revision, for QGIS and QField."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct

from forestapi.db.sql import Sql
from forestapi.db.transaction import Transaction
from forestapi.errors import BadRequest, NotFound
from forestapi.records import nouns
from forestapi.records._query import Query
from forestapi.services.exporting._flow import Change, pour, whole
from forestapi.stats._as_of import moment
from forestapi.store import codes, features
from forestapi.store import exports as store
from geo import area
from geo.formats import Layer
from geo.formats.geopackage import FORMAT, write
from geo.text import Text

EXPORTED = "forest_export"
"""The layer that says what was exported: so that what is gone from the others is seen when the file comes back."""
LAYERS: dict[str, dict[str, str]] = {
    "plots": {name: name for name in (
        "id", "revision", "number", "region", "compartment", "subcompartment", "tenure", "prior_land_class", "climate_class",
        "lifecycle", "accepted_on", "capture_method", "accuracy_m", "declared_area_m2",
    )} | {
        "forest_programme": "programme", "forest_area_mu": "area_m2", "forest_area_m2": "area_m2", "forest_credited_m2": "credited_m2",
        "forest_planted_on": "planted_on", "forest_species": "species", "forest_layer": "layer", "forest_layer_key": "layer_key",
        "forest_updated_at": "updated_at", "forest_is_synthetic": "is_synthetic", "forest_attributes": "attributes",
        "boundary": "boundary",
    },
    "plantings": {name: name for name in ("id", "revision", "plot", "kind", "started_on", "ended_on", "lines")},
    "surveys": {name: name for name in (
        "id", "revision", "plot", "surveyed_on", "stage", "level", "sample_holes", "live_holes", "vegetation_cover",
        "canopy_closure", "mean_height_m", "mean_crown_m", "vigour", "damage", "method", "checker", "is_independent", "remarks",
    )},
}  # fmt: skip
"""The layers of an export of plots: column -> the noun's column. The first of them comes back; a column that begins
with `forest_` is for reading and is passed over then."""


class Exported(Struct, kw_only=True):
    """What was written."""

    file: str
    format: str
    layers: dict[str, int]
    """Layer -> rows."""
    as_of: str


async def export_plots(tx: Transaction, programme: str, region: str | None, path: Path) -> Exported:
    """Write a programme's plots (of one region, if told) with their plantings and surveys into a file.

    Args:
        tx: a read-only transaction, which sees one moment throughout.
        programme: its code.
        region: the code of a region; what lies in it is written.
        path: where to; a file that is there is replaced.

    Raises:
        NotFound: there is no such programme.
        BadRequest: the file is to be no GeoPackage.

    """
    if path.suffix.lower() not in FORMAT.suffixes:
        raise BadRequest(Text(f"供编辑的文件请导出为 .gpkg，不是 {path.name}。", f"A file to edit is a .gpkg, not {path.name}."))
    if not await tx.value("select exists (select from forest.programme where code = $1)", programme):
        raise NotFound(Text(f"没有项目 {programme}。", f"There is no programme {programme}."))
    now, snapshot = await moment(tx)
    if region:
        await codes.check(tx, {"region": [region]})
    plots = Query(equals={"programme": [programme]} | ({"region": [region]} if region else {}))
    stamp = {"programme": programme, "exported_at": now.isoformat(), "snapshot": snapshot}
    counts = {}
    with whole(path) as partial:
        for name, names in LAYERS.items():
            noun = nouns()[name]
            query, also = (plots, Sql("true")) if name == "plots" else (Query(), Sql("v.plot in {}", features.selected(nouns()["plots"], plots)))
            there = {column.name: column for column in await store.columns(tx, noun)}
            read = [msgspec.structs.replace(there[source], name=name, source=source) for name, source in names.items()]
            counts[name] = await pour(
                tx, store.statement(tx, noun, query, read, also), read, _writer(partial, name, noun.geometry), _in_mu
            )
        read = [there[name] for name in ("id", "revision")]
        await pour(tx, store.statement(tx, nouns()["plots"], plots, read), read, _writer(partial, EXPORTED, None), _stamped(stamp))
    return Exported(file=path.name, format=FORMAT.name, layers=counts, as_of=now.isoformat())


def _writer(path: Path, name: str, geometry: str | None) -> Callable[[pa.RecordBatchReader], None]:
    return lambda rows: write(path, Layer(name=name, rows=rows, geometry_type="MultiPolygon" if geometry else None))


def _in_mu(batch: pa.RecordBatch) -> pa.RecordBatch:
    if "forest_area_mu" not in batch.schema.names:
        return batch
    place = batch.schema.get_field_index("forest_area_mu")
    mu = pc.round(pc.divide(batch.column(place), float(area.M2_PER_MU)), 2)
    return batch.set_column(place, batch.schema.field(place), mu)


def _stamped(stamp: dict[str, str]) -> Change:
    def change(batch: pa.RecordBatch) -> pa.RecordBatch:
        for name, text in stamp.items():
            batch = batch.append_column(name, pa.array([text] * batch.num_rows, pa.string()))
        return batch

    return change
