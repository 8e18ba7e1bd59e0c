"""Importing files over HTTP: rows, outcomes, corrections, and the same file again."""

import io
import json
from typing import Any

import asyncpg
import openpyxl
import pytest
from litestar.testing import AsyncTestClient

from forestapi.settings import Settings
from tests.samples import PROGRAMME, key, plot, square

Headers = dict[str, str]
BOOKKEEPING = ("submission", "shape", "alembic_version", "token", "credit_due", "cell_due", "history_block")

_WITHOUT_FILES = {"history": "where noun <> 'submission'"}
_READ = {"held": "(t.id, t.noun, t.identity, t.record, t.companions, t.received_at, t.submission)"}
"""What the rules say of a held record is judged anew each time: by now the ledger holds its neighbours."""


async def dump(settings: Settings) -> dict[str, list[str]]:
    """Read every table whole, but for the bookkeeping of submitted files."""
    connection = await asyncpg.connect(settings.database_url)
    tables = await connection.fetch(
        "select schemaname, tablename from pg_tables where schemaname in ('forest', 'people')"
    )
    found = {
        f"{schema}.{table}": [
            row[0]
            for row in await connection.fetch(
                f"select {_READ.get(table, 't')}::text from {schema}.{table} t {_WITHOUT_FILES.get(table, '')} order by 1"
            )
        ]
        for schema, table in tables
        if table not in BOOKKEEPING
    }
    await connection.close()
    return found


def collection(*features: tuple[Any, dict[str, Any]]) -> bytes:
    """Write a GeoJSON file of (geometry, properties)."""
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [{"type": "Feature", "geometry": g, "properties": p} for g, p in features],
        },
        ensure_ascii=False,
    ).encode()


class Importer:
    """Sends files as an administrator does."""

    def __init__(self, client: AsyncTestClient, headers: Headers, settings: Settings) -> None:
        self.client, self.headers, self.settings = client, headers, settings

    async def __call__(self, noun: str, name: str, content: bytes, query: str = "") -> dict[str, Any]:
        answer = await self.answer(noun, name, content, query)
        assert answer.status_code == 200, answer.text
        report = answer.json()
        assert sum(report["counts"].values()) == len(report["rows"])
        return report

    async def answer(self, noun: str, name: str, content: bytes, query: str = "") -> Any:
        return await self.client.post(
            f"/api/v1/imports/{noun}?{query}", files={"file": (name, content)}, headers=self.headers
        )


@pytest.fixture
async def importer(client: AsyncTestClient, as_administrator: Headers, settings: Settings) -> Importer:
    await client.post("/api/v1/programmes", json=PROGRAMME, headers=as_administrator)
    return Importer(client, as_administrator, settings)


def counts(report: dict[str, Any]) -> dict[str, int]:
    return {outcome: count for outcome, count in report["counts"].items() if count}


BOW = {
    "type": "Polygon",
    "coordinates": [[[105, 39], [105.01, 39.01], [105.01, 39], [105, 39.01], [105, 39]]],
}
PLOTS = collection(
    (
        square(105.0),
        {"小班号": "1", "树种": "梭梭、沙柳", "造林日期": "2018-04-01", "设计株数": 900, "村": "甲"},
    ),
    (square(105.02), {"小班号": "2", "树种": "梭梭", "造林日期": "2018年4月2日"}),
    (square(105.02), {"小班号": "3", "造林日期": "2018-04-02"}),
    (BOW, {"小班号": "4"}),
    (None, {"小班号": "5", "面积": 15}),
    ({"type": "Point", "coordinates": [105.5, 39]}, {"小班号": "6"}),
)


