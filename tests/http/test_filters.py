"""One filter in CQL2, the same for lists, figures and tiles; and what a filter may not do."""

import json
import time
from typing import Any

import asyncpg
import pytest
from litestar.testing import AsyncTestClient

from forestapi.access import Actor
from forestapi.db.transaction import transaction
from forestapi.records import BOOKKEEPING, nouns
from forestapi.records._queryables import DERIVED, queryables
from forestapi.services import figures
from forestapi.settings import Settings
from tests.conftest import token
from tests.http import mvt
from tests.http.test_tiles import tile_of
from tests.samples import PROGRAMME, key, planting, plot, shift, worker

Headers = dict[str, str]
WEST = "S_INTERSECTS(boundary, BBOX(105, 39, 105.031, 39.02))"
"""The first of three plots; the second begins at 105.04."""


@pytest.fixture
async def ledger(client: AsyncTestClient, as_administrator: Headers) -> None:
    """Put in three plots planted in three years, with a shift of one, two and three hours on them."""
    records: list[tuple[str, dict[str, Any]]] = [("programmes", PROGRAMME), ("workers", worker(1))]
    for number in (1, 2, 3):
        state = {"lifecycle": "accepted" if number == 1 else "planted", "attributes": {"owner": "x"}}
        records += [
            ("plots", plot(number, **state)),
            ("plantings", planting(number, number, f"{2016 + number}-04-01")),
            ("shifts", shift(number, 1, f"2018-04-0{number}", plot=key(number), hours=number)),
        ]
    for noun, record in records:
        answer = await client.post(f"/api/v1/{noun}", json=record, headers=as_administrator)
        assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("condition", "numbers"),
    [
        (WEST, "1"),
        (f"NOT {WEST}", "23"),
        ("planted_on >= DATE('2018-01-01') AND lifecycle = 'planted'", "23"),
        ("T_DURING(planted_on, INTERVAL('2018-01-01', '2018-12-31'))", "2"),
        ("CASEI(number) LIKE CASEI('t-_')", "123"),
        ("area_m2 / 10000 > 1000", ""),
        (f"id IN ('{key(1)}', '{key(3)}')", "13"),
        ("received_at > TIMESTAMP('2018-01-01T00:00:00Z') AND is_planted", "123"),
        ("species IS NULL", "123"),
    ],
)
async def test_lists(client: AsyncTestClient, ledger: None, condition: str, numbers: str) -> None:
    answer = await client.get("/api/v1/plots", params={"filter": condition})
    assert answer.status_code == 200, answer.text
    assert "".join(sorted(item["number"][-1] for item in answer.json()["items"])) == numbers


async def test_pages_keep_their_filter(client: AsyncTestClient, ledger: None) -> None:
    asked = {"filter": '{"op": "=", "args": [{"property": "lifecycle"}, "planted"]}', "filter-lang": "cql2-json"}
    first = (await client.get("/api/v1/plots", params={**asked, "limit": 1})).json()
    second = (await client.get(first["next"])).json()
    assert [len(page["items"]) for page in (first, second)] == [1, 1] and second["next"] is None


async def test_figures_and_tiles_count_what_the_list_finds(
    client: AsyncTestClient, ledger: None, as_administrator: Headers
) -> None:
    whole = (await client.get("/api/v1/statistics/planted-area")).json()["total"]["gross_m2"]
    for asked in ({"filter": WEST}, {"bbox": "105,39,105.031,39.02"}, {"filter": "lifecycle = 'accepted'"}):
        listed = (await client.get("/api/v1/plots", params=asked)).json()["items"]
        answer = (await client.get("/api/v1/statistics/planted-area", params=asked)).json()
        gross_m2 = answer["total"]["gross_m2"]
        assert gross_m2 == pytest.approx(sum(item["area_m2"] for item in listed), abs=0.01) and gross_m2 < whole
        assert {name: answer["parameters"][name] for name in asked} == asked
        for zoom in (0, 9, 11):
            x, y = tile_of(105.025, 39.005, zoom)
            address = f"/tiles/plots/{zoom}/{x}/{y}.mvt"
            tile = mvt.read((await client.get(address, params=asked)).content)
            drawn = {f.properties["id"] for f in tile["plots"]} if "plots" in tile else sum(f.properties["plots"] for f in tile["cells"])
            assert drawn in (1, {key(1)}), (address, tile)
    hours = await client.get("/api/v1/statistics/green-work", params={"filter": "hours > 1"}, headers=as_administrator)
    assert hours.json()["total"]["person_times"] == 2
    west = await client.get("/api/v1/statistics/green-work", params={"bbox": "105,39,105.031,39.02"}, headers=as_administrator)
    assert west.json()["total"]["person_times"] == 1


async def test_a_figure_with_a_filter_is_computed_again(
    client: AsyncTestClient, pool: asyncpg.Pool, ledger: None, as_administrator: Headers
) -> None:
    asked = {"filter": f"{WEST} AND lifecycle = 'accepted'", "by": "year"}
    published = (await client.get("/api/v1/statistics/planted-area", params=asked)).json()
    assert published["total"]["gross_m2"] > 0
    changed = await client.patch(f"/api/v1/plots/{key(1)}", json={"lifecycle": "failed"}, headers=as_administrator)
    assert changed.status_code == 200
    assert (await client.get("/api/v1/statistics/planted-area", params=asked)).json()["total"]["gross_m2"] == 0
    then = await client.get("/api/v1/statistics/planted-area", params={**asked, "as_of": published["as_of"]})
    assert then.json()["rows"] == published["rows"]
    async with transaction(pool, Actor()) as tx:
        verified = await figures.verify(tx, published)
    assert verified.is_reproduced and verified.is_intact, verified


