"""Statistics over HTTP, each against a second computation in pandas over rows made at random."""

import csv
import io
import math
from datetime import date
from typing import Any

import asyncpg
import pandas as pd
import pytest
import shapely
from litestar.testing import AsyncTestClient

from forestapi.settings import Settings
from tests.database.ground import ewkb
from tests.http.random_rows import COUNTIES, LAST_DAY, SPECIES, Rows, at_level, figures
from tests.samples import key

Headers = dict[str, str]


def assert_figures(found: dict[str, Any], expected: dict[str, Any], where: Any) -> None:
    for name, value in expected.items():
        if isinstance(value, float):
            assert found[name] == pytest.approx(value, abs=0.0051 if "rate" not in name else 1e-6), (
                where,
                name,
            )
        else:
            assert found[name] == value, (where, name)


@pytest.fixture
async def rows(settings: Settings) -> Rows:
    made = Rows(2019)
    connection = await asyncpg.connect(settings.database_url)
    async with connection.transaction():
        await made.store(connection)
    await connection.close()
    return made


EXTRA = {"check-coverage": f"&on={LAST_DAY}"}
"""What a statistic has to be asked with, so that it does not depend on the day of the test."""
COMMON = ["programme", "region", "species", "year", "quarter", "month", "season", "climate_class"]
GROUND = [each for each in COMMON if each != "species"]
GROUPINGS = {
    "acceptance": [*COMMON, "region,year", "species,programme"],
    "preservation": [*COMMON, "programme,climate_class"],
    "check-coverage": [*COMMON, "region,year"],
    "density": [*GROUND, "region,year"],
    "inclusion": [*COMMON, "activity", "region,month"],
    "working-conditions": [*GROUND, "activity", "sex", "age_band", "region,sex"],
    "work-per-hectare": [*COMMON, "activity", "species,region"],
    "planted-area": [*COMMON, "programme,year", "region,quarter", "species,region"],
    "survival": [*COMMON, "programme,stage", "region,year"],
    "green-work": [
        *COMMON,
        "activity",
        "sex",
        "age_band",
        "activity,month",
        "region,sex",
        "species,programme",
    ],
}


@pytest.mark.parametrize("statistic", GROUPINGS)
async def test_every_grouping_is_what_pandas_computes(
    client: AsyncTestClient, as_analyst: Headers, rows: Rows, statistic: str
) -> None:
    frame = rows.frame(statistic)
    for by in [g for g in GROUPINGS[statistic] if "stage" not in g]:
        for level in ("county", "province") if "region" in by else ("county",):
            names = by.split(",")
            answer = await client.get(
                f"/api/v1/statistics/{statistic}?by={by}&region_level={level}{EXTRA.get(statistic, '')}", headers=as_analyst
            )
            assert answer.status_code == 200, answer.text
            split = rows.split_by_species(frame) if "species" in names else frame
            split = split.assign(region=[at_level(r, level) for r in split["region"]])
            split = split.astype({name: object for name in names}).where(split.notna(), None)
            groups = {
                tuple(None if part != part else part for part in group): own
                for group, own in split.groupby(names, dropna=False)
            }
            found = {tuple(row[name] for name in names): row for row in answer.json()["rows"]}
            assert set(found) == set(groups), by
            for group, own in groups.items():
                assert_figures(found[group], figures(statistic, own.infer_objects()), (by, level, group))
            assert_figures(answer.json()["total"], figures(statistic, frame), by)


@pytest.mark.parametrize("statistic", GROUPINGS)
async def test_every_filter_counts_what_meets_it(
    client: AsyncTestClient, as_analyst: Headers, rows: Rows, statistic: str
) -> None:
    frame = rows.frame(statistic)
    wooded = rows.split_by_species(frame)

    def between(first: date, last: date) -> Any:
        return [d is not None and first <= d <= last for d in frame["day"]]

    cases = {
        "programme=ant": frame[frame["programme"] == "ant"],
        "programme=ant,bee": frame,
        "region=620000000000": frame[["620000000000" in r for r in frame["lies_in"]]],
        "region=620500000002,630000000000": frame[[r in COUNTIES[1:] for r in frame["region"]]],
        "year=2018": frame[frame["year"] == 2018],
        "month=2018-05,2018-06": frame[frame["month"].isin(["2018-05", "2018-06"])],
        "climate_class=arid": frame[frame["climate_class"] == "arid"],
        "datetime=2018-03-05/2018-05": frame[between(date(2018, 3, 5), date(2018, 5, 31))],
        "datetime=../2018": frame[between(date(1, 1, 1), date(2018, 12, 31))],
        f"species={SPECIES[0]}": wooded[wooded["species"] == SPECIES[0]],
        f"species={SPECIES[0]},{SPECIES[1]}": wooded[wooded["species"].isin(SPECIES[:2])],
        "programme=ant&year=2018": frame[(frame["programme"] == "ant") & (frame["year"] == 2018)],
    }  # fmt: skip
    for query, chosen in cases.items():
        if "species" in query and "species" not in GROUPINGS[statistic]:
            continue
        answer = await client.get(f"/api/v1/statistics/{statistic}?{query}{EXTRA.get(statistic, '')}", headers=as_analyst)
        assert answer.status_code == 200, answer.text
        assert len(chosen), query
        assert_figures(answer.json()["total"], figures(statistic, chosen), query)


