"""Plots from a file: each row is found again when the layer comes again, by its key, else by its ground."""

import hashlib
import re
from uuid import UUID, uuid5

import msgspec
import pyarrow as pa
import shapely
from uuid_utils.compat import uuid7

from forestapi.db.transaction import Transaction
from forestapi.records import Document, nouns
from forestapi.records.plantings import Planting
from forestapi.records.plots import Plot
from forestapi.rules import Batch, Finding
from forestapi.services import admitting
from forestapi.services.admitting import Verdict
from forestapi.services.importing import _columns, _revisions
from forestapi.services.importing._importer import Importer, Job, Parsed, Prepared, Row
from forestapi.services.importing._report import Conflict
from forestapi.services.importing._revisions import Stand
from forestapi.store import held as held_store
from forestapi.store import plots as store
from geo import area
from geo.crs import is_wgs84_degrees
from geo.text import Text

FIELDS: dict[str, tuple[str, ...]] = {
    "id": ("uuid",),
    "revision": ("forest_revision",),
    "number": (
        "plot",
        "plot_no",
        "plot_number",
        "plotid",
        "plot_id",
        "小班号",
        "小班",
        "小班编号",
        "地块编号",
        "xiao_ban",
        "xiaoban",
    ),
    "region": ("region_code", "行政区代码", "行政区划代码", "县代码", "区划代码"),
    "compartment": ("林班", "林班号", "lin_ban", "linban"),
    "subcompartment": ("细班", "细班号"),
    "tenure": ("权属", "土地权属"),
    "prior_land_class": ("原地类", "地类", "di_lei"),
    "climate_class": ("气候类型",),
    "capture_method": ("测量方法", "采集方式"),
    "accuracy_m": ("精度", "精度_米"),
    "declared_area_m2": ("面积_平方米", "面积平方米"),
    "declared_area_mu": ("area_mu", "面积", "面积_亩", "亩", "mu", "mian_ji", "上报面积_亩", "小班面积"),
    "declared_area_ha": ("area_ha", "hectares", "ha", "面积_公顷", "公顷"),
    "lifecycle": ("状态", "阶段"),
    "accepted_on": ("验收日期", "acceptance_date"),
    "planted_on": ("planting_date", "plant_date", "planted", "造林日期", "造林时间", "种植日期"),
    "species": ("树种", "shu_zhong", "树种代码"),
    "design_holes": ("设计穴数", "设计株数", "trees", "株数"),
    "planted_count": ("实栽株数", "实际株数", "栽植株数"),
    "row_spacing_m": ("行距", "行距_米"),
    "plant_spacing_m": ("株距", "株距_米"),
}
_NUMBERS = ("revision", "accuracy_m", "declared_area_m2", "declared_area_mu", "declared_area_ha", "design_holes", "planted_count",
            "row_spacing_m", "plant_spacing_m")  # fmt: skip
_DATES = ("accepted_on", "planted_on")
_WORDS = {
    "tenure": {"国有": "state", "集体": "collective", "农户": "household", "个人": "household"},
    "lifecycle": {"计划": "planned", "已造林": "planted", "已检查": "checked", "已验收": "accepted", "已保存": "preserved", "失败": "failed"},
    "climate_class": {"一般": "ordinary", "半干旱": "semi_arid", "干旱": "arid", "高寒": "alpine"},
}  # fmt: skip
_PLANTING = ("planted_on", "species", "design_holes", "planted_count", "row_spacing_m", "plant_spacing_m")
_OF_PLOT = tuple(name for name in FIELDS if name not in (*_PLANTING, "revision") and not name.startswith("declared_area"))


