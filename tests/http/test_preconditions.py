"""ETags, preconditions, HEAD and OPTIONS, as the standards say, on every path of the OpenAPI document."""


import msgspec
import pytest
from litestar.testing import AsyncTestClient

from forestapi.app import create_app
from forestapi.settings import Settings
from tests.samples import PROGRAMME, key, planting, plot, square

Headers = dict[str, str]
PLOT = f"/api/v1/plots/{key(1)}"


@pytest.fixture
async def first(client: AsyncTestClient, as_administrator: Headers) -> str:
    """Put a plot in, and give its ETag."""
    await client.post("/api/v1/programmes", json=PROGRAMME, headers=as_administrator)
    answer = await client.post("/api/v1/plots", json=plot(1), headers=as_administrator)
    assert answer.status_code == 201
    return answer.headers["etag"]


async def test_an_etag_is_strong_and_the_same_however_the_record_is_got(
    client: AsyncTestClient, as_administrator: Headers, first: str
) -> None:
    assert first.startswith('"1.')
    assert (await client.get(PLOT)).headers["etag"] == first
    again = await client.put(PLOT, json=plot(1), headers=as_administrator)
    assert again.headers["etag"] == first


async def test_what_the_client_has_is_not_sent_again(client: AsyncTestClient, first: str) -> None:
    for tags in (first, f'"x", {first}', f"W/{first}", "*"):
        answer = await client.get(PLOT, headers={"If-None-Match": tags})
        assert answer.status_code == 304 and answer.content == b"" and answer.headers["etag"] == first
    assert (await client.get(PLOT, headers={"If-None-Match": '"x"'})).status_code == 200


async def test_a_neighbour_changes_what_is_read_and_is_nobodys_lost_update(
    client: AsyncTestClient, as_administrator: Headers, first: str
) -> None:
    await client.post("/api/v1/plantings", json=planting(1, 1, "2018-04-01"), headers=as_administrator)
    before = (await client.get(PLOT)).headers["etag"]
    await client.post("/api/v1/plots", json=plot(2, square(105.025)), headers=as_administrator)
    await client.post("/api/v1/plantings", json=planting(2, 2, "2017-04-01"), headers=as_administrator)
    assert (await client.get(PLOT, headers={"If-None-Match": before})).status_code == 200
    changed = await client.patch(PLOT, json={"number": "x"}, headers={**as_administrator, "If-Match": before})
    assert changed.status_code == 200


@pytest.mark.parametrize(
    ("tags", "status"),
    [
        ('"1"', 200),
        ("*", 200),
        ('"7"', 412),
        ('"7", "1"', 200),
        ('W/"1"', 412),
        ("seven", 400),
        ('"1.00000000.00"', 412),
    ],
)
async def test_a_write_rests_on_what_if_match_says(
    client: AsyncTestClient, as_administrator: Headers, first: str, tags: str, status: int
) -> None:
    answer = await client.patch(PLOT, json={"number": "x"}, headers={**as_administrator, "If-Match": tags})
    assert answer.status_code == status


async def test_a_record_made_again_is_another(
    client: AsyncTestClient, as_administrator: Headers, first: str
) -> None:
    assert (await client.delete(PLOT, headers={**as_administrator, "If-Match": first})).status_code == 204
    await client.post("/api/v1/plots", json=plot(1), headers=as_administrator)
    answer = await client.patch(PLOT, json={"number": "x"}, headers={**as_administrator, "If-Match": first})
    assert answer.status_code == 412


async def test_what_is_not_there_is_404_but_if_match_makes_nothing(
    client: AsyncTestClient, as_administrator: Headers, first: str
) -> None:
    other, given = f"/api/v1/plots/{key(2)}", {**as_administrator, "If-Match": first}
    assert (await client.patch(other, json={"number": "x"}, headers=given)).status_code == 404
    assert (await client.delete(other, headers=given)).status_code == 404
    assert (await client.put(other, json=plot(2), headers=given)).status_code == 412
    fresh = {**as_administrator, "If-None-Match": "*"}
    assert (await client.put(other, json=plot(2), headers=fresh)).status_code == 201
    assert (await client.put(other, json=plot(2), headers=fresh)).status_code == 412


