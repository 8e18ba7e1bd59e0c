"""The CQL2 standard's own table of predicates and counts, as text and as JSON, and what is refused."""

import json
import os
import time
from pathlib import Path
from typing import Any

import asyncpg
import cql2
import pyogrio
import pytest
import pytest_asyncio
import shapely

from forestapi.db.cluster import Cluster
from forestapi.db.sql import Sql
from forestapi.errors import BadRequest
from forestapi.records._filter import parse_filter
from forestapi.records._queryables import Queryable
from forestapi.store.cql2 import compile_filter
from tests.conftest import url

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("FOREST_SHARED_DATA", ROOT.parent / "shared" / "data")) / "cql2"
needs_standard = pytest.mark.skipif(not SHARED.is_dir(), reason="the standard's data is absent (set FOREST_SHARED_DATA)")
KINDS = {"integer": "integer", "float8": "number", "boolean": "boolean", "date": "date", "timestamptz": "timestamp"}
CASES = json.loads((SHARED / "expected_counts.json").read_text("utf-8")) if SHARED.is_dir() else []
EXAMPLES = sorted((SHARED / "cql2/standard/schema/examples").glob("*/*.*")) if SHARED.is_dir() else []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standard(cluster: Cluster, template: str) -> Any:
    """Load the standard's data set; give a connection and the queryables of each layer."""
    server = await asyncpg.connect(url(cluster, "postgres"))
    await server.execute(f"create database cql2_standard template {template}")
    await server.close()
    connection = await asyncpg.connect(url(cluster, "cql2_standard"))
    file, known = SHARED / "cql2/standard/data/ne110m4cql2.gpkg", {}
    for layer, _ in pyogrio.list_layers(file):
        meta, _, geometries, columns = pyogrio.raw.read(file, layer=layer, datetime_as_string=True)
        types = {}
        for name, column in zip(meta["fields"], columns, strict=True):
            given = str(meta["dtypes"][list(meta["fields"]).index(name)])
            types[name] = (
                "date" if given == "datetime64[D]" else "timestamptz" if given.startswith("datetime") else
                "boolean" if given == "bool" else "float8" if column.dtype.kind == "f" and given.startswith("float")
                else "integer" if given.startswith("int") else "text"
            )  # fmt: skip
        body = ", ".join(f'"{name}" {kind}' for name, kind in types.items())
        await connection.execute(f'create table "{layer}" ({body}, geom geometry)')
        rows = [
            json.dumps({name: _json(value, types[name]) for name, value in zip(types, values, strict=True)}
                       | {"geom": shapely.to_wkb(shapely.from_wkb(geometry), hex=True)})
            for geometry, *values in zip(geometries, *columns, strict=True)
        ]  # fmt: skip
        await connection.execute("set time zone 'UTC'")
        await connection.executemany(
            f'insert into "{layer}" select * from jsonb_populate_record(null::"{layer}", $1::jsonb)', [[row] for row in rows]
        )
        await connection.execute(f'update "{layer}" set geom = ST_SetSRID(geom, 4326)')
        known[layer] = {name: Queryable(name, KINDS.get(kind, "string")) for name, kind in types.items()}
        known[layer]["geom"] = Queryable("geom", "geometry")
    yield connection, known
    await connection.close()


def _json(value: Any, kind: str) -> Any:
    if value is None or value != value or str(value) == "NaT":
        return None
    if kind == "boolean":
        return bool(value)
    return value.item() if hasattr(value, "item") else value


