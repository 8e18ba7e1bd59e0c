"""Shifts from a crew's sheet, with the workers that it names."""

from typing import Any
from uuid import UUID, uuid5

import msgspec
import pyarrow as pa
from uuid_utils.compat import uuid7

from forestapi.db.transaction import Transaction
from forestapi.records import Document, nouns
from forestapi.records.shifts import ACTIVITIES, Shift
from forestapi.records.workers import Worker
from forestapi.rules import Batch, Finding, activity_code
from forestapi.services import admitting, crew_sheets
from forestapi.services.admitting import Verdict
from forestapi.services.importing import _cells, _columns
from forestapi.services.importing._cells import Cells
from forestapi.services.importing._importer import Importer, Job, Parsed, Prepared, Row
from forestapi.store import crew_sheets as sheets_store
from forestapi.store import held as held_store
from forestapi.store import shifts as store
from forestapi.store import workers as workers_store
from geo.text import Text

FIELDS: dict[str, tuple[str, ...]] = {
    "id": ("uuid",),
    "worker": ("name", "worker_name", "姓名", "工人", "工人姓名"),
    "worker_number": ("worker_no", "worker_id", "工号", "编号"),
    "worker_uuid": ("工人标识",),
    "id_number": ("身份证号", "身份证"),
    "phone": ("电话", "手机", "联系电话"),
    "sex": ("gender", "性别"),
    "birth_year": ("出生年", "出生年份"),
    "household": ("household_number", "户号"),
    "crew": ("班组", "组", "队"),
    "plot": ("plot_number", "plot_no", "小班", "小班号", "地块"),
    "region": ("region_code", "行政区代码", "县代码"),
    "work_date": ("date", "日期", "工作日期", "出工日期"),
    "number": ("shift_number", "shift", "班次", "班次号"),
    "starts_at": ("start", "start_time", "开始", "开始时间", "上工时间"),
    "ends_at": ("end", "end_time", "结束", "结束时间", "下工时间"),
    "activity": ("task", "work", "作业", "工种", "活动", "工作内容"),
    "is_paid": ("paid", "有酬"),
    "hours": ("工时", "小时", "工作小时"),
    "hours_known": ("工时来源",),
    "pay_basis": ("计酬方式", "计薪方式"),
    "quantity": ("数量", "件数", "工日数"),
    "rate_yuan": ("rate", "单价", "日工资", "标准"),
    "wage_yuan": ("wage", "pay", "工资", "金额", "应发工资", "工资_元", "工资（元）"),
    "is_insured": ("insured", "保险", "已参保"),
    "recorder": ("记录人", "填表人"),
    "status": ("状态", "审核状态"),
}
_TO_CODE: dict[str, dict[str, Any]] = {
    "sex": {"女": "female", "男": "male", "f": "female", "m": "male", "未知": "unknown"},
    "pay_basis": {"计时": "hour", "按小时": "hour", "日工": "day", "按天": "day", "计日": "day", "计件": "piece"},
    "is_paid": {"是": True, "有酬": True, "yes": True, "true": True, "1": True,
                "否": False, "志愿": False, "no": False, "false": False, "0": False},
    "is_insured": {"是": True, "yes": True, "true": True, "1": True, "否": False, "no": False, "false": False, "0": False},
    "hours_known": {"实测": "measured", "估计": "estimated"},
    "status": {"草稿": "draft", "已提交": "submitted", "待补充": "needs_information", "已审核": "approved", "作废": "void"},
}  # fmt: skip
NAMESPACE = UUID("5f0d1c52-6f5b-5c1e-9d57-9a1b7c3e4f20")
"""Under which a row that brings no id gets one from what names it, so that it is the same when it comes again."""
LONGEST_NAME = 200
"""Characters, as `records.Name` has it."""
_NUMBERS = ("birth_year", "number", "hours", "quantity", "rate_yuan", "wage_yuan")
_OF_WORKER = ("worker", "worker_number", "worker_uuid", "id_number", "phone", "sex", "birth_year", "household")
_OF_SHIFT = tuple(name for name in FIELDS if name not in (*_OF_WORKER, "plot", "crew", "id"))


def parse(job: Job, arrow: pa.RecordBatch, rows: list[Row]) -> Parsed:
    """Read the values of a batch."""
    return Parsed(arrow=arrow, rows=rows, values=[_values(job, row) for row in rows])


