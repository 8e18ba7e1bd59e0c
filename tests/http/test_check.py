"""The same records by every door: create, check and import give the same verdict."""

import asyncio
import csv
import json
from pathlib import Path
from typing import Any

import asyncpg
import numpy as np
import pytest
from litestar.testing import AsyncTestClient

from forestapi.services.importing import Options, import_file
from forestapi.settings import Settings
from tests.samples import PROGRAMME, key, planting, plot, shift, square, worker

Headers = dict[str, str]
BOW_TIE = {"type": "Polygon", "coordinates": [[[105, 39], [105.01, 39.01], [105.01, 39], [105, 39.01], [105, 39]]]}
SPIKE = {
    "type": "Polygon",
    "coordinates": [[[105, 39], [105.01, 39], [105.01, 39.005], [105.9, 39.00501], [105.01, 39.0051],
                     [105.01, 39.01], [105, 39.01], [105, 39]]],
}  # fmt: skip
UNCLOSED = {"type": "Polygon", "coordinates": [[[105, 39], [105.01, 39], [105.01, 39.01], [105, 39.01]]]}
BAD_PLOTS: dict[str, Any] = {
    "plot-self-crossing": BOW_TIE,
    "plot-spike": SPIKE,
    "plot-ring-unclosed": UNCLOSED,
    "plot-null-island": square(0, 0, 0.001),
    "plot-too-small": square(105, 39, 1e-6),
    "plot-too-large": square(105, 39, 6),
    "plot-overlap": square(103.005, 39.005),
}


@pytest.fixture
async def ledger(client: AsyncTestClient, as_administrator: Headers) -> Any:
    async def send(path: str, body: Any, expected: int | None = None) -> Any:
        answer = await client.post(f"/api/v1/{path}", json=body, headers=as_administrator)
        assert expected is None or answer.status_code == expected, answer.text
        return answer

    await send("programmes", PROGRAMME | {"starts_on": "2016-01-01"}, 201)
    await send("plots", plot(1, square(103, 39)), 201)
    return send


def rules_of(answer: Any) -> set[str]:
    body = answer.json()
    found = body.get("problems") or body.get("findings") or []
    return {finding["rule"] for finding in found if finding.get("rule")}


async def imported(pool: asyncpg.Pool, settings: Settings, noun: str, path: Path) -> dict[int, set[str]]:
    options = Options(programme="tengger", is_dry_run=True, crs="EPSG:4326")
    report = await import_file(settings, pool, noun, path, options, actor="test")
    return {row.row: {finding["rule"] for finding in row.findings} for row in report.rows}


async def test_bad_plots_meet_the_same_rules_by_every_door(
    ledger: Any, pool: asyncpg.Pool, settings: Settings, tmp_path: Path
) -> None:
    records = [plot(10 + i, boundary) for i, boundary in enumerate(BAD_PLOTS.values())]
    features = [
        {"type": "Feature", "geometry": r["boundary"], "properties": {"number": r["number"]}} for r in records
    ]
    path = tmp_path / "plots.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    by_import = await imported(pool, settings, "plots", path)
    for i, (rule, record) in enumerate(zip(BAD_PLOTS, records, strict=True)):
        (checked,) = (await ledger("check", {"noun": "plots", "record": record}, 200)).json()["results"]
        by_check = {finding["rule"] for finding in checked["findings"]}
        created = await ledger("plots", record)
        if rule == "plot-overlap":
            assert created.status_code == 201 and by_check == {rule}
            assert by_import[i + 1] >= {rule}
            continue
        assert rule in by_check
        assert rules_of(created) == by_check, rule
        # A file is also judged as a layer, so a row may meet more rules there, never fewer.
        assert by_import[i + 1] >= by_check, rule


