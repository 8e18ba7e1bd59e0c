"""A file that was exported from here and edited elsewhere: each row beside the revision that it rests on.

What was not touched in the file stays as the office has it by now. What was touched in the file and not in the office
is written. What was touched in both is held, with both sides field by field; nothing is overwritten.
"""

from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import shapely
from msgspec import Struct

from forestapi.db.transaction import Transaction
from forestapi.records import Document
from forestapi.rules import Batch, Finding
from forestapi.services.importing._importer import Job, Row
from forestapi.services.importing._report import Conflict
from forestapi.store import plots as store
from geo.reading import Layer, ReadError, read_layer
from geo.text import Text

EXPORTED = "forest_export"
OF_EXPORT = ("id", "revision")
NEVER_EMPTY = ("lifecycle", "capture_method")
"""Fields that an emptied cell leaves as they are: empty would mean a default that nobody chose."""


class Stand(Struct, kw_only=True):
    """What the ledger did with a plot since the revision that a row rests on."""

    revision: int | None
    """None: it was deleted."""
    base: Document | None
    """The plot as the row's maker had it; None where history has no such revision."""
    boundary: Any
    changed_at: datetime | None
    changed_by: str | None
    is_edited: bool
    """Whether the row's boundary differs from the base's."""
    is_moved: bool
    """Whether the ledger's does."""


def is_round_trip(job: Job) -> bool:
    """Whether the file says of each row which plot it is and on which revision it rests."""
    return all(name in job.fields for name in OF_EXPORT)


def exported_ids(path: Path, layer: Layer, out: Path, memory_mb: int, seconds: int) -> dict[str, str] | None:
    """Read which plots a file held when it was exported (id -> programme); None where it does not say."""
    if layer.format != "geopackage" or not set(OF_EXPORT) <= set(layer.columns):
        return None
    try:
        told = read_layer(
            path, format=layer.format, layer=EXPORTED, is_table=True, out=out, memory_mb=memory_mb, seconds=seconds
        )
    except ReadError:
        return None
    found = {}
    for batch in told.batches():
        for text in batch.column("attributes").to_pylist():
            row = msgspec.json.decode(text)
            if _id(row.get("id")):
                found[str(row["id"]).lower()] = str(row.get("programme") or "")
    return found


async def stands(tx: Transaction, job: Job, values: list[Document], batch: Batch) -> dict[int, Stand]:
    """Find out what became of the plots of those rows that rest on a revision that is not the ledger's."""
    if not is_round_trip(job):
        return {}
    asked = [
        (i, id, int(value["revision"]), None if batch.geometry[i] is None else shapely.to_wkb(batch.geometry[i]))
        for i, value in enumerate(values)
        if (id := _id(value.get("id"))) and _is_revision(value.get("revision"))
    ]
    return {
        row["index"]: Stand(
            revision=row["revision"], base=row["base"] and msgspec.json.decode(row["base"]), changed_at=row["changed_at"],
            boundary=row["boundary"] and shapely.from_wkb(row["boundary"]), changed_by=row["changed_by"],
            is_edited=row["is_edited"], is_moved=row["is_moved"],
        )
        for row in await store.meanwhile(tx, asked)
    }  # fmt: skip


def told(job: Job, value: Document, fields: tuple[str, ...]) -> Document:
    """Say what a row that was exported says: an emptied cell empties the field."""
    return {
        name: value.get(name)
        for name in fields
        if name in job.fields and name not in OF_EXPORT and (value.get(name) is not None or name not in NEVER_EMPTY)
    }


