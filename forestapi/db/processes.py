"""What the operating system says about the processes of a cluster.

PostgreSQL's server and all of its helpers work in the cluster's folder, so on Linux that folder tells exactly
which processes belong to a cluster. Where there is no `/proc` (macOS) only the process number is known.
"""

import os
import signal
from pathlib import Path

PROC = Path("/proc")


def exists(number: int) -> bool:
    """Whether any process has this number."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def is_alive_in(number: int, folder: Path) -> bool:
    """Whether process `number` lives and, where the system can tell, is a server that works in `folder`."""
    if not exists(number):
        return False
    if not (PROC / "self").exists():
        return True
    if _has_ended(number):
        return False
    try:
        return Path(os.readlink(PROC / str(number) / "cwd")) == folder.resolve()
    except FileNotFoundError:
        return False
    except PermissionError:
        # A container's root may not look into other users' processes; the name is open to everybody.
        return (PROC / str(number) / "comm").read_text().startswith("postgres")


def working_in(folder: Path) -> list[int] | None:
    """List the processes that visibly work in `folder`; None where the system cannot tell."""
    if not (PROC / "self").exists():
        return None
    folder = folder.resolve()
    numbers = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
    return [number for number in numbers if _folder_of(number) == folder]


def ask_to_end(number: int) -> None:
    """Send a process the signal to end; one that has ended already is fine."""
    try:
        os.kill(number, signal.SIGTERM)
    except ProcessLookupError:
        return


def _has_ended(number: int) -> bool:
    """Whether a process is only still listed because its parent has not asked how it ended."""
    try:
        return (PROC / str(number) / "stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except FileNotFoundError:
        return True


def _folder_of(number: int) -> Path | None:
    try:
        return Path(os.readlink(PROC / str(number) / "cwd"))
    except OSError:
        return None
