"""The demonstration in the ledger: the headline follows from its rows, and loading it again changes nothing."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import shapely

from forestapi import stats
from forestapi.db.cluster import Cluster
from forestapi.db.pool import open_pool
from forestapi.db.transaction import transaction
from forestapi.services import demo, headline
from forestapi.settings import Settings
from geo.overlap import net_area_m2
from tests.cli.test_import import Forest

NET_M2 = 760_000 * 2000 / 3


def quiet(done: int, total: int, what: str) -> None:
    assert 0 <= done <= total and what


@pytest.fixture(scope="module")
def loaded(cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Give a database with the demonstration in it, once for this module."""
    name = f"demo_{uuid4().hex[:12]}"
    folder: Path = tmp_path_factory.mktemp("demo")
    address = f"postgresql://forest@/{{}}?host={cluster.socket}"
    settings = Settings(database_url=address.format(name), data=folder)

    async def run(statement: str) -> None:
        server = await asyncpg.connect(address.format("postgres"))
        await server.execute(statement)
        await server.close()

    asyncio.run(run(f"create database {name} template {template}"))
    asyncio.run(demo.load(settings, quiet))
    yield settings
    asyncio.run(run(f"drop database {name} with (force)"))


async def ask(settings: Settings, name: str, *by: str) -> dict[str, Any]:
    pool = await open_pool(settings)
    try:
        async with transaction(pool, is_read_only=True) as tx:
            return await stats.answer(tx, stats.get(name), by=by)
    finally:
        await pool.close()


async def fetch(settings: Settings, statement: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(settings.database_url)
    try:
        return await connection.fetch(statement)
    finally:
        await connection.close()


async def test_planted_area_is_760_000_mu_net_and_more_gross(loaded: Settings) -> None:
    answer = await ask(loaded, "planted-area", "region")
    total = answer["total"]
    assert answer["is_synthetic"]
    assert total["net_mu"] == total["credited_mu"] == 760_000.0
    assert total["net_m2"] == pytest.approx(NET_M2, abs=1)
    assert 0.03 < total["overlap_mu"] / total["gross_mu"] < 0.05
    assert total["gross_m2"] == pytest.approx(total["net_m2"] + total["overlap_m2"], abs=0.02)
    assert 0 < total["accepted_mu"] < total["net_mu"]
    assert sum(row["credited_m2"] for row in answer["rows"]) == pytest.approx(total["net_m2"], abs=0.2)
    assert len(answer["rows"]) == 17 and all(row["region_name"] for row in answer["rows"])


async def test_credited_ground_is_the_union_measured_another_way(loaded: Settings) -> None:
    rows = await fetch(
        loaded,
        "select ST_AsBinary(p.boundary) as wkb, c.credited_m2 from forest.plot p join forest.credit c on c.plot = p.id",
    )
    union_m2 = net_area_m2(shapely.from_wkb([row["wkb"] for row in rows]))
    assert sum(row["credited_m2"] for row in rows) == pytest.approx(union_m2, rel=1e-12)


async def test_green_work_is_180_000_person_times(loaded: Settings) -> None:
    total = (await ask(loaded, "green-work"))["total"]
    assert total["person_times"] == 180_000
    assert 178_800 < total["person_days"] < 179_100
    assert 2_000 <= total["distinct_workers"] <= 2_600
    assert 150 <= total["wages_yuan"] / total["standard_days"] <= 180


async def test_survival_has_an_interval_and_a_class_in_every_climate(loaded: Settings) -> None:
    answer = await ask(loaded, "survival", "climate_class")
    assert {row["climate_class"] for row in answer["rows"]} == {"arid", "semi_arid", "alpine", "ordinary"}
    assert all(0.6 < row["rate_low"] < row["rate"] < row["rate_high"] < 0.95 for row in answer["rows"])


async def test_the_headline_says_what_the_statistics_say(loaded: Settings) -> None:
    pool = await open_pool(loaded)
    async with transaction(pool, is_read_only=True) as tx:
        said = await headline.read(tx)
    await pool.close()
    assert said.is_synthetic and said.area["net_m2"] == pytest.approx(NET_M2, abs=1)
    assert (said.work["person_times"], said.work["released_up_to"]) == (180_000, "2018-11")
    assert sum(county.person_times or 0 for county in said.counties) == 180_000 and not said.work["are_some_withheld"]
    assert said.plots == sum(county.plots for county in said.counties)
    assert all(county.person_times for county in said.counties)


async def test_the_rules_hold_nothing_back(loaded: Settings) -> None:
    assert await fetch(loaded, "select noun, findings from forest.held") == []
    assert await fetch(loaded, "select * from forest.finding where severity <> 'note'") == []


def test_the_published_claims_are_held_against_it(loaded: Settings) -> None:
    claims = str(Path(__file__).parents[2] / "docs/examples/claims.json")
    forest = Forest(loaded)
    assert forest("claim", "import", claims).stdout.count("created") == 10
    told = forest("claim", "reconcile", "--json")
    assert told.returncode == 0, told.stderr
    found = {each["claim"]["code"]: {w["meaning"]: w for w in each["interpretations"]} for each in json.loads(told.stdout)}
    area = found["antforest-2019-01-area-year"]
    assert area["net"]["agrees"] and not area["gross"]["agrees"] and area["gross"]["surplus"] > 0
    assert found["antforest-2019-01-area-may"]["net"]["unexplained"] == 0  # what is missing was planted later
    assert not found["antforest-2019-01-area-may"]["net"]["agrees"]
    work = found["antforest-2019-01-work"]
    assert work["person_times"]["agrees"] and work["person_times"]["record_count"] == 180_000
    assert not work["distinct_workers"]["agrees"]
    assert found["antforest-2024-08-area"]["net"]["unexplained"] > 0
    assert "agrees" in forest("claim", "reconcile", "antforest-2019-01-work").stdout


async def test_loading_again_changes_nothing(loaded: Settings) -> None:
    tables = (
        "programme",
        "region",
        "crew",
        "household",
        "worker",
        "plot",
        "planting",
        "survey",
        "shift",
        "credit",
    )
    digest = " union all ".join(
        f"select '{table}' as name, count(*) as n, md5(string_agg(t::text, '' order by t::text)) as md5"
        f" from forest.{table} t"
        for table in tables
    )
    digest += " order by name"
    before = await fetch(loaded, digest)
    await demo.load(loaded, quiet)
    assert await fetch(loaded, digest) == before


async def test_regions_that_are_there_already_stay_as_they_are(settings: Settings) -> None:
    """And a load that is broken off leaves nothing behind."""
    await fetch(
        settings,
        "insert into forest.region (code, level, name_zh) values ('152921000000', 'county', '阿拉善左旗（实测）')",
    )

    class Enough(Exception):
        pass

    def stop_at_surveys(done: int, total: int, what: str) -> None:
        if what == "surveys":
            raise Enough

    with pytest.raises(Enough):
        await demo.load(settings, stop_at_surveys)
    assert await fetch(settings, "select from forest.plot union all select from forest.worker") == []
    assert [row["name_zh"] for row in await fetch(settings, "select name_zh from forest.region")] == [
        "阿拉善左旗（实测）"
    ]
