"""A crew's sheet in Excel: made, filled in as a foreman does, and brought in once, twice, changed, cleared."""

import io
from typing import Any

import openpyxl
import pytest
from litestar.testing import AsyncTestClient

from forestapi.settings import Settings
from tests.http.test_fences import headers_of
from tests.http.test_imports import Importer, counts, dump
from tests.samples import PROGRAMME, jpeg, key, plot, worker

Headers = dict[str, str]
NAMES = ("王小明", "=2+5", "@SUM(A1)", "-李", "+赵")
MONTH = "2018-04"
JPEG = jpeg()


@pytest.fixture
async def importer(client: AsyncTestClient, as_administrator: Headers, settings: Settings) -> Importer:
    """Put a crew of five with dangerous names, and a plot, into the ledger."""
    for noun, records in (
        ("programmes", [PROGRAMME, {**PROGRAMME, "code": "other"}]),
        ("crews", [{"code": "crew-1", "programme": "tengger", "name_zh": "一组"}, {"code": "crew-2", "programme": "tengger", "name_zh": "二组"}]),
        ("workers", [worker(n, crew="crew-1", number=f"W-{n}", identity={"name": name, "account": "6222000011112222"})
                     for n, name in enumerate(NAMES, start=1)]),
        ("plots", [plot(1)]),
    ):  # fmt: skip
        for record in records:
            answer = await client.post(f"/api/v1/{noun}", json=record, headers=as_administrator)
            assert answer.status_code == 201, answer.text
    return Importer(client, as_administrator, settings)


async def fetch(importer: Importer, lang: str = "zh", headers: Headers | None = None) -> openpyxl.Workbook:
    address = f"/api/v1/templates/crew-sheet?crew=crew-1&month={MONTH}&lang={lang}"
    answer = await importer.client.get(address, headers=headers or importer.headers)
    assert answer.status_code == 200, answer.text
    return openpyxl.load_workbook(io.BytesIO(answer.content))


def column(book: openpyxl.Workbook, heading: str) -> int:
    return next(c.column for c in book[MONTH][1] if c.value == heading)


def fill(book: openpyxl.Workbook, row: int, **cells: Any) -> None:
    for heading, value in cells.items():
        book[MONTH].cell(row, column(book, heading.removeprefix("_")), value)


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


async def filled(importer: Importer) -> openpyxl.Workbook:
    book = await fetch(importer)
    fill(book, 2, 作业="种植", 小班="T-1", 计酬方式="日工", **{"单价（元）": 160, "2日": 1, "3日": "√", "4日": 0.5})
    fill(book, 3, 作业="浇水", 计酬方式="计时", **{"单价（元）": 20.35, "2日": 7.5})
    fill(book, 4, 作业="种植", 小班="T-1", 计酬方式="计件", **{"单价（元）": 0.28, "每日工时": 9, "2日": 600})
    return book


async def test_names_stay_text_and_cells_have_lists(importer: Importer) -> None:
    book = await fetch(importer)
    sheet = book[MONTH]
    names = [sheet.cell(row, column(book, "姓名")) for row in range(2, 7)]
    assert [cell.value for cell in names] == list(NAMES) and {cell.data_type for cell in names} == {"s"}
    assert [s.title for s in book.worksheets if s.sheet_state == "visible"] == [MONTH]
    assert sum(1 for c in sheet[1] if str(c.value).endswith("日")) == 30
    kinds = {rule.type for rule in sheet.data_validations.dataValidation}
    assert kinds == {"list", "whole", "decimal", "custom"}
    assert "6222" not in str([[c.value for c in row] for row in sheet.iter_rows()])
    english = await fetch(importer, "en")
    assert [c.value for c in english[MONTH][1]][3:6] == ["Number", "Name", "Activity"]


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_a_filled_sheet_comes_in_once(importer: Importer, lang: str) -> None:
    if lang == "zh":
        content = saved(await filled(importer))
    else:
        book = await fetch(importer, "en")
        fill(book, 2, Activity="Planting", Plot="T-1", **{"_Rate (yuan)": 160, "_Pay basis": "Day", "_Day 2": 1, "_Day 3": "√", "_Day 4": 0.5})
        fill(book, 3, Activity="Watering", **{"_Rate (yuan)": 20.35, "_Pay basis": "Hour", "_Day 2": 7.5})
        fill(book, 4, Activity="Planting", Plot="T-1", **{"_Rate (yuan)": 0.28, "_Pay basis": "Piece", "_Hours a day": 9, "_Day 2": 600})
        content = saved(book)
    first = await importer("shifts", "四月.xlsx", content)
    assert counts(first) == {"created": 5}, first["rows"]
    assert first["programme"] == "tengger" and [r["row"] for r in first["rows"]] == [2, 2, 2, 3, 4]
    assert len({r["cell"] for r in first["rows"]}) == 5 and first["absent"] == []
    items = (await importer.client.get("/api/v1/shifts?limit=10", headers=importer.headers)).json()["items"]
    shown = sorted((i["work_date"], i["activity"], i["hours"], i["hours_known"], i["wage_yuan"]) for i in items)
    assert shown == [
        ("2018-04-02", "planting", 8, "estimated", 160), ("2018-04-02", "planting", 9, "measured", 168),
        ("2018-04-02", "watering", 7.5, "measured", 152.63),  # 7.5 × 20.35 = 152.625
        ("2018-04-03", "planting", 8, "estimated", 160), ("2018-04-04", "planting", 4, "estimated", 80),
    ]  # fmt: skip
    assert {i["worker"] for i in items} == {key(20_001), key(20_002), key(20_003)}
    before = await dump(importer.settings)
    assert counts(await importer("shifts", "四月.xlsx", content)) == {"unchanged": 5}
    assert await dump(importer.settings) == before


