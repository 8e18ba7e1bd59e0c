"""Sync: exactly once, one bad record costs no other, nothing lost; the given/when/then tests of sync, by name."""

import asyncio
import hashlib
import json
from typing import Any

import asyncpg
import pytest
import structlog
from litestar.testing import AsyncTestClient

from forestapi.settings import Settings
from tests.phones import Headers, Phone, found, headers_of, new_id, outcomes, post, rules_of
from tests.samples import key, plot, shift, square


@pytest.fixture
async def office(client: AsyncTestClient, as_administrator: Headers) -> Headers:
    """Give the office's headers; a programme with two crews is there."""
    await found(client, as_administrator)
    return as_administrator


@pytest.fixture
async def phone(client: AsyncTestClient, settings: Settings, office: Headers) -> Phone:
    """Enrol a phone of crew-1."""
    return await Phone.enrol(client, await headers_of(settings, "crew_leader", crew="crew-1"))


async def rows(settings: Settings, statement: str, *values: Any) -> list[Any]:
    connection = await asyncpg.connect(settings.database_url)
    found = await connection.fetch(statement, *values)
    await connection.close()
    return found


async def test_a_day_goes_in_and_comes_back(phone: Phone, client: AsyncTestClient, office: Headers) -> None:
    plot_key = new_id()
    made = [
        phone.make("plots", "create", {"number": "P-1", "boundary": square(105.1)}, plot_key),
        phone.make("plantings", "create", {"plot": plot_key, "started_on": "2018-04-01"}),
        phone.make("surveys", "create", {"plot": plot_key, "surveyed_on": "2018-10-01", "stage": "first_season",
                                         "sample_holes": 100, "live_holes": 80}),
        phone.make("workers", "create", {"number": "N-1", "birth_year": 1990, "identity": {"name": "新人"}}),
        phone.shift(1, plot=plot_key), phone.shift(2, plot=plot_key),
    ]  # fmt: skip
    answer = (await phone.post(made)).json()
    assert outcomes(answer["receipts"]) == ["created"] * 6, answer["receipts"]
    assert {r["safety"] for r in answer["receipts"]} == {"local"} and answer["received_upto"] == 6
    assert abs(answer["clock_offset_s"]) < 60 and answer["missing"] == []
    verified = await phone.verify(*made)
    assert all(v["is_known"] and v["is_same"] and v["is_complete"] for v in verified)
    assert [v["outcome"] for v in verified] == ["created"] * 6
    seen, cursor = await phone.pull(limit=2)
    assert {noun for noun, _ in seen} == {"plots", "plantings", "surveys", "workers", "shifts"}
    assert seen["plots", plot_key]["record"]["number"] == "P-1"
    await client.patch(f"/api/v1/plots/{plot_key}", json={"number": "P-2"}, headers=office)
    later, _ = await phone.pull(cursor)
    assert later["plots", plot_key]["record"]["number"] == "P-2"


async def test_the_roster_has_names_and_the_reading_is_logged(phone: Phone, client: AsyncTestClient, office: Headers) -> None:
    await phone.send(phone.shift(1, hours=6))
    roster = (await client.get("/api/v1/sync/roster", headers=phone.headers)).json()
    assert [w["name"] for w in roster["workers"]] == ["金丝雀1", "金丝雀2"]
    assert roster["crew"]["code"] == "crew-1" and roster["programme"]["code"] == "tengger"
    assert roster["defaults"]["hours"] == 6 and {"code", "zh", "en"} == set(roster["activities"][0])
    assert not {"id_number", "phone", "account"} & set(roster["workers"][0])
    log = (await client.get("/api/v1/access-log", headers=office)).json()["items"]
    assert {e["action"] for e in log} == {"read name"} and len(log) == 2


async def test_a_code_enrols_one_phone_once(client: AsyncTestClient, settings: Settings, office: Headers) -> None:
    leader = await headers_of(settings, "crew_leader", crew="crew-1")
    made = (await client.post("/api/v1/devices", json={"crew": "crew-1", "label": "手机"}, headers=leader)).json()
    assert made["enrolment"]["qr_svg"].startswith("<svg") and made["enrolment"]["url"].endswith(made["enrolment"]["code"])
    code = {"code": made["enrolment"]["code"]}
    tries = await asyncio.gather(*(client.post("/api/v1/devices/enrolments", json=code) for _ in range(5)))
    assert sorted(a.status_code for a in tries) == [201, 422, 422, 422, 422]
    assert (await client.post("/api/v1/devices/enrolments", json={"code": "x"})).status_code == 422
    foreign = await client.post("/api/v1/devices", json={"crew": "crew-2", "label": "x"}, headers=leader)
    assert foreign.status_code == 403
    stored = await rows(settings, "select sha256 from forest.enrolment")
    assert [row["sha256"] for row in stored] == [hashlib.sha256(code["code"].encode()).digest()]


