"""Two fences: what each role reaches, and that either one holds when the other is switched off."""

from typing import Any

import asyncpg
import pytest
from litestar.testing import AsyncTestClient

from forestapi import access
from forestapi.db.sql import Sql
from forestapi.db.transaction import transaction
from forestapi.records import nouns
from forestapi.services import tokens
from forestapi.settings import Settings
from forestapi.store import scopes
from tests.samples import PROGRAMME, key, plot, shift, worker

Headers = dict[str, str]
CANARY = "金丝雀"
PRIVATE = ("workers", "shifts", "crews", "households")


async def headers_of(settings: Settings, role: str, **scope: Any) -> Headers:
    connection = await asyncpg.connect(settings.database_url)
    secret = await tokens.create(connection, role, f"test {role}", **scope)
    await connection.close()
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
async def crews(client: AsyncTestClient, as_administrator: Headers) -> None:
    """Put two crews with a named worker and a shift each into two programmes."""
    for number, programme in ((1, PROGRAMME), (2, {**PROGRAMME, "code": "other"})):
        code = programme["code"]
        identity = {"name": f"{CANARY}{number}", "id_number": f"62052119800101001{number}"}
        for noun, record in (
            ("programmes", programme),
            ("crews", {"code": f"crew-{number}", "programme": code, "name_zh": f"{number} 班"}),
            ("workers", worker(number, crew=f"crew-{number}", identity=identity)),
            ("plots", plot(number, programme=code, attributes={"owner": CANARY})),
            ("shifts", shift(number, number, programme=code, crew=f"crew-{number}")),
        ):
            answer = await client.post(f"/api/v1/{noun}", json=record, headers=as_administrator)
            assert answer.status_code == 201, answer.text