async def test_bad_shifts_meet_the_same_rules_by_every_door(
    ledger: Any, pool: asyncpg.Pool, settings: Settings, tmp_path: Path
) -> None:
    await ledger("workers", worker(1, number="W1"), 201)
    await ledger("shifts", shift(1, number=1, starts_at="08:00:00", ends_at="12:00:00", hours=4), 201)
    changes: dict[str, dict[str, Any]] = {
        "shift-times-overlap": {"number": 2, "starts_at": "11:00:00", "ends_at": "15:00:00", "hours": 4},
        "shift-day-too-long": {"number": 3, "hours": 13},
        "shift-times-impossible": {"work_date": "2018-05-01", "starts_at": "12:00:00", "ends_at": "08:00:00"},
        "shift-hours-impossible": {"work_date": "2018-05-02", "hours": 17},
        "shift-wage-mismatch": {"work_date": "2018-05-03", "wage_yuan": 100},
        "shift-rate-implausible": {"work_date": "2018-05-04", "rate_yuan": 9_000, "wage_yuan": 9_000},
        "shift-trees-per-day": {"work_date": "2018-05-05", "pay_basis": "piece", "quantity": 2_000, "rate_yuan": "0.1",
                                "wage_yuan": 200},
        "shift-work-date-impossible": {"work_date": "2999-01-01"},
    }  # fmt: skip
    for i, (rule, change) in enumerate(changes.items()):
        record = shift(10 + i, **change)
        (checked,) = (await ledger("check", {"noun": "shifts", "records": [record]}, 200)).json()["results"]
        path = tmp_path / f"{rule}.csv"
        columns = ["work_date", "number", "starts_at", "ends_at", "activity", "hours", "pay_basis", "quantity",
                   "rate_yuan", "wage_yuan"]  # fmt: skip
        with path.open("w", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["worker_number", "worker", *columns])
            writer.writerow(["W1", "A", *(record.get(name) for name in columns)])
        by_check = {finding["rule"] for finding in checked["findings"]}
        assert rule in by_check, checked
        assert (await imported(pool, settings, "shifts", path))[2] == by_check, rule
        created = await ledger("shifts", record)
        if created.status_code != 201:
            assert rules_of(created) == by_check, rule


