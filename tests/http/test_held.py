"""Held records: read, accepted, discarded, replaced; nothing that was held is lost."""

import json
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from litestar.testing import AsyncTestClient

from forestapi.services.importing import Options, import_file
from forestapi.settings import Settings
from tests.samples import PROGRAMME, plot, square

Headers = dict[str, str]
SPIKE = {
    "type": "Polygon",
    "coordinates": [[[105, 39], [105.01, 39], [105.01, 39.005], [105.9, 39.00501], [105.01, 39.0051],
                     [105.01, 39.01], [105, 39.01], [105, 39]]],
}  # fmt: skip
BOW_TIE = {"type": "Polygon", "coordinates": [[[105, 39], [105.01, 39.01], [105.01, 39], [105, 39.01], [105, 39]]]}


@pytest.fixture
async def send(client: AsyncTestClient, as_administrator: Headers) -> Any:
    async def call(path: str, body: Any = None, headers: Headers = as_administrator) -> Any:
        if body is None:
            return await client.get(f"/api/v1/{path}", headers=headers)
        return await client.post(f"/api/v1/{path}", json=body, headers=headers)

    await call("programmes", PROGRAMME)
    return call


async def hold(send: Any, boundary: Any, index: int = 1) -> str:
    answer = await send("plots", plot(index, boundary))
    assert answer.status_code == 202, answer.text
    return answer.json()["held"]


async def test_one_is_read_with_its_place_and_who_may_accept_it(send: Any) -> None:
    found = (await send(f"held/{await hold(send, SPIKE)}")).json()
    assert found["is_held"] and found["findings"][0]["rule"] == "plot-spike"
    assert found["waivable_by"] == ["administrator", "programme_administrator"]
    assert found["original"]["crs"] == "EPSG:4326" and found["original"]["geometry"]["type"].endswith("Polygon")
    assert found["place"]["bbox"] == pytest.approx([105, 39, 105.9, 39.01])
    assert found["repairs"] == ["spikes"]
    repair = (await send(f"held/{found['id']}/repair")).json()
    assert repair["steps"] == ["spikes"] and repair["area_after_m2"] < repair["area_before_m2"]


async def test_accepting_takes_the_role_and_leaves_a_decision(send: Any, as_recorder: Headers) -> None:
    held = await hold(send, SPIKE)
    body = {"decision": "accept", "reason": "surveyed again: the strip is ours"}
    assert (await send(f"held/{held}/resolve", body, as_recorder)).status_code == 403
    assert (await send(f"held/{held}/resolve", {"decision": "accept", "reason": " "})).status_code == 400
    accepted = (await send(f"held/{held}/resolve", body)).json()
    assert accepted["outcome"] == "created" and accepted["findings"][0]["rule"] == "plot-spike"
    assert (await send(f"plots/{accepted['key']}")).status_code == 200
    gone = (await send(f"held/{held}")).json()
    assert not gone["is_held"]
    (decision,) = gone["decisions"]
    assert (decision["decision"], decision["became"]) == ("accept", accepted["key"])
    assert decision["record"]["boundary"] and decision["reason"] == body["reason"]
    assert (await send(f"held/{held}/resolve", body)).status_code == 404


async def test_what_nobody_may_wave_through_is_corrected_or_discarded(send: Any) -> None:
    held = await hold(send, BOW_TIE)
    refused = await send(f"held/{held}/resolve", {"decision": "accept", "reason": "please"})
    assert refused.status_code == 409 and refused.json()["code"] == "must-be-corrected"
    assert (await send(f"held/{held}")).json()["is_held"]
    other = await send(f"held/{held}/resolve", {"decision": "replace", "reason": "x", "record": plot(2, square())})
    assert other.status_code == 400
    again = await send(f"held/{held}/resolve", {"decision": "replace", "reason": "x", "record": plot(1, SPIKE)})
    assert again.json()["outcome"] == "held"
    replaced = (
        await send(f"held/{again.json()['key']}/resolve", {"decision": "replace", "reason": "redrawn", "record": plot(1, square())})
    ).json()
    assert replaced["outcome"] == "created"
    second = await hold(send, BOW_TIE, 3)
    assert (await send(f"held/{second}/resolve", {"decision": "discard", "reason": "a test"})).json()["outcome"] == "discarded"
    assert (await send(f"held/{second}")).json()["decisions"][0]["record"]["number"] == "T-3"
    assert not (await send("held")).json()["items"]


async def test_a_correction_that_takes_a_held_records_place_is_a_decision_too(send: Any, tx: Any) -> None:
    held = await hold(send, BOW_TIE)
    assert (await send("plots", plot(1, SPIKE))).json()["held"] == held
    assert (await send("plots", plot(1, square()))).status_code == 201
    rows = await tx.rows("select decision, record -> 'boundary' as b from forest.held_decision where held = $1::uuid", held)
    assert [row["decision"] for row in rows] == ["superseded", "superseded"]
    assert rows[0]["b"] != rows[1]["b"]


async def test_an_accepted_plot_of_a_file_is_planted_as_the_file_says(
    send: Any, pool: asyncpg.Pool, settings: Settings, tmp_path: Path
) -> None:
    feature = {"type": "Feature", "geometry": SPIKE, "properties": {"number": "9", "planted_on": "2018-04-01"}}
    path = tmp_path / "layer.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    report = await import_file(settings, pool, "plots", path, Options(programme="tengger"), actor="test")
    assert report.counts["held"] == 1
    done = (await send(f"held/{report.rows[0].key}/resolve", {"decision": "accept", "reason": "seen"})).json()
    assert [c["outcome"] for c in done["companions"]] == ["created"]
    read = (await send(f"plots/{done['key']}")).json()
    assert read["is_planted"] and read["planted_on"] == "2018-04-01" and read["evidence"]["row"] == 1


async def test_the_public_sees_nothing_and_the_page_holds_nothing(client: AsyncTestClient, send: Any, as_analyst: Headers) -> None:
    held = await hold(send, SPIKE)
    assert (await client.get(f"/api/v1/held/{held}")).status_code == 401
    assert (await send(f"held/{held}/resolve", {"decision": "discard", "reason": "x"}, as_analyst)).status_code == 403
    for language, words in (("zh", "待处理记录"), ("en", "Held records")):
        page = await client.get(f"/held?lang={language}")
        assert page.status_code == 200 and words in page.text and held not in page.text
        assert "unsafe-inline" not in page.headers["content-security-policy"]