async def test_nothing_recorded_gives_zeros_and_no_rows(client: AsyncTestClient, as_analyst: Headers) -> None:
    for name in GROUPINGS:
        answer = (await client.get(f"/api/v1/statistics/{name}?by=region", headers=as_analyst)).json()
        assert answer["rows"] == [] and answer["is_synthetic"] is False
        assert all(not value for value in answer["total"].values())


async def test_a_species_shares_add_up_to_the_whole_and_heads_do_not(
    client: AsyncTestClient, as_analyst: Headers, rows: Rows
) -> None:
    area = (await client.get("/api/v1/statistics/planted-area?by=species")).json()
    for name in ("gross_m2", "credited_m2"):
        assert sum(row[name] for row in area["rows"]) == pytest.approx(area["total"][name], abs=0.05)
    work = (await client.get("/api/v1/statistics/green-work?by=species", headers=as_analyst)).json()
    assert sum(row["hours"] for row in work["rows"]) == pytest.approx(work["total"]["hours"], abs=0.05)
    additive = {column["name"]: column["is_additive"] for column in work["columns"]}
    assert not additive["person_times"] and not additive["distinct_workers"] and additive["hours"]
    assert sum(row["distinct_workers"] for row in work["rows"]) > work["total"]["distinct_workers"]
    assert sum(row["person_times"] for row in work["rows"]) > work["total"]["person_times"]
    by_month = (await client.get("/api/v1/statistics/green-work?by=month", headers=as_analyst)).json()
    assert next(c["is_additive"] for c in by_month["columns"] if c["name"] == "person_times")
    assert sum(row["person_times"] for row in by_month["rows"]) == by_month["total"]["person_times"]


async def test_columns_marked_additive_add_up_in_every_grouping(
    client: AsyncTestClient, as_analyst: Headers, rows: Rows
) -> None:
    for name, groupings in GROUPINGS.items():
        for by in [g for g in groupings if "stage" not in g]:
            answer = (await client.get(f"/api/v1/statistics/{name}?by={by}{EXTRA.get(name, '')}", headers=as_analyst)).json()
            for column in (c["name"] for c in answer["columns"] if c["is_additive"]):
                summed = sum(row[column] for row in answer["rows"])
                assert summed == pytest.approx(answer["total"][column], abs=0.01 * len(answer["rows"])), (
                    name,
                    by,
                    column,
                )


async def test_the_divisor_of_fte_is_echoed_and_used(
    client: AsyncTestClient, as_analyst: Headers, rows: Rows
) -> None:
    address = "/api/v1/statistics/green-work"
    usual = (await client.get(address, headers=as_analyst)).json()
    other = (await client.get(f"{address}?fte_hours=17.2", headers=as_analyst)).json()
    assert usual["parameters"]["fte_hours"] == 2000 and other["parameters"]["fte_hours"] == 17.2
    assert other["total"]["fte"] == pytest.approx(usual["total"]["hours"] / 17.2, abs=0.006)
    for wrong in ("0", "-1", "nan", "inf", "many", ""):
        answer = await client.get(f"{address}?fte_hours={wrong}", headers=as_analyst)
        assert answer.status_code == 400 and answer.json()["problems"][0]["field"] == "fte_hours", wrong


async def test_states_and_pay_of_shifts_are_chosen(
    client: AsyncTestClient, as_analyst: Headers, rows: Rows
) -> None:
    shifts = pd.DataFrame(rows.shifts)
    for query, chosen in {
        "pay=all": shifts[shifts["status"] == "approved"],
        "pay=volunteer": shifts[(shifts["status"] == "approved") & ~shifts["is_paid"]],
        "status=approved,submitted": shifts[
            shifts["status"].isin(["approved", "submitted"]) & shifts["is_paid"]
        ],
        "status=draft&pay=all": shifts[shifts["status"] == "draft"],
    }.items():
        answer = await client.get(f"/api/v1/statistics/green-work?{query}", headers=as_analyst)
        assert answer.json()["total"]["person_times"] == len(chosen), query


