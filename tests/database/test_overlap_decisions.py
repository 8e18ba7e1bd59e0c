"""Decisions about overlaps: credit follows them exactly, through every change of the ground, and they are never lost."""

import random
from datetime import date, timedelta
from uuid import UUID

import asyncpg
import pytest
import shapely
from litestar.testing import AsyncTestClient

from forestapi import stats
from forestapi.db.transaction import Transaction
from forestapi.settings import Settings
from tests.database.ground import PROGRAMMES, Ledger, add_planting, add_plot, add_programmes, box, ewkb
from tests.samples import key

Headers = dict[str, str]


async def plant(connection: asyncpg.Connection, number: int, programme: str, boundary: shapely.Polygon, day: date | None) -> str:
    await add_plot(connection, key(number), programme, boundary)
    await add_planting(connection, key(1000 + number), key(number), "new", day)
    return key(number)


async def overlap(client: AsyncTestClient, headers: Headers, one: str, other: str) -> dict:
    found = (await client.get("/api/v1/overlaps?limit=1000", headers=headers)).json()["items"]
    return next(each for each in found if {each["earlier"], each["later"]} == {one, other})


async def test_credit_follows_any_decisions_exactly(
    client: AsyncTestClient, settings: Settings, as_administrator: Headers
) -> None:
    random_ = random.Random(7)
    connection = await asyncpg.connect(settings.database_url)
    await add_programmes(connection)
    for number in range(14):
        day = random_.choice([None, date(2018, 1, 1) + timedelta(days=random_.randrange(900))])
        ground = box(random_.randrange(5), random_.randrange(5), random_.randint(1, 3), random_.randint(1, 3))
        await plant(connection, number, random_.choice(PROGRAMMES[:2]), ground, day)
    before = await Ledger.read(connection)
    before.check()
    moments, refused = [], 0
    for turn in range(40):
        entries = (await client.get("/api/v1/overlaps?limit=1000", headers=as_administrator)).json()["items"]
        entry = random_.choice(entries)
        resolution = random_.choice(["clip", "clip", "merge", "accept", "open"])
        keeps = random_.choice([entry["earlier"], entry["later"]]) if resolution in ("clip", "merge") else None
        body = {"kind": "disputed", "resolution": resolution, "credited_to": keeps, "reason": f"turn {turn}"}
        answer = await client.post(f"/api/v1/overlaps/{entry['id']}/decision", json=body, headers=as_administrator)
        if answer.status_code == 409:
            assert answer.json()["code"] == "overlap-order"
            refused += 1
        else:
            assert answer.status_code == 200, answer.text
            if keeps and entry["is_one_programme"]:
                assert answer.json()["earlier"] == keeps
        if turn % 8 == 7:
            # a boundary becomes another: what was decided on the old one no longer holds
            moved = random_.randrange(14)
            await connection.execute(
                "update forest.plot set boundary = $2::text::geometry where id = $1::text::uuid", key(moved),
                ewkb(box(random_.randrange(5), random_.randrange(5), 2, 2)),
            )  # fmt: skip
            about = await connection.fetchval(
                "select count(*) from forest.overlap_standing where $1::text::uuid in (a, b)", key(moved)
            )
            assert about == 0
        (await Ledger.read(connection)).check()
        if turn in (5, 20):
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                moments.append(await stats.answer(Transaction(connection, "test"), stats.get("planted-area"), by=("programme",)))
    assert 0 < refused < 30
    kept = await connection.fetch("select plot, credited_m2 from forest.credit order by plot")
    await connection.execute("select forest.credit_rebuild()")
    for old, new in zip(kept, await connection.fetch("select plot, credited_m2 from forest.credit order by plot"), strict=True):
        assert abs(old["credited_m2"] - new["credited_m2"]) < 1e-6
    # As it was known then, decisions too.
    for was in moments:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            again = await stats.answer(
                Transaction(connection, "test"), stats.get("planted-area"), by=("programme",), as_of=was["snapshot"]
            )
        assert (again["rows"], again["total"]) == (was["rows"], was["total"])
    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError):
        await connection.execute("delete from forest.overlap_decision")
    await connection.close()


