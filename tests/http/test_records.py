"""Writing and reading records over HTTP."""

from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from tests.samples import PROGRAMME, key, planting, plot, shift, square, worker

Headers = dict[str, str]


@pytest.fixture
async def ledger(client: AsyncTestClient, as_administrator: Headers) -> Any:
    """Send a record and give the answer; the programme is there already."""

    async def send(noun: str, record: dict[str, Any], headers: Headers = as_administrator) -> Any:
        return await client.post(f"/api/v1/{noun}", json=record, headers=headers)

    await send("programmes", PROGRAMME)
    return send


async def test_a_plot_is_created_read_and_listed(client: AsyncTestClient, ledger: Any) -> None:
    answer = await ledger("plots", plot(1))
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/v1/plots/{key(1)}"
    read = await client.get(f"/api/v1/plots/{key(1)}")
    assert read.status_code == 200 and read.headers["etag"] == answer.headers["etag"]
    assert read.json()["area_m2"] == pytest.approx(read.json()["geodesic_area_m2"], rel=5e-7)
    assert "crs" not in read.json()["boundary"]
    listed = await client.get("/api/v1/plots")
    assert [item["id"] for item in listed.json()["items"]] == [key(1)]


async def test_the_same_create_twice_has_one_effect_and_other_content_is_a_conflict(ledger: Any) -> None:
    assert (await ledger("plots", plot(1))).status_code == 201
    again = await ledger("plots", plot(1))
    assert again.status_code == 200 and again.headers["forest-outcome"] == "unchanged"
    other = await ledger("plots", plot(1, number="other"))
    assert other.status_code == 409 and other.json()["code"] == "conflict"


async def test_a_patch_changes_one_field_and_takes_back_what_the_ledger_derives(
    client: AsyncTestClient, ledger: Any, as_administrator: Headers
) -> None:
    await ledger("plots", plot(1, compartment="12"))
    changed = await client.patch(
        f"/api/v1/plots/{key(1)}", json={"lifecycle": "accepted", "area_m2": 1}, headers=as_administrator
    )
    assert changed.status_code == 200
    assert changed.json()["lifecycle"] == "accepted" and changed.json()["compartment"] == "12"
    assert changed.json()["area_m2"] > 1 and changed.json()["revision"] == 2


async def test_what_is_read_can_be_put_back(
    client: AsyncTestClient, ledger: Any, as_administrator: Headers
) -> None:
    await ledger("plots", plot(1))
    read = (await client.get(f"/api/v1/plots/{key(1)}")).json()
    put = await client.put(f"/api/v1/plots/{key(1)}", json=read, headers=as_administrator)
    assert put.status_code == 200 and put.headers["forest-outcome"] == "unchanged"


async def test_an_old_revision_is_refused(
    client: AsyncTestClient, ledger: Any, as_administrator: Headers
) -> None:
    await ledger("plots", plot(1))
    answer = await client.patch(
        f"/api/v1/plots/{key(1)}", json={"number": "x"}, headers={**as_administrator, "If-Match": '"7"'}
    )
    assert answer.status_code == 412 and "revision 1" in answer.json()["detail"]


async def test_an_unknown_field_is_refused_by_name(ledger: Any) -> None:
    answer = await ledger("plots", plot(1, colour="green"))
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["field"] == "colour"


@pytest.mark.parametrize(
    ("record", "field"),
    [
        (plot(1, programme="nobody"), "programme"),
        (plot(1, region="999999999999"), "region"),
    ],
)
async def test_a_reference_to_nothing_names_the_field(
    ledger: Any, record: dict[str, Any], field: str
) -> None:
    answer = await ledger("plots", record)
    assert answer.status_code == 422 and answer.json()["problems"][0]["field"] == field


async def test_a_plot_without_boundary_or_crossing_itself_is_held_and_counts_nowhere(
    client: AsyncTestClient, ledger: Any, as_analyst: Headers
) -> None:
    missing = {**plot(1), "boundary": None}
    bow = {
        "type": "Polygon",
        "coordinates": [[[105, 39], [105.01, 39.01], [105.01, 39], [105, 39.01], [105, 39]]],
    }
    for record, rule in ((missing, "plot-boundary-missing"), (plot(2, bow), "plot-self-crossing")):
        answer = await ledger("plots", record)
        assert answer.status_code == 202 and answer.json()["outcome"] == "held"
        assert rule in [finding["rule"] for finding in answer.json()["findings"]]
    assert (await client.get("/api/v1/plots")).json()["items"] == []
    held = (await client.get("/api/v1/held", headers=as_analyst)).json()["items"]
    assert len(held) == 2
    await ledger("plots", plot(1))
    assert len((await client.get("/api/v1/held", headers=as_analyst)).json()["items"]) == 1


