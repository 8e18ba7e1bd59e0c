"""What the forms of ODK Collect become, and what is done with hostile ones."""

import base64
import random
import time
from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from forestapi.routes import _request
from forestapi.services.collecting._answers import MAX_DEPTH
from forestapi.settings import Settings
from tests.http.openrosa import HEADERS, Phone, message
from tests.http.test_odk import RING, crews, day, phone, rows, secret_of  # noqa: F401 - fixtures
from tests.samples import key

Headers = dict[str, str]
LINE = {"species": "saxaul-x", "design_holes": 400, "planted_count": 390}


def walked(**others: Any) -> dict[str, Any]:
    return {"programme": "tengger", "number": "Z-1", "boundary": RING, "is_planted": "yes", "planted_on": "2018-04-02",
            "lines": [LINE], "remarks": "沙丘北坡", **others}  # fmt: skip


async def one(client: AsyncTestClient, noun: str, headers: Headers, **query: str) -> Any:
    items = (await client.get(f"/api/v1/{noun}", params=query, headers=headers)).json()["items"]
    assert len(items) == 1, items
    return items[0]


async def test_a_walked_plot_is_on_the_map_with_its_planting(
    phone: Phone, client: AsyncTestClient, as_administrator: Headers  # noqa: F811
) -> None:
    _, xml = phone.fill("plot", walked())
    answer = await phone.send(xml)
    assert answer.status_code == 201 and "1 plots created; 1 plantings created" in message(answer), answer.text
    found = await one(client, "plots", as_administrator, number="Z-1")
    assert found["boundary"]["coordinates"][0][0][0] == [105.0, 39.0]
    assert (found["capture_method"], found["accuracy_m"], found["lifecycle"]) == ("gnss_points", 4.5, "planted")
    assert found["area_m2"] == pytest.approx(86_400, rel=0.01) and found["attributes"] == {"remarks": "沙丘北坡"}
    assert found["evidence"] and found["credited_m2"] > 0
    planting = await one(client, "plantings", as_administrator, plot=found["id"])
    assert planting["lines"][0]["design_holes"] == 400
    assert await phone.update() and found["id"] in phone.media["planting"]["plots.csv"]


async def test_a_plot_that_is_held_takes_its_planting_along(
    phone: Phone, client: AsyncTestClient, settings: Settings, as_administrator: Headers  # noqa: F811
) -> None:
    bow_tie = "39 105 0 0;39.003 105.003 0 0;39 105.003 0 0;39.003 105 0 0;39 105 0 0"
    for number, boundary in (("Z-2", bow_tie), ("Z-3", ""), ("Z-4", "here and there"), ("Z-5", "39 105 0 0;39 105 0 0")):
        _, xml = phone.fill("plot", walked(number=number, boundary=boundary))
        answer = await phone.send(xml)
        assert answer.status_code == 201, answer.text
        assert "1 plots held" in message(answer) or "1 plots refused" in message(answer), message(answer)
    held = (await client.get("/api/v1/held", headers=as_administrator)).json()["items"]
    assert {"Z-2", "Z-3"} <= {h["record"]["number"] for h in held}
    seen = (await client.get("/api/v1/held", headers={"Authorization": f"Bearer {phone.root.removeprefix('/odk/')}"})).json()
    assert len(seen["items"]) == len(held)
    accuracy = next(h["record"] for h in held if h["record"]["number"] == "Z-2")
    assert (accuracy["capture_method"], accuracy["accuracy_m"]) == ("digitised", None)
    first = next(h["id"] for h in held if h["record"]["number"] == "Z-2")
    detail = (await client.get(f"/api/v1/held/{first}", headers=as_administrator)).json()
    assert detail["companions"][0][0] == "plantings"
    assert len(await rows(settings, "select from forest.openrosa_form")) == 4


async def test_plantings_and_survival_checks_of_a_plot_and_of_one_that_is_not_there(
    phone: Phone, client: AsyncTestClient, as_administrator: Headers  # noqa: F811
) -> None:
    _, infill = phone.fill("planting", {"plot": key(1), "kind": "infill", "started_on": "2019-04-02", "lines": [LINE, LINE | {"species": "nothing"}]})
    assert "1 plantings refused" in message(await phone.send(infill))
    _, infill = phone.fill("planting", {"plot_number": "T-1", "kind": "infill", "started_on": "2019-04-02", "lines": [LINE]})
    assert "1 plantings created" in message(await phone.send(infill))
    strips = [{"sample": 100, "live": 87}, {"sample": 50, "live": 41}]
    check = {"surveyed_on": "2019-09-01", "stage": "first_season", "strips": strips, "vegetation_cover": 35, "damage": "drought pest", "checker": "王"}
    _, survey = phone.fill("survival", {"plot": key(1), **check})
    answer = await phone.send(survey)
    assert "1 surveys created" in message(answer), message(answer)
    found = await one(client, "surveys", as_administrator, plot=key(1))
    assert (found["sample_holes"], found["live_holes"], found["vegetation_cover"]) == (150, 128, 0.35)
    assert found["damage"] == ["drought", "pest"] and "87/100; 41/50" in found["method"]
    for form, answers in (("survival", {"plot": "", "plot_number": "Z-9", **check}),
                          ("planting", {"plot": key(2), "kind": "new", "started_on": "2019-04-02", "lines": [LINE]})):  # fmt: skip
        _, xml = phone.fill(form, answers)
        answer = await phone.send(xml)
        assert answer.status_code == 201 and "held" in message(answer), message(answer)
    held = (await client.get("/api/v1/held", headers=as_administrator)).json()["items"]
    assert sorted(h["findings"][0]["rule"] for h in held) == ["planting-plot-unknown", "survey-plot-unknown"]
    seen = await client.get("/api/v1/held", headers={"Authorization": f"Bearer {phone.root.removeprefix('/odk/')}"})
    assert len(seen.json()["items"]) == 2


