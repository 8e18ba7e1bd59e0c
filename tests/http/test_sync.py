"""Sync: what a phone hands in has one effect and the same answer, for ever."""

from typing import Any

import asyncpg
import pytest
import structlog
from litestar.testing import AsyncTestClient

from forestapi.settings import Settings
from tests.conftest import token
from tests.phones import CREW, Phone, at_once, day, enrol, prepare
from tests.samples import key, planting, plot, worker

Headers = dict[str, str]


@pytest.fixture
async def phone(client: AsyncTestClient, as_administrator: Headers) -> Phone:
    await prepare(client, as_administrator)
    return await enrol(client, as_administrator)


async def test_a_phone_is_enrolled_once_by_its_code(client: AsyncTestClient, as_administrator: Headers) -> None:
    await prepare(client, as_administrator)
    made = (await client.post("/api/v1/devices", json={"crew": CREW["code"], "label": "王"}, headers=as_administrator)).json()
    code = made["enrolment"]["code"]
    assert made["enrolment"]["url"].endswith(f"/field#enrol={code}") and made["enrolment"]["qr_svg"].startswith("<svg")
    first = await client.post("/api/v1/devices/enrolments", json={"code": code})
    assert first.status_code == 201 and first.json()["crew"]["code"] == CREW["code"]
    again = await client.post("/api/v1/devices/enrolments", json={"code": code})
    assert again.status_code == 400 and again.json()["code"] == "enrolment-code"
    (device,) = (await client.get("/api/v1/devices", headers=as_administrator)).json()["items"]
    assert device["id"] == made["id"] and device["received_upto"] == 0 and device["missing"] == []


async def test_a_day_comes_in_with_its_plot_and_goes_out_again(phone: Phone, client: AsyncTestClient) -> None:
    where = plot(1)
    operations = [
        phone.create("plots", where),
        phone.create("plantings", planting(1, 1)),
        phone.create("shifts", day(1, plot=where["id"])),
        phone.create("shifts", day(2, 2)),
    ]
    answer = await phone.send(*operations)
    assert [r["outcome"] for r in answer["receipts"]] == ["created"] * 4, answer
    assert all(r["safety"] == "local" and not r["replayed"] for r in answer["receipts"])
    assert answer["received_upto"] == 4 and answer["missing"] == []
    assert all(v["is_known"] and v["is_same"] and v["is_complete"] for v in await phone.verify(*operations))
    items, cursor = await phone.pull()
    assert {(i["noun"], i["key"]) for i in items} >= {(o["noun"], o["key"]) for o in operations}
    assert (await phone.pull(cursor))[0] == []
    roster = (await client.get("/api/v1/sync/roster", headers=phone.headers)).json()
    assert [w["name"] for w in roster["workers"]] == ["工人1", "工人2"]
    assert roster["defaults"]["activity"] == "planting" and len(roster["plots_bbox"]) == 4


async def test_given_a_committed_batch_when_the_reply_is_cut_and_it_is_resent_then_one_record_and_the_same_outcome(
    phone: Phone, settings: Settings
) -> None:
    operation = phone.create("shifts", day(1))
    first, again = await phone.one(operation), await phone.one(operation)
    assert again == {**first, "replayed": True}
    assert await _count(settings, "shift") == 1


async def test_given_one_operation_when_50_clients_post_it_at_once_then_one_row_and_50_equal_receipts(
    phone: Phone, settings: Settings
) -> None:
    operation = phone.create("shifts", day(1))
    receipts = await at_once([phone.one(operation) for _ in range(50)])
    assert sorted(r.pop("replayed") for r in receipts) == [False] + [True] * 49
    assert all(receipt == receipts[0] for receipt in receipts) and receipts[0]["outcome"] == "created"
    assert await _count(settings, "shift") == 1 and await _count(settings, "sync_operation") == 1


async def test_given_a_used_op_id_when_it_returns_with_other_bytes_then_both_are_held_and_an_alarm_rises(
    phone: Phone, settings: Settings
) -> None:
    first = phone.create("shifts", day(1))
    await phone.one(first)
    other = phone.create("shifts", day(1, hours=4), op=first["op"])
    with structlog.testing.capture_logs() as log:
        told = await phone.one(other)
    assert told["outcome"] == "held" and told["findings"][0]["rule"] == "sync-op-reused"
    (alarm,) = [entry for entry in log if entry["log_level"] == "error"]
    assert alarm["op"] == first["op"] and "other content" in alarm["event"]
    assert await _count(settings, "sync_quarantine") == 1
    (item,) = await phone.verify(other)
    assert item["is_known"] and not item["is_same"]
    assert (await phone.one(first))["outcome"] == "created"