async def test_deleting_what_others_rest_on_is_a_conflict(
    client: AsyncTestClient, ledger: Any, as_administrator: Headers
) -> None:
    await ledger("plots", plot(1))
    answer = await client.delete(f"/api/v1/programmes/{PROGRAMME['code']}", headers=as_administrator)
    assert answer.status_code == 409
    assert (await client.delete(f"/api/v1/plots/{key(1)}", headers=as_administrator)).status_code == 204
    assert (await client.get(f"/api/v1/plots/{key(1)}")).status_code == 404


async def test_pages_follow_each_other_without_gap_or_double(client: AsyncTestClient, ledger: Any) -> None:
    for number in range(1, 8):
        await ledger("plots", plot(number))
    seen, address = [], "/api/v1/plots?limit=3&programme=tengger"
    while address:
        page = (await client.get(address)).json()
        seen += [item["id"] for item in page["items"]]
        address = page["next"]
    assert seen == [key(number) for number in range(1, 8)]


async def test_lists_filter_by_box_date_and_field(client: AsyncTestClient, ledger: Any) -> None:
    await ledger("plots", plot(1, square(100)))
    await ledger("plots", plot(2, square(110)))
    await ledger("plantings", planting(1, 2, "2018-04-01"))

    async def ids(query: str) -> list[str]:
        return [item["id"] for item in (await client.get(f"/api/v1/plots?{query}")).json()["items"]]

    assert await ids("bbox=99,38,101,40") == [key(1)]
    assert await ids("datetime=2018-03-01/2018-05-01") == [key(2)]
    assert await ids("number=T-1,T-2") == [key(1), key(2)]
    wrong = await client.get("/api/v1/plots?colour=green")
    assert wrong.status_code == 400 and wrong.json()["code"] == "unknown-parameter"
    assert (await client.get("/api/v1/plots?bbox=1,2,3")).status_code == 400


async def test_work_of_one_worker_and_date_is_limited_and_the_rest_is_held(ledger: Any) -> None:
    await ledger("workers", worker(1))
    assert (await ledger("shifts", shift(1, hours=10))).status_code == 201
    too_much = await ledger("shifts", shift(2, number=2, hours=7))
    assert too_much.status_code == 202 and "16" in too_much.json()["findings"][0]["message"]["en"]
    same_number = await ledger("shifts", shift(3, hours=1))
    assert same_number.status_code == 202
    fits = await ledger("shifts", shift(4, number=2, hours=6))
    assert fits.status_code == 201


async def test_overlapping_times_of_one_worker_are_held(ledger: Any) -> None:
    await ledger("workers", worker(1))
    first = shift(1, hours=4, starts_at="06:00:00", ends_at="10:00:00")
    assert (await ledger("shifts", first)).status_code == 201
    second = shift(2, number=2, hours=4, starts_at="09:00:00", ends_at="13:00:00")
    answer = await ledger("shifts", second)
    assert answer.status_code == 202 and answer.json()["findings"][0]["field"] == "starts_at"


async def test_nothing_of_a_worker_is_public_and_no_list_shows_who_they_are(
    client: AsyncTestClient, ledger: Any, as_analyst: Headers
) -> None:
    await ledger("workers", worker(1, identity={"name": "张三", "id_number": "62052119800101001X"}))
    await ledger("shifts", shift(1))
    for noun in ("workers", "shifts", "households", "crews", "held"):
        assert (await client.get(f"/api/v1/{noun}")).status_code == 401
    seen = (await client.get("/api/v1/workers", headers=as_analyst)).text
    assert "张三" not in seen and "62052119800101001X" not in seen


async def test_roles_may_do_what_they_are_for(
    client: AsyncTestClient, ledger: Any, as_recorder: Headers, as_analyst: Headers
) -> None:
    assert (await ledger("plots", plot(1), as_recorder)).status_code == 201
    assert (await ledger("plots", plot(2), as_analyst)).status_code == 403
    assert (await ledger("programmes", {**PROGRAMME, "code": "other"}, as_recorder)).status_code == 403
    bad = await client.get("/api/v1/plots", headers={"Authorization": "Bearer nobody"})
    assert bad.status_code == 401 and bad.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("body", ["", "[]", "{", '{"code": "\\u0000"}', "[" * 100_000])
async def test_hostile_bodies_get_an_answer_below_500(
    client: AsyncTestClient, as_administrator: Headers, body: str
) -> None:
    answer = await client.post(
        "/api/v1/programmes", content=body, headers={**as_administrator, "Content-Type": "application/json"}
    )
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_headline_hides_the_work_of_a_few(client: AsyncTestClient, ledger: Any) -> None:
    await ledger("workers", worker(1))
    await ledger("shifts", shift(1))
    work = (await client.get("/api/v1/headline")).json()["work"]
    assert work["person_times"] is None and work["wages_yuan"] is None
