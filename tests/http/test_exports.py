"""Exports over HTTP and by command: the same rows as the lists, by role, as known then, and whole or not at all."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import asyncpg
import geopandas
import msgspec
import pytest
import shapely
from litestar.testing import AsyncTestClient

from forestapi.db.transaction import transaction
from forestapi.errors import BadRequest
from forestapi.records._filter import parse_filter
from forestapi.records._query import Query
from forestapi.services import exporting
from forestapi.settings import Settings
from forestapi.store.collections import collections
from geo.formats import Format, Layer
from tests.conftest import token
from tests.samples import PROGRAMME, key, planting, plot, shift, square, worker

Headers = dict[str, str]
RECORDS: list[tuple[str, dict[str, Any]]] = [
    ("programmes", PROGRAMME), ("programmes", {**PROGRAMME, "code": "other"}),
    ("regions", {"code": "150000000000", "level": "province", "name_zh": "内蒙古", "boundary": square(100, 35, 10)}),
    ("regions", {"code": "640000000000", "level": "province", "name_zh": "宁夏"}),
    ("plots", plot(1, number='=HYPERLINK("x")', lifecycle="planted", attributes={"村": "secret"}, region="150000000000")),
    ("plots", plot(2, square(105.025, side=0.01), lifecycle="accepted", declared_area_m2=900_000.5)),
    ("plots", plot(3, lifecycle="planned")),
    ("plantings", planting(1, 1)), ("plantings", planting(2, 2, "2019-04-01")),
    ("surveys", {"id": key(50_001), "plot": key(1), "surveyed_on": "2019-05-01", "stage": "establishment", "sample_holes": 100,
                 "live_holes": 80, "damage": ["drought", "pest"], "checker": "somebody"}),
    ("workers", worker(1)),
    ("shifts", shift(1, 1, plot=key(1), starts_at="08:30:00", rate_yuan=160.25, wage_yuan=160.25)), ("shifts", shift(2, 1, "2018-04-03")),
]  # fmt: skip


@pytest.fixture
async def filled(client: AsyncTestClient, as_administrator: Headers) -> AsyncTestClient:
    for noun, record in RECORDS:
        answer = await client.post(f"/api/v1/{noun}", json=record, headers=as_administrator)
        assert answer.status_code == 201, answer.text
    return client


async def test_every_collection_in_every_format_with_the_rows_of_its_list(filled: AsyncTestClient, as_administrator: Headers) -> None:
    counts = {"plots": 3, "plantings": 2, "surveys": 1, "regions": 2, "overlaps": 1, "shifts": 2}
    for name, form in exporting.written_formats().items():
        for noun in collections():
            answer = await filled.get(f"/api/v1/exports/{noun}?f={name}", headers=as_administrator)
            assert answer.status_code == 200, (name, noun, answer.text)
            assert answer.headers["content-type"].split(";")[0] == form.media_type and int(answer.headers["content-length"]) == len(answer.content)
            assert answer.headers["forest-rows"] == str(counts[noun]) and "content-encoding" not in answer.headers
            assert f'filename="{noun}{form.suffixes[0]}"' in answer.headers["content-disposition"]
            about = json.loads(unquote(answer.headers["forest-about"]))
            assert about["collection"] == noun and about["snapshot"] and "6933" in about["area_method"] and about["filters"] == {}

    for noun in ("plots", "plantings", "surveys", "regions", "shifts"):
        listed = (await filled.get(f"/api/v1/{noun}?limit=1000", headers=as_administrator)).json()["items"]
        features = (await filled.get(f"/api/v1/exports/{noun}", headers=as_administrator)).json()["features"]
        for row, feature in zip(listed, features, strict=True):
            row.pop("boundary", None)
            found = {**feature["properties"], **({"id": feature["id"]} if "id" in row else {})}
            assert {k: _plain(v) for k, v in row.items()} == {k: _plain(v) for k, v in found.items()}
    for asked, numbers in (
        ("lifecycle=accepted,planned", ["T-2", "T-3"]), ("filter=credited_m2 > 0 AND lifecycle = 'accepted'", ["T-2"]),
        ("bbox=105.05,38,106,40", ["T-3"]), ("datetime=2019", ["T-2"]), ("region=150000000000&datetime=../2018-12-31", ['=HYPERLINK("x")']),
        ("number=none", []),
    ):  # fmt: skip
        answer = await filled.get(f"/api/v1/exports/plots?f=csv&{asked}")
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
        assert [row["number"].removeprefix("'") for row in rows] == numbers, asked
        assert all(row["number"].startswith("'=") for row in rows if "HYPER" in row["number"])
        told = json.loads(unquote(answer.headers["forest-about"]))["filters"]
        assert set(told) - {"filter-lang"} == {part.partition("=")[0] for part in asked.split("&")}


def _plain(value: Any) -> Any:
    if isinstance(value, str) and "T" in value and value[10:11] == "T":
        return value[:19]
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


async def test_what_cannot_be_asked_is_told(filled: AsyncTestClient, as_administrator: Headers) -> None:
    for asked, field in (
        ("f=gpx", "f"), ("f=none", "f"), ("f=geoparquet&geometry=wkt", "geometry"), ("limit=1", "limit"), ("colour=red", "colour"),
        ("filter=colour = 1", "filter"), ("bbox=1", "bbox"), ("as_of=yesterday", "as_of"),
    ):  # fmt: skip
        answer = await filled.get(f"/api/v1/exports/plots?{asked}", headers=as_administrator)
        assert answer.status_code == 400 and answer.json()["problems"][0]["field"] == field, (asked, answer.text)


async def test_the_public_gets_what_is_public_and_no_more(filled: AsyncTestClient, settings: Settings) -> None:
    for noun in ("plots", "surveys"):
        for form in exporting.written_formats():
            answer = await filled.get(f"/api/v1/exports/{noun}?f={form}&geometry=none" if form in ("csv", "xlsx") else f"/api/v1/exports/{noun}?f={form}")
            assert answer.status_code == 200 and b"secret" not in answer.content and b"somebody" not in answer.content
    assert (await filled.get("/api/v1/exports/plots?filter=attributes IS NOT NULL")).status_code == 400
    assert (await filled.get("/api/v1/exports/shifts")).status_code == 401
    elsewhere = await token(settings, "analyst", programmes=("other",))
    mine = await token(settings, "analyst", programmes=("tengger",))
    for headers, rows in ((elsewhere, "0"), (mine, "2")):
        assert (await filled.get("/api/v1/exports/shifts?f=ndjson", headers=headers)).headers["forest-rows"] == rows


async def test_as_known_then(filled: AsyncTestClient, as_administrator: Headers, settings: Settings) -> None:
    then = (await filled.post("/api/v1/snapshots", json={"label": "then"}, headers=as_administrator)).json()["id"]
    before = {noun: (await filled.get(f"/api/v1/exports/{noun}", headers=as_administrator)).json()["features"] for noun in collections()}
    survey = {**dict(RECORDS[9][1]), "live_holes": 90}
    for change in (
        filled.patch(f"/api/v1/plots/{key(1)}", json={"lifecycle": "checked", "boundary": square(107)}, headers=as_administrator),
        filled.put(f"/api/v1/surveys/{survey['id']}", json=survey, headers=as_administrator),
        filled.delete(f"/api/v1/shifts/{key(30_002)}", headers={**as_administrator, "Forest-Reason": "entered twice"}),
        filled.patch("/api/v1/regions/640000000000", json={"name_zh": "宁夏回族自治区"}, headers=as_administrator),
        filled.patch(f"/api/v1/plantings/{key(10_002)}", json={"started_on": "2019-05-01"}, headers=as_administrator),
    ):
        answer = await change
        assert answer.status_code in (200, 204), answer.text
    public = {noun: (await filled.get(f"/api/v1/exports/{noun}?as_of={then}")) for noun in collections()}
    assert public["shifts"].status_code == 401 and "somebody" not in public["surveys"].text and "secret" not in public["plots"].text
    for noun, features in before.items():
        now = (await filled.get(f"/api/v1/exports/{noun}", headers=as_administrator)).json()["features"]
        found = (await filled.get(f"/api/v1/exports/{noun}?as_of={then}", headers=as_administrator)).json()
        assert found["features"] != now and _rounded(found["features"]) == _rounded(features), noun
    near = await filled.get(f"/api/v1/exports/surveys?as_of={then}&bbox=105,39,105.2,40", headers=as_administrator)
    assert near.headers["forest-rows"] == "1" and json.loads(unquote(near.headers["forest-about"]))["as_of"]
    scoped = await filled.get(f"/api/v1/exports/shifts?as_of={then}", headers=await token(settings, "analyst", programmes=("other",)))
    assert scoped.json()["features"] == []


def _rounded(value: Any) -> Any:
    """Overlaps of the past are cut out anew; they are the same to a millimetre, wherever their rings begin."""
    if isinstance(value, dict) and "coordinates" in value:
        return shapely.normalize(shapely.set_precision(shapely.from_geojson(json.dumps(value)), 1e-8)).wkt
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return round(value, 3) if isinstance(value, float) else value


def with_writer(form: Format, write: Callable[[Path, Layer], None]) -> Format:
    return msgspec.structs.replace(form, write=write)


async def test_a_file_is_whole_or_is_not_there_and_so_many_are_made_at_a_time(
    filled: AsyncTestClient, pool: asyncpg.Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "plots.parquet"
    target.write_bytes(b"what was there")
    form = exporting.form_for(target)

    def break_off(path: Path, layer: Layer) -> None:
        path.write_bytes(layer.rows.read_next_batch().to_string().encode())
        raise OSError("the disk is full")

    wish = exporting.Wish(collection=collections()["plots"])
    async with transaction(pool, "test", is_read_only=True) as tx:
        with pytest.raises(OSError):
            await exporting.export(tx, wish, target, with_writer(form, break_off))
        costly = exporting.Wish(collection=collections()["plots"], query=Query(where=parse_filter("area_m2 * 1e308 > 1", is_public=False)))
    async with transaction(pool, "test", is_read_only=True) as tx:
        with pytest.raises(BadRequest):
            await exporting.export(tx, costly, target, form)
    assert target.read_bytes() == b"what was there" and {p.name for p in tmp_path.iterdir()} <= {target.name, "instance"}
    async with transaction(pool, "test", is_read_only=True) as tx:
        done = await exporting.export(tx, wish, target, form, "CC-BY-4.0")
    frame = geopandas.read_parquet(target)
    assert done.rows == len(frame) == 3 and done.about["licence"] == "CC-BY-4.0" and frame.geometry.geom_type.unique().tolist() == ["MultiPolygon"]

    monkeypatch.setattr("forestapi.services.exporting._flow.BATCH_ROWS", 1)
    seen: list[int] = []

    def count(path: Path, layer: Layer) -> None:
        seen.extend(batch.num_rows for batch in layer.rows)
        path.write_bytes(b"")

    async with transaction(pool, "test", is_read_only=True) as tx:
        await exporting.export(tx, wish, target, with_writer(form, count))
    assert seen == [1, 1, 1], "memory holds more than a batch"

    slots = filled.app.state.export_slots
    while not slots.locked():
        await slots.acquire()
    answer = await filled.get("/api/v1/exports/plots")
    assert answer.status_code == 503 and answer.json()["code"] == "busy" and answer.headers["retry-after"]
    slots.release()
    assert (await filled.get("/api/v1/exports/plots")).status_code == 200
