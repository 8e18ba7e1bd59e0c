"""Where this machine keeps PostgreSQL's own programs, and only those that have PostGIS beside them."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

MINIMUM_MAJOR = 15
"""The oldest PostgreSQL that the product works with."""

UNPACKED = Path(sys.prefix) / "pgdist"
"""Where `./forest` unpacks the packages for a user who may not install them."""


@dataclass(frozen=True)
class Programs:
    """One installed PostgreSQL: its major version, and the folder of `initdb`, `pg_ctl` and `postgres`."""

    major: int
    folder: Path

    @property
    def environ(self) -> dict[str, str]:
        """What the programs need in their environment to find what they were built with."""
        if not self.folder.is_relative_to(UNPACKED):
            return {}
        libraries = sorted({str(file.parent) for file in UNPACKED.glob("usr/lib/**/*.so*")})
        return {"LD_LIBRARY_PATH": ":".join(libraries), "PROJ_DATA": str(UNPACKED / "usr/share/proj")}


def find() -> list[Programs]:
    """List every usable PostgreSQL on this machine, newest first.

    Looked at: Debian's and Ubuntu's packages, the same packages unpacked below `UNPACKED`, Homebrew, and the
    `pg_config` on the search path. One without PostGIS, or too old, is left out.
    """
    pairs: list[tuple[Path, Path]] = []
    for root in (Path("/"), UNPACKED):
        for folder in root.glob("usr/lib/postgresql/*/bin"):
            pairs.append((folder, root / "usr/share/postgresql" / folder.parent.name))
    for prefix in (Path("/opt/homebrew"), Path("/usr/local"), Path("/home/linuxbrew/.linuxbrew")):
        for folder in prefix.glob("opt/postgresql@*/bin"):
            pairs.append((folder, prefix / "share" / folder.parent.name))
    if pg_config := shutil.which("pg_config"):
        pairs.append((_ask(pg_config, "--bindir"), _ask(pg_config, "--sharedir")))
    found: dict[Path, Programs] = {}
    for folder, shared in pairs:
        major = _major(folder)
        if major >= MINIMUM_MAJOR and (shared / "extension/postgis.control").exists():
            found[folder.resolve()] = Programs(major, folder)
    return sorted(found.values(), key=lambda programs: programs.major, reverse=True)


def _ask(pg_config: str, option: str) -> Path:
    answer = subprocess.run([pg_config, option], capture_output=True, text=True, check=False)
    return Path(answer.stdout.strip() or "/nonexistent")


def _major(folder: Path) -> int:
    """Read the major version from the path, which costs nothing, else ask the program; 0 if there is none."""
    if not all((folder / name).is_file() for name in ("initdb", "pg_ctl", "postgres")):
        return 0
    if named := re.search(r"postgresql[@/](\d+)", str(folder)):
        return int(named[1])
    answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    number = re.search(r"\d+", answer.stdout)
    return int(number[0]) if number else 0
