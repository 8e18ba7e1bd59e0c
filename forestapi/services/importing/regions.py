"""Regions from a file of boundaries: names and statistical codes, with their place in the tree."""

import msgspec
import pyarrow as pa

from forestapi.db.transaction import Transaction
from forestapi.records import Document, nouns
from forestapi.records.regions import Region
from forestapi.rules import Batch, Finding
from forestapi.services import admitting
from forestapi.services.admitting import Verdict
from forestapi.services.importing import _columns
from forestapi.services.importing._importer import Importer, Job, Parsed, Prepared, Row
from forestapi.store import regions as store
from geo.text import Text

FIELDS: dict[str, tuple[str, ...]] = {
    "code": (
        "adcode",
        "district_adcode",
        "county_code",
        "region_code",
        "行政区代码",
        "行政区划代码",
        "区划代码",
        "代码",
        "pac",
        "gb",
    ),
    "name_zh": ("name", "district_name", "名称", "行政区", "县", "县名"),
    "name_en": ("english_name", "ename", "pinyin", "英文名"),
    "level": ("级别",),
    "parent": ("parent_code", "上级代码"),
    "code_year": ("year", "年份"),
    "climate_class": ("气候类型",),
    "poverty_county_from": ("贫困县起",),
    "poverty_county_to": ("贫困县止",),
    "province_code": ("province_adcode", "省代码"),
    "province_name": ("省", "省份"),
    "prefecture_code": ("city_adcode", "city_code", "市代码", "盟市代码"),
    "prefecture_name": ("city_name", "市", "地市", "盟市"),
}
_LEVELS = {2: "province", 4: "prefecture", 6: "county", 9: "township", 12: "village"}


def parse(job: Job, arrow: pa.RecordBatch, rows: list[Row]) -> Parsed:
    """Take a batch as it is: regions are few."""
    return Parsed(arrow=arrow, rows=rows)


async def prepare(tx: Transaction, job: Job, parsed: Parsed) -> Prepared:
    """Make regions of a batch; a code says its level and what the region lies in, where the file does not."""
    arrow, rows = parsed.arrow, parsed.rows
    batch = Batch.of_layer(arrow, job.crs, today=job.today, columns={})
    known = await store.codes(tx)
    documents, further = [], []
    for i, row in enumerate(rows):
        values = {field: row.attributes.get(column) for field, column in job.fields.items()}
        code = full_code(_columns.text(values.get("code")))
        told = {
            name: _columns.text(values.get(name)) for name in ("name_zh", "name_en", "level", "climate_class")
        }
        parent = full_code(_columns.text(values.get("parent")))
        document: Document = {
            **told,
            "code": code,
            "level": told["level"] or level_of(code),
            "parent": parent or next((above for above in ancestors(code) if above in known), None),
            "code_year": _columns.number(values.get("code_year")),
            **{name: _columns.day(values.get(name)) for name in ("poverty_county_from", "poverty_county_to")},
        }
        shaped, trouble = _columns.shape(i, "region", Region, document)
        further += [trouble] if trouble else []
        if batch.problem[i] or not batch.is_polygon[i] or not batch.is_valid[i]:
            message = Text(
                "边界不是有效的多边形；请修正后再导入。",
                "The boundary is not a valid polygon; mend it and import again.",
            )
            further.append(Finding(i, "region-boundary", "refuse", batch.place[i], "boundary", message, {}))
        documents.append(shaped)
    return Prepared(
        documents=documents, batch=batch, identities=[str(d.get("code")) for d in documents], further=further,
        rest=_above(job, rows, known),
    )  # fmt: skip


async def finish(tx: Transaction, job: Job, prepared: Prepared, verdicts: list[Verdict]) -> None:
    """Put in the provinces and prefectures that the rows name, without a boundary, and join up the tree."""
    await admitting.admit(tx, nouns()["regions"], prepared.rest)
    await store.adopt(tx)


def _above(job: Job, rows: list[Row], known: set[str]) -> list[Document]:
    found: dict[str, Document] = {}
    for row in rows:
        for level in ("province", "prefecture"):
            code = full_code(_columns.text(row.attributes.get(job.fields.get(f"{level}_code", ""))))
            name = _columns.text(row.attributes.get(job.fields.get(f"{level}_name", "")))
            if code and name and level_of(code) == level and code not in known:
                found[code] = msgspec.to_builtins(Region(code=code, level=level, name_zh=name))
    return list(found.values())


def full_code(code: str | None) -> str | None:
    """Lengthen a code to twelve characters: 620621 is 620621000000."""
    return code.ljust(12, "0") if code and len(code) in _LEVELS else code


def level_of(code: str | None) -> str | None:
    """Tell the level from the zeros at the end of a code."""
    return next((level for length, level in _LEVELS.items() if code and not code[length:].strip("0")), None)


def ancestors(code: str | None) -> list[str]:
    """List the codes of what a region may lie in, the nearest first."""
    lengths = [length for length in _LEVELS if code and code[length:].strip("0")]
    return [(code or "")[:length].ljust(12, "0") for length in reversed(lengths)]


IMPORTER = Importer(
    name="regions",
    title=Text("行政区", "Regions"),
    is_table=False,
    fields=FIELDS,
    needs_programme=False,
    parse=parse,
    prepare=prepare,
    finish=finish,
)