async def test_01_given_a_committed_batch_when_the_reply_is_cut_and_the_batch_resent_then_one_record_and_the_same_outcome(
    phone: Phone, settings: Settings
) -> None:
    made = [phone.shift(1), phone.shift(2), phone.shift(1, number=1)]
    first = await phone.send(*made)
    again = await phone.send(*made)
    assert outcomes(first) == ["created", "created", "held"]
    assert [{**r, "replayed": True} for r in first] == again
    assert len(await rows(settings, "select id from forest.shift")) == 2
    assert len(await rows(settings, "select id from forest.held")) == 1


async def test_02_given_one_operation_when_50_clients_post_it_at_once_then_one_row_and_50_equal_receipts(
    phone: Phone, settings: Settings
) -> None:
    made = phone.shift(1)
    answers = await asyncio.gather(*(phone.post([made]) for _ in range(50)))
    assert {a.status_code for a in answers} == {200}
    receipts = [a.json()["receipts"][0] for a in answers]
    assert {json.dumps({**r, "replayed": None}, sort_keys=True) for r in receipts}.__len__() == 1
    assert sum(not r["replayed"] for r in receipts) == 1 and receipts[0]["outcome"] == "created"
    assert len(await rows(settings, "select id from forest.shift")) == 1
    history = await rows(settings, "select key from forest.history where noun = 'shift'")
    assert len(history) == 1


async def test_03_given_a_used_op_id_when_it_returns_with_other_bytes_then_both_are_held_and_an_alarm_rises(
    phone: Phone, settings: Settings
) -> None:
    made = phone.shift(1)
    await phone.send(made)
    payload = json.dumps({**json.loads(made["payload"]), "hours": 12})
    other = {**made, "payload": payload, "sha256": hashlib.sha256(payload.encode()).hexdigest()}
    with structlog.testing.capture_logs() as told:
        for is_replay in (False, True):
            receipt = (await phone.send(other))[0]
            assert receipt["outcome"] == "held" and rules_of(receipt) == {"sync-op-reused"}
            assert receipt["replayed"] is is_replay
    assert [(e["log_level"], e["rule"]) for e in told] == [("error", "sync-op-reused")] * 2
    kept = await rows(settings, "select why from forest.sync_quarantine")
    assert [row["why"] for row in kept] == ["sync-op-reused"]
    assert [float(row["hours"]) for row in await rows(settings, "select hours from forest.shift")] == [8.0]
    assert (await phone.verify(made, other))[1]["is_same"] is False


async def test_05_given_a_batch_of_50_when_one_record_is_bad_then_49_apply_and_one_is_quarantined(
    phone: Phone, settings: Settings
) -> None:
    made = [phone.shift(1 + i % 2, f"2018-{4 + i // 50:02}-{1 + i // 2:02}") for i in range(49)]
    made.insert(20, phone.make("shifts", "create", '{"worker": "nobody", "hours": "many"'))
    receipts = await phone.send(*made)
    assert outcomes(receipts).count("created") == 49 and receipts[20]["outcome"] == "refused"
    assert rules_of(receipts[20]) == {"sync-payload-unreadable"}
    kept = await rows(settings, "select why, sealed from forest.sync_quarantine")
    assert len(kept) == 1 and b"nobody" not in kept[0]["sealed"]


@pytest.mark.parametrize(
    "payload",
    ["", "null", "[1]", "{", '{"hours": NaN}', '{"hours": 1e400}', "[" * 300, '{"activity": "x\\u0000y"}',
     '{"worker": 5}', '{"unknown": 1}', '{"id": "019abc00-0000-7000-8000-000000000009"}'],
)  # fmt: skip
async def test_a_payload_that_cannot_be_read_is_refused_and_its_bytes_are_kept(
    phone: Phone, settings: Settings, payload: str
) -> None:
    bad, good = phone.make("shifts", "create", payload), phone.shift(1)
    receipts = await phone.send(bad, good)
    assert outcomes(receipts) == ["refused", "created"] and receipts[0]["findings"]
    assert outcomes(await phone.send(bad)) == ["refused"]
    assert len(await rows(settings, "select id from forest.sync_quarantine")) == 1


async def test_an_operation_that_is_none_is_kept_and_the_others_go_in(phone: Phone, settings: Settings) -> None:
    good = phone.shift(1)
    answer = await phone.client.post(
        "/api/v1/sync/batches",
        content=b'{"device": "%s", "operations": [{"op": "\\ud800", "seq": -1}, 5, %s]}'
        % (phone.device.encode(), json.dumps(good).encode()),
        headers={**phone.headers, "Content-Type": "application/json"},
    )
    assert answer.status_code == 200, answer.text
    assert outcomes(answer.json()["receipts"]) == ["refused", "refused", "created"]
    assert len(await rows(settings, "select id from forest.sync_quarantine")) == 2