def parse(job: Job, arrow: pa.RecordBatch, rows: list[Row]) -> Parsed:
    """Read the values and boundaries of a batch, and measure them."""
    values = [_values(job, row) for row in rows]
    names = tuple(job.fields)
    batch = Batch.of_layer(
        arrow, job.crs, layer=job.facts, programme_regions=job.regions, today=job.today,
        columns={name: [v.get(name) for v in values] for name in (*names, "declared_area_m2")},
    )  # fmt: skip
    batch.facts["is_number_made_up"] = [not v.get("number") and not job.options.key for v in values]
    identities = [
        _identity(job, row, v, wkb)
        for row, v, wkb in zip(rows, values, arrow.column("geometry").to_pylist(), strict=True)
    ]
    batch.measure()
    return Parsed(arrow=arrow, rows=rows, values=values, batch=batch, identities=identities)


async def prepare(tx: Transaction, job: Job, parsed: Parsed) -> Prepared:
    """Make documents of a batch, under the ids of the plots that the ledger has already."""
    rows, values, batch, identities = parsed.rows, parsed.values, parsed.batch, parsed.identities
    assert batch is not None
    stands = await _revisions.stands(tx, job, values, batch)
    found = await _known(tx, job, rows, values, batch)
    news, conflicts, further = _weighed(job, rows, values, batch, stands, found)
    changed_m2 = await _ground_changes(tx, found, batch)
    plantings_known = await store.plantings(tx, [planting_id(document["id"]) for document in found.values()])
    species = await store.species_by_names(tx, {v["species"] for v in values if v.get("species")})
    is_wgs84 = job.crs is None or is_wgs84_degrees(job.crs)
    first_uses = [job.first_use(identity, row) for identity, row in zip(identities, rows, strict=True)]
    identities = [
        identity if first is None else f"{identity}#{row.number}"
        for identity, first, row in zip(identities, first_uses, rows, strict=True)
    ]
    waiting = await held_store.record_ids(tx, "plots", identities)
    documents, plantings = [], []
    for i, (row, value) in enumerate(zip(rows, values, strict=True)):
        document, trouble = _document(job, i, row, value, found.get(i), waiting.get(identities[i]), news.get(i))
        is_named = bool(job.options.key or value.get("id"))
        first = job.first_use(f"id:{document['id']}", row) or (first_uses[i] if is_named else None)
        if first and is_named:
            further.append(_repeated(job, i, first))
        elif first:
            # Found by the ground of a row before it: a duplicate, which its rule holds as a record of its own.
            document, trouble = _document(job, i, row, value, None, waiting.get(identities[i]))
        document["submission"], document["submission_row"] = job.submission, row.number
        source = batch.source[i]
        document["source_boundary"] = (
            None if is_wgs84 or source is None else "\\x" + shapely.to_wkb(source).hex()
        )
        further += [trouble] if trouble else []
        planting, trouble = _planting(
            job,
            i,
            value,
            document,
            species,
            plantings_known.get(planting_id(document["id"])),
            is_new=i not in found,
        )
        further += [trouble] if trouble else []
        documents.append(document)
        plantings.append(planting)
    return Prepared(documents=documents, batch=batch, identities=identities, further=further, rest=plantings,
        known=found, changed_m2=changed_m2, conflicts=conflicts,
                    companions=[p and ("plantings", p) for p in plantings])  # fmt: skip


async def finish(tx: Transaction, job: Job, prepared: Prepared, verdicts: list[Verdict]) -> None:
    """Record the planting of each plot that was admitted."""
    due = [
        planting
        for planting, verdict in zip(prepared.rest, verdicts, strict=True)
        if planting is not None and verdict.outcome in ("created", "updated", "unchanged")
    ]
    if not due:
        return
    answers = await admitting.admit(tx, nouns()["plantings"], due)
    by_plot = dict(zip((planting["plot"] for planting in due), answers, strict=True))
    for document, verdict in zip(prepared.documents, verdicts, strict=True):
        answer = by_plot.get(str(document["id"]))
        if answer is not None:
            verdict.findings += answer.findings
            if answer.outcome in ("held", "refused"):
                # The row waits as a whole for whoever sent it; its plot is there, unplanted, and counts nowhere.
                verdict.outcome, verdict.key = answer.outcome, answer.key
            elif verdict.outcome == "unchanged" and answer.outcome == "updated":
                verdict.outcome = "updated"


