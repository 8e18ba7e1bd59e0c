"""Conflicts between phones and the office: merged by fields, shown, decided; nothing lost and nothing that comes back."""

from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from tests.phones import Phone, day, enrol, prepare
from tests.samples import key, plot

Headers = dict[str, str]


@pytest.fixture
async def phone(client: AsyncTestClient, as_administrator: Headers) -> Phone:
    await prepare(client, as_administrator)
    return await enrol(client, as_administrator)


@pytest.fixture
def office(client: AsyncTestClient, as_administrator: Headers) -> Any:
    async def change(method: str, path: str, body: Any = None) -> Any:
        headers = as_administrator | {"Forest-Reason": "office"}
        answer = await client.request(method, f"/api/v1/{path}", headers=headers, **({} if body is None else {"json": body}))
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    return change


async def test_different_fields_are_merged_with_a_note(phone: Phone, office: Any) -> None:
    await phone.one(phone.create("plots", plot(1)))
    await office("PATCH", f"plots/{key(1)}", {"tenure": "state"})
    receipt = await phone.one(phone.operation("plots", "update", key(1), {"compartment": "7"}, base_revision=1))
    assert receipt["outcome"] == "updated" and [f["rule"] for f in receipt["findings"]][-1] == "sync-merged"
    found = await office("GET", f"plots/{key(1)}")
    assert (found["tenure"], found["compartment"], found["revision"]) == ("state", "7", receipt["revision"])


async def test_the_same_field_is_a_card_and_keep_mine_is_an_operation_that_cites_it(phone: Phone, office: Any) -> None:
    await phone.one(phone.create("shifts", day(1)))
    await office("PATCH", f"shifts/{key(30_001)}", {"hours": 6})
    mine = phone.operation("shifts", "update", key(30_001), {"hours": 7}, base_revision=1)
    receipt = await phone.one(mine)
    card = receipt["conflict"]
    assert receipt["outcome"] == "conflict" and card["fields"] == ["hours"]
    assert (card["base"]["hours"], card["mine"]["hours"], card["office"]["hours"]) == (8, 7, 6)
    assert card["changed_by"] == "test administrator" and card["changed_at"]
    choice = phone.operation(
        "shifts", "update", key(30_001), {"hours": 7}, base_revision=card["revision"], resolves=mine["op"], choice="mine"
    )
    assert (await phone.one(choice))["outcome"] == "updated"
    assert (await office("GET", f"shifts/{key(30_001)}"))["hours"] == 7
    again = await phone.one(mine)
    assert again["replayed"] and again["conflict"] == card


async def test_pay_is_never_merged(phone: Phone, office: Any) -> None:
    await phone.one(phone.create("shifts", day(1)))
    await office("PATCH", f"shifts/{key(30_001)}", {"recorder": "office"})
    receipt = await phone.one(phone.operation("shifts", "update", key(30_001), {"wage_yuan": 200}, base_revision=1))
    assert receipt["outcome"] == "conflict" and receipt["conflict"]["fields"] == ["wage_yuan"]
    assert (await office("GET", f"shifts/{key(30_001)}"))["wage_yuan"] == 160


async def test_keep_office_changes_nothing(phone: Phone, office: Any) -> None:
    await phone.one(phone.create("shifts", day(1)))
    await office("PATCH", f"shifts/{key(30_001)}", {"hours": 6})
    mine = phone.operation("shifts", "update", key(30_001), {"hours": 7}, base_revision=1)
    await phone.one(mine)
    choice = phone.operation("shifts", "update", key(30_001), {}, base_revision=2, resolves=mine["op"], choice="office")
    assert (await phone.one(choice))["outcome"] == "unchanged"
    assert (await office("GET", f"shifts/{key(30_001)}"))["hours"] == 6


async def test_ask_puts_it_before_a_supervisor_and_verify_tells_what_was_decided(phone: Phone, office: Any) -> None:
    await phone.one(phone.create("shifts", day(1)))
    await office("PATCH", f"shifts/{key(30_001)}", {"hours": 6})
    mine = phone.operation("shifts", "update", key(30_001), {"hours": 7}, base_revision=1)
    await phone.one(mine)
    ask = phone.operation("shifts", "update", key(30_001), {}, base_revision=2, resolves=mine["op"], choice="ask")
    assert (await phone.one(ask))["outcome"] == "held"
    (held,) = (await office("GET", "held"))["items"]
    assert held["record"]["hours"] in (7, "7") and held["findings"][0]["rule"] == "sync-conflict"
    await office("POST", f"held/{held['id']}/resolve", {"decision": "accept", "reason": "the foreman was there"})
    assert (await phone.verify(ask))[0]["outcome"] == "updated"
    assert (await office("GET", f"shifts/{key(30_001)}"))["hours"] == 7


async def test_given_a_deleted_plot_when_an_offline_edit_arrives_then_a_conflict_card_nothing_lost(
    phone: Phone, office: Any
) -> None:
    await phone.one(phone.create("plots", plot(1)))
    await office("DELETE", f"plots/{key(1)}")
    mine = phone.operation("plots", "update", key(1), {"compartment": "7"}, base_revision=1)
    receipt = await phone.one(mine)
    assert receipt["outcome"] == "conflict" and receipt["conflict"]["mine"]["compartment"] == "7"
    assert receipt["conflict"]["is_deleted"] and receipt["conflict"]["changed_by"] == "test administrator"
    assert (await phone.one(phone.create("plots", plot(1))))["outcome"] == "conflict", "what was deleted does not come back"
    choice = phone.operation("plots", "update", key(1), {}, resolves=mine["op"], choice="mine")
    assert (await phone.one(choice))["outcome"] == "held"
    items, _ = await phone.pull()
    assert [i["is_deleted"] for i in items if i["key"] == key(1)] == [True]


async def test_a_delete_of_what_the_office_changed_is_a_conflict_and_a_second_delete_changes_nothing(
    phone: Phone, office: Any
) -> None:
    await phone.send(phone.create("plots", plot(1)), phone.create("plots", plot(2)))
    await office("PATCH", f"plots/{key(1)}", {"tenure": "state"})
    assert (await phone.one(phone.operation("plots", "delete", key(1), {}, base_revision=1)))["outcome"] == "conflict"
    gone = [phone.operation("plots", "delete", key(2), {"reason": "walked twice"}, base_revision=1) for _ in range(2)]
    assert [r["outcome"] for r in (await phone.send(*gone))["receipts"]] == ["updated", "unchanged"]


async def test_a_group_comes_in_together_or_not_at_all(phone: Phone, office: Any) -> None:
    group = key(77_777)
    bad = phone.create("shifts", day(2, 2, hours=40), group=group)
    receipts = (await phone.send(phone.create("plots", plot(1), group=group), bad))["receipts"]
    assert [r["outcome"] for r in receipts] != ["created", "created"] and receipts[0]["outcome"] == "held"
    assert (await office("GET", "plots"))["items"] == []


async def test_a_phone_may_not_approve_nor_reach_into_another_crew(phone: Phone, office: Any) -> None:
    await phone.one(phone.create("shifts", day(1)))
    for payload in ({"status": "approved"}, {"crew": "crew-b"}, {"role": "administrator"}):
        receipt = await phone.one(phone.operation("shifts", "update", key(30_001), payload, base_revision=1))
        assert receipt["outcome"] == "refused", receipt
    shift = await office("GET", f"shifts/{key(30_001)}")
    assert (shift["status"], shift["crew"]) == ("submitted", "crew-a")
