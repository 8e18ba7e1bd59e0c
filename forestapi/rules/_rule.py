"""What a rule is, what it looks at, and what it finds."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal

import msgspec
import numpy as np
import shapely
from msgspec import Struct
from numpy.typing import NDArray
from pyarrow import RecordBatch
from pyproj import CRS

from forestapi.records import CIVIL_TIME, MANAGERS
from forestapi.rules._facts import LayerFacts
from geo import area, validity
from geo.crs import to_wgs84
from geo.text import Text

Noun = Literal["plots", "plantings", "surveys", "shifts"]
Severity = Literal["refuse", "hold", "note"]
Repair = Literal["crossing", "spikes", "unclosed", "duplicates"]
"""What `geo.repair` can suggest for a boundary."""
NOBODY: frozenset[str] = frozenset()


class Parameter(Struct, frozen=True):
    """A number that a rule judges by. A programme may set its own, within the bounds."""

    default: float
    low: float
    high: float
    unit: str
    title: Text


class Threshold(Struct, frozen=True):
    """The value that a parameter has for one programme."""

    value: float
    version: int
    """Counts what the programme has set for this parameter; 0 is the default of the rule."""


class Hit(Struct, frozen=True):
    """One row that a rule speaks about."""

    index: int
    """Position in the batch, from 0."""
    place: str | None = None
    """Where on the row: a JSON pointer, or "longitude latitude" in the source CRS."""
    field: str | None = None
    """The column to correct."""
    values: Mapping[str, object] = {}
    """What the message's places are filled with; a Text is filled in by language."""


class Batch:
    """Some rows of one submitted file (or one record of the API), in columns, ready to be judged.

    Plots have geometry; shifts have columns only.

    Args:
        rows: the row number as the user sees it, one a row.
        columns: field name -> list of typed values, one a row. A value that could not be read as the field's
            type stays the text it was, so that a rule can show it.
        source: shapely geometries (objects, X and Y) in the source CRS; None where absent or broken.
        crs: the source CRS.
        geometry: the same in EPSG:4326; None converts `source`.
        geometry_type: the type named in the source; where left out, the type of `source` or `geometry`.
        problem, place: what the reader found wrong with the row as written, and where.
        layer: facts of the whole layer, for rules that compare a row with its neighbours.
        seen: keys met in earlier batches of the same file -> row number; rules about repeats keep it up to
            date. Pass one dictionary to all batches of a file.
        programme_regions: the union of the programme's regions (EPSG:4326), or None where none are declared.
        today: the civil date (UTC+8) that "in the future" is judged by.
        facts: what the ledger knows about the rows: name -> one value a row (`services.batches.complete`).
        thresholds: what the programme has set: rule -> parameter -> threshold.

    """

    def __init__(
        self,
        *,
        rows: Iterable[int],
        columns: dict[str, list] | None = None,
        source: NDArray | None = None,
        crs: CRS | None = None,
        geometry: NDArray | None = None,
        geometry_type: Iterable[str | None] | None = None,
        problem: Iterable[str | None] | None = None,
        place: Iterable[str | None] | None = None,
        layer: LayerFacts | None = None,
        seen: dict[int, int] | None = None,
        programme_regions: shapely.Geometry | None = None,
        today: date | None = None,
        facts: dict[str, list] | None = None,
        thresholds: Mapping[str, Mapping[str, Threshold]] | None = None,
    ) -> None:
        self.rows = np.asarray(list(rows), dtype=np.int64)
        self.columns = columns or {}
        self.crs = crs
        self.source = self._objects(source)
        self.problem = self._objects(problem)
        self.place = self._objects(place)
        self.layer = layer
        self.seen = {} if seen is None else seen
        self.programme_regions = programme_regions
        self.today = today or datetime.now(CIVIL_TIME).date()
        self.facts = facts or {}
        self.thresholds = thresholds or {}
        self._geometry = geometry
        if geometry_type is None:
            given = self.source if source is not None else self.geometry
            geometry_type = [None if g is None else g.geom_type for g in given]
        self.geometry_type = self._objects(geometry_type)

    def _objects(self, values: Iterable | None) -> NDArray:
        found = np.full(len(self.rows), None, dtype=object)
        if values is not None:
            found[:] = list(values)
        return found

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> list:
        """Give a column's values, or a list of None where the batch has no such column."""
        return self.columns.get(name) or [None] * len(self.rows)

    def fact(self, name: str) -> list:
        """Give what the ledger knows of each row under a name, or a list of None where it was not asked."""
        return self.facts.get(name) or [None] * len(self.rows)

    def threshold(self, rule: "Rule", parameter: str) -> Threshold:
        """Give a parameter's value for the programme of these rows, and its version."""
        told = self.thresholds.get(rule.name, {}).get(parameter)
        return told or Threshold(rule.parameters[parameter].default, 0)

    def limit(self, rule: "Rule", parameter: str) -> float:
        """Give a parameter's value for the programme of these rows."""
        return self.threshold(rule, parameter).value

    @classmethod
    def of_layer(cls, batch: RecordBatch, crs: CRS | None, **others: Any) -> "Batch":
        """Take one batch of `geo.reading.Layer.batches`; `others` are the remaining arguments (columns, …).

        Without `columns` the attributes of the file stand in under their own names.
        """
        if "columns" not in others:
            attributes = [msgspec.json.decode(text) for text in batch.column("attributes").to_pylist()]
            names = dict.fromkeys(name for row in attributes for name in row)
            others["columns"] = {name: [row.get(name) for row in attributes] for name in names}
        return cls(
            rows=batch.column("row").to_pylist(),
            source=shapely.from_wkb(batch.column("geometry").to_numpy(zero_copy_only=False)),
            crs=crs,
            geometry_type=batch.column("geometry_type").to_pylist(),
            problem=batch.column("problem").to_pylist(),
            place=batch.column("place").to_pylist(),
            **others,
        )

    @cached_property
    def geometry(self) -> NDArray:
        """Shapely geometries in EPSG:4326; None where there is none or it has no place on Earth."""
        if self._geometry is not None:
            return self._objects(self._geometry)
        return to_wgs84(self.source, self.crs) if self.crs is not None else self._objects(None)

    @cached_property
    def vertices(self) -> tuple[NDArray, NDArray]:
        """All vertices in EPSG:4326, float (m, 2), and the row of each, int (m,), ascending."""
        return shapely.get_coordinates(self.geometry, return_index=True)

    @cached_property
    def source_vertices(self) -> tuple[NDArray, NDArray]:
        """All vertices as they stand in the file, float (m, 2), and the row of each, int (m,), ascending."""
        return shapely.get_coordinates(self.source, return_index=True)

    @cached_property
    def positions(self) -> NDArray:
        """Longitude and latitude of the middle of each row's extent, float (n, 2); NaN without geometry."""
        bounds = shapely.bounds(self.geometry)
        return (bounds[:, :2] + bounds[:, 2:]) / 2

    @cached_property
    def is_polygon(self) -> NDArray:
        """Whether each row has a polygon or multipolygon in EPSG:4326."""
        return validity.is_polygonal(self.geometry)

    @cached_property
    def is_valid(self) -> NDArray:
        """Whether each row's boundary is valid (does not cross itself, …); true where there is none."""
        return validity.is_valid(self.geometry)

    @cached_property
    def area_m2(self) -> NDArray:
        """Equal-area square metres of each row's boundary; NaN where there is none or it is not valid."""
        measured = np.full(len(self), np.nan)
        usable = self.is_polygon & self.is_valid
        measured[usable] = area.equal_area_m2(self.geometry[usable])
        return measured

    def measure(self) -> None:
        """Compute now what the rules will ask for, which may be in another thread."""
        for name in ("vertices", "source_vertices", "positions", "area_m2", "boundary_hashes"):
            getattr(self, name)

    @cached_property
    def boundary_hashes(self) -> NDArray:
        """Hash of each row's normalised boundary, or None; equal ground gives equal hashes."""
        return validity.boundary_hash(self.geometry)


