"""Attacks on the public figures of work: whatever is asked, added or subtracted, no group under ten workers comes out."""

import asyncio
import hashlib
import itertools
import json
import logging
import random
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import structlog
from litestar.testing import AsyncTestClient

from forestapi import logs
from forestapi.access import Scope
from forestapi.app import create_app
from forestapi.db.cluster import Cluster
from forestapi.settings import Settings
from tests.conftest import url
from tests.http.asking import asks, routes
from tests.http.planted import Canary, Planted, Sender, headers_of, plant
from tests.http.released import PROGRAMME, SEED, Work, made_up, put_in, workers_of
from tests.samples import key, shift, worker

Answer = dict[str, Any]
FIGURES = "/api/v1/releases/figures"
DIMENSIONS = ("programme", "county", "township", "sex", "age_band", "month", "quarter", "year")
SPANS = [("2018-01", "2018-01"), ("2018-01", "2018-02"), ("2018-01", "2018-03"), ("2018-01", "2018-04"), ("2018-04", "2018-04"),
         ("2018-02", "2018-03"), (None, None)]  # fmt: skip
KEY = ("county", "township", "sex", "age_band")
FIGURES_OF_ATOM = ("person_times", "person_days", "hours", "distinct_workers", "wages_yuan")


class Instance:
    """A released ledger: its settings, its shifts, the administrator's headers, what is planted in it."""

    def __init__(self, settings: Settings, shifts: list[Work], planted: Planted, headers: dict[str, str]) -> None:
        self.settings, self.shifts, self.planted, self.headers = settings, shifts, planted, headers


