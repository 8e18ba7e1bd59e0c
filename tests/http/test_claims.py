"""Published figures held against the ledger."""

from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from forestapi.settings import Settings
from tests.conftest import token
from tests.samples import PROGRAMME, key, planting, plot, shift, square, worker

Headers = dict[str, str]


def claim(code: str, value: float, unit: str, **others: Any) -> dict[str, Any]:
    return {
        "code": code,
        "programme": "tengger",
        "statement_zh": "种植",
        "statement_en": "planted",
        "value": value,
        "unit": unit,
        "source": "a newspaper",
        **others,
    }


@pytest.fixture
async def ledger(client: AsyncTestClient, as_administrator: Headers) -> None:
    """Two plots that share half of the first; one planted later; four shifts, one of which is not approved."""
    for noun, record in (
        ("programmes", PROGRAMME),
        ("plots", plot(1, square(105, 39))),
        ("plots", plot(2, square(105.005, 39))),
        ("plots", plot(3, square(106, 39))),
        ("plantings", planting(1, 1)),
        ("plantings", planting(2, 2)),
        ("plantings", planting(3, 3, started_on="2019-04-01")),
        ("workers", worker(1)),
        ("workers", worker(2)),
        ("shifts", shift(1)),
        ("shifts", shift(2, 2)),
        ("shifts", shift(3, 1, work_date="2018-04-02", number=2, hours=4, wage_yuan=80, quantity=0.5)),
        ("shifts", shift(4, 2, work_date="2018-04-05", status="submitted")),
    ):
        made = await client.post(f"/api/v1/{noun}", json=record, headers=as_administrator)
        assert made.status_code == 201, made.text


async def reconcile(client: AsyncTestClient, headers: Headers, sent: dict[str, Any], **asked: Any) -> Any:
    made = await client.post("/api/v1/claims", json=sent, headers=headers)
    assert made.status_code == 201, made.text
    answer = await client.get(f"/api/v1/claims/{sent['code']}/reconciliation", params=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.usefixtures("ledger")
async def test_an_area_that_is_not_defined_is_compared_with_all_that_it_could_mean(
    client: AsyncTestClient, as_administrator: Headers
) -> None:
    figures = (await client.get("/api/v1/statistics/planted-area?datetime=../2018")).json()["total"]
    later = (await client.get("/api/v1/statistics/planted-area?datetime=2019")).json()["total"]
    claimed = figures["gross_mu"] + 1000
    found = await reconcile(
        client, as_administrator, claim("a", claimed, "mu", period_to="2018-12-31")
    )
    assert not found["is_defined"] and found["snapshot"]
    ways = {way["meaning"]: way for way in found["interpretations"]}
    assert list(ways) == ["net", "gross", "credited", "accepted"]
    net = ways["net"]
    assert net["figure"] == net["matched"] == figures["net_mu"] and net["surplus"] == 0 and not net["agrees"]
    assert net["unmatched"] == pytest.approx(claimed - figures["net_mu"], abs=0.01)
    amounts = {c["kind"]: c["amount"] for c in net["candidates"]}
    assert amounts == {"later": later["net_mu"], "overlap": figures["overlap_mu"]}
    assert net["unexplained"] == pytest.approx(max(0, net["unmatched"] - sum(amounts.values())), abs=0.02)
    assert net["record_count"] == 2 and net["records"] == [key(1), key(2)] and net["noun"] == "plot"
    assert [c["records"] for c in net["candidates"] if c["kind"] == "later"] == [[key(3)]]
    assert ways["gross"]["unmatched"] == pytest.approx(1000, abs=0.01)
    assert {c["kind"] for c in ways["accepted"]["candidates"]} == {"overlap", "not_accepted"}


@pytest.mark.usefixtures("ledger")
async def test_person_times_are_shifts_days_or_heads(
    client: AsyncTestClient, as_administrator: Headers
) -> None:
    found = await reconcile(client, as_administrator, claim("w", 4, "person_times", period_to="2018-12-31"))
    ways = {way["meaning"]: way for way in found["interpretations"]}
    assert {name: way["figure"] for name, way in ways.items()} == {
        "person_times": 3,
        "person_days": 2,
        "standard_days": 2.5,
        "distinct_workers": 2,
    }
    times = ways["person_times"]
    assert (times["matched"], times["unmatched"], times["surplus"], times["unexplained"]) == (3, 1, 0, 0)
    assert [(c["kind"], c["amount"], c["records"]) for c in times["candidates"]] == [
        ("awaiting_review", 1, [key(30_004)])
    ]
    defined = await reconcile(
        client, as_administrator, claim("d", 2, "person_times", meaning="person_days", rounded_to=1)
    )
    assert defined["is_defined"] and [w["agrees"] for w in defined["interpretations"]] == [True]


@pytest.mark.usefixtures("ledger")
async def test_a_claim_about_a_moment_of_the_past(client: AsyncTestClient, as_administrator: Headers) -> None:
    then = (await client.get("/api/v1/statistics/planted-area")).json()["snapshot"]
    await client.post("/api/v1/plots", json=plot(4, square(107, 39)), headers=as_administrator)
    await client.post("/api/v1/plantings", json=planting(4, 4), headers=as_administrator)
    now = await reconcile(client, as_administrator, claim("n", 100, "ha", meaning="gross"))
    was = (
        await client.get("/api/v1/claims/n/reconciliation", params={"as_of": then}, headers=as_administrator)
    ).json()
    assert was["snapshot"] == then
    assert [each["interpretations"][0]["record_count"] for each in (was, now)] == [3, 4]
    assert was["interpretations"][0]["surplus"] < now["interpretations"][0]["surplus"]


@pytest.mark.usefixtures("ledger")
async def test_the_public_reconciles_ground_and_no_work(
    client: AsyncTestClient, settings: Settings, as_administrator: Headers
) -> None:
    await reconcile(client, as_administrator, claim("a", 10, "ha"))
    await reconcile(client, as_administrator, claim("w", 10, "person_times"))
    assert (await client.get("/api/v1/claims/a/reconciliation")).status_code == 200
    assert (await client.get("/api/v1/claims/w/reconciliation")).status_code == 401
    assert (await client.get("/api/v1/claims/x/reconciliation")).status_code == 404
    await client.post("/api/v1/programmes", json={**PROGRAMME, "code": "other"}, headers=as_administrator)
    other = await token(settings, "analyst", programmes=["other"])
    assert (await client.get("/api/v1/claims/w/reconciliation", headers=other)).status_code == 403
    for wrong in ({"value": 0}, {"unit": "acre"}, {"period_from": "2019-01-01", "period_to": "2018-01-01"}, {"x": 1}):
        refused = await client.post("/api/v1/claims", json=claim("z", 1, "mu") | wrong, headers=as_administrator)
        assert refused.status_code == 422, refused.text