async def prepare(tx: Transaction, job: Job, parsed: Parsed) -> Prepared:
    """Make shifts of a batch: find or add its crews and workers, find its plots, and shifts that are there."""
    arrow, rows, values = parsed.arrow, parsed.rows, parsed.values
    too_long = [finding for i, value in enumerate(values) for finding in _cut(i, job, value)]
    programme = job.options.programme or ""
    crews = await _crews(tx, job, values)
    keys = [worker_key(v, crews) for v in values]
    workers = await _workers(tx, values, keys, crews)
    plots = await store.plots_by_number(tx, programme, {v["plot"] for v in values if v.get("plot")})
    called = [value.get("worker") for value in values]
    for value, key in zip(values, keys, strict=True):
        value["worker"] = workers.get(key or "")
    known = await store.known(tx, [(v["worker"], v.get("work_date"), v.get("number") or 1) for v in values])
    births = await store.birth_years(tx, set(workers.values()))
    names = [
        # By the keyed hash of what the sheet calls the worker: no name stands in any table.
        value.get("id")
        or f"{programme}/{tx.vault.lookup(key).hex() if key else None}/{value.get('work_date')}/{value.get('number') or 1}"
        for value, key in zip(values, keys, strict=True)
    ]
    first_uses = [job.first_use(name, row) for name, row in zip(names, rows, strict=True)]
    identities = [
        name if first is None else f"{name}#{row.number}"
        for name, first, row in zip(names, first_uses, rows, strict=True)
    ]
    waiting = await held_store.record_ids(tx, "shifts", identities)
    ids = [
        str(value.get("id") or waiting.get(identity) or uuid5(NAMESPACE, identity))
        for value, identity in zip(values, identities, strict=True)
    ]
    askable = {*(str(each["id"]) for each in known.values()), *filter(_is_uuid, ids)}
    made = await sheets_store.shifts(tx, list(askable))
    cells = Cells(memory=await sheets_store.said(tx, list(made))) if job.sheet else Cells()
    documents, further = [], too_long
    for i, (row, value) in enumerate(zip(rows, values, strict=True)):
        further += _cells.trouble(i, tx, job, row, value | {"worker": called[i]})
        told = _told(value, crews, plots)
        there = known.get(i)
        if there and job.first_use(f"id:{there['id']}", row):
            there = None  # a row before it is this shift; its rule holds the copy as a record of its own
        elif there is None and ids[i] in made and not value.get("id"):
            there = made[ids[i]][0]
            if not _is_open(there, value):
                further.append(_cells.decided(i, there))
                there = {**there, "status": "submitted"}
        if there and job.sheet:
            told, found = _cells.weigh(cells, i, job, there, made[str(there["id"])][1], told)
            further += found
        elif job.sheet:
            cells.said[ids[i]] = _cells.digest(told)
        is_from_sheet = there is not None and str(there["id"]) in cells.memory
        further += [] if is_from_sheet else _other_work(i, job, there, told)
        start = there or {"id": ids[i], "programme": programme, "status": job.options.status}
        whose = {"worker": value["worker"], "crew": crews.get(value.get("crew") or "")} if told or not there else {}
        document: Document = {**start, **whose, **told}
        found_plots = plots.get(value.get("plot") or "", [])
        further += [] if not value.get("plot") or len(found_plots) == 1 else [_which_plot(i, job, value["plot"], len(found_plots))]
        shaped, trouble = _columns.shape(i, "shift", Shift, document)
        further += [trouble] if trouble else []
        shaped |= {"submission": job.submission, "submission_row": row.number}
        shaped["id"] = shaped.get("id") or start["id"]
        documents.append(shaped)
        first = job.first_use(f"id:{shaped['id']}", row)
        further += [_repeated(i, job, first)] if first and value.get("id") else []
    batch = Batch(
        rows=[row.number for row in rows],
        columns={name: [v.get(name) for v in values] for name in ("worker", *_OF_SHIFT)}
        | {"birth_year": [births.get(v["worker"] or "") for v in values]},
        problem=arrow.column("problem").to_pylist(),
        place=arrow.column("place").to_pylist(),
        today=job.today,
        seen=job.repeats,
    )
    return Prepared(documents=documents, batch=batch, identities=identities, further=further, rest=cells)