async def test_a_changed_cell_updates_and_a_cleared_one_is_told(importer: Importer) -> None:
    book = await filled(importer)
    why = {"Forest-Reason": "sheet corrected"}
    await importer("shifts", "a.xlsx", saved(book), "status=submitted")
    fill(book, 2, **{"2日": 0.5, "3日": "", "作业": "补植"})
    importer.headers |= why
    again = await importer("shifts", "a.xlsx", saved(book))
    assert counts(again) == {"updated": 2, "unchanged": 2}, again["rows"]
    (absent,) = again["absent"]
    assert absent["work_date"] == "2018-04-03" and absent["cell"] == f"{column_letter(book, '3日')}2"
    items = (await importer.client.get("/api/v1/shifts?limit=10", headers=importer.headers)).json()["items"]
    assert len(items) == 5
    assert {i["activity"] for i in items if i["worker"] == key(20_001) and i["work_date"] != "2018-04-03"} == {"replanting"}


def column_letter(book: openpyxl.Workbook, heading: str) -> str:
    return openpyxl.utils.get_column_letter(column(book, heading))


async def test_an_office_edit_meanwhile_stays_and_a_double_edit_is_held(importer: Importer) -> None:
    book = await filled(importer)
    report = await importer("shifts", "a.xlsx", saved(book), "status=submitted")
    shift = report["rows"][0]["key"]
    changed = await importer.client.patch(f"/api/v1/shifts/{shift}", json={"hours": 6, "wage_yuan": 120}, headers=importer.headers)
    assert changed.status_code == 200
    again = await importer("shifts", "a.xlsx", saved(book))
    assert counts(again) == {"unchanged": 5} and again["rows"][0]["rule"] == "shift-office-changed"
    fill(book, 2, **{"2日": 1.5})
    third = await importer("shifts", "a.xlsx", saved(book))
    assert counts(third) == {"held": 1, "unchanged": 4} and third["rows"][0]["rule"] == "shift-sheet-conflict"
    assert (await importer.client.get(f"/api/v1/shifts/{shift}", headers=importer.headers)).json()["hours"] == 6


async def test_what_was_made_void_is_not_brought_back(importer: Importer) -> None:
    content = saved(await filled(importer))
    report = await importer("shifts", "a.xlsx", content, "status=submitted")
    voided = await importer.client.post(f"/api/v1/shifts/{report['rows'][0]['key']}/review",
                                        json={"status": "void", "reason": "was not there"}, headers=importer.headers)  # fmt: skip
    assert voided.status_code == 200
    again = await importer("shifts", "a.xlsx", content)
    assert counts(again) == {"held": 1, "unchanged": 4} and again["rows"][0]["rule"] == "shift-decided-otherwise"


async def test_drafts_come_again_as_themselves(importer: Importer) -> None:
    content = saved(await filled(importer))
    assert counts(await importer("shifts", "a.xlsx", content, "status=draft")) == {"created": 5}
    assert counts(await importer("shifts", "a.xlsx", content, "status=draft")) == {"unchanged": 5}


async def test_bad_cells_are_told_one_by_one_and_corrected_in_a_list(importer: Importer) -> None:
    book = await filled(importer)
    fill(book, 2, **{"5日": "病", "6日": 30, "7日": "/", "8日": -1})
    fill(book, 4, **{"5日": "x"})
    fill(book, 3, 姓名="钱七", **{"5日": 8})
    fill(book, 7, 姓名="新来的", 作业="种植", **{"5日": 1})
    fill(book, 8, **{"5日": 1})
    report = await importer("shifts", "a.xlsx", saved(book))
    found = {row["cell"]: row["rule"] for row in report["rows"] if row["outcome"] not in ("created",)}
    at = {day: column_letter(book, f"{day}日") for day in (2, 5, 6, 8)}
    assert found[f"{at[5]}2"] == found[f"{at[8]}2"] == "shift-cell-unreadable"
    assert found[f"{at[6]}2"] in ("shift-hours-impossible", "shift-day-too-long")
    assert found[f"{at[5]}3"] == found[f"{at[2]}3"] == "shift-worker-changed"  # another name on a line of somebody else
    assert f"{at[5]}7" not in found and f"{at[5]}8" in found
    workers = (await importer.client.get("/api/v1/workers?crew=crew-1", headers=importer.headers)).json()["items"]
    assert len(workers) == 6
    corrections = (await importer.client.get(report["correction_file"], headers=importer.headers)).text
    assert all(cell in corrections for cell in found) and corrections.count("\n") == len(found) + 1
    assert "\t@SUM(A1)" in corrections and ",@SUM" not in corrections
    fixed = corrections.replace("病", "1")
    again = await importer("shifts", "a-to-correct.csv", fixed.encode(), "programme=tengger")
    assert {row["cell"]: row["outcome"] for row in again["rows"]}[f"{at[5]}2"] == "created"


