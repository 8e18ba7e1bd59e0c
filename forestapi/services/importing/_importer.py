"""What an importer is: how the rows of a file become documents of one noun."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from msgspec import Struct
from pyproj import CRS

from forestapi.db.transaction import Transaction
from forestapi.records import Document
from forestapi.rules import Batch, Finding, LayerFacts
from forestapi.services.admitting import Verdict
from geo.reading import Layer
from geo.text import Text


class Options(Struct, frozen=True, kw_only=True):
    """What the user says about a file."""

    programme: str | None = None
    crs: str | None = None
    format: str | None = None
    source_layer: str | None = None
    """The layer or sheet inside the file, where it holds several."""
    layer: str | None = None
    """The name under which the rows are known in the ledger, when the same layer comes again."""
    key: str | None = None
    """The column that names a row within its layer."""
    columns: dict[str, str] = {}
    """Column of the file -> field, where our own list of names does not know it."""
    is_planned: bool = False
    """The plots of the file are not planted yet."""
    planted_on: date | None = None
    """Date of planting of plots without one of their own."""
    status: str = "approved"
    """Review state of shifts without one of their own."""
    tracks_as_boundaries: bool = False
    """A closed GPX track is the boundary of a plot; otherwise it is held for want of one."""
    is_dry_run: bool = False


class Row(Struct, frozen=True):
    """One row of the file."""

    number: int
    attributes: dict[str, Any]


class Job(Struct, kw_only=True):
    """One import under way."""

    options: Options
    layer: Layer
    fields: dict[str, str]
    """Field -> column of the file."""
    submission: str
    crs: CRS | None
    facts: LayerFacts | None
    regions: shapely.Geometry | None
    today: date
    sheet: Any = None
    """What the importer's `unfold` found out about the file."""
    exported: dict[str, str] | None = None
    """Of a file that was exported from here: the ids of the plots that it held, each with its programme."""
    seen: dict[str, int] = {}
    """Identity -> row that used it first."""
    notes: list[Text] = []
    """What the report should say besides its rows."""
    repeats: dict[int, int] = {}
    """What the rules about repeats remember from batch to batch."""

    def first_use(self, name: str, row: Row) -> int | None:
        """Say which earlier row has used a name; None where this row is the first."""
        first = self.seen.setdefault(name, row.number)
        return None if first == row.number else first


class Parsed(Struct, kw_only=True):
    """A batch as far as it can be brought without the database."""

    arrow: pa.RecordBatch
    rows: list[Row]
    values: list[Document] = []
    """Field -> value of each row, in the ledger's words."""
    batch: Batch | None = None
    """The rows as the rules look at them, where they are parsed so far already."""
    identities: list[str] = []


class Prepared(Struct, kw_only=True):
    """A batch ready to be admitted."""

    documents: list[Document]
    batch: Batch
    identities: list[str]
    further: list[Finding]
    companions: Sequence[tuple[str, Document] | None] = ()
    """What is kept with a row while it is held."""
    known: dict[int, Document] = {}
    """Rows that the ledger has already, as it had them."""
    changed_m2: dict[int, float] = {}
    """Of these, the rows whose boundary changes, and by how much ground."""
    conflicts: dict[int, Any] = {}
    """Rows that the ledger changed too since they were exported."""
    rest: Any = None
    """What the importer needs again after the batch is admitted."""


class Importer(Struct, frozen=True, kw_only=True):
    """How files of one noun are read."""

    name: str
    """The noun."""
    title: Text
    is_table: bool
    """Whether rows have no geometry of their own."""
    fields: dict[str, tuple[str, ...]]
    """Field -> the column names, in lower case, that are taken for it without being told."""
    needs_programme: bool
    parse: Callable[[Job, pa.RecordBatch, list[Row]], Parsed]
    """Run in a thread, while the batch before it is being stored."""
    prepare: Callable[[Transaction, Job, Parsed], Awaitable[Prepared]]
    finish: Callable[[Transaction, Job, Prepared, list[Verdict]], Awaitable[None]] | None = None
    unfold: Callable[[Layer, Path], tuple[Layer, Any] | None] | None = None
    """Makes several rows of one, where a file is laid out so (a crew's sheet): writes them into an Arrow file."""


def objects(values: list[Any]) -> Any:
    """Make a numpy array of objects, one each, whatever they are."""
    array = np.full(len(values), None, dtype=object)
    array[:] = values
    return array
