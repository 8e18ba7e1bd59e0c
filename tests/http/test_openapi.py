"""The OpenAPI document held against the application: requests made from it, fitting and not, get documented answers.

A slice by default; `FOREST_OPENAPI_EXAMPLES=2000` asks that many times of each operation, `FOREST_OPENAPI_SEED=7` others.
"""

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as examples
from hypothesis.errors import Unsatisfiable
from litestar.testing import TestClient
from schemathesis import GenerationMode

from forestapi.app import create_app
from forestapi.db.cluster import Cluster
from forestapi.settings import Settings
from tests.conftest import url
from tests.http.planted import Sender, headers_of
from tests.samples import PROGRAMME, planting, plot, shift, worker

EXAMPLES = int(os.environ.get("FOREST_OPENAPI_EXAMPLES", "3"))
SEED = int(os.environ.get("FOREST_OPENAPI_SEED", "0"))
MODES = {"fitting": GenerationMode.POSITIVE, "unfitting": GenerationMode.NEGATIVE}
RECORDS = [("programmes", PROGRAMME), ("plots", plot(1)), ("plantings", planting(1, 1)), ("workers", worker(1)),
           ("shifts", shift(1, 1))]  # fmt: skip


@pytest.fixture(scope="module")
def client(cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Speak as the administrator to an application with a few records."""
    name = f"openapi_{uuid4().hex[:12]}"
    settings = Settings(database_url=url(cluster, name), data=tmp_path_factory.mktemp("openapi"), rate_per_second=0)

    async def server(statement: str) -> None:
        connection = await asyncpg.connect(url(cluster, "postgres"))
        await connection.execute(statement)
        await connection.close()

    asyncio.run(server(f"create database {name} template {template}"))
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        client.headers.update(asyncio.run(headers_of(settings, Sender("administrator"))))
        for noun, record in RECORDS:
            assert client.post(f"/api/v1/{noun}", json=record).status_code == 201
        yield client
    asyncio.run(server(f"drop database {name} with (force)"))


@pytest.mark.parametrize("mode", MODES)
def test_every_answer_is_documented(client: TestClient, mode: str) -> None:
    document = client.app.openapi_schema.to_schema()
    wrong: dict[tuple[str, int], str] = {}
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        operation = found.ok()
        if mode == "fitting" or operation.body or operation.query or operation.path_parameters:
            documented = document["paths"][operation.path][operation.method.lower()]["responses"]
            _ask(client, operation, MODES[mode], documented, wrong)
    assert not wrong, "\n".join(f"{label} {status}: {text}" for (label, status), text in wrong.items())


def _ask(
    client: TestClient, operation: Any, mode: GenerationMode, documented: dict[str, Any], wrong: dict[tuple[str, int], str]
) -> None:
    """Make requests of one operation; put those down whose answer is an error of ours, or in no document."""

    @seed(SEED)
    @examples(
        max_examples=EXAMPLES, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        answer = client.request(**_request(case), follow_redirects=False)
        status, kind = answer.status_code, answer.headers.get("content-type", "").split(";")[0]
        kinds = documented.get(str(status), {}).get("content", {})
        if status >= 500 or str(status) not in documented or (answer.content and kinds and kind not in kinds):
            wrong.setdefault((operation.label, status), f"{kind} {_request(case)} {answer.text[:300]}")

    with suppress(Unsatisfiable):  # there may be nothing unfitting
        ask()


def _request(case: Any) -> dict[str, Any]:
    """Give a generated case as the client takes it, without what HTTP itself could not carry."""
    given = case.as_transport_kwargs(base_url="http://testserver.local")
    headers = {k: v for k, v in (given.get("headers") or {}).items() if k.lower() not in ("authorization", "user-agent")}
    wanted = {name: given[name] for name in ("method", "url", "params", "json", "data", "files", "content") if given.get(name) is not None}
    if isinstance(wanted.get("files"), list):  # the client takes texts and bytes only
        parts = [(name, tuple(v if isinstance(v, str | bytes | None) else str(v) for v in part)) for name, part in wanted["files"]]
        wanted["files"] = parts
    return {**wanted, "headers": headers}
