"""A backup: one consistent dump of the database with the submitted files and reports, each with its SHA-256.

The master key of identities is not in it unless asked for: without the key nobody reads a name in a backup.
"""

import hashlib
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from forestapi.db.cluster import Cluster, ClusterError, make_instance_folder
from forestapi.db.prepare import prepare, reach
from forestapi.db.transaction import Transaction
from forestapi.errors import BadRequest
from forestapi.services import people, restoring
from forestapi.settings import Settings
from forestapi.vault import key_file
from geo.text import Text

MANIFEST = "manifest.json"
DUMP = "database.dump"
BASE = "base"
FOLDERS = ("files", "photos", "reports")
COUNTED = ("programme", "region", "plot", "planting", "survey", "worker", "shift", "held", "history")


async def backup(settings: Settings, target: Path, *, with_keys: bool, is_base: bool = False) -> dict[str, Any]:
    """Write a backup into an empty folder and return its manifest; the product may run meanwhile.

    A base backup is a copy of the cluster's files, which its archive brings forward to any later moment; else it is a dump.
    When it was read again and found whole, the ledger is told what is in it, so that phones may be.

    Raises:
        BadRequest: the folder is not empty, or the server keeps no archive.
        ClusterError: the dump failed.

    """
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise BadRequest(Text(f"{target} 不是空文件夹。", f"{target} is not empty; name a new folder."))
    connection = await reach(settings)
    try:
        seen = await connection.fetchrow("select forest.current_era() as era, pg_current_snapshot()::text as snapshot")
        if is_base and (settings.database_url or await connection.fetchval("show archive_mode") != "on"):
            raise BadRequest(
                Text(
                    "数据库没有归档；请设置 FOREST_ARCHIVE 并重启（DATABASE_URL 的服务器由其管理员备份）。",
                    "The server keeps no archive: set FOREST_ARCHIVE and start it again (a server of DATABASE_URL is backed"
                    " up by its administrator).",
                )
            )
    finally:
        await connection.close()
    dsn = settings.database_url or Cluster(settings.data).dsn()
    if is_base:
        _run(settings, "pg_basebackup", "--format=tar", "--compress=client-gzip:1", "--checkpoint=fast", "--wal-method=stream",
             f"--pgdata={target / BASE}", f"--dbname={dsn}")  # fmt: skip
    else:
        _run(settings, "pg_dump", "--format=custom", "--no-owner", f"--file={target / DUMP}", f"--dbname={dsn}")
    for name in FOLDERS:
        if (settings.data / name).is_dir():
            shutil.copytree(settings.data / name, target / name)
    ledger = people.erasures(settings.data)
    kept = [ledger] if ledger.exists() else []
    if with_keys and key_file(settings.data).exists():
        kept.append(key_file(settings.data))
    for path in kept:
        (target / "keys").mkdir(mode=0o700, exist_ok=True)
        shutil.copy2(path, target / "keys" / path.name)
    connection = await reach(settings)
    try:
        counts = await _counts(connection)
    finally:
        await connection.close()
    manifest = {
        "kind": "base" if is_base else "dump",
        "made_at": datetime.now(UTC),
        "with_keys": with_keys,
        "rows_about": counts,
        "sha256": {str(path.relative_to(target)): _sha256(path) for path in _files(target)},
    }
    (target / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2))
    _flush(target)
    verify(target)
    connection = await reach(settings)
    try:
        await connection.execute(
            "insert into forest.backup (id, era, snapshot) values (gen_random_uuid(), $1, $2::text::pg_snapshot)",
            seen["era"], seen["snapshot"],
        )
    finally:
        await connection.close()
    return manifest