async def test_bytes_that_are_not_what_their_hash_says_are_not_decided(phone: Phone) -> None:
    made = phone.shift(1)
    damaged = {**made, "payload": made["payload"].replace("160", "961")}
    receipt = (await phone.send(damaged))[0]
    assert receipt["outcome"] == "retry" and rules_of(receipt) == {"sync-hash-differs"}
    assert (await phone.verify(made))[0]["is_known"] is False
    assert outcomes(await phone.send(made)) == ["created"]


async def test_06_given_a_child_operation_when_it_arrives_before_its_parent_then_it_is_held_until_the_parent_comes_then_both_apply(
    phone: Phone, settings: Settings
) -> None:
    plot_key = new_id()
    parent = phone.make("plots", "create", {"number": "P-1", "boundary": square(105.1)}, plot_key)
    child = phone.make("plantings", "create", {"plot": plot_key, "started_on": "2018-04-01"})
    edit = phone.make("plantings", "update", {"started_on": "2018-04-05"}, child["key"])
    receipts = await phone.send(child, edit)
    assert outcomes(receipts) == ["held", "held"] and rules_of(receipts[0]) == {"sync-parent-missing"}
    assert [v["outcome"] for v in await phone.verify(child, edit)] == ["held", "held"]
    assert outcomes(await phone.send(parent)) == ["created"]
    assert [v["outcome"] for v in await phone.verify(child, edit)] == ["created", "updated"]
    assert [r["outcome"] for r in await phone.send(child, edit)] == ["held", "held"], "a replay answers what was first"
    stored = await rows(settings, "select started_on::text as day, revision from forest.planting")
    assert [tuple(row) for row in stored] == [("2018-04-05", 2)]


async def test_a_child_and_its_parent_in_one_batch_in_the_wrong_order_both_apply(phone: Phone) -> None:
    plot_key = new_id()
    child = phone.make("plantings", "create", {"plot": plot_key, "started_on": "2018-04-01"})
    parent = phone.make("plots", "create", {"number": "P-1", "boundary": square(105.1)}, plot_key)
    assert outcomes(await phone.send(child, parent)) == ["created", "created"]


async def test_07_given_a_phone_ten_years_ahead_when_it_syncs_then_order_and_pay_are_unchanged(
    phone: Phone, client: AsyncTestClient, settings: Settings, office: Headers
) -> None:
    shift_key = new_id()
    phone.ahead_s = 10 * 365 * 86400
    answer = (await phone.post([phone.shift(1, key=shift_key), phone.shift(2)])).json()
    assert outcomes(answer["receipts"]) == ["created", "created"]
    assert answer["clock_offset_s"] < -9 * 365 * 86400
    phone.ahead_s = -10 * 365 * 86400
    assert outcomes(await phone.send(phone.make("shifts", "update", {"hours": 6}, shift_key, base_revision=1))) == ["updated"]
    stored = await rows(settings, "select hours::float8 as h, wage_yuan::float8 as w, work_date::text as d, received_at from forest.shift")
    assert sorted((r["h"], r["w"], r["d"]) for r in stored) == [(6, 160, "2018-04-02"), (8, 160, "2018-04-02")]
    assert all(abs((r["received_at"] - stored[0]["received_at"]).total_seconds()) < 60 for r in stored)
    assert await rows(settings, "select op from forest.sync_operation where device_at > now() + interval '9 years'")


async def test_08_given_two_foremen_when_both_log_one_worker_day_then_one_is_accepted_one_held_pay_counted_once(
    phone: Phone, client: AsyncTestClient, settings: Settings, office: Headers
) -> None:
    second = await Phone.enrol(client, await headers_of(settings, "crew_leader", crew="crew-1"), label="second")
    one, two = phone.shift(1), second.shift(1)
    answers = await asyncio.gather(phone.send(one), second.send(two))
    assert sorted(outcomes([a[0] for a in answers])) == ["created", "held"]
    paid = await rows(settings, "select sum(wage_yuan)::float8 as w from forest.shift")
    assert paid[0]["w"] == 160
    held = await rows(settings, "select id::text as id from forest.held")
    accepted = await client.post(
        f"/api/v1/held/{held[0]['id']}/resolve", json={"decision": "discard", "reason": "twice"}, headers=office
    )
    assert accepted.status_code == 200, accepted.text
    late = second if answers[1][0]["outcome"] == "held" else phone
    assert [v["outcome"] for v in await late.verify(*late.made)] == ["refused"]