async def test_an_overlap_is_told_by_its_evidence_decided_with_a_reason_and_opened_by_another_boundary(
    client: AsyncTestClient, settings: Settings, as_administrator: Headers, as_analyst: Headers
) -> None:
    connection = await asyncpg.connect(settings.database_url)
    await add_programmes(connection)
    one, two = PROGRAMMES[:2]
    a = await plant(connection, 1, one, box(0, 0, 4, 4), date(2017, 3, 1))
    b = await plant(connection, 2, one, box(0, 0, 4, 4), date(2017, 3, 20))
    c = await plant(connection, 3, one, box(1, 1, 2, 2), date(2019, 4, 1))
    d = await plant(connection, 4, two, box(3, 3, 4, 4), date(2018, 4, 1))
    told = {frozenset(pair): await overlap(client, as_analyst, *pair) for pair in ((a, b), (a, c), (a, d))}
    assert [(e["kind"], e["proposal"], e["decision"]) for e in told.values()] == [
        ("duplicate", "merge", None), ("replanting", "accept", None), ("disputed", None, None)]  # fmt: skip
    assert told[frozenset((a, b))]["earlier_credited_m2"] > 0 and abs(told[frozenset((a, b))]["later_credited_m2"]) < 1e-3

    address = f"/api/v1/overlaps/{told[frozenset((a, b))]['id']}"
    good = {"kind": "duplicate", "resolution": "merge", "credited_to": b, "reason": "b was measured"}
    for wrong, field in (({"credited_to": c}, "credited_to"), ({"credited_to": None}, "credited_to"), ({"reason": " "}, "reason"),
                         ({"resolution": "accept"}, "credited_to")):  # fmt: skip
        answer = await client.post(f"{address}/decision", json=good | wrong, headers=as_administrator)
        assert answer.status_code == 400 and answer.json()["problems"][0]["field"] == field
    assert (await client.post(f"{address}/decision", json=good, headers=as_analyst)).status_code == 403
    for _ in range(2):  # once more changes nothing
        answer = await client.post(f"{address}/decision", json=good, headers=as_administrator)
        assert answer.status_code == 200, answer.text
        made = answer.json()
        assert made["earlier"] == b and made["decision"] == "merge" and len(made["decisions"]) == 1
    assert abs(made["later_credited_m2"]) < 1e-3 < made["earlier_credited_m2"]
    (await Ledger.read(connection)).check()
    assert await connection.fetchval("select count(*) from forest.history where noun = 'overlap_decision'") == 1

    feature = (await client.get(f"/ogc/collections/overlaps/items/{made['id']}")).json()
    assert feature["properties"]["decision"] == "merge" and "reason" not in feature["properties"]

    # Across programmes a decision is kept, and credit of neither changes.
    across = told[frozenset((a, d))]
    before = await connection.fetch("select * from forest.credit order by plot")
    answer = await client.post(
        f"/api/v1/overlaps/{across['id']}/decision",
        json={"kind": "disputed", "resolution": "clip", "credited_to": d, "reason": "theirs"}, headers=as_administrator,
    )  # fmt: skip
    assert answer.json()["decision"] == "clip" and await connection.fetch("select * from forest.credit order by plot") == before

    await connection.execute("update forest.plot set boundary = $2::text::geometry where id = $1::text::uuid", b, ewkb(box(0, 0, 4, 3)))
    entry = (await client.get(address, headers=as_analyst)).json()
    assert entry["decision"] is None and entry["earlier"] == a and [m["is_standing"] for m in entry["decisions"]] == [False]
    (await Ledger.read(connection)).check()
    assert UUID(entry["id"]) == UUID(made["id"])
    open_ones = (await client.get("/api/v1/overlaps?decision=open&programme=" + one, headers=as_analyst)).json()["items"]
    assert {e["id"] for e in open_ones} >= {entry["id"]} and across["id"] not in {e["id"] for e in open_ones}
    await connection.close()
