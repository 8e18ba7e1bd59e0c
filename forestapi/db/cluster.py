"""The instance's own PostgreSQL: made, started and stopped by us, reached through a private socket only.

There is no TCP port and no password: the operating system says who is at the other end of the socket (peer
authentication), and only the cluster's owner and root are let in. `docs/decisions/0002-private-cluster.md`
has the reasons.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from forestapi.db import archive, owner, processes, programs, tuning

DATABASE = "forest"
USER = "forest"
START_SECONDS = 120
STOP_SECONDS = 60
ORPHAN_SECONDS = 3
LOG_LIMIT_BYTES = 10_000_000
REPLICATION = "local replication all peer map=forest\n"
"""What lets a base backup be taken; only where there is an archive."""


class ClusterError(RuntimeError):
    """The database cannot be made, started or reached; the message says what to do about it."""


class Cluster:
    """One private PostgreSQL cluster, belonging to the instance folder `data` (an absolute path)."""

    def __init__(self, data: Path, archive: Path | None = None) -> None:
        """Find where the instance's cluster is or would be, and its archive, if it is to have one; nothing is made or started."""
        self.data = data
        self.archive = archive
        self.home = owner.home(data)
        self.pgdata = self.home / "pgdata"
        self.socket = owner.socket_folder(self.home)
        self.log = self.home / "server.log"

    @property
    def exists(self) -> bool:
        """Whether the cluster has been made."""
        return (self.pgdata / "PG_VERSION").is_file()

    def create(self, fill: Callable[[Path], None] | None = None) -> bool:
        """Make the cluster unless it is there; say whether it had to be made.

        It is made beside its final place and renamed, so a half-made one is never mistaken for a whole one. It is empty,
        unless `fill` puts the files of another into the folder that it is given.

        Raises:
            ClusterError: PostgreSQL with PostGIS is not installed, or `initdb` failed.

        """
        if self.exists:
            return False
        user = owner.account()
        make_instance_folder(self.data)
        if self.home.parent != self.data:
            self.home.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        self._make_folder(self.home, user)
        staging = self.home / "pgdata.new"
        shutil.rmtree(staging, ignore_errors=True)
        if fill is not None:
            staging.mkdir(mode=0o700)
            fill(staging)
            for path in (staging, *staging.rglob("*")):
                self._give(path, user)
            staging.rename(self.pgdata)
            return True
        locale = "C" if sys.platform == "darwin" else "C.UTF-8"
        self._run(
            user, "initdb", "--pgdata", staging, "--username", USER, "--encoding=UTF8", f"--locale={locale}",
            "--data-checksums", "--auth-local=peer", "--auth-host=reject", "--no-instructions",
        )
        (staging / "pg_hba.conf").write_text("# TYPE DATABASE USER METHOD\nlocal all all peer map=forest\n")
        people = sorted({user.pw_name, "root"})
        (staging / "pg_ident.conf").write_text("".join(f"forest {name} {USER}\n" for name in people))
        with (staging / "postgresql.conf").open("a") as conf:
            conf.write("\ninclude 'forest.conf'\n")
        staging.rename(self.pgdata)
        return True

    def start(self, further: Mapping[str, str] | None = None) -> bool:
        """Start the server and wait until it answers; say whether it had to be started (else it is adopted).

        `further` are settings of the server for this start alone.

        Raises:
            ClusterError: it does not start; the message carries the end of its log.

        """
        if self.is_running():
            return False
        user = self._user()
        self._make_folder(self.socket, user)
        self._write_configuration(user, further)
        if processes.working_in(self.pgdata):
            self._end_orphans()
        self._forget_reused_numbers()
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        deadline = time.monotonic() + START_SECONDS
        while True:
            began = self.log.stat().st_size if self.log.exists() else 0
            try:
                self._run(user, "pg_ctl", "start", "--pgdata", self.pgdata, "--log", self.log, "--wait",
                          "--timeout", str(START_SECONDS), "--silent")
                return True
            except ClusterError as failure:
                said = self._log_since(began) or str(failure)
                if "still in use" not in said or time.monotonic() > deadline:
                    message = f"PostgreSQL does not start; {self.log} says:\n{said[-1500:]}"
                    raise ClusterError(message) from None
                self._end_orphans()

    def stop(self) -> bool:
        """Stop the server cleanly, ending its connections; say whether it ran.

        Raises:
            ClusterError: it did not stop in time.

        """
        if not self.is_running():
            return False
        self._run(self._user(), "pg_ctl", "stop", "--pgdata", self.pgdata, "--mode=fast", "--wait",
                  "--timeout", str(STOP_SECONDS), "--silent")
        return True

    def is_running(self) -> bool:
        """Whether this cluster's own server process lives; a process number used again does not count."""
        number = self.process_number()
        return number is not None and processes.is_alive_in(number, self.pgdata)

    def process_number(self) -> int | None:
        """Read the number of the server process from its lock file; None without one."""
        try:
            return _number_in(self.pgdata / "postmaster.pid")
        except PermissionError:
            raise ClusterError(self._closed()) from None

    def connect_args(self, database: str = DATABASE) -> dict[str, object]:
        """Give what `asyncpg.connect` and `asyncpg.create_pool` need to reach this cluster."""
        return {"host": str(self.socket), "port": 5432, "user": USER, "database": database}

    def dsn(self, database: str = DATABASE) -> str:
        """Give the same as text, for `psql` and for QGIS on this machine."""
        host = str(self.socket).replace("\\", "\\\\").replace("'", "\\'")
        return f"host='{host}' port=5432 user={USER} dbname={database}"

    def version(self) -> int:
        """Give the PostgreSQL major version that made the cluster."""
        return int((self.pgdata / "PG_VERSION").read_text())

    def remove(self) -> None:
        """Stop the server and delete the cluster with everything in it."""
        self.stop()
        for folder in (self.socket, self.home):
            if folder.exists():
                shutil.rmtree(folder)

    def programs(self) -> programs.Programs:
        """Choose the PostgreSQL programs for this cluster: those that made it, or the newest there are.

        Raises:
            ClusterError: there are none.

        """
        found = programs.find()
        if self.exists:
            found = [each for each in found if each.major == self.version()]
            if not found:
                raise ClusterError(
                    f"the database was made by PostgreSQL {self.version()}, which is no longer installed "
                    f"(with PostGIS); install postgresql-{self.version()} and its postgis package again"
                )
        if not found:
            raise ClusterError(
                "PostgreSQL 15 or newer with PostGIS is not installed; ./forest up installs it on Debian and "
                "Ubuntu, or set DATABASE_URL to a server that you have"
            )
        return found[0]

    def _user(self) -> pwd.struct_passwd:
        """Name the user that the cluster belongs to."""
        try:
            user = pwd.getpwuid(self.pgdata.stat().st_uid)
        except FileNotFoundError:
            raise ClusterError(f"there is no database in {self.data} yet; ./forest up makes it") from None
        except PermissionError:
            raise ClusterError(self._closed()) from None
        if os.geteuid() not in (0, user.pw_uid):
            raise ClusterError(self._closed())
        return user

    def _closed(self) -> str:
        return f"the database in {self.home} belongs to another user; run this as that user or as root"

    def _run(self, user: pwd.struct_passwd, program: str, *arguments: str | Path) -> None:
        """Run one of PostgreSQL's programs as `user`, out of reach of Ctrl-C and of PG* variables.

        Its output goes to a file, because a server that it starts could hold a pipe open for ever.
        """
        change: dict[str, Any] = {}
        if os.geteuid() != user.pw_uid:
            change = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        chosen = self.programs()
        folder = chosen.folder
        environ = {"PATH": f"{folder}:/usr/bin:/bin", "HOME": user.pw_dir, "LC_ALL": "C", "TZ": "UTC"}
        environ |= chosen.environ
        with tempfile.TemporaryFile("w+") as output:
            code = subprocess.run(
                [str(folder / program), *map(str, arguments)], cwd="/", env=environ, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, start_new_session=True, umask=0o077, check=False, **change,
            ).returncode
            output.seek(0)
            if code:
                raise ClusterError(f"{program} failed:\n{output.read()[-1500:].strip()}")

    def _end_orphans(self) -> None:
        """Wait for what a killed server left running, then ask it to end; no server can start before."""
        deadline = time.monotonic() + ORPHAN_SECONDS
        while processes.working_in(self.pgdata) and time.monotonic() < deadline:
            time.sleep(0.2)
        for number in processes.working_in(self.pgdata) or []:
            processes.ask_to_end(number)
        time.sleep(0.2)

    def _forget_reused_numbers(self) -> None:
        """Drop lock files of a killed server whose process number provably means something else by now.

        After a reboot, and in every container, process numbers come round again, or a killed server stays in
        the list of processes; PostgreSQL would then refuse to start. Nothing is dropped while any process at
        all works in the cluster's folder, or where the system cannot tell.
        """
        if processes.working_in(self.pgdata) != []:
            return
        for lock in (self.pgdata / "postmaster.pid", self.socket / ".s.PGSQL.5432.lock"):
            number = _number_in(lock)
            if number is None or not processes.exists(number):
                continue
            if not processes.is_alive_in(number, self.pgdata):
                lock.unlink()

    def _log_since(self, position: int) -> str:
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(position)
            return log.read().decode("utf-8", "replace")

    def _write_configuration(self, user: pwd.struct_passwd, further: Mapping[str, str] | None) -> None:
        """Write our part of the configuration, never through a link that the database's user may have put."""
        settings = dict(further or {})
        if self.archive is not None:
            self._make_folder(self.archive, user)
            self._make_folder(archive.wal(self.archive), user)
            settings |= archive.keeping(self.archive)
            rules = self.pgdata / "pg_hba.conf"
            if REPLICATION not in rules.read_text():
                with rules.open("a") as conf:
                    conf.write(REPLICATION)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        with open(os.open(self.pgdata / "forest.conf", flags, 0o600), "w") as conf:
            conf.write(tuning.configuration(self.socket, further=settings))
        self._give(self.pgdata / "forest.conf", user)

    def _make_folder(self, folder: Path, user: pwd.struct_passwd) -> None:
        """Make a folder that only `user` (and root) can enter; refuse one that somebody else has put."""
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
        except PermissionError:
            raise ClusterError(f"{folder} cannot be made; choose a --data folder of your own") from None
        if folder.is_symlink() or folder.stat().st_uid not in (os.geteuid(), user.pw_uid):
            raise ClusterError(f"{folder} belongs to somebody else; choose another --data folder")
        folder.chmod(0o700)
        self._give(folder, user)

    def _give(self, path: Path, user: pwd.struct_passwd) -> None:
        if os.geteuid() == 0:
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)


def make_instance_folder(data: Path) -> None:
    """Make the instance's folder: private, but root's may be passed through by the database's own user."""
    if not data.exists():
        data.mkdir(parents=True, mode=0o711 if os.geteuid() == 0 else 0o700)


def _number_in(lock: Path) -> int | None:
    """Read the process number on the first line of one of PostgreSQL's lock files."""
    try:
        return int(lock.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
