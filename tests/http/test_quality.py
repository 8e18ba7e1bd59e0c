"""Open findings, counted and listed, within what a token reaches."""

from typing import Any

from litestar.testing import AsyncTestClient

from forestapi.settings import Settings
from tests.conftest import token
from tests.samples import PROGRAMME, planting, plot, square

Headers = dict[str, str]


async def test_what_is_open_is_counted_until_it_is_settled(
    client: AsyncTestClient, settings: Settings, as_administrator: Headers
) -> None:
    async def post(address: str, content: dict[str, Any], status: int) -> Any:
        answer = await client.post(f"/api/v1/{address}", json=content, headers=as_administrator)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def quality(headers: Headers = as_administrator, **asked: str) -> dict[tuple[str, str], int]:
        answer = await client.get("/api/v1/quality", params=asked, headers=headers)
        assert answer.status_code == 200, answer.text
        return {(row["rule"], row["state"]): row["count"] for row in answer.json()}

    for code in (PROGRAMME["code"], "other"):
        await post("programmes", {**PROGRAMME, "code": code}, 201)
    await post("plots", plot(1, square(105, 39)), 201)
    await post("plantings", planting(1, 1), 201)
    assert await quality() == {}
    await post("plots", plot(2, square(105.005, 39)), 201)  # over the first: a note
    held = (await post("plots", plot(3, square(0.0, 0.0)), 202))["held"]  # null island
    open_ = await quality()
    assert open_[("plot-overlap", "noted")] == 1 and open_[("plot-null-island", "held")] == 1
    listed = (await client.get("/api/v1/held", headers=as_administrator)).json()["items"]
    counted = (await client.get("/api/v1/quality", headers=as_administrator)).json()
    assert sum(row["records"] for row in counted if row["state"] == "held") == len(listed) == 1
    assert all(row["title"]["zh"] != row["rule"] for row in counted)
    assert await quality(programme="other") == {}
    listed = await client.get("/api/v1/quality/findings?rule=plot-null-island", headers=as_administrator)
    (only,) = listed.json()["items"]
    assert only["record"] == held and only["message"]["zh"] and only["programme"] == "tengger"
    pages, after = [], ""
    while True:
        page = (await client.get(f"/api/v1/quality/findings?limit=1{after}", headers=as_administrator)).json()
        pages += page["items"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert {(p["rule"], p["state"]) for p in pages} <= set(open_) and len(pages) >= 2
    assert await quality(await token(settings, "analyst", programmes=["other"])) == {}
    assert (await client.get("/api/v1/quality")).status_code == 401
    await post(f"held/{held}/resolve", {"decision": "discard", "reason": "drawn by mistake"}, 200)
    assert ("plot-null-island", "held") not in await quality()