def _values(job: Job, row: Row) -> Document:
    values: Document = {}
    for field, column in job.fields.items():
        raw = row.attributes.get(column)
        if field in _NUMBERS:
            values[field] = _columns.number(raw)
        elif field in _DATES:
            values[field] = _columns.day(raw)
        else:
            plain = _columns.text(raw)
            values[field] = _WORDS.get(field, {}).get(plain or "", plain)
    for name, factor in (("declared_area_mu", float(area.M2_PER_MU)), ("declared_area_ha", 10_000.0)):
        if isinstance(values.get(name), int | float) and values.get("declared_area_m2") is None:
            values["declared_area_m2"] = values[name] * factor
    return values


def _identity(job: Job, row: Row, values: Document, wkb: bytes | None) -> str:
    """Name a row so that the same row of the same layer has the same name when it comes again."""
    if values.get("id"):
        return values["id"].lower()
    key = _key(job, row)
    if key is not None:
        return f"{job.options.programme}/{job.options.layer}/{key}"
    own = {name: v for name, v in row.attributes.items() if not name.startswith(_columns.IGNORED_PREFIX)}
    content = msgspec.json.encode([own, (wkb or b"").hex()], order="deterministic")
    return f"{job.options.programme}/{hashlib.sha256(content).hexdigest()}"


def _key(job: Job, row: Row) -> str | None:
    return _columns.text(row.attributes.get(job.options.key)) if job.options.key else None


def _repeated(job: Job, index: int, first: int) -> Finding:
    """Say that an earlier row of the file has the key, or is the same plot."""
    column = job.options.key or job.fields.get("id") or job.fields.get("number")
    message = Text(
        f"与第 {first} 行是同一个小班（列 {column or '边界'}）；请改正其一，使编号不重复。",
        f"Row {first} is the same plot (column {column or 'boundary'}); correct one of them, so that keys differ.",
    )
    return Finding(index, "plot-key-repeated", "hold", None, column, message, {"first": first})


async def _known(
    tx: Transaction, job: Job, rows: list[Row], values: list[Document], batch: Batch
) -> dict[int, Document]:
    """Find the plots that rows are already: by id, by key, else by their ground. Index -> document."""
    grounds: list[bytes | None] = [None] * len(rows)
    if not job.options.key:
        for i in (batch.is_polygon & batch.is_valid).nonzero()[0]:
            if not values[i].get("id"):
                grounds[i] = shapely.to_wkb(batch.geometry[i])
    return await store.known(
        tx,
        programme=job.options.programme or "",
        layer=job.options.layer or "",
        ids=[v.get("id") for v in values],
        keys=[_key(job, row) for row in rows],
        grounds=grounds,
    )


async def _ground_changes(tx: Transaction, found: dict[int, Document], batch: Batch) -> dict[int, float]:
    """Measure how much ground rows change that the ledger has already. Index -> m²."""
    usable = [i for i in found if batch.is_polygon[i] and batch.is_valid[i]]
    ids = [str(found[i]["id"]) for i in usable]
    changed = await store.ground_changed_m2(tx, ids, [shapely.to_wkb(batch.geometry[i]) for i in usable])
    return {i: changed[id] for i, id in zip(usable, ids, strict=True) if id in changed}


def _weighed(
    job: Job, rows: list[Row], values: list[Document], batch: Batch, stands: dict[int, Stand], found: dict[int, Document]
) -> tuple[dict[int, Document], dict[int, Conflict], list[Finding]]:
    """Of rows that were exported from here: what each has to say that is new, and where the ledger says otherwise."""
    news: dict[int, Document] = {}
    conflicts: dict[int, Conflict] = {}
    further: list[Finding] = []
    if not _revisions.is_round_trip(job):
        return news, conflicts, further
    for i, (row, value) in enumerate(zip(rows, values, strict=True)):
        if not value.get("id") or value.get("revision") is None or not (i in found or i in stands):
            continue
        news[i] = _revisions.told(job, value, (*_OF_PLOT, "declared_area_m2"))
        if i in stands:
            news[i], trouble, conflict = _revisions.weigh(i, row, batch, stands[i], found.get(i), news[i])
            further += trouble
            conflicts |= {i: conflict} if conflict else {}
    return news, conflicts, further