async def test_a_strict_instance_takes_no_write_that_does_not_say_what_it_rests_on(
    settings: Settings, as_administrator: Headers
) -> None:
    strict = msgspec.structs.replace(settings, strict_if_match=True)
    async with AsyncTestClient(create_app(strict)) as client:
        await client.post("/api/v1/programmes", json=PROGRAMME, headers=as_administrator)
        made = await client.put(PLOT, json=plot(1), headers=as_administrator)
        assert made.status_code == 201
        for method in ("put", "patch", "delete"):
            body = {} if method == "delete" else {"json": plot(1)}
            answer = await getattr(client, method)(PLOT, headers=as_administrator, **body)
            assert answer.status_code == 428 and answer.json()["code"] == "precondition-required"
        given = {**as_administrator, "If-Match": made.headers["etag"]}
        assert (await client.patch(PLOT, json={"number": "x"}, headers=given)).status_code == 200


async def test_every_path_says_its_methods_and_answers_head_as_get(
    client: AsyncTestClient, as_administrator: Headers, first: str
) -> None:
    document = (await client.get("/docs/openapi.json")).json()
    values = {
        "key": key(1),
        "id": key(1),
        "name": "planted-area",
        "z": "11",
        "x": "1",
        "y": "1",
        "layer": "plots",
    }
    assert len(document["paths"]) > 20
    for path, item in document["paths"].items():
        address = path.format_map({p: values.get(p.split(":")[0], key(1)) for p in _places(path)})
        declared = {m.upper() for m in item if m in ("get", "put", "post", "patch", "delete", "head")}
        expected = declared | {"OPTIONS"} | ({"HEAD"} if "GET" in declared else set())
        options = await client.options(address)
        assert options.status_code == 200, address
        assert set(options.headers["allow"].split(", ")) == expected, address
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - declared:
            answer = await client.request(method, address, headers=as_administrator)
            assert answer.status_code == 405, (method, address)
            assert set(answer.headers["allow"].split(", ")) == expected, address
        if "GET" in declared:
            got, head, again = [
                await client.request(m, address, headers=as_administrator) for m in ("GET", "HEAD", "GET")
            ]
            assert head.status_code == got.status_code and head.content == b"", address
            same = ["content-type", "cache-control"]
            if got.content == again.content:  # an answer that names its moment has no length or tag to compare
                same += ["etag", "content-length"]
            for header in same:
                assert head.headers.get(header) == got.headers.get(header), (address, header)
    assert (await client.options("/api/v1/nothing")).status_code == 404


def _places(path: str) -> list[str]:
    return [part.split("}")[0] for part in path.split("{")[1:]]


async def test_who_changed_this_when_and_why(
    client: AsyncTestClient, as_administrator: Headers, as_analyst: Headers, first: str
) -> None:
    why = {**as_administrator, "Forest-Reason": "%E9%87%8D%E6%B5%8B"}
    await client.patch(PLOT, json={"number": "x", "attributes": {"owner": "张三"}}, headers=why)
    found = (await client.get(f"{PLOT}/history", headers=as_analyst)).json()["items"]
    assert [(e["action"], e["revision"], e["actor"], e["reason"]) for e in found] == [
        ("create", 1, "test administrator", None),
        ("update", 2, "test administrator", "重测"),
    ]
    assert found[1]["record"]["number"] == "x" and found[0]["record"]["boundary"]["type"] == "MultiPolygon"
    public = await client.get(f"{PLOT}/history")
    assert (
        "actor" not in public.json()["items"][0] and "张三" not in public.text and "重测" not in public.text
    )
    assert (await client.get(f"/api/v1/shifts/{key(1)}/history")).status_code == 401
    then = (await client.get(PLOT, params={"as_of": found[0]["recorded_at"]}, headers=as_analyst)).json()
    assert then["number"] == "T-1" and then["revision"] == 1
    assert (await client.get(PLOT, params={"as_of": "2001-01-01T00:00:00Z"})).status_code == 404
    assert (await client.get(PLOT, params={"as_of": "yesterday"})).status_code == 400