async def test_lines_of_another_month_or_a_sheet_without_one_are_refused(importer: Importer) -> None:
    book = await filled(importer)
    fill(book, 3, forest_month="2018-03")
    report = await importer("shifts", "a.xlsx", saved(book))
    assert counts(report) == {"created": 4, "refused": 1}
    for row in range(2, 30):
        fill(book, row, forest_month="")
    lost = await importer.answer("shifts", "a.xlsx", saved(book))
    assert lost.status_code == 400 and lost.json()["code"] == "sheet-unknown"


async def test_a_crew_leader_gets_the_own_sheet_with_names_and_no_other(importer: Importer) -> None:
    leader = await headers_of(importer.settings, "crew_leader", crew="crew-1")
    book = await fetch(importer, headers=leader)
    assert book[MONTH].cell(2, column(book, "姓名")).value == "王小明"
    fill(book, 2, 作业="种植", **{"2日": 1})
    send = Importer(importer.client, leader, importer.settings)
    report = await send("shifts", "a.xlsx", saved(book))
    assert counts(report) == {"created": 1}
    for query in ("crew=crew-2&month=2018-04", "crew=none&month=2018-04"):
        answer = await importer.client.get(f"/api/v1/templates/crew-sheet?{query}", headers=leader)
        assert answer.status_code == 404
    wrong = await importer.client.get("/api/v1/templates/crew-sheet?crew=crew-1&month=2018-13", headers=leader)
    assert wrong.status_code == 400 and wrong.json()["problems"][0]["field"] == "month"
    for role, status in (("recorder", 403), ("analyst", 403), ("auditor", 403)):
        headers = await headers_of(importer.settings, role)
        answer = await importer.client.get("/api/v1/templates/crew-sheet?crew=crew-1&month=2018-04", headers=headers)
        assert answer.status_code == status
    assert (await importer.client.get("/api/v1/templates/crew-sheet?crew=crew-1&month=2018-04")).status_code == 401
    auditor = await headers_of(importer.settings, "auditor")
    log = (await importer.client.get("/api/v1/access-log", headers=auditor)).json()["items"]
    assert len(log) == 5 and {(e["role"], e["action"], e["reason"]) for e in log} == {
        ("crew_leader", "read name", "crew sheet crew-1 2018-04")
    }


async def test_the_photographed_paper_is_kept_with_the_sheet(importer: Importer) -> None:
    content = saved(await filled(importer))
    files = [("file", ("a.xlsx", content)), ("evidence", ("../纸表.jpg", JPEG)), ("evidence", ("b.jpg", jpeg(b"another")))]
    report = (await importer.client.post("/api/v1/imports/shifts", files=files, headers=importer.headers)).json()
    assert len(report["evidence"]) == 2, report
    address = f"/api/v1/imports/{report['submission']}/evidence"
    more = [("evidence", ("again.jpg", JPEG)), ("evidence", ("scan.pdf", b"%PDF-1.7 x"))]
    added = await importer.client.post(address, files=more, headers=importer.headers)
    assert added.status_code == 200 and len(added.json()["items"]) == 3
    first = added.json()["items"][0]
    assert first["file_name"] == "纸表.jpg" and first["media_type"] == "image/jpeg"
    got = await importer.client.get(f"{address}/{first['sha256']}", headers=importer.headers)
    assert got.content == JPEG and got.headers["content-type"] == "image/jpeg"
    for name, content in (("evil.jpg", b"<svg onload=alert(1)>"), ("empty.jpg", b""), ("magic.jpg", b"\xff\xd8\xff\xe0<svg>"),
                          ("cut.jpg", JPEG[:-2]), ("vast.jpg", JPEG.replace(b"\x08\x00\x01\x00\x01", b"\x08\xff\xff\xff\xff"))):  # fmt: skip
        refused = await importer.client.post(address, files=[("evidence", (name, content))], headers=importer.headers)
        assert refused.status_code == 422 and refused.json()["code"] == "not-evidence"
    assert (await importer.client.get(address)).status_code == 401
    other = await headers_of(importer.settings, "crew_leader", crew="crew-2")
    assert (await importer.client.get(address, headers=other)).status_code == 404
    assert (await importer.client.get(f"{address}/{'0' * 64}", headers=importer.headers)).status_code == 404