class Rule(Struct, frozen=True, kw_only=True):
    """A stable id, what it looks for, and how it says so."""

    name: str
    """The stable id, e.g. "plot-null-island"."""
    noun: Noun
    severity: Severity
    """`refuse`: not stored; `hold`: stored, counts nowhere until resolved; `note`: stored and counted."""
    title: Text
    message: Text
    """What is wrong and the fix, with `{places}` that a hit's values fill."""
    explanation: Text
    """Why the rule exists, for the reference."""
    check: Callable[[Batch], Iterable[Hit]]
    parameters: Mapping[str, Parameter] = {}
    """The numbers that a programme may set, by name."""
    waivable_by: Collection[str] = MANAGERS
    """Roles that may accept a held record in spite of this rule; empty: the record must be corrected."""
    repair: Repair | None = None
    """What can be suggested to mend it; never done by itself."""


class Finding(Struct, frozen=True):
    """A rule's verdict on one row."""

    index: int
    rule: str
    severity: Severity
    place: str | None
    field: str | None
    message: Text
    values: dict[str, object]
    judged_by: dict[str, Threshold] = {}
    """The thresholds that the verdict rests on, by parameter."""


def finding(rule: Rule, hit: Hit, batch: Batch | None = None) -> Finding:
    """Say a hit in words, each language with its own, and by which thresholds of the batch it was found."""
    zh, en = rule.message.zh.format(**_in("zh", hit)), rule.message.en.format(**_in("en", hit))
    return Finding(
        index=hit.index,
        rule=rule.name,
        severity=rule.severity,
        place=hit.place,
        field=hit.field,
        message=Text(zh=zh.strip(), en=en.strip()),
        values=dict(hit.values),
        judged_by={} if batch is None else {name: batch.threshold(rule, name) for name in rule.parameters},
    )


def _in(language: str, hit: Hit) -> dict[str, object]:
    values = {name: getattr(v, language) if isinstance(v, Text) else v for name, v in hit.values.items()}
    return {"place": hit.place or "", "field": hit.field or ""} | values