async def test_one_bad_row_does_not_block_the_rest(
    phone: Phone, client: AsyncTestClient, as_administrator: Headers  # noqa: F811
) -> None:
    _, xml = phone.fill("shifts", day(10, 20, 11, plot="", plot_number="nowhere-1"))
    answer = await phone.send(xml)
    assert answer.status_code == 201 and "3 shifts held" in message(answer), message(answer)
    people = [{"worker": key(20_011), "own_hours": "many"}]
    _, xml = phone.fill("shifts", day(10, 20, 11, people=people))
    answer = await phone.send(xml)
    assert "1 shifts created; 1 shifts held; 1 shifts refused" in message(answer), message(answer)
    held = (await client.get("/api/v1/held", headers=as_administrator)).json()["items"]
    assert [h["findings"][0]["rule"] for h in held].count("shift-worker-unknown") == 2
    _, foreign = phone.fill("shifts", day(20, crew="crew-2"))
    answer = await phone.send(foreign)
    assert answer.status_code == 201 and "1 shifts refused" in message(answer), message(answer)
    _, foreign = phone.fill("plot", walked(programme="other"))
    answer = await phone.send(foreign)
    assert answer.status_code == 201 and "1 plots refused" in message(answer), message(answer)
    shifts = (await client.get("/api/v1/shifts", headers=as_administrator)).json()["items"]
    assert [s["worker"] for s in shifts] == [key(20_010)]
    double = phone.fill("shifts", day(10))[1]
    assert "1 shifts held" in message(await phone.send(double))