async def test_every_row_has_an_outcome_and_the_same_file_again_changes_nothing(importer: Importer) -> None:
    first = await importer("plots", "小班.geojson", PLOTS)
    assert counts(first) == {"created": 2, "held": 4}
    rules = [{finding["rule"] for finding in row["findings"]} for row in first["rows"]]
    assert "plot-duplicate" in rules[2] and "plot-self-crossing" in rules[3]
    assert "plot-boundary-missing" in rules[4] & rules[5]
    assert all(row["message"]["zh"] and row["message"]["en"] for row in first["rows"] if row["rule"])
    before = await dump(importer.settings)
    assert (
        len(before["forest.plot"]) == len(before["forest.planting"]) == 2 and len(before["forest.held"]) == 4
    )
    again = await importer("plots", "小班.geojson", PLOTS)
    assert counts(again) == {"unchanged": 2, "held": 4}
    assert await dump(importer.settings) == before


@pytest.mark.parametrize("query", ["", "key=小班号"])
async def test_a_dry_run_counts_the_same_and_changes_nothing(importer: Importer, query: str) -> None:
    before = await dump(importer.settings)
    would = await importer("plots", "小班.geojson", PLOTS, f"dry_run=true&{query}")
    assert would["is_dry_run"] and await dump(importer.settings) == before
    real = await importer("plots", "小班.geojson", PLOTS, query)
    assert real["counts"] == would["counts"]
    assert [row["rule"] for row in real["rows"]] == [row["rule"] for row in would["rows"]]


@pytest.mark.parametrize("query", ["", "key=小班号"])
async def test_held_rows_are_corrected_and_come_in(importer: Importer, query: str) -> None:
    first = await importer("plots", "小班.geojson", PLOTS, query)
    file = json.loads((await importer.client.get(first["correction_file"], headers=importer.headers)).content)
    assert [f["properties"]["小班号"] for f in file["features"]] == ["3", "4", "5", "6"]
    assert all(f["properties"]["forest_zh"] and f["properties"]["forest_rules"] for f in file["features"])
    for number, feature in enumerate(file["features"]):
        feature["geometry"] = square(106 + number / 50)
    fixed = await importer(
        "plots", "小班-to-correct.geojson", json.dumps(file).encode(), f"{query}&layer=小班"
    )
    assert counts(fixed) == {"created": 4}
    after = await dump(importer.settings)
    assert len(after["forest.plot"]) == 6
    if query:
        assert after["forest.held"] == []
    attributes = (await importer.client.get("/api/v1/plots?number=4")).json()["items"][0]["attributes"]
    assert not any(name.startswith("forest_") for name in attributes)


async def test_an_edited_layer_with_a_key_updates_its_plots(importer: Importer) -> None:
    def layer(side: float) -> bytes:
        return collection((square(105, side=side), {"no": "A"}), (square(106), {"no": "B"}))

    assert counts(await importer("plots", "a.geojson", layer(0.01), "key=no")) == {"created": 2}
    assert counts(await importer("plots", "a.geojson", layer(0.02), "key=no")) == {
        "updated": 1,
        "unchanged": 1,
    }
    items = (await importer.client.get("/api/v1/plots")).json()["items"]
    assert len(items) == 2 and {item["revision"] for item in items} == {1, 2}
    net = (await importer.client.get("/api/v1/statistics/planted-area")).json()["total"]["net_m2"]
    assert net == pytest.approx(sum(item["area_m2"] for item in items), abs=0.01)


@pytest.mark.parametrize("column", ["no", "id"])
async def test_a_key_that_comes_twice_is_held_and_its_first_row_comes_in(
    importer: Importer, column: str
) -> None:
    values = ("A", "A", "B") if column == "no" else (key(1), key(1), key(2))
    features = [(square(105 + n / 50), {column: value}) for n, value in enumerate(values)]
    for outcome in ("created", "unchanged"):
        report = await importer(
            "plots", "a.geojson", collection(*features), "key=no" if column == "no" else ""
        )
        assert counts(report) == {outcome: 2, "held": 1}, report["rows"]
        assert report["rows"][1]["rule"] == "plot-key-repeated"