@pytest.fixture(scope="module")
def instance(cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """Make it once for all attacks."""
    name = f"released_{uuid4().hex[:12]}"
    settings = Settings(database_url=url(cluster, name), data=tmp_path_factory.mktemp("released"), rate_per_second=0)

    async def server(statement: str) -> None:
        connection = await asyncpg.connect(url(cluster, "postgres"))
        await connection.execute(statement)
        await connection.close()

    async def begin() -> Instance:
        await server(f"create database {name} template {template}")
        shifts = made_up()
        async with AsyncTestClient(create_app(settings)) as client:
            planted = await plant(settings, client)
            await put_in(settings, shifts)
            headers = await headers_of(settings, Sender("administrator"))
            await plant_photo(client, settings, planted, headers)
            made = await client.post("/api/v1/releases", json={}, headers=headers)
            assert made.status_code == 200, made.text
            told = {(each["programme"], each["period"]): each for each in made.json()}
        assert all(told[PROGRAMME, period]["atoms"] > 1 for period in ("2018-01", "2018-02", "2018-03", "2018-Q1"))
        assert told["other", "2018-04"]["is_withheld"]
        return Instance(settings, shifts, planted, headers)

    yield asyncio.run(begin())
    asyncio.run(server(f"drop database {name} with (force)"))


async def plant_photo(client: AsyncTestClient, settings: Settings, planted: Planted, headers: dict[str, str]) -> None:
    """Hand in a picture that names somebody, of a crew's shift."""
    word = planted.word(1, "photo", "person")
    start = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x08\0\0\0\x08\x08\2\0\0\0"
    picture = start + word.encode()
    sha256 = planted.id(1, "photos", hashlib.sha256(picture).hexdigest())
    put = await client.put(f"/api/v1/photos/{sha256}", content=picture, headers=headers)
    assert put.status_code == 201, put.text
    connection = await asyncpg.connect(settings.database_url)
    await connection.execute(
        """insert into forest.photo (id, programme, crew, file, subject_noun, subject, mime, size, lon, lat)
        values ($1, 'tengger', 'crew-1', $2, 'shifts', $3, 'image/png', $4, 104.98765432, 37.12345678)""",
        planted.id(1, "photo", key(70_001)), sha256, planted.keys[1]["shifts"], len(picture),
    )  # fmt: skip
    await connection.close()
    planted.canaries |= {text: Canary(1, "person") for text in ("104.98765432", "37.12345678")}


@pytest.fixture
async def public(instance: Instance) -> AsyncIterator[AsyncTestClient]:
    """Speak to it without a token."""
    async with AsyncTestClient(create_app(instance.settings)) as client:
        yield client


async def everything(public: AsyncTestClient) -> list[tuple[Answer, list[Answer]]]:
    """Ask for all figures that two dimensions and the spans can make; give each answer with its rows and total."""
    answers = []
    for first, last in SPANS:
        for by in itertools.chain([()], itertools.combinations(DIMENSIONS, 1), itertools.combinations(DIMENSIONS, 2)):
            parameters = {"from": first, "to": last, "by": ",".join(by), "programme": PROGRAMME}
            got = await public.get(FIGURES, params={name: value for name, value in parameters.items() if value})
            assert got.status_code == 200, got.text
            answers.append((got.json(), [*got.json()["rows"], {**got.json()["total"], "is_total": True}]))
    return answers


async def atoms_of(public: AsyncTestClient) -> dict[str, Answer]:
    """Read every atom that is released, corrected, under a name; check each release's hash on the way."""
    found: dict[str, Answer] = {}
    corrections = []
    for item in (await public.get("/api/v1/releases?limit=1000")).json()["items"]:
        release = (await public.get(f"/api/v1/releases/{item['id']}")).json()
        text = json.dumps(release["content"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(text.encode()).hexdigest() == release["sha256"] == item["sha256"]
        for number, atom in enumerate(release["content"]["atoms"]):
            atom["programme"] = item["programme"]
            if item["kind"] == "correction":
                corrections.append(atom)
            else:
                found[f"{item['kind']} {item['programme']} {item['period']} {number}"] = atom
    for change in corrections:
        [atom] = [a for a in found.values() if all(a[name] == change[name] for name in ("programme", "period", *KEY))]
        atom |= {name: atom[name] + change[name] for name in FIGURES_OF_ATOM if change[name] is not None}
    return found


def inside(answer: Answer, row: Answer, kind: str, atoms: dict[str, Answer]) -> frozenset[str]:
    """Find the atoms that a row of an answer is the sum of, by what the row says of itself."""
    first, last = answer["from_month"] or "0000", answer["to_month"] or "9999"
    found = []
    for name, atom in atoms.items():
        if not name.startswith(kind) or atom["programme"] != PROGRAMME:
            continue
        year, part = atom["period"].split("-")
        months = [f"{year}-{3 * int(part[1:]) - i:02d}" for i in (2, 1, 0)] if part[0] == "Q" else [atom["period"]]
        times = {"month": months[0], "quarter": f"{year}-Q{(int(months[0][5:]) + 2) // 3}", "year": year}
        if months[0] >= first and months[-1] <= last and (
            row.get("is_total") or all((atom | times).get(each) == row[each] for each in answer["by"])
        ):
            found.append(name)
    return frozenset(found)


async def test_no_two_answers_subtract_to_a_few(instance: Instance, public: AsyncTestClient) -> None:
    atoms = await atoms_of(public)
    really = workers_of(atoms, instance.shifts)
    assert min(len(really[name]) for name in atoms) >= 10
    groups: set[frozenset[str]] = set()
    for answer, rows in await everything(public):
        for row in rows:
            of_months, of_quarters = (inside(answer, row, kind, atoms) for kind in ("month", "quarter"))
            for name in ("person_times", "person_days"):
                assert row[name] == (sum(atoms[atom][name] for atom in of_months) if of_months else None)
            if row["wages_yuan"] is not None:
                assert row["wages_yuan"] == sum(atoms[atom]["wages_yuan"] for atom in of_quarters)
            assert row["distinct_workers"] is None or len(of_months) == 1
            groups |= {of_months, of_quarters}
    assert len(groups) > 200
    pairs = random.Random(SEED)
    listed = sorted(groups, key=sorted)
    for _ in range(5000):
        one, other = pairs.sample(listed, 2)
        for part in (one - other, other - one, one & other):
            assert not part or len(set().union(*(really[name] for name in part))) >= 10


async def test_the_same_work_asked_freely_would_tell_of_a_few(instance: Instance, public: AsyncTestClient) -> None:
    """The control: the attack finds small groups in the live figures, which is why the public does not get them."""
    address = "/api/v1/statistics/green-work"
    asked = {"by": "region,sex,age_band", "datetime": "2018-01", "programme": PROGRAMME}
    live = (await public.get(address, params=asked, headers=instance.headers)).json()["rows"]
    assert sum(0 < row["distinct_workers"] < 10 for row in live) > 3
    analyst = await headers_of(instance.settings, Sender("analyst"))
    assert (await public.post("/api/v1/releases", json={}, headers=analyst)).status_code == 403
    for attempt in (address, f"{address}?as_of=2030-01-01T00:00:00Z", f"{address}/movement?from=2018-01-01T00:00:00Z",
                    "/api/v1/statistics/wages", "/api/v1/statistics/inclusion", "/api/v1/shifts"):  # fmt: skip
        assert (await public.get(attempt)).status_code == 401, attempt
    figure = (await public.get(address, params=asked, headers=instance.headers)).json()
    assert (await public.post("/api/v1/figures/verification", json=figure)).status_code == 401


async def test_repeating_a_question_and_changing_the_ledger_tell_nothing(instance: Instance, public: AsyncTestClient) -> None:
    async def told() -> list[bytes]:
        answers = [f"{FIGURES}?by=county,sex,month", f"{FIGURES}?by=year&f=csv", "/api/v1/releases?limit=1000"]
        headline = (await public.get("/api/v1/headline", params={"programme": PROGRAMME})).json()
        return [*[(await public.get(address)).content for address in answers], json.dumps(headline["work"]).encode()]

    before = await told()
    assert all([await told() == before for _ in range(5)])
    new = shift(900, 900, "2018-01-09", programme=PROGRAMME, region=instance.shifts[0].county)
    for noun, record in (("workers", worker(900)), ("shifts", new)):
        answer = await public.post(f"/api/v1/{noun}", json=record, headers=instance.headers)
        assert answer.status_code == 201, answer.text
    why = {**instance.headers, "Forest-Reason": "typed wrongly"}
    changed = await public.patch(f"/api/v1/shifts/{new['id']}", json={"hours": 4, "quantity": 0.5, "wage_yuan": 80}, headers=why)
    assert changed.status_code == 200, changed.text
    for wish in ({}, {"programme": PROGRAMME, "month": "2018-01"}):
        again = await public.post("/api/v1/releases", json=wish, headers=instance.headers)
        assert again.status_code == 200 and {each["outcome"] for each in again.json()} <= {"unchanged"}, again.text
    assert await told() == before
    connection = await asyncpg.connect(instance.settings.database_url)
    for statement in ("update forest.release set sha256 = ''", "delete from forest.release_atom", "truncate forest.release cascade"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    await connection.close()


async def test_what_is_withheld_is_told_without_month_or_number(instance: Instance, public: AsyncTestClient) -> None:
    told = (await public.get(FIGURES, params={"programme": "other", "by": "month"})).json()
    assert told["are_some_withheld"] and told["rows"] == [] and told["released_up_to"] is None
    assert (await public.get("/api/v1/releases?programme=other")).json()["items"] == []
    made = (await public.post("/api/v1/releases", json={"programme": "other", "month": "2018-04"}, headers=instance.headers)).json()
    assert [(each["outcome"], each["is_withheld"]) for each in made] == [("unchanged", True)]
    assert (await public.get(f"/api/v1/releases/{made[0]['id']}")).status_code == 404
    early = await public.post("/api/v1/releases", json={"programme": "other", "month": "2199-01"}, headers=instance.headers)
    assert (early.status_code, early.json()["code"]) == (409, "too-early")
    elsewhere = await headers_of(instance.settings, Sender("programme_administrator", Scope(("other",))))
    beyond = await public.post("/api/v1/releases", json={"programme": PROGRAMME}, headers=elsewhere)
    assert beyond.status_code == 403


async def test_a_year_is_corrected_only_where_many_were_changed(instance: Instance, public: AsyncTestClient) -> None:
    atoms = await atoms_of(public)
    by_county = {atom["county"] for name, atom in atoms.items() if "2018-02" in name}
    one, many = sorted(county for county in by_county if county)[:2]
    february = [s for s in instance.shifts if s.day.month == 2]
    few = [s.worker for s in february if s.county == one][:1]
    crowd = list(dict.fromkeys(s.worker for s in february if s.county == many and s.sex == "male"))[:40]
    connection = await asyncpg.connect(instance.settings.database_url)
    for county, people in ((one, few), (many, crowd)):
        await connection.execute(
            "update forest.shift set hours = hours + 1 where region = $1 and worker = any($2) and work_date between '2018-02-01' and '2018-02-28'",
            county, people,
        )  # fmt: skip
    true_hours = await connection.fetchval(
        "select sum(hours) from forest.work where region = $1 and sex = 'male' and happened_on between '2018-02-01' and '2018-02-28'"
        " and programme = $2", many, PROGRAMME,
    )  # fmt: skip
    await connection.close()
    asked = {"by": "county,sex", "from": "2018-02", "to": "2018-02", "programme": PROGRAMME}
    before = {(row["county"], row["sex"]): row for row in (await public.get(FIGURES, params=asked)).json()["rows"]}
    wish = {"programme": PROGRAMME, "correct_year": 2018}
    made = (await public.post("/api/v1/releases", json=wish, headers=instance.headers)).json()
    again = (await public.post("/api/v1/releases", json=wish, headers=instance.headers)).json()
    assert (made[0]["outcome"], again[0]["outcome"], made[0]["id"]) == ("created", "unchanged", again[0]["id"])
    after = {(row["county"], row["sex"]): row for row in (await public.get(FIGURES, params=asked)).json()["rows"]}
    moved = {key for key in before if before[key] != after[key]}
    assert moved == {(many, "male")} and after[many, "male"]["standard_days"] == pytest.approx(float(true_hours) / 8)
    assert after[many, "male"]["distinct_workers"] == before[many, "male"]["distinct_workers"]


async def test_no_canary_is_in_any_public_byte(
    instance: Instance, public: AsyncTestClient, cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    app, planted = create_app(instance.settings), instance.planted
    schema = app.openapi_schema.to_schema()
    addresses = ["/", "/?lang=en", "/?map=none&programme=other", "/map/lite", "/field", "/field/config.json", "/field/sw.js", "/docs",
                 "/docs/openapi.json", "/tiles/plots.json", "/tiles/plots/12/3249/1569.mvt", "/ogc", "/ogc/conformance",
                 "/ogc/collections?f=html", "/ogc/collections/plots/items?f=html", "/nothing/here", f"{FIGURES}?by=nobody",
                 f"{FIGURES}?from=canary", f"{FIGURES}?f=csv&by=county", "/api/v1/plots?filter=wage_yuan%3E1", "/healthz"]  # fmt: skip
    asked = [("GET", address, None) for address in addresses]
    for route in routes(app):
        asked += [(route.method, ask.address, ask.body) for ask in asks(route, planted, schema) if not ask.is_upload]
    assert len(asked) > 300
    leaks = []
    with structlog.testing.capture_logs([logs.without_values]) as told, caplog.at_level(logging.WARNING, "httpx"):
        for method, address, body in asked:
            answer = await public.request(method, address, **({} if body is None else {"json": body}), follow_redirects=False)
            assert answer.status_code < 500 or answer.status_code == 503, (method, address, answer.text)
            content, sent = answer.content + str(answer.headers).encode(), f"{address} {body}"
            leaks += [(method, address, text) for text in planted.canaries if text.encode() in content and text not in sent]
    assert leaks == []
    log = repr(told) + caplog.text + cluster.log.read_text(errors="replace")
    assert [text for text in planted.canaries if text.startswith("canary") and text in log] == []
