"""The private PostgreSQL cluster: private, durable, and startable again after anything."""

import asyncio
import os
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from forestapi.db import owner, processes, tuning
from forestapi.db.cluster import Cluster, ClusterError
from forestapi.db.lock import InstanceLock


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path / "instance")
    cluster.create()
    yield cluster
    cluster.remove()


async def value(cluster: Cluster, query: str) -> object:
    connection = await asyncpg.connect(**cluster.connect_args("postgres"))
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_a_new_cluster_is_reached_by_its_socket_only_and_has_checksums(cluster: Cluster) -> None:
    assert cluster.start()
    assert await value(cluster, "show listen_addresses") == ""
    assert await value(cluster, "show data_checksums") == "on"
    assert await value(cluster, "show server_encoding") == "UTF8"
    assert await value(cluster, "select current_user") == "forest"
    assert stat.S_IMODE(cluster.socket.stat().st_mode) == 0o700
    assert stat.S_IMODE(cluster.home.stat().st_mode) == 0o700


async def test_nobody_but_the_owner_and_root_is_let_in(cluster: Cluster) -> None:
    cluster.start()
    lines = await value(cluster, "select string_agg(type || ' ' || auth_method, ',') from pg_hba_file_rules")
    assert lines == "local peer"
    names = await value(cluster, "select array_agg(sys_name) from pg_ident_file_mappings")
    assert isinstance(names, list) and set(names) == {cluster.pgdata.owner(), "root"}


def test_a_running_cluster_is_adopted_and_a_stopped_one_stays_stopped(cluster: Cluster) -> None:
    assert not cluster.is_running()
    assert cluster.start()
    assert not Cluster(cluster.data).start()
    assert cluster.stop()
    assert not cluster.stop()
    assert not cluster.is_running()


async def test_rows_survive_a_kill_of_the_server(cluster: Cluster) -> None:
    cluster.start()
    await value(cluster, "create table kept as select 1 as n")
    number = cluster.process_number()
    assert number is not None
    os.kill(number, signal.SIGKILL)
    while cluster.is_running():
        time.sleep(0.01)
    assert cluster.start()
    assert await value(cluster, "select n from kept") == 1


async def test_a_busy_process_of_a_killed_server_is_ended_before_the_next_start(cluster: Cluster) -> None:
    if not processes.PROC.exists():
        pytest.skip("this system does not say where a process works")
    cluster.start()
    connection = await asyncpg.connect(**cluster.connect_args("postgres"))
    busy = asyncio.ensure_future(connection.execute("select count(*) from generate_series(1, 1e12::bigint)"))
    await asyncio.sleep(0.2)
    number = cluster.process_number()
    assert number is not None
    os.kill(number, signal.SIGKILL)
    await asyncio.sleep(0.2)
    assert processes.working_in(cluster.pgdata)
    assert cluster.start()
    assert await value(cluster, "select 1") == 1
    with pytest.raises((asyncpg.PostgresError, OSError)):
        await busy


def test_a_lock_file_that_names_another_program_does_not_stop_the_start(cluster: Cluster) -> None:
    if not processes.PROC.exists():
        pytest.skip("this system does not say where a process works")
    cluster.start()
    lock = cluster.pgdata / "postmaster.pid"
    lines = lock.read_text().split("\n")
    cluster.stop()
    lock.write_text("\n".join([str(os.getppid()), *lines[1:]]))
    assert not cluster.is_running()
    assert cluster.start()


def test_a_half_made_cluster_is_made_again(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "instance")
    (cluster.home / "pgdata.new" / "base").mkdir(parents=True)
    try:
        assert cluster.create()
        assert cluster.start()
    finally:
        cluster.remove()


def test_a_folder_with_a_long_name_gets_a_short_socket_address(tmp_path: Path) -> None:
    deep = tmp_path / ("森林" * 20) / ("a b'c" * 8)
    cluster = Cluster(deep)
    try:
        cluster.create()
        assert cluster.start()
        assert len(os.fsencode(cluster.socket)) < owner.SOCKET_LIMIT_BYTES
    finally:
        cluster.remove()


def test_without_a_cluster_the_message_says_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="forest up"):
        Cluster(tmp_path / "nothing").start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to use another user")
def test_root_keeps_the_cluster_of_a_closed_folder_where_the_database_user_can_go(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    assert owner.home(closed / "a").parent == owner.ELSEWHERE
    assert owner.home(closed / "a") == owner.home(closed / "a")
    assert owner.home(closed / "a") != owner.home(closed / "b")


@pytest.mark.parametrize(("machine_mb", "buffers_mb"), [(256, 64), (4096, 512), (65536, 1024)])
def test_the_server_takes_a_share_of_the_memory(machine_mb: int, buffers_mb: int) -> None:
    assert f"shared_buffers = {buffers_mb}MB\n" in tuning.configuration(Path("/x"), machine_mb)


def test_one_process_at_a_time_holds_an_instance(tmp_path: Path) -> None:
    first, second = InstanceLock(tmp_path), InstanceLock(tmp_path)
    assert first.holder() is None
    assert first.take() is None
    first.announce("http://127.0.0.1:1")
    holder = second.take()
    assert holder is not None and (holder.pid, holder.url) == (os.getpid(), "http://127.0.0.1:1")
    first.release()
    assert second.holder() is None
    assert second.take() is None
    second.release()