def weigh(
    index: int, row: Row, batch: Batch, stand: Stand, known: Document | None, said: Document
) -> tuple[Document, list[Finding], Conflict | None]:
    """Decide what of a row that rests on an older revision is to be written; put its boundary into the batch.

    Returns:
        What to write over the plot; findings; and the conflict, where there is one.

    """
    base = stand.base or known or {}
    touched = [name for name, value in said.items() if plain(value) != plain(base.get(name))]
    if known is None:
        conflict = _conflict(row, stand, base, {}, said, touched)
        return said, [_finding(index, "deleted", conflict)], conflict
    moved = [name for name in said if plain(known.get(name)) != plain(base.get(name))] if stand.base else list(touched)
    news = {name: said[name] for name in touched if plain(said[name]) != plain(known.get(name))}
    is_ground_news = stand.is_edited and not _is_same(batch.geometry[index], stand.boundary)
    if not news and not is_ground_news:
        batch.geometry[index] = stand.boundary
        is_behind = bool(moved) or stand.is_moved
        return {}, [_behind(index, stand)] if is_behind else [], None
    if not is_ground_news:
        batch.geometry[index] = stand.boundary
    conflict = _conflict(row, stand, base, known, said, [*news, *(["boundary"] if is_ground_news else [])])
    conflict.office = {name: known.get(name) for name in moved} | ({"boundary": "changed"} if stand.is_moved else {})
    return news, [_finding(index, "changed", conflict)], conflict


def plain(value: Any) -> Any:
    """Make values of files and of the ledger comparable: numbers as numbers, dates as text, nothing as nothing."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    return value or None if isinstance(value, str) else value


def _conflict(row: Row, stand: Stand, base: Document, known: Document, said: Document, fields: list[str]) -> Conflict:
    return Conflict(
        row=row.number, key=str(row.attributes.get("id") or ""), revision=stand.revision, base_revision=int(row.attributes["revision"]),
        changed_at=stand.changed_at, changed_by=stand.changed_by,
        file={name: "changed" if name == "boundary" else shown(said.get(name)) for name in fields},
        base={name: None if name == "boundary" else shown(base.get(name)) for name in fields},
        office={},
    )  # fmt: skip


def shown(value: Any) -> Any:
    """Give a value as a report shows it."""
    return value.isoformat() if isinstance(value, date) else value


def _finding(index: int, kind: str, conflict: Conflict) -> Finding:
    ours = "、".join(conflict.file), ", ".join(conflict.file)
    if kind == "deleted":
        message = Text(
            "导出之后，台账中删除了这个小班；不会自动恢复，请由管理员决定。",
            "The plot was deleted in the ledger since the export; it is not brought back by itself, an administrator decides.",
        )
    else:
        message = Text(
            f"导出（修订 {conflict.base_revision}）之后，文件改了 {ours[0]}，台账也改过（修订 {conflict.revision}，{conflict.changed_by}）；"
            "没有覆盖任何一方，接受后只写入文件改动的字段。",
            f"Since the export (revision {conflict.base_revision}) the file changed {ours[1]}, and the ledger was changed too (revision"
            f" {conflict.revision}, by {conflict.changed_by}). Nothing is overwritten; accepted, only the file's changes are"
            " written.",
        )
    field = next(iter(conflict.file), None)
    return Finding(index, "plot-edit-conflict", "hold", None, field, message, {})


def _behind(index: int, stand: Stand) -> Finding:
    message = Text(
        f"文件没有改动这个小班；台账已到修订 {stand.revision}，保持台账不变。",
        f"The file left this plot as it was; the ledger is at revision {stand.revision} by now and stays so.",
    )
    return Finding(index, "plot-newer-in-ledger", "note", None, None, message, {})


def _is_same(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    first, second = (shapely.MultiPolygon([each]) if each.geom_type == "Polygon" else each for each in (one, other))
    return bool(shapely.equals_exact(shapely.normalize(first), shapely.normalize(second), tolerance=1e-9))


def _is_revision(value: Any) -> bool:
    return isinstance(value, int | float) and float(value).is_integer() and 0 < value < 2**31


def _id(value: Any) -> str | None:
    try:
        return str(UUID(str(value)))
    except ValueError:
        return None

