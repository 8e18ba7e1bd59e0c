"""Who sees what of ODK Collect: names on phones, forms of other crews, a phone that was set up again."""

import asyncio
from typing import Any

import asyncpg
import pytest
from litestar.testing import AsyncTestClient

from forestapi.settings import Settings
from tests.http.openrosa import Phone, message
from tests.http.test_odk import crews, day, phone, rows, secret_of  # noqa: F401 - fixtures
from tests.samples import key, worker

Headers = dict[str, str]
CANARY = "金丝雀"


@pytest.fixture
async def named(client: AsyncTestClient, as_administrator: Headers, crews: None) -> None:  # noqa: F811
    """Give a worker of each crew a name."""
    for number in (1, 2):
        record = worker(10 * number, crew=f"crew-{number}", number=f"W{number}0", identity={"name": f"{CANARY}{number}"})
        answer = await client.put(f"/api/v1/workers/{record['id']}", json=record, headers=as_administrator)
        assert answer.status_code == 200, answer.text


async def test_names_are_on_the_phones_of_those_who_may_read_them_and_in_no_table(
    client: AsyncTestClient, settings: Settings, named: None, as_administrator: Headers
) -> None:
    leader = Phone(client, f"/odk/{await secret_of(settings, 'crew_leader', crew='crew-1')}")
    await leader.update()
    listed = leader.media["shifts"]["workers.csv"]
    assert f"{key(20_010)},{CANARY}1,crew-1" in listed and f"{CANARY}2" not in listed
    recorder = Phone(client, f"/odk/{await secret_of(settings, 'recorder', programmes=['tengger'])}")
    await recorder.update()
    assert CANARY not in recorder.media["shifts"]["workers.csv"] and "W10 女 1980" in recorder.media["shifts"]["workers.csv"]
    log = (await client.get("/api/v1/access-log", headers=as_administrator)).json()["items"]
    assert [(e["worker"], e["role"], e["action"]) for e in log] == [(key(20_010), "crew_leader", "read name")]
    people = [{"worker": key(20_010), "own_hours": 4}]
    assert (await leader.send(leader.fill("shifts", day(10, different=key(20_010), people=people))[1])).status_code == 201
    for table in await rows(settings, "select oid::regclass::text as t from pg_class where relnamespace = 'forest'::regnamespace and relkind = 'r'"):
        found = await rows(settings, f"select count(*) from {table['t']} x where x::text like '%{CANARY}%'")
        assert found[0][0] == 0, table["t"]


async def test_a_phone_that_was_set_up_again_sends_what_it_had_sent(
    phone: Phone, client: AsyncTestClient, settings: Settings  # noqa: F811
) -> None:
    instance, xml = phone.fill("shifts", day(10))
    first = await phone.send(xml)
    again = Phone(client, f"/odk/{await secret_of(settings, 'crew_leader', crew='crew-1', days=9)}")
    other = Phone(client, f"/odk/{await secret_of(settings, 'crew_leader', crew='crew-2')}")
    assert message(await again.send(xml)) == message(first)
    await again.update()
    assert (await again.send(again.fill("shifts", day(11), instance)[1])).status_code == 409
    await other.update()
    answer = await other.send(other.fill("shifts", day(20, crew="crew-2"), instance)[1])
    assert answer.status_code == 409 and "T-1" not in message(answer)
    assert len(await rows(settings, "select from forest.shift")) == 1


async def test_photos_of_many_phones_at_once_are_kept_whole(phone: Phone, settings: Settings) -> None:  # noqa: F811
    _, xml = phone.fill("plot", {"programme": "tengger", "number": "P", "is_planted": "no", "photo": "a.jpg"})
    photo = ("a.jpg", b"\xff\xd8" + bytes(3_000_000))
    answers = await asyncio.gather(*(phone.send(xml, photo) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {201}
    kept = [path for path in (settings.data / "files").rglob("*") if path.is_file()]
    assert [path.stat().st_size for path in kept] == [3_000_002]


async def test_what_came_is_listed_for_those_who_may_see_it(
    phone: Phone, client: AsyncTestClient, settings: Settings, as_administrator: Headers, as_analyst: Headers  # noqa: F811
) -> None:
    instance, xml = phone.fill("shifts", day(10, 20))
    assert (await phone.send(xml)).status_code == 201
    assert (await phone.send(b"<a>")).status_code == 400
    own = {"Authorization": f"Bearer {phone.root.removeprefix('/odk/')}"}
    other = {"Authorization": f"Bearer {await secret_of(settings, 'crew_leader', crew='crew-2')}"}
    manager = {"Authorization": f"Bearer {await secret_of(settings, 'programme_administrator', programmes=['tengger'])}"}

    async def listed(headers: Headers, what: str = "submissions", **query: str) -> Any:
        answer = await client.get(f"/api/v1/odk/{what}", params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    for headers, forms, refused in ((own, 1, 1), (manager, 1, 0), (as_administrator, 1, 1), (other, 0, 0)):
        assert (len(await listed(headers)), len(await listed(headers, "refused"))) == (forms, refused)
        form = await client.get(f"/api/v1/odk/submissions/{instance}", headers=headers)
        assert form.status_code == (200 if forms else 404)
    assert form.status_code == 404
    found = (await listed(manager, outcome="held"))[0]
    assert [(o["noun"], o["outcome"]) for o in found["outcomes"]] == [("shifts", "created"), ("shifts", "held")]
    assert await listed(manager, outcome="refused") == [] and await listed(manager, before=found["received_at"]) == []
    assert (await client.get(f"/api/v1/odk/submissions/{instance}", headers=own)).content == xml
    assert (await client.get("/api/v1/odk/submissions", headers=as_analyst)).status_code == 403
    assert (await client.get("/api/v1/odk/submissions")).status_code == 401


async def test_the_database_itself_keeps_crews_apart(phone: Phone, settings: Settings) -> None:  # noqa: F811
    assert (await phone.send(phone.fill("shifts", day(10))[1], ("a.jpg", b"a"))).status_code == 201
    assert (await phone.send(b"<a>")).status_code == 400
    connection = await asyncpg.connect(settings.database_url)
    for programmes, crew, actor, seen in (("tengger", "crew-1", "x", 0), ("other", "*", "x", 0), ("tengger", "*", "x", 1), ("", "", "x", 0)):
        async with connection.transaction():
            await connection.execute("set local role forest_crew_leader")
            for name, value in (("scope_programmes", programmes), ("scope_crew", crew), ("actor", actor)):
                await connection.execute("select set_config($1, $2, true)", f"forest.{name}", value)
            assert await connection.fetchval("select count(*) from forest.openrosa_form") == seen
            assert await connection.fetchval("select count(*) from forest.openrosa_file") == 0
            assert await connection.fetchval("select count(*) from forest.openrosa_refused") == 0
            for statement in ("update forest.openrosa_form set form = ''", "delete from forest.openrosa_refused"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    async with connection.transaction():
                        await connection.execute(statement)
    await connection.close()
