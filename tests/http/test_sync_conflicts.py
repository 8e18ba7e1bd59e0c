"""Changes of the field that meet changes of the office."""

from typing import Any

import asyncpg
import pytest
from litestar.testing import AsyncTestClient

from forestapi.settings import Settings
from tests.phones import Headers, Phone, found, headers_of, new_id, outcomes, post, rules_of
from tests.samples import key, plot, shift, square

SHIFT = key(30_001)


@pytest.fixture
async def office(client: AsyncTestClient, as_administrator: Headers) -> Headers:
    """Give the office's headers; there are crews, a plot, and a shift of crew-1 that is not approved."""
    await found(client, as_administrator)
    await post(client, "plots", plot(1), as_administrator)
    await post(client, "shifts", shift(1, crew="crew-1", status="submitted"), as_administrator)
    return as_administrator


@pytest.fixture
async def phone(client: AsyncTestClient, settings: Settings, office: Headers) -> Phone:
    """Enrol a phone of crew-1."""
    return await Phone.enrol(client, await headers_of(settings, "crew_leader", crew="crew-1"))


@pytest.fixture
async def edit(client: AsyncTestClient, office: Headers) -> Any:
    async def change(noun: str, id: str, **changes: Any) -> None:
        answer = await client.patch(f"/api/v1/{noun}/{id}", json=changes, headers={**office, "Forest-Reason": "office"})
        assert answer.status_code == 200, answer.text

    return change


async def read(client: AsyncTestClient, noun: str, id: str, headers: Headers) -> Any:
    return (await client.get(f"/api/v1/{noun}/{id}", headers=headers)).json()


async def test_disjoint_fields_merge_with_a_note(phone: Phone, client: AsyncTestClient, office: Headers, edit: Any) -> None:
    await edit("plots", key(1), compartment="7")
    receipt = (await phone.send(phone.make("plots", "update", {"subcompartment": "3"}, key(1), base_revision=1)))[0]
    assert receipt["outcome"] == "updated" and receipt["revision"] == 3 and rules_of(receipt) == {"sync-merged"}
    now = await read(client, "plots", key(1), office)
    assert (now["compartment"], now["subcompartment"]) == ("7", "3")


async def test_the_same_field_is_a_card_and_the_choice_is_an_operation(
    phone: Phone, client: AsyncTestClient, office: Headers, edit: Any
) -> None:
    await edit("plots", key(1), compartment="office", tenure="state")
    made = phone.make("plots", "update", {"compartment": "field"}, key(1), base_revision=1)
    receipt = (await phone.send(made))[0]
    card = receipt["conflict"]
    assert receipt["outcome"] == "conflict" and card["fields"] == ["compartment"] and card["revision"] == 2
    assert (card["base"]["compartment"], card["mine"], card["office"]["compartment"]) == (None, {"compartment": "field"}, "office")
    assert card["changed_by"] == "test administrator" and card["changed_at"]
    assert (await read(client, "plots", key(1), office))["compartment"] == "office"
    keep = phone.make("plots", "update", {}, key(1), base_revision=2, resolves=made["op"], choice="office")
    assert outcomes(await phone.send(keep)) == ["unchanged"]
    mine = phone.make("plots", "update", {"compartment": "field"}, key(1), base_revision=2, resolves=made["op"], choice="mine")
    assert outcomes(await phone.send(mine)) == ["updated"]
    now = await read(client, "plots", key(1), office)
    assert (now["compartment"], now["tenure"]) == ("field", "state")


@pytest.mark.parametrize(
    ("field", "office_changes"),
    [({"hours": 6}, {"activity": "watering"}), ({"activity": "watering"}, {"wage_yuan": 200}), ({"hours": 6}, {"hours": 7})],
)  # fmt: skip
async def test_pay_is_never_merged(
    phone: Phone, client: AsyncTestClient, office: Headers, edit: Any, field: Any, office_changes: Any
) -> None:
    await edit("shifts", SHIFT, **office_changes)
    before = await read(client, "shifts", SHIFT, office)
    receipt = (await phone.send(phone.make("shifts", "update", field, SHIFT, base_revision=1)))[0]
    assert receipt["outcome"] == "conflict"
    assert await read(client, "shifts", SHIFT, office) == before