async def finish(tx: Transaction, job: Job, prepared: Prepared, verdicts: list[Verdict]) -> None:
    """Remember what the cells of a crew's sheet say."""
    await _cells.remember(tx, prepared.rest, prepared.documents, verdicts)


def _told(value: Document, crews: dict[str, str], plots: dict[str, list[str]]) -> Document:
    """Write what a row says of its shift, and of its wage where it says only quantity and rate."""
    told = {name: value[name] for name in _OF_SHIFT if value.get(name) is not None}
    if "hours" in told:
        told.setdefault("hours_known", "measured")
    if (
        "wage_yuan" not in told
        and isinstance(told.get("quantity"), int | float)
        and isinstance(told.get("rate_yuan"), int | float)
    ):
        told["wage_yuan"] = round(told["quantity"] * told["rate_yuan"], 2)
    if value.get("plot"):
        found = plots.get(value["plot"], [])
        told["plot"] = found[0] if len(found) == 1 else None
    return told


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _is_open(there: Document, value: Document) -> bool:
    """Whether a row's earlier shift still waits to be accepted where the row says that it is."""
    return there["status"] in ("draft", "needs_information") and (
        there["worker"], there["work_date"], there["number"]
    ) == (value["worker"], str(value.get("work_date")), value.get("number") or 1)  # fmt: skip


def _values(job: Job, row: Row) -> Document:
    values: Document = {}
    for field, column in job.fields.items():
        raw = row.attributes.get(column)
        if field == "work_date":
            values[field] = _columns.day(raw)
        elif field in _NUMBERS:
            values[field] = _columns.number(raw)
        elif field == "activity":
            values[field] = activity_code(raw) or _columns.text(raw)
        else:
            plain = _columns.text(str(raw).lower() if isinstance(raw, bool) else raw)
            codes = _TO_CODE.get(field, {})
            values[field] = codes.get((plain or "").lower(), plain)
    for field in ("birth_year", "number"):
        if isinstance(values.get(field), float) and values[field].is_integer():
            values[field] = int(values[field])
    return values


def _cut(index: int, job: Job, values: Document) -> list[Finding]:
    """Refuse names and numbers that are longer than any: nobody is entered under them."""
    found = []
    for field in ("worker", "worker_number", "id_number", "phone", "household", "crew", "plot", "recorder"):
        if len(values.get(field) or "") > LONGEST_NAME:
            values[field] = None
            message = Text(
                f"{field} 超过 {LONGEST_NAME} 字；请检查这一行的列是否错位。",
                f"{field} has over {LONGEST_NAME} characters; see whether the columns of this row are shifted.",
            )
            found.append(Finding(index, "shift-name-too-long", "refuse", None, job.fields[field], message, {}))
    return found


def worker_key(values: Document, crews: dict[str, str]) -> str | None:
    """Say what the sheet calls a worker by: the safest name that it gives."""
    marked = (values.get("worker_uuid") or "").partition("/")[0]
    if _is_uuid(marked):
        return f"uuid:{marked}"
    if values.get("id_number"):
        return f"id:{values['id_number'].upper()}"
    if values.get("worker_number"):
        return f"number:{values['worker_number']}"
    if values.get("worker"):
        return f"name:{crews.get(values.get('crew') or '', '')}:{values['worker']}"
    return None


async def _crews(tx: Transaction, job: Job, values: list[Document]) -> dict[str, str]:
    """Find the crews that a sheet names by code or name, and add those that are not there: name -> code."""
    programme = job.options.programme or ""
    names = {v["crew"] for v in values if v.get("crew")}
    found = await store.crews_by_name(tx, programme, names)
    missing = sorted(names - set(found))
    documents = [
        {
            "code": f"crew-{uuid7().hex[-12:]}",
            "programme": programme,
            "name_zh": name,
            "name_en": None,
            "region": None,
        }
        for name in missing
    ]
    await admitting.admit(tx, nouns()["crews"], documents)
    for each in documents:
        name, code = each["name_zh"], each["code"]
        job.notes.append(Text(f"新建班组 {name}，代码 {code}。", f"The crew {name} is new; its code is {code}."))
    return found | {document["name_zh"]: document["code"] for document in documents}