@pytest.mark.parametrize(
    ("properties", "field"),
    [
        ({"lifecycle": "flowering"}, "lifecycle"), ({"planted_on": "last spring"}, "started_on"),
        ({"declared_area_m2": "much"}, "declared_area_m2"), ({"accuracy_m": -1}, "accuracy_m"),
        ({"id": "17"}, "id"), ({"region": "62"}, "region"), ({"number": "x" * 500}, "number"),
        ({"accepted_on": "2018-13-01"}, "accepted_on"),
    ],
)  # fmt: skip
async def test_a_value_that_does_not_fit_is_refused_by_its_field(
    importer: Importer, properties: dict[str, Any], field: str
) -> None:
    report = await importer("plots", "a.geojson", collection((square(), properties), (square(106), {})))
    row = report["rows"][0]
    assert (row["outcome"], row["field"]) == ("refused", field), row
    assert report["rows"][1]["outcome"] == "created"


async def test_what_the_file_or_the_question_lacks_is_told(importer: Importer) -> None:
    for query, field in (
        ("map=colour%3Dnumber", "colour"),
        ("map=no%3Dcolour", "colour"),
        ("crs=EPSG:0", None),
    ):
        answer = await importer.answer("plots", "a.geojson", collection((square(), {"no": 1})), query)
        assert answer.status_code in (400, 422), answer.text
        assert field is None or answer.json()["problems"][0]["field"] == field
    assert (await importer.answer("plots", "a.xyz", b"?")).status_code == 422
    assert (await importer.answer("plots", "a.geojson", b"{")).status_code == 422
    assert (await importer.answer("workers", "a.csv", b"name\nx\n")).status_code == 404
    undeclared = await importer.answer("plots", "a.csv", b"number,lon,lat\n1,105,39\n")
    assert undeclared.status_code == 422 and "crs" in undeclared.json()["code"]


SHEET = """姓名,身份证号,性别,出生年份,班组,小班号,日期,作业,工时,数量,单价,工资（元）
张三,620521198001010011,男,1980,一组,T-1,2018-04-02,种植,8,1,160,160
李四,620521198502020022,女,1985,一组,T-1,2018/4/2,浇水,7.5,1,150,150
李四,620521198502020022,女,1985,一组,T-9,2018年4月3日,种植,8,1,150,150
王五,620521199003030033,女,1990,二组,,20180403,培训,4,1,80,80
王五,620521199003030033,女,1990,二组,,2018-04-04,跳舞,4,1,80,80
赵六,620521199003030044,男,1991,二组,,soon,培训,4,1,80,80
"""


def sheet_files() -> dict[str, bytes]:
    book = openpyxl.Workbook()
    for line in SHEET.splitlines():
        book.active.append(line.split(","))
    xlsx = io.BytesIO()
    book.save(xlsx)
    return {"shifts.csv": SHEET.encode(), "gbk.csv": SHEET.encode("gbk"), "shifts.xlsx": xlsx.getvalue()}


@pytest.mark.parametrize("name", ["shifts.csv", "gbk.csv", "shifts.xlsx"])
async def test_a_crew_s_sheet_in_chinese_comes_in_once(importer: Importer, name: str) -> None:
    await importer.client.post("/api/v1/plots", json=plot(1), headers=importer.headers)
    content = sheet_files()[name]
    first = await importer("shifts", name, content)
    outcomes = [(row["outcome"], row["rule"]) for row in first["rows"]]
    assert [outcome for outcome, _ in outcomes] == [
        "created",
        "created",
        "held",
        "created",
        "refused",
        "refused",
    ]
    assert outcomes[2][1] == "shift-plot-unknown" and first["rows"][2]["field"] == "小班号"
    assert outcomes[4][1] == "shift-activity-unknown" and outcomes[5][1] == "shift-work-date-unreadable"
    before = await dump(importer.settings)
    assert len(before["forest.shift"]) == 3 and len(before["forest.crew"]) == 2
    assert not any(
        name in row for rows in before.values() for row in rows for name in ("张三", "李四", "6205211980")
    )
    again = await importer("shifts", name, content)
    assert counts(again) == {"unchanged": 3, "held": 1, "refused": 2}
    assert await dump(importer.settings) == before
    work = await importer.client.get("/api/v1/statistics/green-work?by=sex", headers=importer.headers)
    assert (
        work.json()["total"] | {"person_times": 3, "hours": 19.5, "wages_yuan": 390.0} == work.json()["total"]
    )