@pytest.fixture(params=["both", "database only", "application only"])
def fences(request: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Switch one of the fences off: the application's guards, or the roles of the database."""
    if request.param == "database only":
        monkeypatch.setattr(access, "allows", lambda role, roles: True)
        monkeypatch.setattr("forestapi.store.scopes.reaches", lambda scope: access.Scope())
        monkeypatch.setattr("forestapi.routes.statistics.reaches", lambda scope: access.Scope())
    elif request.param == "application only":
        monkeypatch.setattr(
            "forestapi.db.transaction._BEGIN",
            "select set_config('forest.actor', $1, true), $2::text, $3::text, $4::text, $5::text, "
            "set_config('forest.reason', $6, true), set_config('forest.role', $7, true)",
        )
    return request.param


async def test_the_database_has_its_fence(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url)
    assert await connection.fetchval("select forest.is_fenced()")
    for setting in ("", "*"):
        async with connection.transaction():
            await connection.execute("set local role forest_crew_leader")
            await connection.execute(f"select set_config('forest.scope_programmes', '{setting}', true)")
            assert await connection.fetchval("select count(*) from forest.shift") == 0
    await connection.close()


async def test_the_public_reads_nothing_of_people(client: AsyncTestClient, crews: None, fences: str) -> None:
    for noun in PRIVATE:
        for address in (f"/api/v1/{noun}", f"/api/v1/{noun}/{key(30_001)}"):
            answer = await client.get(address)
            assert answer.status_code in (401, 404), (address, answer.text)
    for address in ("/api/v1/held", "/api/v1/access-log", f"/api/v1/workers/{key(20_001)}/identity",
                    "/api/v1/statistics/green-work"):  # fmt: skip
        answer = await client.get(address, headers={})
        assert answer.status_code in (400, 401, 404), (address, answer.text)
    for address in ("/api/v1/plots", f"/api/v1/plots/{key(1)}", "/api/v1/headline", "/", "/tiles/plots/12/3249/1569.mvt"):
        answer = await client.get(address)
        assert answer.status_code == 200 and CANARY.encode() not in answer.content, (address, answer.text)


async def test_another_crew_s_objects_are_not_there(
    client: AsyncTestClient, settings: Settings, crews: None, fences: str
) -> None:
    for headers in (
        await headers_of(settings, "crew_leader", crew="crew-1"),
        await headers_of(settings, "recorder", programmes=["tengger"]),
        await headers_of(settings, "programme_administrator", programmes=["tengger"]),
    ):
        for noun, own, other in (
            ("shifts", key(30_001), key(30_002)),
            ("workers", key(20_001), key(20_002)),
            ("crews", "crew-1", "crew-2"),
        ):
            listed = (await client.get(f"/api/v1/{noun}", headers=headers)).json()["items"]
            assert [item[nouns()[noun].key] for item in listed] == [own]
            assert (await client.get(f"/api/v1/{noun}/{own}", headers=headers)).status_code == 200
            for answer in (
                await client.get(f"/api/v1/{noun}/{other}", headers=headers),
                await client.delete(f"/api/v1/{noun}/{other}", headers=headers),
                await client.patch(f"/api/v1/{noun}/{other}", json={"region": None}, headers=headers),
            ):
                assert answer.status_code == 404, answer.text
        taken = await client.post("/api/v1/shifts", json=shift(2, 2, programme="tengger", crew="crew-1"), headers=headers)
        assert taken.status_code in (404, 409), taken.text
        foreign = await client.post("/api/v1/shifts", json=shift(9, 1, programme="other", crew="crew-2"), headers=headers)
        assert foreign.status_code in (403, 404), foreign.text


async def test_a_clash_with_another_crew_is_told_without_what_it_is(
    client: AsyncTestClient, settings: Settings, as_administrator: Headers, crews: None, fences: str
) -> None:
    def own(index: int, **others: Any) -> dict[str, Any]:
        work = {"starts_at": "09:30:00", "ends_at": "11:30:00", "hours": 2, "quantity": 2, "wage_yuan": 20, "rate_yuan": 10,
                "pay_basis": "hour", "number": 2, "status": "submitted"}  # fmt: skip
        return shift(index, 1, "2018-06-01", programme="tengger", crew="crew-1", **{**work, **others})

    theirs = shift(50, 1, "2018-06-01", programme="other", crew="crew-2", starts_at="08:13:00", ends_at="10:17:00", hours=15)
    assert (await client.post("/api/v1/shifts", json=theirs, headers=as_administrator)).status_code == 201
    headers = await headers_of(settings, "crew_leader", crew="crew-1")
    for record, rule in (
        (own(51), "shift-times-overlap"),
        (own(52, number=1, starts_at="12:00:00", ends_at="12:30:00", hours=0.5, quantity=0.5, wage_yuan=5), "shift-duplicate"),
        (own(53, starts_at="12:00:00", ends_at="14:00:00"), "shift-day-too-long"),
    ):
        for address, body in (("check", {"noun": "shifts", "record": record}), ("shifts", record)):
            answer = await client.post(f"/api/v1/{address}", json=body, headers=headers)
            found = answer.json()["results"][0] if address == "check" else answer.json()
            assert (found["outcome"], [f["rule"] for f in found["findings"]]) == ("held", [rule]), answer.text
            if fences != "database only":  # without its own guard the application sees what the database shows it
                assert not any(word in answer.text for word in ("08:13", "10:17", "crew-2", key(30_050)))


async def test_identities_are_read_with_a_reason_and_every_reading_is_logged(
    client: AsyncTestClient, settings: Settings, as_administrator: Headers, crews: None
) -> None:
    address = f"/api/v1/workers/{key(20_001)}/identity"
    why = {"Forest-Reason": "wage%20dispute"}
    assert (await client.get(address, headers=as_administrator)).status_code == 400
    read = await client.get(address, headers={**as_administrator, **why})
    assert read.json()["name"] == f"{CANARY}1" and read.headers["cache-control"] == "private, no-store"
    manager = await headers_of(settings, "programme_administrator", programmes=["other"])
    assert (await client.get(address, headers={**manager, **why})).status_code == 404
    for role in ("recorder", "analyst", "auditor"):
        answer = await client.get(address, headers={**await headers_of(settings, role), **why})
        assert answer.status_code == 403
    auditor = await headers_of(settings, "auditor")
    entries = (await client.get("/api/v1/access-log", headers=auditor)).json()["items"]
    assert [(e["actor"], e["reason"]) for e in entries] == [("test administrator", "wage dispute")]


async def test_no_table_holds_a_name_and_erasing_destroys_the_key(
    client: AsyncTestClient, settings: Settings, pool: asyncpg.Pool, as_administrator: Headers, crews: None
) -> None:
    from uuid import UUID

    from forestapi.services import people

    async with transaction(pool, "test") as tx:
        for row in await tx.rows("select schemaname || '.' || tablename as t from pg_tables where schemaname = 'people'"):
            text = await tx.value(f"select string_agg(x::text, ' ') from {row['t']} x")
            assert CANARY not in (text or "") and "62052119800101001" not in (text or "")
        await people.erase(tx, UUID(key(20_001)), "asked for", people.erasures(settings.data))
    headers = {**as_administrator, "Forest-Reason": "look again"}
    assert (await client.get(f"/api/v1/workers/{key(20_001)}/identity", headers=headers)).status_code == 404
    assert (await client.get(f"/api/v1/workers/{key(20_001)}", headers=headers)).status_code == 200


async def test_tokens_end_rotate_and_are_revoked_at_once(client: AsyncTestClient, settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url)

    async def status(secret: str) -> int:
        headers = {"Authorization": f"Bearer {secret}"}
        return (await client.get("/api/v1/workers", headers=headers)).status_code

    old = await tokens.create(connection, "analyst", "one", days=1)
    new = await tokens.rotate(connection, str((await tokens.list_all(connection))[0]["id"]))
    assert (await status(old), await status(new)) == (401, 200)
    await connection.execute("update forest.token set expires_at = now()")
    assert await status(new) == 401
    await connection.close()


async def test_the_spatial_index_is_used_by_every_role(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url)
    await connection.execute("set enable_seqscan = off")
    for role in await connection.fetchval("select forest.roles()"):
        async with connection.transaction():
            await connection.execute(f"set local role {role}")
            plan = await connection.fetch(
                "explain select id from forest.plots where boundary && ST_MakeEnvelope(105, 39, 106, 40, 4326)"
            )
        assert any("plot_boundary_gix" in line[0] for line in plan), (role, plan)
    await connection.close()


SCOPES = (
    access.Scope(("tengger",)), access.Scope(("other",)), access.Scope(("tengger", "other")), access.Scope(("none",)),
    access.Scope(("tengger",), "crew-1"), access.Scope(("other",), "crew-2"), access.Scope(("tengger",), "crew-2"),
)  # fmt: skip
BESIDE_NOUNS = {
    "held": lambda scope: scopes.held_within(scope, "x"), "held_decision": lambda scope: scopes.held_within(scope, "x"),
    "device": lambda scope: scopes.of_crew(scope, "x"), "photo": lambda scope: scopes.of_crew(scope, "x"),
    "submission": lambda scope: scopes.submission_within(scope, "phone"),
}  # fmt: skip


async def test_the_application_s_scope_and_the_database_s_are_the_same_for_every_noun(
    settings: Settings, crews: None, pool: asyncpg.Pool
) -> None:
    """Rows that the conditions of `store/scopes.py` find as the owner are those that row policies leave to the role."""
    async with transaction(pool, "test") as tx:
        for number, code in ((1, "tengger"), (2, "other")):
            crew = f"crew-{number}"
            await tx.run("insert into forest.household (id) values ($1)", key(40_000 + number))
            await tx.run("update forest.worker set household = $1 where crew = $2", key(40_000 + number), crew)
            await tx.run(
                "insert into forest.payment (id, worker, programme, crew, month, paid_on, method, items, net_yuan) values ($1, $2, $3, $4,"
                """ '2018-04', '2018-05-01', 'cash', '[{"item": "wage", "amount_yuan": 1}]', 1)""",
                key(41_000 + number), key(20_000 + number), code, crew)  # fmt: skip
            await tx.run("insert into forest.device (id, programme, crew, label, made_by) values ($1, $2, $3, 'd', 't')",
                         key(42_000 + number), code, crew)  # fmt: skip
            await tx.run("insert into forest.photo (id, programme, crew, file, subject_noun, subject, taken_at, mime, size)"
                         " values ($1, $2, $3, 'f', 'plots', $1, now(), 'image/png', 1)", key(43_000 + number), code, crew)  # fmt: skip
            for noun in ("shifts", "plots"):
                await tx.run("insert into forest.held (id, noun, programme, identity, record, findings, actor) values"
                             " (gen_random_uuid(), $1, $2, $2 || $1, jsonb_build_object('crew', $3::text), '[]', 't')", noun, code, crew)  # fmt: skip
                await tx.run("insert into forest.held_decision (id, held, noun, programme, identity, record, findings, actor, held_by, decision,"
                             " reason, companions, received_at) values (gen_random_uuid(), gen_random_uuid(), $1, $2, 'i',"
                             " jsonb_build_object('crew', $3::text), '[]', 't', 'h', 'discard', 'r', '[]', now())", noun, code, crew)  # fmt: skip
            for actor in ("phone", "office"):
                await tx.run("insert into forest.submission (id, noun, file_name, sha256, programme, actor, counts) values"
                             " (gen_random_uuid(), 'plots', 'f', 's', $1, $2, '{}')", code, actor)  # fmt: skip
        await tx.run("insert into forest.household (id) values ($1)", key(40_009))  # of which no worker is known
    private = {name: noun for name, noun in nouns().items() if access.PUBLIC not in noun.readers}
    assert set(private) >= {"shifts", "workers", "crews", "households", "payments"}
    for scope in SCOPES:
        actor = access.Actor("programme_administrator", "phone", scope)
        asked = {noun.view: (noun.key, scopes.within(name, scope)) for name, noun in private.items()}
        asked |= {f"{table} x": ("id", within(scope)) for table, within in BESIDE_NOUNS.items()}
        for name, (column, condition) in asked.items():
            async with transaction(pool, "test") as tx:
                ours = await tx.rows(Sql(f"select {column}::text as k from forest.{name} where {{}}", condition))
            async with transaction(pool, actor, is_read_only=True) as tx:
                theirs = await tx.rows(f"select {column}::text as k from forest.{name}")
            assert {row["k"] for row in ours} == {row["k"] for row in theirs}, (name, scope)
            if scope.programmes == ("tengger", "other"):
                assert len(theirs) >= 2, name  # each of them has rows to tell apart