@needs_standard
@pytest.mark.parametrize("language", ["cql2-text", "cql2-json"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["filter"][:40])
@pytest.mark.asyncio(loop_scope="module")
async def test_the_standard_s_counts(standard: Any, case: dict[str, Any], language: str) -> None:
    connection, known = standard
    text = case["filter"].replace("\\<", "<").replace("\\(", "(")
    if language == "cql2-json":
        text = json.dumps(cql2.parse_text(text).to_json())
    condition = compile_filter(parse_filter(text, language), known[case["collection"]])
    statement, values = Sql(f'select count(*) from "{case["collection"]}" where {{}}', condition).render()
    assert await connection.fetchval(statement, *values) == case["expected"], statement


@needs_standard
@pytest.mark.parametrize("path", [p for p in EXAMPLES if p.suffix in (".txt", ".json")], ids=lambda path: path.name)
def test_the_standard_s_examples_are_read(path: Path) -> None:
    assert parse_filter(path.read_text("utf-8"), "cql2-json" if path.suffix == ".json" else "cql2-text").node


KNOWN = {
    "name": Queryable("name", "string"), "area": Queryable("area", "number"), "on": Queryable("on", "date"),
    "geom": Queryable("geom", "geometry"), "id": Queryable("id", "uuid"), "tags": Queryable("tags", "array"),
}  # fmt: skip
HOSTILE = (
    "NOT(" * 3000 + "area=1" + ")" * 3000, "(" * 5000 + "area=1" + ")" * 5000, "NOT " * 3900 + "area=1",
    "area=" + "-" * 15000 + "1", "name LIKE '" + "%a" * 400 + "'", "area IN (" + "1," * 5000 + "1)",
    "area=1 OR " * 1500 + "area=2", "S_INTERSECTS(geom, LINESTRING(" + ",".join(f"{i % 90} 1" for i in range(2500)) + "))",
    "S_INTERSECTS(geom, POLYGON((0 0,1 1,1 0,0 1,0 0)))", "S_INTERSECTS(geom, POINT(1e400 2))", "area = 1e999",
    "S_INTERSECTS(geom, POINT(181 2))", "S_INTERSECTS(geom, BBOX(1,2,3))", "geom = 1", "area", "nothing = 1",
    "\"name\"; drop table plot --", "name = 'a\0b'", "on > DATE('2018-99-01')", "area = 'x'", "id = 'x'", "avg(area) = 1",
    "S_INTERSECTS(geom, POLYGON((0 0,0 0,0 0,0 0)))", "S_WITHIN(geom, GEOMETRYCOLLECTION(POINT(1 2), POINT(2 3)))", "",
    "T_AFTER(on, 'yesterday')", "T_AFTER(name, INTERVAL('2018-01-01','..'))", "tags = 1", "A_CONTAINS(name, ('a','b'))",
    "name LIKE 'a\\'", "area = null", "S_INTERSECTS(geom,BBOX(nan,1,2,3))", "name LIKE area", "'" * 3999,
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:30])
def test_hostile_filters_are_refused_at_once(text: str) -> None:
    began = time.monotonic()
    with pytest.raises(BadRequest) as error:
        compile_filter(parse_filter(text), KNOWN)
    assert time.monotonic() - began < 30
    assert error.value.problems[0].field == "filter" and error.value.detail.zh != error.value.detail.en


@pytest.mark.parametrize(
    "text",
    [
        "[" * 5000, '{"op":"not","args":[' * 500 + "true" + "]}" * 500, "{}", "[]", '"x"', "null", '{"op":7,"args":[]}',
        '{"op":"and","args":[true]}', '{"op":"=","args":[{"property":{"a":1}},1]}', '{"op":"in","args":[{"property":"name"},[]]}',
        '{"op":"s_intersects","args":[{"property":"geom"},{"type":"Polygon","coordinates":[[["a","b"]]]}]}',
        '{"op":"s_intersects","args":[{"property":"geom"},{"type":"Point","coordinates":[1e309,2]}]}',
        '{"op":"=","args":[{"property":"area"},1' + "0" * 400 + "]}", '{"op":"between","args":[{"property":"area"},1]}',
    ],
    ids=lambda text: text[:30],
)  # fmt: skip
def test_hostile_json_is_refused_at_once(text: str) -> None:
    with pytest.raises(BadRequest):
        compile_filter(parse_filter(text, "cql2-json"), KNOWN)


def test_values_are_bound_and_names_are_the_whitelist_s() -> None:
    condition = compile_filter(parse_filter("name = 'x'' or true --' AND area BETWEEN 1 AND 2"), KNOWN)
    text, values = condition.render()
    assert "true" not in text and values == ["x' or true --", 1.0, 2.0]


def test_the_axis_order_of_a_filter_s_crs_is_the_authority_s() -> None:
    texts = {
        None: "S_INTERSECTS(geom, POINT(105 39))",
        "http://www.opengis.net/def/crs/EPSG/0/4326": "S_INTERSECTS(geom, POINT(39 105))",
        "http://www.opengis.net/def/crs/EPSG/0/4490": "S_INTERSECTS(geom, POINT(39 105))",
    }
    found = {compile_filter(parse_filter(text, "cql2-text", crs), KNOWN).render()[1][0] for crs, text in texts.items()}
    assert found == {shapely.to_wkb(shapely.Point(105, 39))}


def test_the_older_text_that_gdal_pushes_is_read() -> None:
    compile_filter(parse_filter("(name ILIKE 'a%') AND (area > 1)", "cql-text"), KNOWN)