async def test_a_held_shift_comes_in_once_its_plot_is_there(importer: Importer) -> None:
    await importer.client.post("/api/v1/plots", json=plot(1), headers=importer.headers)
    assert counts(await importer("shifts", "a.csv", SHEET.encode()))["held"] == 1
    missing = plot(9, number="T-9")
    await importer.client.post("/api/v1/plots", json=missing, headers=importer.headers)
    assert counts(await importer("shifts", "a.csv", SHEET.encode())) == {
        "created": 1,
        "unchanged": 3,
        "refused": 2,
    }
    assert (await dump(importer.settings))["forest.held"] == []


async def test_a_shift_that_comes_twice_in_a_sheet_is_held_once_more_each_time(importer: Importer) -> None:
    lines = SHEET.splitlines()
    twice = "\n".join([lines[0], lines[4], lines[4]]).encode()
    assert counts(await importer("shifts", "a.csv", twice)) == {"created": 1, "held": 1}
    before = await dump(importer.settings)
    assert counts(await importer("shifts", "a.csv", twice)) == {"unchanged": 1, "held": 1}
    assert await dump(importer.settings) == before


async def test_a_shift_s_id_that_comes_twice_does_no_harm(importer: Importer) -> None:
    lines = [
        "id,worker,work_date,activity",
        f"{key(1)},Ann,2018-04-02,planting",
        f"{key(1)},Ann,2018-04-03,planting",
    ]
    report = await importer("shifts", "a.csv", "\n".join(lines).encode())
    assert report["counts"]["created"] == 1 and report["counts"]["held"] + report["counts"]["refused"] == 1


async def test_regions_come_first_or_last_and_plots_find_theirs(importer: Importer) -> None:
    await importer.client.post("/api/v1/plots", json=plot(1, square(105.0)), headers=importer.headers)
    counties = collection(
        (square(104.9, 38.9, 1), {"code": "620500000001", "level": "county", "name_zh": "甲县"}),
        (square(104, 38, 3), {"code": "620000000000", "level": "province", "name_zh": "甘肃省"}),
    )
    assert counts(await importer("regions", "regions.geojson", counties)) == {"created": 2}
    await importer.client.post("/api/v1/plots", json=plot(2, square(106.5)), headers=importer.headers)
    items = (await importer.client.get("/api/v1/plots")).json()["items"]
    assert [item["region"] for item in items] == ["620500000001", "620000000000"]
    before = await dump(importer.settings)
    assert counts(await importer("regions", "regions.geojson", counties)) == {"unchanged": 2}
    assert await dump(importer.settings) == before


async def test_a_recorder_imports_shifts_as_submitted_and_an_analyst_nothing(
    client: AsyncTestClient, importer: Importer, as_recorder: Headers, as_analyst: Headers
) -> None:
    sheet = b"worker,work_date,activity\nAnn,2018-04-02,planting\n"
    send = Importer(client, as_recorder, importer.settings)
    await send("shifts", "a.csv", sheet)
    assert (await send.answer("shifts", "a.csv", sheet, "status=approved")).status_code == 403
    shifts = (await client.get("/api/v1/shifts", headers=as_analyst)).json()["items"]
    assert [shift["status"] for shift in shifts] == ["submitted"]
    assert (
        await Importer(client, as_analyst, importer.settings).answer("plots", "a.geojson", PLOTS)
    ).status_code == 403
    assert (
        await Importer(client, {}, importer.settings).answer("plots", "a.geojson", PLOTS)
    ).status_code == 401


async def test_a_programme_needs_a_code_that_can_be_one(client: AsyncTestClient, as_administrator: Headers) -> None:
    for code in ("腾格里", "Teng ger!", "x" * 65):
        answer = await client.post(
            "/api/v1/imports/plots",
            params={"programme": code, "dry_run": "true"},
            files={"file": ("plots.geojson", b'{"type": "FeatureCollection", "features": []}')},
            headers=as_administrator,
        )
        assert answer.status_code == 400 and answer.json()["problems"][0]["field"] == "programme", answer.text
