"""Snapshots, figures that are computed again, and why a total moved."""

import copy
import hashlib
import json
from typing import Any

import pytest
from litestar.testing import AsyncTestClient
from msgspec import structs

from forestapi import stats
from forestapi.settings import Settings
from tests.conftest import token
from tests.samples import PROGRAMME, key, planting, plot, shift, square, worker

Headers = dict[str, str]
AREA, WORK = "/api/v1/statistics/planted-area", "/api/v1/statistics/green-work"


@pytest.fixture
async def planted(client: AsyncTestClient, as_administrator: Headers) -> None:
    for noun, record in (
        ("programmes", PROGRAMME),
        ("plots", plot(1, square(105, 39))),
        ("plantings", planting(1, 1)),
        ("workers", worker(1)),
        ("shifts", shift(1)),
    ):
        made = await client.post(f"/api/v1/{noun}", json=record, headers=as_administrator)
        assert made.status_code == 201, made.text


async def read(client: AsyncTestClient, address: str, headers: Headers, **parameters: Any) -> Any:
    answer = await client.get(address, params=parameters, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def snapshot(client: AsyncTestClient, headers: Headers, label: str = "January headline") -> dict[str, Any]:
    made = await client.post("/api/v1/snapshots", json={"label": label, "reason": "published"}, headers=headers)
    assert made.status_code == 201, made.text
    return made.json()


async def verify(client: AsyncTestClient, figure: dict[str, Any], headers: Headers) -> dict[str, Any]:
    answer = await client.post("/api/v1/figures/verification", json=figure, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def change_everything(client: AsyncTestClient, headers: Headers) -> None:
    """A second plot over half of the first, planted earlier; the shift is voided; another is worked."""
    for noun, record in (
        ("plots", plot(2, square(105.005, 39))),
        ("plantings", planting(2, 2, started_on="2017-04-01")),
        ("shifts", shift(2, work_date="2018-04-03", hours=6)),
    ):
        made = await client.post(f"/api/v1/{noun}", json=record, headers=headers)
        assert made.status_code == 201, made.text
    voided = await client.patch(
        f"/api/v1/shifts/{key(30_001)}",
        json={"status": "void"},
        headers={**headers, "Forest-Reason": "double"},
    )
    assert voided.status_code == 200, voided.text


@pytest.mark.usefixtures("planted")
async def test_a_published_figure_comes_out_the_same_after_everything_has_changed(
    client: AsyncTestClient, as_administrator: Headers, as_analyst: Headers
) -> None:
    frozen = await snapshot(client, as_administrator)
    figures = [
        await read(client, AREA, as_analyst, by="programme,year", as_of=frozen["id"]),
        await read(client, WORK, as_analyst, by="month", as_of=frozen["id"], fte_hours=1800),
        await read(client, WORK, as_analyst, by="sex"),  # a live answer names its own moment
        *[await read(client, f"/api/v1/statistics/{name}", as_analyst, by="programme") for name in stats.statistics()],
    ]
    await change_everything(client, as_administrator)
    for figure in figures:
        found = await verify(client, figure, as_analyst)
        assert found == {
            "is_intact": True,
            "is_reproduced": True,
            "statistic": figure["name"],
            "method_version": 1,
            "moment": figure["snapshot"],
            "differences": [],
        }
    now = await read(client, AREA, as_analyst)
    assert now["total"]["net_m2"] > figures[0]["total"]["net_m2"]
    assert (await read(client, AREA, as_analyst, as_of=frozen["id"]))["total"] == figures[0]["total"]


@pytest.mark.usefixtures("planted")
async def test_a_figure_that_was_changed_is_found_out(
    client: AsyncTestClient, as_administrator: Headers
) -> None:
    figure = await read(client, AREA, as_administrator, by="programme")
    forged = copy.deepcopy(figure)
    forged["total"]["net_mu"] *= 2
    found = await verify(client, forged, as_administrator)
    assert not found["is_intact"] and not found["is_reproduced"]
    assert found["differences"] == [
        {
            "group": {},
            "column": "net_mu",
            "published": forged["total"]["net_mu"],
            "recomputed": figure["total"]["net_mu"],
        }
    ]
    forged["sha256"] = by_hand(forged)
    found = await verify(client, forged, as_administrator)
    assert found["is_intact"] and not found["is_reproduced"]
    forged = copy.deepcopy(figure)
    forged["rows"] = []
    forged["sha256"] = by_hand(forged)
    assert {d["group"]["programme"] for d in (await verify(client, forged, as_administrator))["differences"]} == {
        "tengger"
    }


def by_hand(figure: dict[str, Any]) -> str:
    """The hash as docs/explanation/figures.md says that anyone can compute it."""
    names = ("name", "parameters", "as_of", "snapshot", "is_synthetic", "rows", "total")
    claimed = {name: figure[name] for name in names} | {"method_version": figure["method"]["version"]}
    text = json.dumps(claimed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.usefixtures("planted")
async def test_the_hash_can_be_computed_by_anyone(client: AsyncTestClient, as_analyst: Headers) -> None:
    for address in (AREA, WORK, "/api/v1/statistics/survival"):
        figure = await read(client, address, as_analyst, by="programme,year")
        assert figure["sha256"] == by_hand(figure)


@pytest.mark.usefixtures("planted")
async def test_a_figure_is_computed_by_the_method_of_its_day(
    client: AsyncTestClient, as_administrator: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = await read(client, WORK, as_administrator)
    first = stats.get("green-work")
    second = structs.replace(first, version=2, sql=first.sql.replace("/ 8", "/ 7"), earlier=(first,))
    monkeypatch.setattr(stats, "statistics", lambda: {"green-work": second})
    assert (await read(client, WORK, as_administrator))["total"]["standard_days"] == pytest.approx(8 / 7, abs=0.01)
    found = await verify(client, figure, as_administrator)
    assert (found["is_intact"], found["is_reproduced"], found["method_version"]) == (True, True, 1)
    figure["method"]["version"] = 3
    refused = await client.post("/api/v1/figures/verification", json=figure, headers=as_administrator)
    assert refused.status_code == 400 and refused.json()["problems"][0]["field"] == "method.version"


@pytest.mark.usefixtures("planted")
async def test_why_a_total_moved(
    client: AsyncTestClient, as_administrator: Headers, as_analyst: Headers
) -> None:
    first = await snapshot(client, as_administrator)
    await change_everything(client, as_administrator)
    second = await snapshot(client, as_administrator, "later")
    await client.post("/api/v1/shifts", json=shift(3, work_date="2018-04-04"), headers=as_administrator)

    area = await read(client, f"{AREA}/movement", as_analyst, **{"from": first["id"], "to": second["id"]})
    assert area["records_moved"] == 2 and area["noun"] == "plot"
    assert area["change"]["net_m2"] == pytest.approx(
        area["after"]["total"]["net_m2"] - area["before"]["total"]["net_m2"]
    )
    neighbour, new = sorted(area["records"], key=lambda r: r["id"])
    assert neighbour["id"] == key(1) and neighbour["history"] == []  # it moved because of the other
    assert neighbour["is"]["credited_m2"] < neighbour["was"]["credited_m2"]
    assert new["id"] == key(2) and new["was"] is None
    assert [(h["action"], h["actor"]) for h in new["history"]] == [("create", "test administrator")]

    work = await read(client, f"{WORK}/movement", as_analyst, **{"from": first["id"], "to": second["id"]})
    assert work["change"]["person_times"] == 0 and work["change"]["hours"] == -2
    gone, come = work["records"]
    assert (gone["id"], gone["is"], gone["history"][-1]["reason"]) == (key(30_001), None, "double")
    assert (come["id"], come["was"], come["is"]["hours"]) == (key(30_002), None, 6)
    till_now = await read(client, f"{WORK}/movement", as_analyst, **{"from": second["id"]})
    assert [r["id"] for r in till_now["records"]] == [key(30_003)]
    await client.post("/api/v1/programmes", json={**PROGRAMME, "code": "other"}, headers=as_administrator)
    none = await read(client, f"{WORK}/movement", as_analyst, **{"from": second["id"], "programme": "other"})
    assert none["records_moved"] == 0


@pytest.mark.usefixtures("planted")
async def test_who_may(
    client: AsyncTestClient, settings: Settings, as_administrator: Headers, as_recorder: Headers
) -> None:
    frozen = await snapshot(client, as_administrator)
    assert (await client.post("/api/v1/snapshots", json={"label": "x"})).status_code == 401
    assert (await client.post("/api/v1/snapshots", json={"label": "x"}, headers=as_recorder)).status_code == 403
    public = (await client.get("/api/v1/snapshots")).json()["items"][0]
    assert public["id"] == frozen["id"] and public["made_by"] is None and public["reason"] is None
    assert (await client.get(f"/api/v1/snapshots/{frozen['id']}")).json()["moment"] == frozen["moment"]
    assert (await client.get(f"/api/v1/snapshots/{key(5)}")).status_code == 404
    assert (await client.get(AREA, params={"as_of": key(5)})).status_code == 404
    assert (await client.get(AREA, params={"as_of": frozen["id"]})).status_code == 200
    work = await read(client, WORK, as_administrator)
    assert (await client.post("/api/v1/figures/verification", json=work)).status_code == 401
    await client.post(
        "/api/v1/programmes", json={**PROGRAMME, "code": "other"}, headers=as_administrator
    )
    limited = await token(settings, "analyst", programmes=["other"])
    found = await verify(client, work, limited)
    assert not found["is_reproduced"]  # of another programme it is told nothing
    assert {d["recomputed"] for d in found["differences"]} <= {0, None}
    moved = await read(client, f"{WORK}/movement", limited, **{"from": frozen["moment"]})
    assert moved["records"] == [] and moved["before"]["total"]["person_times"] == 0
    for broken in ({}, {"name": "green-work"}, {**work, "rows": 3}, {**work, "snapshot": None, "as_of": "x"}):
        refused = await client.post("/api/v1/figures/verification", json=broken, headers=as_administrator)
        assert refused.status_code == 400 and refused.json()["problems"], refused.text