HOSTILE = {
    "billion laughs": b'<!DOCTYPE d [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><data id="plot">&b;</data>',
    "external entity": b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><data id="plot"><number>&x;</number></data>',
    "external DTD": b'<!DOCTYPE data SYSTEM "http://127.0.0.1:1/x.dtd"><data id="plot"/>',
    "parameter entity": b'<!DOCTYPE d [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><data id="plot"/>',
    "deep": b'<data id="plot">' + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</data>",
    "wide": b'<data id="plot">' + b"<a/>" * 60_000 + b"</data>",
    "20 MB": b'<data id="plot"><number>' + b"x" * 20_000_000 + b"</number></data>",
    "cut short": b'<data id="plot"><number>1</num',
    "no XML": b"\x00\xff\xfe not XML",
    "empty": b"",
    "unknown encoding": b'<?xml version="1.0" encoding="x-none"?><data id="plot"/>',
    "nameless": b'<data id="plot"><number>1</number></data>',
    "unknown form": b'<data id="../plot"><meta><instanceID>uuid:1</instanceID></meta></data>',
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_hostile_forms_are_refused_at_once_and_kept(phone: Phone, settings: Settings, kind: str) -> None:  # noqa: F811
    began = time.process_time()
    answer = await phone.send(HOSTILE[kind])
    assert 400 <= answer.status_code < 500 and time.process_time() - began < 2, answer.text
    assert "root:" not in message(answer)
    kept = await rows(settings, "select xml from forest.openrosa_refused")
    assert [row["xml"] for row in kept] == [HOSTILE[kind]]
    assert (await phone.may_send()).status_code == 204


async def test_odd_boundaries_are_answered_at_once(phone: Phone, settings: Settings) -> None:  # noqa: F811
    crossing = ";".join(f"{39 + (i * 7919 % 2000) / 2e5} {105 + i / 2e5} 0 0" for i in range(2_000))
    many = ";".join(f"{39 + i / 1e6} {105 + i % 7 / 1e3} 0 0" for i in range(40_000))
    for number, odd in enumerate((crossing, many, "nan nan 0 0;inf 0 0 0;39 105 0 0", "5000 5000 0 0;1e400 1 0 0;1 1 0 0")):
        began = time.process_time()
        answer = await phone.send(phone.fill("plot", walked(number=f"O-{number}", boundary=odd, lines=[]))[1])
        assert answer.status_code == 201 and "created" not in message(answer), message(answer)
        assert time.process_time() - began < 2  # the machine may be busy with other tests
    assert await rows(settings, "select from forest.plot where number like 'O-%'") == []


async def test_what_is_larger_than_a_request_may_be(phone: Phone, client: AsyncTestClient) -> None:  # noqa: F811
    answer = await phone.send(b"<data/>", ("a.jpg", b"x" * 33_000_000))
    assert answer.status_code == 413 and "太大" in message(answer) or "过大" in message(answer)
    none = await client.post(f"{phone.root}/submission", files=[("other", b"x")], headers=HEADERS)
    assert none.status_code == 400 and "xml_submission_file" in message(none)
    assert MAX_DEPTH < 32


async def test_tokens_in_addresses_and_as_passwords(
    client: AsyncTestClient, settings: Settings, phone: Phone, as_analyst: Headers  # noqa: F811
) -> None:
    for address in ("/odk/forest_wrong/formList", "/odk/forest_wrong/submission"):
        answer = await client.get(address)
        assert answer.status_code == 403 and message(answer) and "www-authenticate" not in answer.headers
    assert (await client.get("/odk/formList")).headers["www-authenticate"].startswith("Basic")
    analyst = as_analyst["Authorization"].removeprefix("Bearer ")
    assert (await client.get(f"/odk/{analyst}/formList")).status_code == 403
    secret = await secret_of(settings, "recorder", programmes=["tengger"])
    basic = base64.b64encode(f"anybody:{secret}".encode()).decode()
    other = Phone(client, "/odk", {"Authorization": f"Basic {basic}"})
    await other.update()
    assert "crew-1" in other.media["shifts"]["crews.csv"] and "crew-2" not in other.media["shifts"]["crews.csv"]
    assert (await other.send(other.fill("shifts", day(10))[1])).status_code == 201
    assert (await client.get("/odk/formList", headers={"Authorization": "Basic %%%"})).status_code == 401
    assert (await client.get("/api/v1/shifts", headers={"Authorization": f"Basic {basic}"})).status_code == 401
    assert (await client.get(f"{phone.root}/forms/nothing/form.xml")).status_code == 404
    assert (await client.get(f"{phone.root}/forms/plot/media/workers.csv")).status_code == 404
    listed = await client.get(f"{phone.root}/formList")
    assert listed.headers["cache-control"] == "private, no-store"


def test_a_token_in_an_address_is_never_logged() -> None:
    assert _request.masked("/odk/forest_secret/formList") == "/odk/***/formList"
    assert _request.masked("/odk/formList") == "/odk/formList"
    assert _request.masked("/api/v1/plots") == "/api/v1/plots"


NASTY = ("", " ", "0", "-1", "1e400", "nan", "9" * 40, "1_0", "yes", "2018-13-45", "0001-01-01", "9999-12-31", "new", "T-1",
         "x" * 3_000, "＝1+1", "'; drop table forest.plot --", "\u202e\u0085", "00000000-0000-0000-0000-000000000000",
         key(1), key(20_010), f"{key(20_010)} {key(20_010)}", "saxaul-x", "tengger", "crew-1", "crew-2", "2018-04-02",
         RING, "planting", "first_season", "drought drought", "💧", "%s%n{}")  # fmt: skip


async def test_whatever_is_filled_in_every_record_is_answered(phone: Phone, settings: Settings) -> None:  # noqa: F811
    chance = random.Random(37)
    good: dict[str, dict[str, Any]] = {
        "plot": walked(), "shifts": day(10, 11, different=key(20_011), people=[{"worker": key(20_011), "own_hours": 4}]),
        "planting": {"plot": key(1), "plot_number": "", "kind": "infill", "started_on": "2019-04-02", "ended_on": "", "lines": [LINE]},
        "survival": {"plot": key(1), "surveyed_on": "2019-09-01", "stage": "first_season", "level": "self", "strips": [{"sample": 9, "live": 8}],
                     "vegetation_cover": 3, "mean_height_m": 1, "mean_crown_m": 1, "vigour": "good", "damage": "pest", "checker": "", "remarks": ""},
    }  # fmt: skip
    for number in range(160):
        form = chance.choice(sorted(good))
        answers = dict(good[form])
        for name in chance.sample(sorted(answers), chance.randint(1, 3)):
            if isinstance(answers[name], list):
                each = {part: chance.choice(NASTY) for part in answers[name][0]}
                answers[name] = [*answers[name], each] * chance.randint(1, 2)
            else:
                answers[name] = chance.choice(NASTY)
        answer = await phone.send(phone.fill(form, answers)[1])
        assert answer.status_code == 201, (number, answers, answer.text)
    assert len(await rows(settings, "select from forest.openrosa_form")) == 160