async def test_given_a_batch_of_50_when_one_record_is_bad_then_49_apply_and_one_is_quarantined(
    phone: Phone, settings: Settings
) -> None:
    operations = [phone.create("plots", plot(i)) for i in range(1, 50)]
    operations.insert(20, phone.operation("shifts", "create", key(999), "{not json"))
    receipts = (await phone.send(*operations))["receipts"]
    outcomes = [r["outcome"] for r in receipts]
    assert outcomes.count("created") == 49 and outcomes[20] == "refused"
    assert receipts[20]["findings"][0]["rule"] == "sync-unreadable"
    connection = await asyncpg.connect(settings.database_url)
    kept = await connection.fetch("select outcome from forest.sync_operation where payload is not null")
    await connection.close()
    assert [row["outcome"] for row in kept] == ["refused"]


async def test_an_operation_without_the_shape_of_one_keeps_no_other(phone: Phone, settings: Settings) -> None:
    bad = {**phone.create("plots", plot(1)), "noun": "camels"}
    photo = phone.operation("photos", "create", key(40_001), {"subject_noun": "plots"})
    reused = phone.create("plots", plot(2), op=photo["op"])
    answer = await phone.send({"nonsense": 1}, bad, photo, phone.create("shifts", day(1)))
    receipts = answer["receipts"]
    assert [r["outcome"] for r in receipts] == ["refused", "refused", "refused", "created"]
    assert receipts[2]["findings"][0]["field"] == "subject"
    assert answer["missing"] == [[3, 3]], "what is in quarantine is here"
    answer = await phone.send(reused)
    assert (answer["received_upto"], answer["missing"]) == (4, [])
    assert await _count(settings, "sync_quarantine") == 3


async def test_given_a_child_operation_when_it_arrives_before_its_parent_then_it_is_held_until_the_parent_comes(
    phone: Phone,
) -> None:
    new = worker(50, crew=CREW["code"])
    child = phone.create("shifts", day(1, 50))
    told = await phone.one(child)
    assert told["outcome"] == "held" and told["findings"][0]["rule"] == "sync-parent-missing"
    assert (await phone.one(phone.create("workers", new)))["outcome"] == "created"
    (item,) = await phone.verify(child)
    assert item["outcome"] == "created" and item["revision"] == 1


async def test_a_child_whose_parent_the_office_makes_comes_in_by_itself(
    phone: Phone, client: AsyncTestClient, as_administrator: Headers
) -> None:
    child = phone.create("plantings", planting(1, 1))
    assert (await phone.one(child))["outcome"] == "held"
    assert (await client.post("/api/v1/plots", json=plot(1), headers=as_administrator)).status_code == 201
    assert (await phone.verify(child))[0]["outcome"] == "created"


async def test_given_a_phone_ten_years_ahead_when_it_syncs_then_order_and_pay_are_unchanged(
    phone: Phone, client: AsyncTestClient, as_administrator: Headers
) -> None:
    operation = phone.create("shifts", day(1), at="2036-11-24T08:00:00Z")
    answer = await phone.send(operation, sent_at="2036-11-24T08:00:00Z")
    assert answer["clock_offset_s"] < -9 * 365 * 86400
    await client.patch(f"/api/v1/shifts/{key(30_001)}", json={"status": "approved"}, headers=as_administrator)
    late = phone.operation("shifts", "update", key(30_001), {"hours": 4}, base_revision=1, at="2046-01-01T00:00:00Z")
    assert (await phone.one(late))["outcome"] == "conflict"
    shift = (await client.get(f"/api/v1/shifts/{key(30_001)}", headers=as_administrator)).json()
    assert shift["hours"] == 8 and shift["wage_yuan"] == 160


