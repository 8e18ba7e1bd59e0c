"""Vector tiles: every plot is in them once, and they say what the ledger says."""

import asyncio
import gzip
import math
import random
from collections import Counter
from datetime import date
from typing import Any

import asyncpg
import pytest
from litestar.testing import AsyncTestClient

from forestapi.settings import Settings
from tests.database.ground import add_planting, add_plot, add_programmes, box
from tests.http import mvt
from tests.samples import key

PLOTS = 120


def tile_of(lon: float, lat: float, z: int) -> tuple[int, int]:
    """Find the tile of zoom z that holds a place."""
    n = 1 << z
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n
    return int((lon + 180) / 360 * n), int(y)


@pytest.fixture
async def places(settings: Settings) -> list[tuple[float, float]]:
    """Put plots into the ledger, close together and far apart; give the middle of each."""
    connection = await asyncpg.connect(settings.database_url)
    random_ = random.Random(11)
    async with connection.transaction():
        await add_programmes(connection)
        middles = []
        for n in range(PLOTS):
            spread = 1 if n % 2 else 4000
            column, row = random_.uniform(-spread, spread), random_.uniform(-spread, spread)
            drawn = box(column, row, 1, 1)
            await add_plot(connection, key(n), "ant" if n % 3 else "bee", drawn)
            await add_planting(connection, key(10_000 + n), key(n), "new", None)
            middles.append((drawn.centroid.x, drawn.centroid.y))
    await connection.close()
    return middles


async def fetch(client: AsyncTestClient, z: int, x: int, y: int, query: str = "") -> dict[str, Any]:
    answer = await client.get(f"/tiles/plots/{z}/{x}/{y}.mvt{query}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/vnd.mapbox-vector-tile")
    return mvt.read(answer.content)


async def test_every_plot_is_counted_in_one_cell_at_every_low_zoom(
    client: AsyncTestClient, places: list[tuple[float, float]]
) -> None:
    read = (await client.get("/api/v1/plots?limit=1000")).json()["items"]
    area_ha = sum(plot["area_m2"] for plot in read) / 1e4
    for z in range(11):
        cells = await cells_of_zoom(client, places, z)
        assert sum(cell.properties["plots"] for cell in cells) == PLOTS
        assert sum(cell.properties["area_ha"] for cell in cells) == pytest.approx(
            area_ha, abs=0.01 * len(cells)
        )


async def cells_of_zoom(
    client: AsyncTestClient, places: list[tuple[float, float]], z: int
) -> list[mvt.Feature]:
    """Read the cells of all tiles that hold a plot, and at low zooms of those around them."""
    seen = {tile_of(lon, lat, z) for lon, lat in places}
    tiles = {(x + dx, y + dy) for x, y in seen for dx in (-1, 0, 1) for dy in (-1, 0, 1)} if z < 7 else seen
    cells = []
    for x, y in sorted(t for t in tiles if 0 <= t[0] < 1 << z and 0 <= t[1] < 1 << z):
        layers = await fetch(client, z, x, y)
        assert set(layers) <= {"cells"}
        for cell in layers.get("cells", []):
            assert cell.kind == 1 and all(0 <= c <= 4096 for c in cell.points[0])
            assert set(cell.properties) == {"plots", "area_ha"}
            cells.append(cell)
    return cells


async def test_cells_and_plots_of_one_programme_are_its_own(
    client: AsyncTestClient, places: list[tuple[float, float]]
) -> None:
    totals = {}
    assert (await client.get("/tiles/plots/0/0/0.mvt?programme=none")).json()["code"] == "unknown-code"
    for query in ("", "?programme=ant", "?programme=bee", "?programme=ant,bee"):
        layers = await fetch(client, 0, 0, 0, query)
        totals[query] = sum(cell.properties["plots"] for cell in layers.get("cells", []))
    assert list(totals.values()) == [PLOTS, 80, 40, PLOTS]
    x, y = tile_of(*places[1], 11)
    assert {
        f.properties["programme"] for f in (await fetch(client, 11, x, y, "?programme=bee"))["plots"]
    } == {"bee"}


async def test_high_zooms_carry_every_plot_with_what_the_ledger_says(
    client: AsyncTestClient, places: list[tuple[float, float]]
) -> None:
    read = {p["id"]: p for p in (await client.get("/api/v1/plots?limit=1000")).json()["items"]}
    names = {"id", "number", "programme", "region", "year", "species", "area_mu", "lifecycle", "is_synthetic"}
    for z in (11, 12, 13, 16):
        seen = {}
        for x, y in sorted({tile_of(lon, lat, z) for lon, lat in places}):
            layers = await fetch(client, z, x, y)
            assert set(layers) == {"plots"}
            for drawn in layers["plots"]:
                assert drawn.kind == 3
                seen[drawn.properties["id"]] = drawn.properties
        assert set(seen) == set(read)
        for identity, properties in seen.items():
            plot = read[identity]
            for name in ("number", "programme", "lifecycle", "is_synthetic"):
                assert properties[name] == plot[name]
            assert properties["area_mu"] == pytest.approx(plot["area_m2"] * 3 / 2000, abs=0.06)
            assert set(properties) <= names


