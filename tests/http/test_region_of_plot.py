"""A plot's region: derived from its boundary, again whenever that changes, unless the client says which."""

from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from tests.samples import PROGRAMME, key, plot, square

Headers = dict[str, str]
WEST, EAST = "620500000001", "620500000002"


@pytest.fixture
async def regions(client: AsyncTestClient, as_administrator: Headers) -> None:
    for noun, record in (
        ("programmes", PROGRAMME),
        ("regions", {"code": WEST, "level": "county", "name_zh": "西", "boundary": square(105, 39, 1)}),
        ("regions", {"code": EAST, "level": "county", "name_zh": "东", "boundary": square(106, 39, 1)}),
        ("plots", plot(1, square(105.5, 39.5))),
    ):
        answer = await client.post(f"/api/v1/{noun}", json=record, headers=as_administrator)
        assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("method", "changes", "region"),
    [
        ("PATCH", {"boundary": square(106.5, 39.5)}, EAST),
        ("PATCH", {"boundary": square(106.5, 39.5), "region": WEST}, WEST),
        ("PATCH", {"number": "2"}, WEST),
        ("PUT", plot(1, square(106.5, 39.5)), EAST),
        ("PUT", plot(1, square(106.5, 39.5), region=WEST), WEST),
    ],
)
async def test_a_boundary_that_moves_takes_its_region_along(
    client: AsyncTestClient, as_administrator: Headers, regions: None, method: str, changes: dict[str, Any], region: str
) -> None:
    assert (await client.get(f"/api/v1/plots/{key(1)}")).json()["region"] == WEST
    answer = await client.request(method, f"/api/v1/plots/{key(1)}", json=changes, headers=as_administrator)
    assert answer.status_code == 200 and answer.json()["region"] == region, answer.text


async def test_a_region_that_was_said_stays_as_long_as_the_ground_does(
    client: AsyncTestClient, as_administrator: Headers, regions: None
) -> None:
    address = f"/api/v1/plots/{key(1)}"
    await client.patch(address, json={"region": EAST}, headers=as_administrator)
    answer = await client.patch(address, json={"boundary": (await client.get(address)).json()["boundary"]}, headers=as_administrator)
    assert answer.json()["region"] == EAST
