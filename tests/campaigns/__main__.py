"""`python -m tests.campaigns load|kills|defects`: on a database cluster of its own, which is deleted afterwards."""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from forestapi.db.cluster import Cluster
from tests.campaigns.campaign import Campaign, Size
from tests.campaigns.server import Server, make_database

GOAL_PER_S, GOAL_P95_S = 300, 1.5


@contextmanager
def scratch() -> Iterator[tuple[Cluster, Path]]:
    """Run a database cluster as `forest up` makes one, with everything on disk that it says is."""
    folder = Path(tempfile.mkdtemp(prefix="forest-campaign-"))
    folder.chmod(0o755)
    cluster = Cluster(folder)
    try:
        cluster.create()
        cluster.start()
        yield cluster, folder
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def run(cluster: Cluster, folder: Path, size: Size, seed: int) -> dict[str, object]:
    """Run a campaign on a database of its own."""
    server = Server(cluster, await make_database(cluster), folder / "instance")
    try:
        return await Campaign(server, size, seed).run()
    finally:
        server.stop()


def main() -> int:
    """Read the command, run it, print what was measured as JSON; 1 if a promise was broken or a goal missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns", description=__doc__)
    parser.add_argument("what", choices=["load", "kills", "defects"])
    parser.add_argument("names", nargs="*", help="defects: which; all of them if none is named")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--phones", type=int, help="load: 500, kills: 100")
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--at-once", type=int, default=4, help="phones that have a network at the same time")
    parser.add_argument("--kills", type=int, default=10, help="kills: how many of each kind")
    given = parser.parse_args()
    if given.what == "defects":
        from tests.campaigns.defects import show_all

        with scratch() as (cluster, folder):
            return asyncio.run(show_all(cluster, folder, given.names, given.seed))
    kinds = ("application", "session", "backend", "database") if given.what == "kills" else ()
    size = Size(
        given.phones or (100 if kinds else 500), given.days, at_once=given.at_once, kills=dict.fromkeys(kinds, given.kills) if kinds else {}
    )
    with scratch() as (cluster, folder):
        told = asyncio.run(run(cluster, folder, size, given.seed))
    print(json.dumps(told, indent=1))
    is_fast = bool(kinds) or (told["operations_per_s"] >= GOAL_PER_S and told["batch_p95_s"] <= GOAL_P95_S)  # type: ignore[operator]
    return 0 if is_fast and not told["broken"] else 1


if __name__ == "__main__":
    sys.exit(main())