async def test_tiles_say_when_plots_were_planted_and_whether_they_live(client: AsyncTestClient, settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url)
    async with connection.transaction():
        await add_programmes(connection)
        for n, year in enumerate((2016, 2016, 2018, None)):
            await add_plot(connection, key(n), "ant", box(n, n, 1, 1))
            await add_planting(connection, key(10_000 + n), key(n), "new", date(year, 4, 1) if year else None)
        for n, (day, stage, live) in enumerate(
            [(date(2017, 9, 1), "first_season", 90), (date(2019, 9, 1), "third_year", 45), (date(2020, 6, 1), "establishment", 99)]
        ):
            await connection.execute(
                "insert into forest.survey (id, plot, surveyed_on, stage, sample_holes, live_holes)"
                " values ($1::text::uuid, $2::text::uuid, $3, $4, 100, $5)", key(20_000 + n), key(0), day, stage, live,
            )  # fmt: skip
    await connection.close()
    lon, lat = (await client.get("/tiles/plots.json")).json()["bounds"][:2]
    for query in ("", "?filter=area_m2>0"):
        cells = (await fetch(client, 3, *tile_of(lon, lat, 3), query))["cells"]
        totals: Counter[str] = Counter()
        for cell in cells:
            totals.update({name: value for name, value in cell.properties.items() if name != "area_ha"})
        assert {name: totals[name] for name in ("plots", "n2016", "n2018")} == {"plots": 4, "n2016": 2, "n2018": 1}
        assert totals["a2016"] == pytest.approx(2 * totals["a2018"], abs=0.02)
    drawn = (await fetch(client, 11, *tile_of(lon, lat, 11)))["plots"]
    assert {f.properties["id"]: f.properties.get("survival") for f in drawn} == {
        key(0): 0.45, **{key(n): None for n in (1, 2, 3)}
    }  # fmt: skip


async def test_a_tile_that_the_client_has_is_not_sent_again(
    client: AsyncTestClient, places: list[tuple[float, float]], settings: Settings
) -> None:
    address = "/tiles/plots/0/0/0.mvt"
    first = await client.get(address)
    etag = first.headers["etag"]
    for sent in (etag, f"W/{etag}", f'"other", {etag}'):
        again = await client.get(address, headers={"If-None-Match": sent})
        assert again.status_code == 304 and again.content == b"" and again.headers["etag"] == etag
    connection = await asyncpg.connect(settings.database_url)
    await connection.execute("delete from forest.plot where id = $1::text::uuid", key(0))
    await connection.close()
    async with asyncio.timeout(30):  # within a second, for what was not written through this process
        while (changed := await client.get(address, headers={"If-None-Match": etag})).status_code == 304:
            await asyncio.sleep(0.02)
    assert changed.status_code == 200 and changed.headers["etag"] != etag


async def test_a_large_tile_is_compressed_for_those_who_can(
    client: AsyncTestClient, places: list[tuple[float, float]]
) -> None:
    x, y = tile_of(*places[1], 11)
    address = f"/tiles/plots/11/{x}/{y}.mvt"
    async with client.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
        assert answer.headers["content-encoding"] == "gzip"
    plain = await client.get(address, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers and gzip.decompress(raw) == plain.content


@pytest.mark.parametrize(
    "path",
    ["plots/0/1/0.mvt", "plots/0/0/1.mvt", "plots/17/0/0.mvt", "plots/99/0/0.mvt", "plots/-1/0/0.mvt", "plots/3/8/0.mvt",
     "plots/3/-1/0.mvt", "plots/0/0/0.png", "plots/0/0/x.mvt", "plots/0/0/-0.mvt", "nothing/0/0/0.mvt", "workers/0/0/0.mvt",
     "plots/99999999999999999999/0/0.mvt", "nothing.json", "plots"],
)  # fmt: skip
async def test_a_tile_that_cannot_be_is_a_problem_and_not_found(client: AsyncTestClient, path: str) -> None:
    answer = await client.get(f"/tiles/{path}")
    assert answer.status_code == 404, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_empty_ledger_has_empty_tiles(client: AsyncTestClient) -> None:
    for layer in ("plots", "regions"):
        for z in (0, 10, 11, 16):
            answer = await client.get(f"/tiles/{layer}/{z}/0/0.mvt")
            assert answer.status_code == 200 and not any(mvt.read(answer.content).values())


async def test_regions_have_outlines_and_names(client: AsyncTestClient, settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url)
    await connection.execute(
        "insert into forest.region (code, level, name_zh, name_en, boundary) values"
        " ('620500000001', 'county', '甲县', 'Jia', ST_Multi(ST_MakeEnvelope(105, 39, 106, 40, 4326)))"
    )
    await connection.close()
    x, y = tile_of(105.5, 39.5, 8)
    layers = mvt.read((await client.get(f"/tiles/regions/8/{x}/{y}.mvt")).content)
    assert layers["regions"][0].kind == 3 and layers["labels"][0].kind == 1
    for name in ("regions", "labels"):
        assert layers[name][0].properties == {
            "code": "620500000001", "level": "county", "name_zh": "甲县", "name_en": "Jia",
        }  # fmt: skip


@pytest.mark.parametrize("layer", ["plots", "regions"])
async def test_tilejson_says_where_the_tiles_are_and_what_is_in_them(
    client: AsyncTestClient, places: list[tuple[float, float]], layer: str
) -> None:
    document = (await client.get(f"/tiles/{layer}.json")).json()
    assert document["tilejson"] == "3.0.0" and document["minzoom"] == 0
    west, south, east, north = document["bounds"]
    assert -180 <= west < east <= 180 and -90 <= south < north <= 90
    if layer == "plots":
        assert all(west <= lon <= east and south <= lat <= north for lon, lat in places)
    address = document["tiles"][0].format(z=document["maxzoom"], x=0, y=0)
    assert (await client.get(address)).status_code == 200
    expected = {"plots": {"cells", "plots"}, "regions": {"regions", "labels"}}[layer]
    assert {entry["id"] for entry in document["vector_layers"]} == expected