@pytest.mark.parametrize(
    ("live", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (29, 29, 0.8830, 1.0)],
)
async def test_the_interval_is_the_one_that_newcombe_published(
    client: AsyncTestClient, settings: Settings, live: int, n: int, low: float, high: float
) -> None:
    answer = await _survival(client, settings, n, live, "arid")
    assert answer["rate_low"] == pytest.approx(low, abs=5e-5)
    assert answer["rate_high"] == pytest.approx(high, abs=5e-5)


@pytest.mark.parametrize(
    ("climate", "n", "live", "expected"),
    [
        ("ordinary", 100, 85, "qualified"), ("ordinary", 10_000, 8499, "replant"), ("ordinary", 100, 41, "replant"),
        ("ordinary", 10_000, 4099, "failed"), ("arid", 10, 7, "qualified"), ("semi_arid", 10_000, 6999, "replant"),
        ("alpine", 100, 70, "qualified"), ("alpine", 100, 41, "replant"), ("arid", 100, 40, "failed"),
        (None, 100, 90, None),
    ],
)  # fmt: skip
async def test_classes_are_half_open_intervals_by_climate(
    client: AsyncTestClient, settings: Settings, climate: str | None, n: int, live: int, expected: str | None
) -> None:
    assert (await _survival(client, settings, n, live, climate))["class"] == expected


async def _survival(
    client: AsyncTestClient, settings: Settings, n: int, live: int, climate: str | None
) -> Any:
    connection = await asyncpg.connect(settings.database_url)
    await connection.execute("insert into forest.programme (code, name_zh, name_en) values ('p', 'p', 'p')")
    await connection.execute(
        "insert into forest.plot (id, programme, number, climate_class, boundary)"
        " values ($1::text::uuid, 'p', '1', $2, $3::text::geometry)",
        key(1), climate, ewkb(shapely.box(105, 39, 105.01, 39.01)),
    )  # fmt: skip
    await connection.execute(
        "insert into forest.survey (id, plot, surveyed_on, stage, sample_holes, live_holes)"
        " values ($1::text::uuid, $2::text::uuid, '2018-09-01', 'first_season', $3, $4)",
        key(2), key(1), n, live,
    )  # fmt: skip
    await connection.close()
    return (await client.get("/api/v1/statistics/survival")).json()["total"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("by=colour", "by"), ("by=sex", "by"), ("by=year,year", "by"), ("by=programme,region,species,year,month", "by"),
        ("colour=green", "colour"), ("region_level=street", "region_level"), ("datetime=soon", "datetime"),
        ("datetime=2018-05/2018-01", "datetime"), ("activity=planting", "activity"), ("f=xml", "f"),
    ],
)  # fmt: skip
async def test_what_a_statistic_does_not_have_is_refused_by_name(
    client: AsyncTestClient, query: str, field: str
) -> None:
    answer = await client.get(f"/api/v1/statistics/planted-area?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["problems"][0]["field"] == field


async def test_work_is_for_staff_and_ground_for_all(client: AsyncTestClient, as_recorder: Headers) -> None:
    assert (await client.get("/api/v1/statistics/green-work")).status_code == 401
    assert (await client.get("/api/v1/statistics/green-work", headers=as_recorder)).status_code == 200
    assert (await client.get("/api/v1/statistics/planted-area")).status_code == 200
    assert (await client.get("/api/v1/statistics/survival")).status_code == 200
    assert (await client.get("/api/v1/statistics/nothing")).status_code == 404
    listed = {entry["name"]: entry for entry in (await client.get("/api/v1/statistics")).json()}
    assert set(GROUPINGS) <= set(listed) and "public" not in listed["green-work"]["readers"]


async def test_the_csv_form_says_what_the_json_says_and_holds_no_formula(
    client: AsyncTestClient, rows: Rows
) -> None:
    address = "/api/v1/statistics/planted-area?by=programme,year"
    content = (await client.get(f"{address}&f=csv")).content
    assert content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert not any(cell[:1] in ("=", "+", "@") for line in lines for cell in line)
    json_ = (await client.get(address)).json()
    table = [dict(zip(lines[0], line, strict=True)) for line in lines[1:] if len(line) == len(lines[0])]
    assert len(table) == len(json_["rows"]) + 1
    for found, expected in zip(table, [*json_["rows"], json_["total"]], strict=True):
        assert math.isclose(float(found["net_m2"]), expected["net_m2"])
        assert found["row"] == ("group" if "programme" in expected else "total")
    assert any(line[:1] == ["# not additive"] and "net_ha" in line[1] for line in lines)