async def _workers(
    tx: Transaction, values: list[Document], keys: list[str | None], crews: dict[str, str]
) -> dict[str, str]:
    """Find the workers that a sheet names, and add those that are not there: key -> id."""
    marked = {key: key.removeprefix("uuid:") for key in keys if key and key.startswith("uuid:")}
    found = marked | await workers_store.by_keys(tx, [key for key in keys if key and key not in marked])
    numbers = {
        key.removeprefix("number:") for key in keys if key and key.startswith("number:") and key not in found
    }
    entered = await store.workers_by_number(tx, numbers) if numbers else {}
    found |= {f"number:{number}": worker for number, worker in entered.items()}
    first = {
        key: value
        for value, key in zip(reversed(values), reversed(keys), strict=True)
        if key and key not in found
    }
    households = await _households(tx, {v["household"] for v in first.values() if v.get("household")})
    documents = []
    for key, value in first.items():
        worker = {
            "id": str(uuid7()),
            "number": value.get("worker_number"),
            "household": households.get(value.get("household") or ""),
            "crew": crews.get(value.get("crew") or ""),
            "birth_year": value.get("birth_year") if isinstance(value.get("birth_year"), int) else None,
            "sex": value.get("sex") if value.get("sex") in ("female", "male") else "unknown",
        }
        identity = {
            "name": value.get("worker"),
            "id_number": value.get("id_number"),
            "phone": value.get("phone"),
            "account": None,
        }
        document = msgspec.to_builtins(msgspec.convert(worker, Worker, strict=False))
        documents.append(document | {"identity": identity})
        found[key] = str(worker["id"])
    await admitting.admit(tx, nouns()["workers"], documents)
    await workers_store.name_keys(tx, {key: found[key] for key in first})
    return found


async def _households(tx: Transaction, numbers: set[str]) -> dict[str, str]:
    """Find households by their numbers, and add those that are not there: number -> id."""
    found = await store.households_by_number(tx, numbers)
    documents = [
        {
            "id": str(uuid7()),
            "number": number,
            "region": None,
            "registered_from": None,
            "registered_to": None,
            "is_synthetic": False,
        }
        for number in sorted(numbers - set(found))
    ]
    await admitting.admit(tx, nouns()["households"], documents)
    return found | {str(document["number"]): str(document["id"]) for document in documents}


def _repeated(index: int, job: Job, first: int) -> Finding:
    message = Text(
        f"与第 {first} 行的标识相同；请改正其一，或删去标识。",
        f"Row {first} has the same id; correct one of them, or leave the ids out.",
    )
    return Finding(index, "shift-id-repeated", "hold", None, job.fields["id"], message, {"first": first})


def _other_work(index: int, job: Job, known: Document | None, told: Document) -> list[Finding]:
    """Hold a row that would put other work in the place of a shift that is in the ledger."""
    activity = told.get("activity")
    if known is None or activity is None or activity == known["activity"] or activity not in ACTIVITIES:
        return []
    before, now = ACTIVITIES[known["activity"]], ACTIVITIES[activity]
    message = Text(
        f"该工人当天已有同一班次的工单：{before.zh} {known['hours']} 小时；这一行是{now.zh}。若是另一个班次，请在班次列写 2；"
        f"若要更正原工单，请用 API 修改。",
        f"The ledger has this worker's shift of the date and number as {before.en}, {known['hours']} h; this row says {now.en}."
        f" If it is a further shift, write 2 in the column number; to correct the first, change it through the API.",
    )
    return [Finding(index, "shift-other-work", "hold", None, job.fields["activity"], message, {})]


def _which_plot(index: int, job: Job, number: str, count: int) -> Finding:
    problem = ("没有", "no plot") if count == 0 else (f"有 {count} 个", f"{count} plots")
    message = Text(
        f"本项目{problem[0]}编号为 {number} 的小班；请先导入小班或改正编号。",
        f"The programme has {problem[1]} with the number {number}; import the plot first, or correct the number.",
    )
    return Finding(index, "shift-plot-unknown", "hold", None, job.fields["plot"], message, {})


IMPORTER = Importer(
    name="shifts",
    title=Text("工单", "Shifts"),
    is_table=True,
    fields=FIELDS,
    needs_programme=True,
    parse=parse,
    prepare=prepare,
    finish=finish,
    unfold=crew_sheets.unfold,
)