async def test_the_same_value_from_both_sides_is_no_conflict(phone: Phone, edit: Any) -> None:
    await edit("shifts", SHIFT, hours=6)
    receipt = (await phone.send(phone.make("shifts", "update", {"hours": 6}, SHIFT, base_revision=1)))[0]
    assert (receipt["outcome"], receipt["revision"]) == ("unchanged", 2)


async def test_a_phone_s_own_edits_are_no_conflict_and_the_office_s_between_them_is(
    phone: Phone, client: AsyncTestClient, office: Headers, edit: Any
) -> None:
    first = phone.make("plots", "update", {"compartment": "1"}, key(1), base_revision=1)
    second = phone.make("plots", "update", {"compartment": "2"}, key(1), base_revision=1)
    assert outcomes(await phone.send(first, second)) == ["updated", "updated"]
    await edit("plots", key(1), tenure="state")
    third = phone.make("plots", "update", {"compartment": "3", "tenure": "household"}, key(1))
    assert outcomes(await phone.send(third)) == ["conflict"]


async def test_09_given_a_deleted_plot_when_an_offline_edit_arrives_then_a_conflict_card_nothing_lost(
    phone: Phone, client: AsyncTestClient, settings: Settings, office: Headers
) -> None:
    assert (await client.delete(f"/api/v1/plots/{key(1)}", headers=office)).status_code == 204
    made = phone.make("plots", "update", {"compartment": "field"}, key(1), base_revision=1)
    receipt = (await phone.send(made))[0]
    assert receipt["outcome"] == "conflict" and receipt["conflict"]["office"] is None
    assert receipt["conflict"]["base"]["number"] == "T-1" and receipt["conflict"]["mine"] == {"compartment": "field"}
    again = phone.make("plots", "create", {"number": "T-1", "boundary": square(105.02)}, key(1))
    assert outcomes(await phone.send(again)) == ["conflict"], "a deleted record does not come back by itself"
    seen, _ = await phone.pull()
    assert ("plots", key(1)) not in seen
    mine = phone.make("plots", "update", {}, key(1), resolves=made["op"], choice="mine")
    receipt = (await phone.send(mine))[0]
    assert receipt["outcome"] == "held" and "sync-conflict-asked" in rules_of(receipt)
    held = (await client.get("/api/v1/held", headers=office)).json()["items"]
    answer = await client.post(
        f"/api/v1/held/{held[0]['id']}/resolve", json={"decision": "accept", "reason": "it is there"}, headers=office
    )
    assert answer.status_code == 200, answer.text
    assert (await read(client, "plots", key(1), office))["compartment"] == "field"
    assert (await phone.verify(mine))[0]["outcome"] == "updated"


async def test_a_deletion_of_what_was_changed_meanwhile_is_a_conflict_and_a_tombstone_is_told(
    phone: Phone, client: AsyncTestClient, office: Headers, edit: Any
) -> None:
    _, cursor = await phone.pull()
    await edit("plots", key(1), compartment="7")
    assert outcomes(await phone.send(phone.make("plots", "delete", {}, key(1), base_revision=1))) == ["conflict"]
    gone = phone.make("plots", "delete", {"reason": "walked twice"}, key(1), base_revision=2)
    assert outcomes(await phone.send(gone)) == ["updated"]
    assert outcomes(await phone.send(phone.make("plots", "delete", {}, key(1), base_revision=2))) == ["unchanged"]
    seen, _ = await phone.pull(cursor)
    assert seen["plots", key(1)]["is_deleted"] and seen["plots", key(1)]["record"] is None
    versions = (await client.get(f"/api/v1/plots/{key(1)}/history", headers=office)).json()["items"]
    assert (versions[-1]["action"], versions[-1]["reason"], versions[-1]["actor"]) == ("delete", "walked twice", "phone")