async def test_changes_since_a_cursor(
    client: AsyncTestClient, as_analyst: Headers, as_recorder: Headers, first: str
) -> None:
    page = (await client.get("/api/v1/history?limit=5", headers=as_analyst)).json()
    assert len(page["items"]) == 5
    rest = (await client.get(f"/api/v1/history?since={page['next']}", headers=as_analyst)).json()
    assert rest["items"][-1]["noun"] == "plot" and rest["items"][-1]["key"] == key(1)
    end = (await client.get(f"/api/v1/history?since={rest['next']}&noun=plots", headers=as_analyst)).json()
    assert end == {"items": [], "next": rest["next"]}
    assert (await client.get("/api/v1/history", headers=as_recorder)).status_code == 403
    assert (await client.get("/api/v1/history")).status_code == 401
    assert (await client.get("/api/v1/history?since=x", headers=as_analyst)).status_code == 400


async def test_figures_of_the_past_over_http(
    client: AsyncTestClient, as_administrator: Headers, as_analyst: Headers, first: str
) -> None:
    before = (await client.get("/api/v1/statistics/planted-area")).json()
    await client.post("/api/v1/plantings", json=planting(1, 1, "2018-04-01"), headers=as_administrator)
    now = (await client.get("/api/v1/statistics/planted-area")).json()
    assert now["total"]["net_m2"] > before["total"]["net_m2"] == 0
    for moment in (before["as_of"], before["snapshot"]):
        then = (await client.get("/api/v1/statistics/planted-area", params={"as_of": moment})).json()
        assert then["total"] == before["total"] and then["as_of"] == moment
    work = "/api/v1/statistics/green-work"
    assert (await client.get(work, params={"as_of": now["as_of"]})).status_code == 401
    assert (await client.get(work, params={"as_of": now["as_of"]}, headers=as_analyst)).status_code == 200
    assert (await client.get(work, params={"as_of": "x"}, headers=as_analyst)).status_code == 400


async def test_a_compressed_answer_has_a_tag_of_its_own_that_every_precondition_knows(
    client: AsyncTestClient, as_administrator: Headers, first: str
) -> None:
    wide = {"number": "T-1", "attributes": {"remark": "x" * 2000}}
    await client.patch(PLOT, json=wide, headers=as_administrator)
    asked = {coding: {**as_administrator, "Accept-Encoding": coding} for coding in ("identity", "gzip")}
    answers = {coding: await client.get(PLOT, headers=headers) for coding, headers in asked.items()}
    tags = {coding: answer.headers["etag"] for coding, answer in answers.items()}
    assert answers["gzip"].headers["content-encoding"] == "gzip" and answers["gzip"].content == answers["identity"].content
    assert tags["identity"] != tags["gzip"] and not tags["gzip"].startswith("W/")
    assert all("Accept-Encoding" in answer.headers["vary"] for answer in answers.values())
    for method in ("GET", "HEAD"):
        for coding, headers in asked.items():
            fresh = await client.request(method, PLOT, headers={**headers, "If-None-Match": tags[coding]})
            assert (fresh.status_code, fresh.content, fresh.headers["etag"]) == (304, b"", tags[coding])
            assert "Accept-Encoding" in fresh.headers["vary"]
    changed = await client.patch(PLOT, json={"number": "T-2"}, headers={**as_administrator, "If-Match": tags["gzip"]})
    assert changed.status_code == 200, changed.text
