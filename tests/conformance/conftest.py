"""One server for the tests of a module, on a database of its own."""

from collections.abc import Iterator

import pytest

from forestapi.db.cluster import Cluster
from tests.conformance.serving import Served, serving


@pytest.fixture(scope="module")
def served(cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run a server with a few plots."""
    with serving(cluster, template, tmp_path_factory.mktemp("served")) as server:
        yield server