async def test_the_public_cannot_filter_by_what_it_cannot_read(
    client: AsyncTestClient, ledger: None, as_administrator: Headers
) -> None:
    asked = {"filter": "checker = 'x'"}
    refused = await client.get("/api/v1/surveys", params=asked)
    assert (refused.status_code, refused.json()["code"]) == (400, "unknown-property")
    assert (await client.get("/api/v1/surveys", params=asked, headers=as_administrator)).status_code == 200


@pytest.mark.parametrize(
    "condition",
    ["9.9e307 * area_m2 > 1", "area_m2 ^ 9999 > 1", "(0 - area_m2) ^ 0.5 > 1", "NOT(" * 200 + "is_planted" + ")" * 200,
     "number LIKE 'a\\'", "boundary = boundary", "a" * 20_000],
    ids=lambda text: text[:20],
)  # fmt: skip
async def test_hostile_filters(client: AsyncTestClient, ledger: None, condition: str) -> None:
    for address in ("/api/v1/plots", "/api/v1/statistics/planted-area", "/tiles/plots/0/0/0.mvt", "/tiles/plots.json"):
        began = time.monotonic()
        answer = await client.get(address, params={"filter": condition})
        if address != "/tiles/plots.json":
            assert answer.status_code == 400 and answer.json()["problems"][0]["field"] == "filter", answer.text
        assert answer.status_code < 500 and time.monotonic() - began < 30  # it does not hang; how fast, benchmarks tell


async def test_a_filter_has_its_time(client: AsyncTestClient, ledger: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forestapi.store.cql2._conditions.Compiler.condition", _endless)
    for address in ("/api/v1/plots", "/api/v1/statistics/planted-area", "/tiles/plots/0/0/0.mvt", "/ogc/collections/plots/items"):
        began = time.monotonic()
        answer = await client.get(address, params={"filter": "is_planted"})
        assert (answer.status_code, answer.json()["code"]) == (400, "filter-too-costly"), address
        assert time.monotonic() - began < 30


def _endless(*_: Any) -> Any:
    from forestapi.db.sql import Sql

    return Sql("pg_sleep(5) is null")


async def test_qgis_s_open_intervals_are_open(client: AsyncTestClient, ledger: None) -> None:
    for text, count in (
        ("0000-01-01T00:00:00Z/2018-12-31T00:00:00Z", 2), ("2018-01-01T00:00:00Z/9999-12-31T00:00:00Z", 2),
        ("2018-04-01T12:00:00Z", 1),
    ):  # fmt: skip
        assert len((await client.get("/api/v1/plots", params={"datetime": text})).json()["items"]) == count
    for text in ("2018-04-01Tnow", "0000-13-01", "2018-02-30"):
        assert (await client.get("/api/v1/plots", params={"datetime": text})).status_code == 400


def test_every_derived_column_has_a_kind() -> None:
    for noun in nouns().values():
        assert {*noun.derived, *BOOKKEEPING} - set(noun.columns) - set(DERIVED) == set()
        hidden = set(queryables(noun, is_public=True)) & set(noun.staff_only)
        assert not hidden and json.dumps(sorted(queryables(noun, is_public=False)))


async def test_a_code_that_nobody_has_is_told_with_those_like_it(
    client: AsyncTestClient, settings: Settings, ledger: None, as_administrator: Headers
) -> None:
    answer = await client.post("/api/v1/crews", json={"code": "crew-a", "programme": "tengger", "name_zh": "一班"}, headers=as_administrator)
    assert answer.status_code == 201
    for address, field in (
        ("/api/v1/plots?programme=tenger", "programme"), ("/api/v1/plots?programme=tengger,tenger", "programme"),
        ("/api/v1/plots?region=620000000000", "region"), ("/api/v1/shifts?crew=crew-b", "crew"),
        ("/api/v1/statistics/planted-area?programme=tenger", "programme"),
        ("/api/v1/statistics/planted-area?species=haloxylon", "species"),
        ("/tiles/plots/3/6/3.mvt?programme=tenger", "programme"), ("/tiles/plots/12/1/1.mvt?region=1", "region"),
        ("/ogc/collections/plots/items?programme=tenger", "programme"),
    ):  # fmt: skip
        answer = await client.get(address, headers=as_administrator)
        body = answer.json()
        assert (answer.status_code, body["code"], body["problems"][0]["field"]) == (400, "unknown-code", field), answer.text
        close = {"programme": "tengger", "crew": "crew-a", "species": "haloxylon-ammodendron", "region": ""}[field]
        assert close in body["detail"] and close in body["detail_zh"]
    # A crew out of the token's reach is not told apart from one that is not there.
    other = {**PROGRAMME, "code": "other"}
    for noun, record in (("programmes", other), ("crews", {"code": "crew-b", "programme": "other", "name_zh": "二班"})):
        assert (await client.post(f"/api/v1/{noun}", json=record, headers=as_administrator)).status_code == 201
    leader = await token(settings, "crew_leader", crew="crew-a")
    answers = [await client.get(f"/api/v1/shifts?crew={code}", headers=leader) for code in ("crew-b", "crew-c")]
    assert {a.status_code for a in answers} == {400} and all("二班" not in a.text for a in answers)
    wages = await client.get("/api/v1/wages?crew=一班&month=2018-04", headers=as_administrator)
    assert wages.status_code == 200 and wages.json()["crew"] == "crew-a"
    wages = await client.get("/api/v1/wages?crew=三班&month=2018-04", headers=as_administrator)
    assert wages.status_code == 404 and "crew-a" in wages.json()["detail"]
