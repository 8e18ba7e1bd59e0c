"""ODK Collect: a real exchange, from the list of forms to the record in the ledger."""

import asyncio
import csv
import hashlib
import io
from typing import Any

import asyncpg
import pytest
from litestar.testing import AsyncTestClient

from forestapi.services import tokens
from forestapi.settings import Settings
from tests.http.openrosa import Phone, message
from tests.samples import PROGRAMME, key, planting, plot, worker

Headers = dict[str, str]
RING = "39.0 105.0 1200 3;39.0 105.003 1200 4.5;39.003 105.003 1200 3;39.003 105.0 1200 3;39.0 105.0 1200 3"
SPECIES = {"code": "saxaul-x", "scientific_name": "Haloxylon x", "name_zh": "梭梭甲", "name_en": "Saxaul X"}


async def secret_of(settings: Settings, role: str, **scope: Any) -> str:
    connection = await asyncpg.connect(settings.database_url)
    secret = await tokens.create(connection, role, f"{role} {scope}", **scope)
    await connection.close()
    return secret


@pytest.fixture
async def crews(client: AsyncTestClient, as_administrator: Headers) -> None:
    """Put two crews of two programmes with their workers into the ledger, and a planted plot into the first."""
    for number, programme in ((1, PROGRAMME), (2, {**PROGRAMME, "code": "other"})):
        code = programme["code"]
        records = [("programmes", programme), ("crews", {"code": f"crew-{number}", "programme": code, "name_zh": f"{number} 班"})]
        records += [("workers", worker(10 * number + i, crew=f"crew-{number}", number=f"W{number}{i}")) for i in range(3)]
        for noun, record in [*records, ("plots", plot(number, programme=code))]:
            answer = await client.post(f"/api/v1/{noun}", json=record, headers=as_administrator)
            assert answer.status_code == 201, answer.text
    for noun, record in (("species", SPECIES), ("plantings", planting(1, 1))):
        answer = await client.post(f"/api/v1/{noun}", json=record, headers=as_administrator)
        assert answer.status_code == 201, answer.text


@pytest.fixture
async def phone(client: AsyncTestClient, settings: Settings, crews: None) -> Phone:
    """Set up a phone of the first crew's leader, and download everything."""
    phone = Phone(client, f"/odk/{await secret_of(settings, 'crew_leader', crew='crew-1')}")
    assert await phone.update() == ["planting", "plot", "shifts", "survival"]
    return phone


def day(*workers: int, **others: Any) -> dict[str, Any]:
    """Answer the form of a crew's day."""
    return {
        "crew": "crew-1", "work_date": "2018-04-02", "activity": "planting", "plot": key(1), "number": 1, "hours": 8,
        "is_paid": "yes", "pay_basis": "day", "rate_yuan": 160, "present": " ".join(key(20_000 + w) for w in workers), **others,
    }  # fmt: skip


async def rows(settings: Settings, statement: str, *values: Any) -> list[Any]:
    connection = await asyncpg.connect(settings.database_url)
    found = await connection.fetch(statement, *values)
    await connection.close()
    return found


async def test_a_phone_sees_the_lists_of_its_own_crew(phone: Phone) -> None:
    def names(form: str, file: str) -> list[str]:
        return [row["name"] for row in csv.DictReader(io.StringIO(phone.media[form][file]))]

    assert names("shifts", "crews.csv") == ["crew-1"]
    assert names("shifts", "workers.csv") == [key(20_010), key(20_011), key(20_012)]
    assert names("shifts", "plots.csv") == [key(1)]
    assert names("plot", "programmes.csv") == ["tengger"]
    assert "saxaul-x" in names("plot", "species.csv")
    assert (await phone.may_send()).status_code == 204
    assert (await phone.may_send()).headers["x-openrosa-accept-content-length"] == "20000000"


async def test_a_crew_s_day_becomes_shifts_once_however_often_it_is_sent(
    phone: Phone, client: AsyncTestClient, settings: Settings, as_administrator: Headers
) -> None:
    people = [{"worker": key(20_011), "own_hours": 5, "own_rate_yuan": 100}]
    instance, xml = phone.fill("shifts", day(10, 11, 12, different=key(20_011), people=people, photo="sheet.jpg"))
    first = await phone.send(xml)
    assert first.status_code == 201 and "3 shifts created" in message(first), first.text
    photo = ("sheet.jpg", b"\xff\xd8\xff\xc0\x00\x11\x08\x00\x10\x00\x10 a photo")
    for answer in (await phone.send(xml, photo), await phone.send(xml, photo), await phone.send(xml)):
        assert answer.status_code == 201 and message(answer) == message(first)
    found = (await client.get("/api/v1/shifts", headers=as_administrator)).json()["items"]
    told = sorted((s["worker"], s["hours"], s["wage_yuan"], s["hours_known"], s["status"], s["plot"]) for s in found)
    assert [(w[-3:], float(h), float(y), k, st, p) for w, h, y, k, st, p in told] == [
        (key(20_000 + n)[-3:], h, y, "measured", "submitted", key(1)) for n, h, y in ((10, 8, 160), (11, 5, 100), (12, 8, 160))
    ]
    kept = await rows(settings, "select * from forest.openrosa_form")
    assert [(k["instance"], k["xml"]) for k in kept] == [(instance, xml)]
    files = await rows(settings, "select file_name, sha256, bytes from forest.openrosa_file")
    assert [tuple(f) for f in files] == [("sheet.jpg", hashlib.sha256(photo[1]).hexdigest(), len(photo[1]))]
    assert (settings.data / "files" / files[0]["sha256"][:2] / f"{files[0]['sha256']}.jpg").read_bytes() == photo[1]
    photos = await rows(settings, "select subject_noun, subject::text, programme, crew, file from forest.photo")
    assert [tuple(p) for p in photos] == [("shifts", photos[0]["subject"], "tengger", "crew-1", files[0]["sha256"])]
    assert photos[0]["subject"] in {shift["id"] for shift in found}
    read = await client.get(f"/api/v1/photos/{files[0]['sha256']}", headers=as_administrator)
    assert read.content == photo[1] and read.headers["content-type"] == "image/jpeg"


async def test_other_content_under_one_instance_is_a_conflict_and_both_are_kept(phone: Phone, settings: Settings) -> None:
    instance, xml = phone.fill("shifts", day(10))
    assert (await phone.send(xml)).status_code == 201
    _, other = phone.fill("shifts", day(10, 11), instance)
    for _ in range(2):
        answer = await phone.send(other)
        assert answer.status_code == 409 and "instanceID" in message(answer)
    assert (await phone.send(xml)).status_code == 201
    kept = await rows(settings, "select instance, code, xml from forest.openrosa_refused")
    assert [tuple(row) for row in kept] == [(instance, "instance-reused", other)]
    assert len(await rows(settings, "select from forest.shift")) == 1


async def test_fifty_phones_at_once_make_one_record(phone: Phone, settings: Settings) -> None:
    _, xml = phone.fill("shifts", day(10, 11))
    answers = await asyncio.gather(*(phone.send(xml) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({message(answer) for answer in answers}) == 1
    assert len(await rows(settings, "select from forest.shift")) == 2
    assert len(await rows(settings, "select from forest.submission")) == 1
