"""A base backup and the archive bring back any moment: what was there before it is, what came after is not."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import pytest
from litestar.testing import AsyncTestClient

from forestapi.app import create_app
from forestapi.db.cluster import Cluster
from forestapi.db.migrate import migrate
from forestapi.db.prepare import prepare
from forestapi.errors import BadRequest
from forestapi.services import archiving, backing_up, tokens
from forestapi.settings import Settings
from tests.http.test_sync_safety import png
from tests.samples import PROGRAMME, key, planting, plot


class Archived(NamedTuple):
    home: Path
    base: Path
    moments: dict[str, str]
    """Ways to name the moment between the second plot and the third."""
    photo: Path


@pytest.fixture
async def archived() -> AsyncIterator[Archived]:
    """An instance with an archive: a plot, a base backup, a plot, the moment, a plot."""
    home = Path(tempfile.mkdtemp(prefix="forest-archived-"))
    home.chmod(0o755)
    settings = Settings(data=home / "instance", archive=str(home / "archive's"))
    cluster = Cluster(settings.data, settings.archive_folder)
    cluster.create()
    cluster.start()
    await prepare(settings)
    await migrate(settings)
    connection = await asyncpg.connect(**cluster.connect_args())
    headers = {"Authorization": f"Bearer {await tokens.create(connection, 'administrator', 'test')}"}
    async with AsyncTestClient(create_app(settings)) as client:

        async def send(noun: str, record: Any) -> None:
            answer = await client.post(f"/api/v1/{noun}", json=record, headers=headers)
            assert answer.status_code == 201, answer.text

        await send("programmes", PROGRAMME)
        await send("plots", plot(1))
        await backing_up.backup(settings, home / "base", with_keys=True, is_base=True)
        await send("plots", plot(2))
        await send("plantings", planting(1, 2))
        photo = settings.data / "photos" / "ab" / "cd" / ("abcd" + "0" * 60)
        photo.parent.mkdir(parents=True)
        photo.write_bytes(png())
        answer = (await client.get("/api/v1/statistics/planted-area")).json()
        changes = (await client.get(f"/api/v1/plantings/{key(10_001)}/history", headers=headers)).json()["items"]
        moments = {"time": answer["as_of"], "snapshot": answer["snapshot"], "change": changes[0]["cursor"]}
        await send("plots", plot(3))
    archiving.copy_new(settings.data, home / "archive's")
    last = await connection.fetchval("select pg_walfile_name(pg_switch_wal())")
    while (await connection.fetchval("select coalesce(last_archived_wal, '') from pg_stat_archiver")) < last:
        assert await connection.fetchval("select failed_count from pg_stat_archiver") == 0
    await connection.close()
    cluster.remove()
    yield Archived(home, home / "base", moments, photo)
    shutil.rmtree(home, ignore_errors=True)


async def _restored(archived: Archived, name: str, to: str | None) -> set[str]:
    """Restore into a new instance; give the numbers of its plots."""
    settings = Settings(data=archived.home / name)
    await backing_up.restore(settings, archived.base, erasures=None, to=to, archive=archived.home / "archive's")
    cluster = Cluster(settings.data)
    cluster.start()
    try:
        connection = await asyncpg.connect(**cluster.connect_args())
        numbers = {row[0] for row in await connection.fetch("select number from forest.plot")}
        kept = await connection.fetchval("select count(*) from forest.history where noun = 'plot'")
        assert kept == len(numbers)
        for noun in ("programme", "plot", "planting"):
            assert await connection.fetch(f"select * from forest.history_differs_{noun}()") == []
        assert await connection.fetchval("select sum(credited_m2) from forest.credit") > 0
        assert await connection.fetchval("select forest.current_era()") == 2
        await connection.execute("insert into forest.programme (code, name_zh, name_en) values ('later', 'l', 'l')")
        await connection.close()
        assert (settings.data / archived.photo.relative_to(archived.home / "instance")).read_bytes() == png()
    finally:
        cluster.remove()
    return numbers


async def test_any_moment_comes_back_by_time_by_change_and_by_snapshot(archived: Archived) -> None:
    for name, to in archived.moments.items():
        assert await _restored(archived, name, to) == {"T-1", "T-2"}, name
    with pytest.raises(BadRequest, match="ends before"):
        await _restored(archived, "never", "2999-01-01T00:00:00+00:00")
    segments = sorted((archived.home / "archive's" / "wal").glob("*.gz"))
    content = bytearray(segments[-1].read_bytes())
    content[len(content) // 2] ^= 255
    segments[-1].write_bytes(content)
    with pytest.raises(BadRequest, match="damaged"):
        await _restored(archived, "damaged", archived.moments["time"])
