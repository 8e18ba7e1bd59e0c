"""Which operating system user a private cluster belongs to, and where its files then have to be."""

import hashlib
import os
import pwd
import subprocess
from pathlib import Path

ACCOUNT = "forest-db"
"""The system user that root makes when the machine has no `postgres`."""

ELSEWHERE = Path("/var/lib/forest")
"""Where root's clusters go when the instance's folder is closed to the database's user, as below /root."""

SOCKET_LIMIT_BYTES = 100
"""A unix socket's address may have 104 to 108 bytes, depending on the system."""


def account() -> pwd.struct_passwd:
    """Name the user that a new cluster shall belong to: oneself, or for root one that PostgreSQL accepts."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    for name in ("postgres", ACCOUNT):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    subprocess.run(
        ["useradd", "--system", "--no-create-home", "--home-dir", str(ELSEWHERE), "--shell",
         "/usr/sbin/nologin", ACCOUNT],
        check=True,
    )
    return pwd.getpwnam(ACCOUNT)


def home(data: Path) -> Path:
    """Say where the cluster of the instance `data` is, or would be made.

    It is `data/db`, unless root (who has to use another user) keeps the instance in a folder that is closed
    to others; then a folder named after the path of `data` alone. A cluster that exists stays where it is.
    """
    beside = data / "db"
    if os.geteuid() != 0 or (beside / "pgdata").is_dir():
        return beside
    elsewhere = ELSEWHERE / digest(data)
    if (elsewhere / "pgdata").is_dir() or not _is_open_to_others(data):
        return elsewhere
    return beside


def socket_folder(home: Path) -> Path:
    """Say where the cluster's socket is: in `home`, or in a short folder if its address would be too long."""
    inside = home / "run"
    if len(os.fsencode(inside / ".s.PGSQL.5432")) < SOCKET_LIMIT_BYTES:
        return inside
    return Path("/tmp") / f"forest-{digest(home)}"


def digest(path: Path) -> str:
    """Shorten an absolute path to twelve characters that differ between instances."""
    return hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:12]


def _is_open_to_others(folder: Path) -> bool:
    """Whether any user may pass through `folder`, or if it is not there yet, what it will be made in."""
    existing = [each for each in (folder, *folder.parents) if each.exists()]
    return all(each.stat().st_mode & 0o001 for each in existing)