async def test_a_deleted_shift_is_told_to_its_crew_and_to_no_other(
    phone: Phone, client: AsyncTestClient, settings: Settings, office: Headers
) -> None:
    other = await Phone.enrol(client, await headers_of(settings, "crew_leader", crew="crew-2"), "crew-2")
    _, cursor = await phone.pull()
    _, theirs = await other.pull()
    assert (await client.delete(f"/api/v1/shifts/{SHIFT}", headers=office)).status_code == 204
    seen, _ = await phone.pull(cursor)
    assert seen["shifts", SHIFT]["is_deleted"]
    assert (await other.pull(theirs))[0] == {}


async def test_a_conflict_can_be_left_to_the_office(phone: Phone, client: AsyncTestClient, office: Headers, edit: Any) -> None:
    await edit("shifts", SHIFT, hours=6)
    made = phone.make("shifts", "update", {"hours": 8.5}, SHIFT, base_revision=1)
    assert outcomes(await phone.send(made)) == ["conflict"]
    ask = phone.make("shifts", "update", {}, SHIFT, base_revision=2, resolves=made["op"], choice="ask")
    receipt = (await phone.send(ask))[0]
    assert receipt["outcome"] == "held" and "sync-conflict-asked" in rules_of(receipt)
    held = (await client.get("/api/v1/held", headers=office)).json()["items"]
    answer = await client.post(
        f"/api/v1/held/{held[0]['id']}/resolve", json={"decision": "accept", "reason": "asked the crew"}, headers=office
    )
    assert answer.status_code == 200, answer.text
    assert float((await read(client, "shifts", SHIFT, office))["hours"]) == 8.5
    assert (await phone.verify(ask))[0]["outcome"] == "updated"


async def test_a_group_is_stored_whole_or_not_at_all(phone: Phone, settings: Settings) -> None:
    plot_key, group = new_id(), new_id()
    good = phone.make("plots", "create", {"number": "G-1", "boundary": square(105.3)}, plot_key, group=group)
    bad = phone.make("plantings", "create", {"plot": plot_key, "kind": "miracle"}, group=group)
    receipts = await phone.send(good, bad)
    assert outcomes(receipts) == ["refused", "refused"] and rules_of(receipts[0]) == {"sync-group-broken"}
    whole = new_id()
    fine = [
        phone.make("plots", "create", {"number": "G-2", "boundary": square(105.4)}, plot_key, group=whole),
        phone.make("plantings", "create", {"plot": plot_key, "started_on": "2018-04-01"}, group=whole),
    ]
    assert outcomes(await phone.send(*fine)) == ["created", "created"]
    connection = await asyncpg.connect(settings.database_url)
    assert await connection.fetchval("select count(*) from forest.plot") == 2
    await connection.close()


async def test_the_creation_of_a_record_that_is_there_with_other_content_is_a_conflict(
    phone: Phone, client: AsyncTestClient, office: Headers
) -> None:
    same = phone.make("plots", "create", {"number": "T-1", "boundary": plot(1)["boundary"]}, key(1))
    other = phone.make("plots", "create", {"number": "X", "boundary": plot(1)["boundary"]}, key(1))
    receipts = await phone.send(same, other)
    assert outcomes(receipts) == ["unchanged", "conflict"] and receipts[1]["conflict"]["fields"] == ["number"]


async def test_who_a_worker_is_is_not_changed_from_a_phone(phone: Phone) -> None:
    receipt = (await phone.send(phone.make("workers", "update", {"identity": {"name": "x"}}, key(20_001), base_revision=1)))[0]
    assert receipt["outcome"] == "refused" and rules_of(receipt) == {"sync-identity-fixed"}