async def test_a_held_shift_that_the_office_decides_shows_in_verify(
    phone: Phone, client: AsyncTestClient, settings: Settings, office: Headers
) -> None:
    await phone.send(phone.shift(1))
    late = phone.shift(1)
    assert outcomes(await phone.send(late)) == ["held"]
    id = (await rows(settings, "select id::text as id from forest.held"))[0]["id"]
    record = {**json.loads(late["payload"]), "number": 2, "id": late["key"]}
    answer = await client.post(
        f"/api/v1/held/{id}/resolve",
        json={"decision": "replace", "reason": "second shift", "record": record}, headers=office,
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    verified = (await phone.verify(late))[0]
    assert (verified["outcome"], verified["revision"]) == ("created", 1)


async def test_10_given_slow_and_fast_commits_when_a_phone_pulls_between_them_then_no_row_is_ever_skipped(
    phone: Phone, settings: Settings, office: Headers
) -> None:
    slow = await asyncpg.connect(settings.database_url)
    seen: dict[Any, Any] = {}
    cursor: str | None = None
    turn = slow.transaction()
    await turn.start()
    await slow.execute(
        "insert into forest.plot (id, programme, number, boundary) values ($1, 'tengger', 'slow',"
        " ST_Multi(ST_MakeEnvelope(105.5, 39, 105.51, 39.01, 4326)))",
        key(901),
    )
    for number in range(3):
        await phone.send(phone.shift(1, f"2018-05-0{number + 1}"))
        more, cursor = await phone.pull(cursor, limit=2)
        seen |= more
    assert ("plots", key(901)) not in seen
    await turn.commit()
    await slow.close()
    more, _ = await phone.pull(cursor, limit=2)
    seen |= more
    everything, _ = await phone.pull()
    assert set(seen) == set(everything) and ("plots", key(901)) in seen and len(seen) == 6
    assert await post(phone.client, "plots", plot(7), office)


async def test_16_given_a_revoked_device_when_it_uploads_its_outbox_then_quarantined_not_lost_not_applied(
    phone: Phone, client: AsyncTestClient, settings: Settings, office: Headers
) -> None:
    await phone.send(phone.shift(1))
    why = {"reason": "lost in the sand"}
    revoked = await client.post(f"/api/v1/devices/{phone.device}/revocation", json=why, headers=office)
    assert revoked.status_code == 200 and revoked.json()["revoke_reason"] == "lost in the sand"
    late = phone.shift(2)
    receipts = await phone.send(late)
    assert outcomes(receipts) == ["held"] and rules_of(receipts[0]) == {"sync-device-revoked"}
    assert (await phone.send(late))[0]["replayed"] is True
    assert len(await rows(settings, "select id from forest.shift")) == 1
    assert len(await rows(settings, "select id from forest.sync_quarantine")) == 1
    for answer in (
        await client.get("/api/v1/sync/changes", headers=phone.headers),
        await client.get("/api/v1/sync/roster", headers=phone.headers),
        await client.get("/api/v1/shifts", headers=phone.headers),
        await client.post("/api/v1/shifts", json=shift(9), headers=phone.headers),
        await client.post("/api/v1/sync/verify", json={"operations": []}, headers=phone.headers),
        await client.post("/api/v1/devices", json={"crew": "crew-1", "label": "x"}, headers=phone.headers),
    ):
        assert answer.status_code == 401, answer.text


async def test_gaps_in_a_phone_s_count_are_shown(phone: Phone, client: AsyncTestClient, office: Headers) -> None:
    made = [phone.shift(1, f"2018-04-{day:02}") for day in range(1, 11)]
    answer = (await phone.post([made[0], made[1], made[4], made[8]])).json()
    assert answer["received_upto"] == 2 and answer["missing"] == [[3, 4], [6, 8]]
    listed = (await client.get("/api/v1/devices", headers=office)).json()["items"][0]
    assert listed["received_upto"] == 2 and listed["missing"] == [[3, 4], [6, 8]]
    answer = (await phone.post(made)).json()
    assert answer["received_upto"] == 10 and answer["missing"] == []


async def test_batches_have_a_size(phone: Phone) -> None:
    assert (await phone.post([phone.shift(1, "2018-04-01") for _ in range(51)])).status_code == 422
    assert (await phone.post([])).status_code == 422
    assert (await phone.post([phone.make("plots", "create", "x" * 2_200_000)])).status_code == 413
    assert (await phone.post([phone.shift(1)], unknown=1)).status_code == 422
    big = phone.make("plots", "create", "x" * 1_500_000)
    assert outcomes(await phone.send(big)) == ["refused"]