def _document(
    job: Job,
    index: int,
    row: Row,
    values: Document,
    known: Document | None,
    waiting: str | None,
    news: Document | None = None,
) -> tuple[Document, Finding | None]:
    """Write a row as a plot: over what the ledger has of it, else over what the options say.

    Held rows keep the id (`waiting`) under which they were first held. Of a row that was exported from here, `news` is
    all that it says.
    """
    mapped = set(job.fields.values())
    told = {name: values[name] for name in _OF_PLOT if values.get(name) is not None}
    if values.get("declared_area_m2") is not None:
        told["declared_area_m2"] = values["declared_area_m2"]
    if news is not None:
        told = {"id": values["id"]} | news
    key = _key(job, row)
    start = known or {
        "id": waiting or str(uuid7()),
        "programme": job.options.programme,
        "number": key or str(row.number),
        "layer": job.options.layer,
        "layer_key": key,
        "lifecycle": "planned" if job.options.is_planned else "planted",
        "capture_method": "file",
        "source_crs": job.layer.crs,
    }
    attributes = {
        name: value
        for name, value in row.attributes.items()
        if value is not None
        and (name not in mapped or name == job.fields.get("species"))
        and not name.startswith(_columns.IGNORED_PREFIX)
    }
    if news is not None:
        attributes = (known or {}).get("attributes", {}) | attributes
    document, trouble = _columns.shape(index, "plot", Plot, {**start, **told, "attributes": attributes})
    return {**document, "id": document.get("id") or start["id"]}, trouble


def _planting(
    job: Job,
    index: int,
    values: Document,
    plot: Document,
    species: dict[str, str],
    known: Document | None,
    *,
    is_new: bool,
) -> tuple[Document | None, Finding | None]:
    """Write what a row says of the planting of its plot; nothing where the plot is only planned."""
    told = {name: values[name] for name in _PLANTING if values.get(name) is not None}
    if plot.get("lifecycle") == "planned" or not (is_new or told):
        return None, None
    planting = known or {"id": planting_id(plot["id"]), "plot": plot["id"], "kind": "new"}
    when = told.get("planted_on") or (str(job.options.planted_on) if job.options.planted_on else None)
    if when:
        planting["started_on"] = when
    trouble = None
    if "species" in told:
        codes = []
        for name in (part.strip() for part in re.split(r"[、,，;；/+]", told["species"]) if part.strip()):
            if name.lower() not in species:
                message = Text(
                    f"树种表中没有“{name}”，原文已随小班保留；请在 /api/v1/species 创建后再次导入。",
                    f"No species is called {name!r}; the word is kept with the plot. Create it at /api/v1/species and import again.",
                )
                trouble = Finding(
                    index, "plot-species-unknown", "note", None, job.fields["species"], message, {}
                )
                continue
            codes.append(species[name.lower()])
        line = {name: told[name] / max(len(codes), 1) if name in ("design_holes", "planted_count") else told[name]
                for name in ("design_holes", "planted_count", "row_spacing_m", "plant_spacing_m")
                if isinstance(told.get(name), int | float)}  # fmt: skip
        line |= {name: round(line[name]) for name in ("design_holes", "planted_count") if name in line}
        planting["lines"] = [{"species": code, "design_holes": 0, **line} for code in dict.fromkeys(codes)]
    document, misshapen = _columns.shape(index, "planting", Planting, planting)
    return (None if misshapen else document), misshapen or trouble


def planting_id(plot: str) -> str:
    """Name the planting that a file says a plot had; always the same one, so that it is there once."""
    return str(uuid5(UUID(plot), "planting"))


IMPORTER = Importer(
    name="plots",
    title=Text("小班", "Plots"),
    is_table=False,
    fields=FIELDS,
    needs_programme=True,
    parse=parse,
    prepare=prepare,
    finish=finish,
)