async def restore(
    settings: Settings, source: Path, *, erasures: Path | None, to: str | None = None, archive: Path | None = None
) -> dict[str, int]:
    """Make a new instance of a backup, after checking every file of it; return the number of rows by table.

    Those whom a ledger of erasures names (the backup's own, and a later one if given) are erased again. A base backup is
    brought forward by the `archive`: to the end, or to the moment `to` (`restoring.target`).

    Raises:
        BadRequest: the backup or the archive is damaged, does not reach the moment, or the instance is there already.
        ClusterError: the database cannot be made.

    """
    verify(source)
    kind = msgspec.json.decode((source / MANIFEST).read_bytes()).get("kind", "dump")
    if settings.database_url or Cluster(settings.data).exists:
        raise BadRequest(Text("请恢复到新的实例文件夹（--data）。", "Restore into a new instance folder (--data)."))
    if kind == "dump" and to:
        raise BadRequest(
            Text("这个备份是转储，只能恢复到它自己的时刻；请用 --base 的备份。", "This backup is a dump, of one moment; to go on from it takes one made with --base.")
        )
    make_instance_folder(settings.data)
    cluster = Cluster(settings.data)
    try:
        if kind == "base":
            await restoring.recover(cluster, source / BASE, archive, to)
        else:
            await _load(settings, cluster, source / DUMP)
        for folder in (source, archive):
            for name in (*FOLDERS, "keys"):
                if folder is not None and (folder / name).is_dir():
                    shutil.copytree(folder / name, settings.data / name, dirs_exist_ok=True)
        connection = await reach(settings)
        try:
            if kind == "base":  # what is written from now on must not be taken for what was written there after the moment
                await connection.execute("insert into forest.era (number) select max(number) + 1 from forest.era")
            async with connection.transaction():
                tx = Transaction(connection, "command line")
                for ledger in (people.erasures(settings.data), erasures):
                    if ledger is not None and ledger.exists():
                        await people.replay(tx, ledger)
            return await _counts(connection)
        finally:
            await connection.close()
    finally:
        cluster.stop()


async def _load(settings: Settings, cluster: Cluster, dump: Path) -> None:
    """Make a cluster of a dump; it runs afterwards."""
    cluster.create()
    cluster.start()
    await prepare(settings)
    connection = await reach(settings)
    try:
        for role in ROLES:
            await connection.execute(f"create role {role} nologin noinherit")
    finally:
        await connection.close()
    _run(settings, "pg_restore", "--no-owner", "--exit-on-error", f"--dbname={cluster.dsn()}", dump)


ROLES = tuple(
    f"forest_{role}"
    for role in ("public", "recorder", "crew_leader", "analyst", "programme_administrator", "administrator",
                 "auditor", "headline")
)  # fmt: skip
"""`headline` is only in backups from before there were releases; the next migration takes it away."""


def verify(source: Path) -> None:
    """See that every file of a backup is there and as it was written.

    Raises:
        BadRequest: one is not, or there is no manifest.

    """
    try:
        expected = msgspec.json.decode((source / MANIFEST).read_bytes())["sha256"]
    except (OSError, msgspec.DecodeError, KeyError) as error:
        raise BadRequest(Text(f"{source} 不是备份。", f"{source} is not a backup: no manifest.")) from error
    for name, sha256 in expected.items():
        if not (source / name).is_file() or _sha256(source / name) != sha256:
            raise BadRequest(Text(f"备份已损坏：{name}。", f"The backup is damaged: {name}."))


def _flush(folder: Path) -> None:
    """See that what was written is on disk, before anybody is told that it is safe."""
    for path in (*_files(folder), folder / MANIFEST, folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _run(settings: Settings, program: str, *arguments: str | Path) -> None:
    chosen = Cluster(settings.data).programs()
    done = subprocess.run(
        [str(chosen.folder / program), *map(str, arguments)],
        env={"PATH": f"{chosen.folder}:/usr/bin:/bin", "LC_ALL": "C"} | chosen.environ,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise ClusterError(f"{program} failed:\n{done.stderr[-1500:].strip()}")


async def _counts(connection: Any) -> dict[str, int]:
    return {name: await connection.fetchval(f"select count(*) from forest.{name}") for name in COUNTED}


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
