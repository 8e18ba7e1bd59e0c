"""Short slices of the campaigns, each by one seed; the long ones have a command: `python -m tests.campaigns --help`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from forestapi.db.cluster import Cluster
from tests.campaigns.__main__ import scratch
from tests.campaigns.campaign import Campaign, Size
from tests.campaigns.defects import found_by
from tests.campaigns.server import Server, make_database


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """A database that can be killed, which nobody else uses."""
    with scratch() as (cluster, _):
        yield cluster


async def test_phones_over_a_bad_network_lose_and_double_nothing(cluster: Cluster, template: str, tmp_path: Path) -> None:
    server = Server(cluster, await make_database(cluster, template), tmp_path)
    try:
        told = await Campaign(server, Size(phones=10, days=4, photo_bytes=500), seed=1).run()
    finally:
        server.stop()
    assert told["broken"] == [] and told["cuts"] > 0
    assert set(told["outcomes"]) == {"created", "updated", "unchanged", "held", "conflict", "refused"}


async def test_phones_lose_and_double_nothing_when_server_and_database_are_killed(own_cluster: Cluster, tmp_path: Path) -> None:
    server = Server(own_cluster, await make_database(own_cluster), tmp_path)
    kills = dict.fromkeys(("application", "session", "backend", "database"), 1)
    try:
        told = await Campaign(server, Size(phones=5, days=3, photo_bytes=2_000, kills=kills), seed=1).run()
    finally:
        server.stop()
    assert told["broken"] == [] and sum(told["killed"].values()) > 0


@pytest.mark.parametrize("defect", ["no-unique-key", "last-write-wins"])
async def test_a_planted_defect_is_found(cluster: Cluster, template: str, tmp_path: Path, defect: str) -> None:
    assert await found_by(cluster, template, tmp_path, defect, size=Size(phones=2, days=4, photo_bytes=100))