async def test_plantings_and_surveys_are_judged_beside_their_plot(ledger: Any) -> None:
    line = {"species": "haloxylon-ammodendron", "row_spacing_m": 3, "plant_spacing_m": 5}
    area_m2 = 960_000  # about: the square of the fixture
    for record, rule in [
        (planting(1, 1, "2999-04-01"), "planting-date-impossible"),
        (planting(1, 1, "2015-04-01"), "planting-before-programme"),
        (planting(1, 1, "2017-01-10"), "planting-out-of-season"),
        (planting(1, 1, lines=[line | {"design_holes": area_m2 // 15 // 10}]), "planting-density"),
        (planting(1, 1, lines=[line | {"design_holes": area_m2 * 2}]), "planting-density-impossible"),
        (planting(1, 1, lines=[line | {"design_holes": area_m2 // 15}]), None),
    ]:
        (checked,) = (await ledger("check", {"noun": "plantings", "record": record}, 200)).json()["results"]
        found = {finding["rule"] for finding in checked["findings"]}
        assert rule in found if rule else not found, checked
        assert checked["outcome"] == ("held" if rule and rule.split("-")[-1] in ("impossible", "programme") else "created")
    await ledger("plantings", planting(1, 1, "2018-04-01"), 201)
    survey = {"plot": key(1), "sample_holes": 100, "live_holes": 90, "stage": "first_season"}
    for change, rule, outcome in [
        ({"surveyed_on": "2018-05-01"}, "survey-too-early", "held"),
        ({"surveyed_on": "2018-03-01"}, "survey-date-impossible", "held"),
        ({"surveyed_on": "2018-09-30", "live_holes": 101}, "survey-live-exceeds-sample", "refused"),
        ({"surveyed_on": "2018-09-30", "stage": "third_year"}, "survey-too-early", "held"),
        ({"surveyed_on": "2018-09-30"}, None, "created"),
    ]:
        (checked,) = (await ledger("check", {"noun": "surveys", "record": survey | change}, 200)).json()["results"]
        assert checked["outcome"] == outcome
        assert [finding["rule"] for finding in checked["findings"]] == ([rule] if rule else [])


async def test_checking_writes_nothing(ledger: Any, client: AsyncTestClient, as_administrator: Headers) -> None:
    records = [plot(50 + i) for i in range(30)] + [{"id": key(99), "number": 7}, {"programme": "no-such"}]
    answer = (await ledger("check", {"noun": "plots", "records": records}, 200)).json()
    assert answer["counts"]["created"] == 30 and answer["counts"]["refused"] == 2
    assert len((await client.get("/api/v1/plots")).json()["items"]) == 1
    assert not (await client.get("/api/v1/held", headers=as_administrator)).json()["items"]


async def test_who_may_not_write_may_not_check(
    client: AsyncTestClient, as_recorder: Headers, as_analyst: Headers
) -> None:
    body = {"noun": "programmes", "record": PROGRAMME}
    assert (await client.post("/api/v1/check", json=body)).status_code == 401
    assert (await client.post("/api/v1/check", json=body, headers=as_analyst)).status_code == 403
    assert (await client.post("/api/v1/check", json=body, headers=as_recorder)).status_code == 403


async def test_repairs_are_suggested_and_the_hostile_ring_is_answered(ledger: Any) -> None:
    (checked,) = (await ledger("check?repairs=true", {"noun": "plots", "record": plot(3, BOW_TIE)}, 200)).json()["results"]
    assert checked["repair"]["steps"] == ["structure"] and checked["repair"]["area_after_m2"] > 0
    corners = np.random.default_rng(1).random((2_000, 2)) * 0.01 + (105, 39)
    ring = [*corners.tolist(), corners[0].tolist()]
    hostile = plot(4, {"type": "Polygon", "coordinates": [ring]})
    async with asyncio.timeout(60):  # without limits it takes hours; how fast it is, benchmarks tell
        held = await ledger("plots", hostile, 202)
        assert {finding["rule"] for finding in held.json()["findings"]} == {"plot-self-crossing"}
        (checked,) = (await ledger("check?repairs=true", {"noun": "plots", "record": hostile}, 200)).json()["results"]
    assert checked["repair"]["failure"] in ("too-slow", "crashed", "too-large")
    await ledger("plots", plot(5), 201)


async def test_a_finding_says_what_it_was_judged_by(
    ledger: Any, client: AsyncTestClient, as_administrator: Headers, as_recorder: Headers
) -> None:
    wish = {"programme": "tengger", "rule": "plot-too-small", "parameter": "least_m2", "value": 5_000, "reason": "policy"}
    small = plot(7, square(105, 39, 0.0005))
    before = (await ledger("check", {"noun": "plots", "record": small})).json()["results"][0]
    assert before["outcome"] == "created"
    denied = await client.post("/api/v1/thresholds", json=wish, headers=as_recorder)
    assert denied.status_code == 403
    assert (await ledger("thresholds", wish, 201)).json()["version"] == 1
    assert (await ledger("thresholds", wish | {"value": 1e9})).status_code == 422
    after = (await ledger("check", {"noun": "plots", "record": small})).json()["results"][0]
    assert after["outcome"] == "held"
    assert after["findings"][0]["judged_by"] == {"least_m2": {"value": 5_000, "version": 1}}
    later = wish | {"value": 1, "valid_from": "2999-01-01"}
    assert (await ledger("thresholds", later, 201)).json()["version"] == 2
    still = (await ledger("check", {"noun": "plots", "record": small})).json()["results"][0]
    assert still["outcome"] == "held"
    listed = await client.get("/api/v1/thresholds?programme=tengger", headers=as_administrator)
    assert [item["version"] for item in listed.json()["items"]] == [1, 2]


@pytest.mark.parametrize(
    ("changes", "rule", "field"),
    [
        ({"hours": "eight"}, "shift-hours-impossible", "hours"),
        ({"activity": "dancing"}, "shift-activity-unknown", "activity"),
        ({"work_date": "2018-13-41"}, "shift-work-date-unreadable", "work_date"),
        ({"crew": 5}, "shift-field", "crew"),
        ({"colour": "red"}, "shift-field", "colour"),
    ],
)
async def test_a_value_of_another_type_meets_one_rule_by_every_door(
    ledger: Any, client: AsyncTestClient, as_administrator: Headers, changes: dict[str, Any], rule: str, field: str
) -> None:
    await ledger("workers", worker(1), 201)
    await ledger("shifts", shift(1, 1), 201)
    record = shift(2, 1, "2018-05-05") | changes
    (checked,) = (await ledger("check", {"noun": "shifts", "record": record}, 200)).json()["results"]
    patched = await client.patch(f"/api/v1/shifts/{key(30_001)}", json=changes, headers=as_administrator)
    for found in (checked["findings"], (await ledger("shifts", record, 422)).json()["problems"], patched.json()["problems"]):
        assert [(f["rule"], f["field"]) for f in found] == [(rule, field)], found


async def test_the_same_ground_number_or_a_far_place_is_found_by_every_door(
    ledger: Any, client: AsyncTestClient, as_administrator: Headers, pool: asyncpg.Pool, settings: Settings, tmp_path: Path
) -> None:
    """A plot that the ledger has is not entered again under another layer, whichever way it comes."""
    again = plot(2, square(103.0002, 39), number="elsewhere")  # 96 % of what both cover
    twice = plot(3, square(103.5, 39), number="T-1")
    far = plot(4, square(112, 39), number="far")
    for record, rule, outcome in ((again, "plot-known", "held"), (twice, "plot-number-repeated", "created"),
                                  (far, "plot-far-away", "created")):  # fmt: skip
        (checked,) = (await ledger("check", {"noun": "plots", "record": record}, 200)).json()["results"]
        found = {finding["rule"] for finding in checked["findings"]}
        assert rule in found and checked["outcome"] == outcome, checked
        path = tmp_path / f"{rule}.geojson"
        properties = {"number": record["number"]}
        features = [{"type": "Feature", "geometry": record["boundary"], "properties": properties}]
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        for key_column in (None, "number"):
            options = Options(programme="tengger", layer="other", key=key_column, is_dry_run=True)
            report = await import_file(settings, pool, "plots", path, options, actor="test")
            assert {finding["rule"] for finding in report.rows[0].findings} == found
        created = await ledger("plots", record)
        assert created.status_code == (202 if outcome == "held" else 201)
        noted = (await client.get("/api/v1/quality/findings", headers=as_administrator)).json()["items"]
        assert {f["rule"] for f in noted if f["record"] == record["id"]} == (found if outcome == "created" else set())
    # Two of one file, and what stands already is not asked again when something else of it changes.
    rows = [plot(5, square(104, 39), number="a"), plot(6, square(104, 39.0001), number="a")]
    results = (await ledger("check", {"noun": "plots", "records": rows}, 200)).json()["results"]
    assert [result["outcome"] for result in results] == ["created", "held"]
    (held,) = (await client.get("/api/v1/held", headers=as_administrator)).json()["items"]
    await ledger(f"held/{held['id']}/resolve", {"decision": "accept", "reason": "two owners, one field"}, 200)
    changed = await client.patch(f"/api/v1/plots/{key(2)}", json={"compartment": "7"}, headers=as_administrator)
    assert changed.status_code == 200 and "plot-known" not in rules_of(changed), changed.text
    moved = await client.patch(f"/api/v1/plots/{key(2)}", json={"boundary": square(103.0001, 39)}, headers=as_administrator)
    assert moved.status_code == 202, moved.text