async def test_given_two_foremen_when_both_log_one_worker_day_then_one_is_accepted_one_held_pay_counted_once(
    phone: Phone, client: AsyncTestClient, as_administrator: Headers
) -> None:
    second = await enrol(client, as_administrator, label="second foreman")
    mine, theirs = phone.create("shifts", day(1)), second.create("shifts", day(2))
    assert (await phone.one(mine))["outcome"] == "created"
    assert (await second.one(theirs))["outcome"] == "held"
    items = (await client.get("/api/v1/shifts", headers=as_administrator)).json()["items"]
    assert [item["wage_yuan"] for item in items] == [160]
    (held,) = (await client.get("/api/v1/held", headers=as_administrator)).json()["items"]
    body = {"decision": "replace", "reason": "a second turn", "record": day(2, number=2)}
    answer = await client.post(f"/api/v1/held/{held['id']}/resolve", json=body, headers=as_administrator)
    assert answer.json()["outcome"] == "created", answer.text
    assert (await second.verify(theirs))[0]["outcome"] == "created"


async def test_given_a_revoked_device_when_it_uploads_its_outbox_then_quarantined_not_lost_not_applied(
    phone: Phone, client: AsyncTestClient, as_administrator: Headers, settings: Settings
) -> None:
    body = {"reason": "lost in the dunes"}
    revoked = await client.post(f"/api/v1/devices/{phone.device}/revocation", json=body, headers=as_administrator)
    assert revoked.status_code == 200 and revoked.json()["revoke_reason"] == body["reason"]
    operation = phone.create("shifts", day(1))
    told = await phone.one(operation)
    assert told["outcome"] == "held" and told["findings"][0]["rule"] == "sync-device-revoked"
    assert await _count(settings, "shift") == 0
    assert (await client.get("/api/v1/sync/changes", headers=phone.headers)).status_code == 401
    assert (await client.get("/api/v1/workers", headers=phone.headers)).status_code == 401
    connection = await asyncpg.connect(settings.database_url)
    assert await connection.fetchval("select payload is not null from forest.sync_operation")
    await connection.close()


async def test_given_leader_a_when_naming_crew_bs_records_then_they_are_as_if_not_there(
    phone: Phone, client: AsyncTestClient, settings: Settings, as_administrator: Headers
) -> None:
    other = {**CREW, "code": "crew-b"}
    for noun, record in (("crews", other), ("workers", worker(9, crew="crew-b")), ("shifts", {**day(9, 9), "crew": "crew-b"})):
        assert (await client.post(f"/api/v1/{noun}", json=record, headers=as_administrator)).status_code == 201
    stranger = await enrol(client, as_administrator, "crew-b")
    assert (await phone.one(phone.operation("shifts", "update", key(30_009), {"hours": 1}, base_revision=1)))["outcome"] != "updated"
    assert (await phone.one(phone.operation("shifts", "delete", key(30_009), {}, base_revision=1)))["outcome"] != "updated"
    assert all(item["key"] not in (key(30_009), key(20_009)) for item in (await phone.pull())[0])
    assert {key(30_009), key(20_009)} <= {item["key"] for item in (await stranger.pull())[0]}
    leader = await token(settings, "crew_leader", crew=CREW["code"])
    for headers, status in ((leader, 404), (phone.headers, 403)):
        answer = await phone.client.post(
            f"/api/v1/devices/{stranger.device}/revocation", json={"reason": "not mine"}, headers=headers
        )
        assert answer.status_code == status
    made = {"crew": CREW["code"], "label": "a second phone"}
    assert (await client.post("/api/v1/devices", json=made, headers=leader)).status_code == 201
    assert (await client.post("/api/v1/devices", json=made, headers=phone.headers)).status_code == 403
    stolen = Phone(client, stranger.device, phone.headers)
    assert (await stolen.post(stolen.create("shifts", day(1)))).status_code == 404


async def test_gaps_in_what_a_phone_counts_are_shown(phone: Phone, client: AsyncTestClient, as_administrator: Headers) -> None:
    first, _, _, fourth = (phone.create("plots", plot(i)) for i in range(1, 5))
    answer: dict[str, Any] = await phone.send(first, fourth)
    assert answer["received_upto"] == 1 and answer["missing"] == [[2, 3]]


async def _count(settings: Settings, table: str) -> int:
    connection = await asyncpg.connect(settings.database_url)
    count = await connection.fetchval(f"select count(*) from forest.{table}")
    await connection.close()
    return count
