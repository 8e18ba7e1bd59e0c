"""Review of shifts: who may take one where, on every path."""

from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from forestapi.settings import Settings
from tests.conftest import token
from tests.samples import PROGRAMME, key, shift, worker

Headers = dict[str, str]
SHIFT = f"/api/v1/shifts/{key(30_001)}"


@pytest.fixture
async def post(client: AsyncTestClient, as_administrator: Headers) -> Any:
    """Send a shift of a given state; programme and worker are there."""
    await client.post("/api/v1/programmes", json=PROGRAMME, headers=as_administrator)
    await client.post("/api/v1/workers", json=worker(1), headers=as_administrator)

    async def send(status: str, headers: Headers = as_administrator) -> int:
        return (await client.post("/api/v1/shifts", json=shift(1, status=status), headers=headers)).status_code

    return send


async def step(client: AsyncTestClient, status: str, headers: Headers, reason: str = "seen") -> int:
    body = {"status": status, "reason": reason}
    return (await client.post(f"{SHIFT}/review", json=body, headers=headers)).status_code


async def test_a_shift_goes_its_way_and_history_says_who_and_why(
    client: AsyncTestClient, post: Any, as_administrator: Headers, as_recorder: Headers
) -> None:
    assert await post("draft", as_recorder) == 201
    assert await step(client, "submitted", as_recorder, "完工") == 200
    assert await step(client, "needs_information", as_administrator, "which plot?") == 200
    assert await step(client, "submitted", as_recorder, "plot 7") == 200
    assert await step(client, "approved", as_administrator) == 200
    assert await step(client, "submitted", as_administrator, "reopened") == 200
    assert await step(client, "void", as_administrator, "twice") == 200
    found = (await client.get(f"{SHIFT}/history", headers=as_administrator)).json()["items"]
    assert [entry["record"]["status"] for entry in found] == [
        "draft", "submitted", "needs_information", "submitted", "approved", "submitted", "void",
    ]  # fmt: skip
    assert [entry["reason"] for entry in found][1:4] == ["完工", "which plot?", "plot 7"]
    assert found[1]["actor"] == "test recorder"


@pytest.mark.parametrize(
    ("start", "then"),
    [("submitted", "approved"), ("submitted", "void"), ("approved", "submitted"), ("approved", "void"), ("void", "submitted")],
)
async def test_a_recorder_cannot_take_what_is_the_administrators_step(
    client: AsyncTestClient, post: Any, as_recorder: Headers, start: str, then: str
) -> None:
    assert await post(start) == 201
    assert await step(client, then, as_recorder) == 422
    assert (await client.patch(SHIFT, json={"status": then}, headers=as_recorder)).status_code == 422
    body = shift(1, status=then)
    assert (await client.put(SHIFT, json=body, headers=as_recorder)).status_code == 422


async def test_a_recorder_creates_nothing_approved_and_deletes_only_drafts(
    client: AsyncTestClient, post: Any, as_recorder: Headers
) -> None:
    assert await post("approved", as_recorder) == 422
    assert await post("submitted", as_recorder) == 201
    assert (await client.delete(SHIFT, headers=as_recorder)).status_code == 422


async def test_a_recorder_voids_only_drafts_of_its_own(
    client: AsyncTestClient, post: Any, settings: Settings, as_recorder: Headers, as_administrator: Headers
) -> None:
    assert await post("draft") == 201
    assert await step(client, "void", as_recorder) == 422
    assert await step(client, "void", as_administrator) == 200


async def test_approved_pay_changes_only_by_an_administrator_with_a_reason(
    client: AsyncTestClient, post: Any, as_administrator: Headers, as_recorder: Headers
) -> None:
    assert await post("approved") == 201
    change = {"wage_yuan": 170, "rate_yuan": 170}
    assert (await client.patch(SHIFT, json=change, headers=as_recorder)).status_code == 422
    refused = await client.patch(SHIFT, json=change, headers=as_administrator)
    assert refused.status_code == 422 and "reason" in refused.text
    assert (await client.delete(SHIFT, headers=as_administrator)).status_code == 422
    assert (await client.patch(SHIFT, json={"status": "submitted"}, headers=as_administrator)).status_code == 422
    given = {**as_administrator, "Forest-Reason": "sum was wrong"}
    assert (await client.patch(SHIFT, json=change, headers=given)).status_code == 200
    assert (await client.delete(SHIFT, headers=given)).status_code == 204


async def test_a_review_needs_a_reason_a_known_state_and_a_shift(
    client: AsyncTestClient, post: Any, as_administrator: Headers, settings: Settings
) -> None:
    assert await step(client, "void", as_administrator) == 404
    assert await post("submitted") == 201
    assert await step(client, "approved", as_administrator, "") == 422
    assert await step(client, "approved", as_administrator, "  ") == 422
    assert await step(client, "lost", as_administrator) == 422
    assert await step(client, "approved", await token(settings, "analyst")) == 403


async def test_figures_say_which_states_they_count(
    client: AsyncTestClient, post: Any, as_administrator: Headers, as_analyst: Headers
) -> None:
    assert await post("submitted") == 201
    assert await step(client, "needs_information", as_administrator) == 200
    work = "/api/v1/statistics/green-work"
    said = [
        (await client.get(work, params={"status": s} if s else {}, headers=as_analyst)).json()
        for s in ("", "needs_information")
    ]
    assert [each["total"]["person_times"] for each in said] == [0, 1]
    assert said[0]["parameters"]["status"] == ["approved"]
