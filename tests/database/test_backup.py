"""A backup comes back whole, and a damaged one is refused."""

import shutil
import tempfile
from pathlib import Path

import asyncpg
import pytest
from litestar.testing import AsyncTestClient

from forestapi.db.cluster import Cluster
from forestapi.errors import BadRequest
from forestapi.services import backing_up
from forestapi.settings import Settings
from tests.samples import PROGRAMME, planting, plot, shift, worker

FIGURES = (
    "select sum(credited_m2) from forest.credit",
    "select string_agg(h::text, '|' order by transaction, seq) from forest.history h",
    "select string_agg(s::text, '|' order by id) from forest.shift s",
    "select string_agg(s::text, '|') from people.sealed_identity s",
)


async def test_a_backup_is_restored_with_its_credit_history_and_identities(
    settings: Settings, client: AsyncTestClient, as_administrator: dict[str, str], tmp_path: Path
) -> None:
    for noun, record in (
        ("programmes", PROGRAMME),
        ("plots", plot(1)),
        ("plantings", planting(1, 1)),
        ("workers", worker(1, identity={"name": "张三"})),
        ("shifts", shift(1)),
    ):
        answer = await client.post(f"/api/v1/{noun}", json=record, headers=as_administrator)
        assert answer.status_code == 201, answer.text
    folder = tmp_path / "backup"
    manifest = await backing_up.backup(settings, folder, with_keys=True)
    assert manifest["rows_about"]["plot"] == 1
    home = Path(tempfile.mkdtemp(prefix="forest-restored-"))
    home.chmod(0o755)
    restored = Settings(data=home / "instance")
    try:
        counts = await backing_up.restore(restored, folder, erasures=None)
        assert counts == manifest["rows_about"]
        cluster = Cluster(restored.data)
        cluster.start()
        copy, original = await asyncpg.connect(**cluster.connect_args()), await asyncpg.connect(settings.database_url)
        for figure in FIGURES:
            assert await copy.fetchval(figure) == await original.fetchval(figure)
        assert await copy.fetchval("select forest.is_fenced()")
        await copy.close()
        await original.close()
        cluster.remove()
    finally:
        shutil.rmtree(home, ignore_errors=True)
    (folder / backing_up.DUMP).write_bytes(b"something else")
    with pytest.raises(BadRequest, match="damaged"):
        backing_up.verify(folder)
