"""Point in time: a base backup brought forward by the archive to a moment, a change number, or a snapshot."""

import asyncio
import os
import re
import tarfile
from datetime import datetime
from pathlib import Path

import asyncpg

from forestapi.db import archive as archives
from forestapi.db.archive import ArchiveError
from forestapi.db.cluster import Cluster, ClusterError
from forestapi.errors import BadRequest
from geo.text import Text

_CHANGE = re.compile(r"(?:\d+\.)?(\d+)(?:\.\d+)?")
_SNAPSHOT = re.compile(r"\d+@(\d+:\d+:[\d,]*)")
_START = re.compile(rb"START WAL LOCATION: \S+ \(file ([0-9A-F]{24})\)")


async def recover(cluster: Cluster, base: Path, archive: Path | None, to: str | None) -> None:
    """Make a cluster of a base backup and bring it forward; it runs afterwards, and takes writes.

    Raises:
        BadRequest: `to` is no moment, or the archive is damaged or does not reach it.
        ClusterError: the cluster cannot be made.

    """
    if to is not None and archive is None:
        raise BadRequest(Text("请用 --archive 指明归档文件夹。", "Name the folder of the archive: --archive."))
    first = _first_segment(base)
    try:
        if archive is not None:
            await asyncio.to_thread(archives.check, archive, first)
        aim = {} if to is None or archive is None else target(to, archive, first, cluster)
    except ArchiveError as error:
        raise BadRequest(Text(f"归档不可用：{error}。", f"The archive cannot be used: {error}."), code="bad-archive") from error

    def fill(folder: Path) -> None:
        for name, inside in (("base.tar.gz", folder), ("pg_wal.tar.gz", folder / "pg_wal")):
            _unpack(base / name, inside)
        for path in folder.rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o600)
        if archive is not None:
            (folder / "recovery.signal").touch()

    cluster.create(fill)
    try:
        cluster.start(archives.recovering(archive, aim))
    except ClusterError as error:
        raise _ended(cluster, str(error)) from error
    while await _is_recovering(cluster):
        await asyncio.sleep(0.1)


def target(to: str, archive: Path, first: str, cluster: Cluster) -> dict[str, str]:
    """Read where to stop: a time with its zone, a change number of the history, or the snapshot of an answer.

    Returns:
        The server's settings of the recovery: what was committed up to there is in it, and nothing later.

    Raises:
        BadRequest: it is none of these.
        ArchiveError: the archive does not have the snapshot.

    """
    if match := _SNAPSHOT.fullmatch(to.strip()):
        return {"recovery_target_lsn": archives.last_commit(archive, first, match[1], cluster.programs())}
    if match := _CHANGE.fullmatch(to.strip()):
        return {"recovery_target_xid": match[1]}
    try:
        moment = datetime.fromisoformat(to.strip())
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadRequest(
            Text(
                "--to 为带时区的时间（2019-01-31T12:00:00+08:00）、历史的变更号（1.743.12），或答案中的 snapshot。",
                "--to takes a time with its zone (2019-01-31T12:00:00+08:00), a change number of the history (1.743.12), or the"
                " snapshot of an answer.",
            )
        )
    return {"recovery_target_time": moment.isoformat(sep=" ")}


def _unpack(file: Path, folder: Path) -> None:
    """Take the files of a backup out, as nobody's but ours: what `filter="data"` does, which Python 3.11.2 (Debian 12) lacks.

    Raises:
        BadRequest: it holds links or devices, or would write outside the folder.

    """
    with tarfile.open(file) as tar:
        members = tar.getmembers()
        for member in members:
            is_inside = (folder / member.name).resolve().is_relative_to(folder.resolve())
            if not is_inside or not (member.isfile() or member.isdir()):
                raise BadRequest(
                    Text(f"{file.name} 不是 forest backup --base 写的：{member.name}。", f"{file.name} is not of forest backup --base: {member.name}.")
                )
            member.uid, member.gid, member.uname, member.gname = os.getuid(), os.getgid(), "", ""
        tar.extractall(folder, members)


def _first_segment(base: Path) -> str:
    with tarfile.open(base / "base.tar.gz") as tar:
        label = tar.extractfile("backup_label")
        found = _START.search(label.read()) if label else None
    if found is None:
        raise BadRequest(Text("这个备份没有 backup_label。", "The backup has no backup_label."))
    return found[1].decode()


async def _is_recovering(cluster: Cluster) -> bool:
    """Whether the server still reads the archive.

    Raises:
        BadRequest: it ended without reaching the moment.

    """
    try:
        connection = await asyncpg.connect(**cluster.connect_args())
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        if cluster.is_running():
            return True
        raise _ended(cluster, cluster.log.read_text("utf-8", "replace")) from None
    try:
        return await connection.fetchval("select pg_is_in_recovery()")
    finally:
        await connection.close()


def _ended(cluster: Cluster, said: str) -> Exception:
    """Say why the server ended while it recovered."""
    if "before configured recovery target was reached" in said:
        return BadRequest(Text("归档到不了这个时刻。", "The archive ends before that moment."), code="bad-archive")
    return ClusterError(f"the server ended while it recovered; {cluster.log} says:\n{said[-1500:]}")
