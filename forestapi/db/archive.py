"""The archive of a private cluster: every change of the database, in segments, so that any moment can be restored.

It is off unless a folder is set (`FOREST_ARCHIVE`). PostgreSQL hands over a segment of its log when it is full, or after a
minute in which something was written; each is compressed, which carries a checksum, and is there whole or not at all.
"""

import gzip
import re
import subprocess
import tempfile
from pathlib import Path

from forestapi.db.programs import Programs

SECONDS = 60
"""At most so much is lost with the machine: a segment is handed over after so long."""
_SEGMENT = re.compile(r"[0-9A-F]{24}")
_COMMIT = re.compile(r"tx:\s+(\d+), lsn: ([0-9A-F]+/[0-9A-F]+),.* desc: COMMIT")


class ArchiveError(RuntimeError):
    """The archive lacks what is asked for, or is damaged; the message says what."""


def wal(archive: Path) -> Path:
    """Say where in an archive the segments are."""
    return archive / "wal"


def keeping(archive: Path) -> dict[str, str]:
    """Give the server's settings that keep the archive. A segment that is there already has to be the same one."""
    kept = f"{_quoted(wal(archive))}/%f.gz"
    command = (
        f"f={kept}; if [ -f \"$f\" ]; then gzip -dc \"$f\" | cmp -s - %p;"
        ' else gzip -1c %p > "$f.part" && sync "$f.part" && mv "$f.part" "$f"; fi'
    )
    return {"archive_mode": "on", "archive_timeout": f"{SECONDS}s", "archive_command": _value(command)}


def recovering(archive: Path | None, target: dict[str, str]) -> dict[str, str]:
    """Give the server's settings that bring a base backup forward by the archive, up to a target."""
    if archive is None:
        return {}
    kept = f"{_quoted(wal(archive))}/%f.gz"
    settings = {
        "restore_command": f"test -f {kept} && gzip -dc {kept} > %p",
        "recovery_target_timeline": "current",
        "recovery_target_action": "promote",
        **target,
    }
    return {name: _value(value) for name, value in settings.items()}


def segments(archive: Path, first: str) -> list[Path]:
    """List the segments of the archive, in order, from the one named `first` on, of its timeline.

    Raises:
        ArchiveError: there are none.

    """
    found = sorted(
        path for path in wal(archive).glob(f"{first[:8]}*.gz") if _SEGMENT.fullmatch(path.stem) and path.stem >= first
    )
    if not found:
        raise ArchiveError(f"{archive} has nothing of what came after the backup (segment {first} and later)")
    return found


def check(archive: Path, first: str) -> None:
    """Read the segments through.

    Raises:
        ArchiveError: there are none, one is damaged, or one between them is missing.

    """
    found = segments(archive, first)
    for path in found:
        try:
            with gzip.open(path) as stream:
                while stream.read(1 << 20):
                    pass
        except (OSError, EOFError) as error:
            raise ArchiveError(f"{path} is damaged: {error}") from error
    places = [int(path.stem[8:16], 16) * 256 + int(path.stem[16:], 16) for path in found]
    for before, after in zip(places, places[1:], strict=False):
        if after != before + 1:
            raise ArchiveError(f"{archive} lacks segments between number {before:X} and {after:X}")


def last_commit(archive: Path, first: str, snapshot: str, programs: Programs) -> str:
    """Find the place in the log (LSN) at which the last transaction was committed that a snapshot (xmin:xmax:xip) sees.

    Raises:
        ArchiveError: the archive has no such transaction.

    """
    found = segments(archive, first)
    with tempfile.TemporaryDirectory(prefix="forest-wal-") as scratch:
        for path in found:
            (Path(scratch) / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
        listed = subprocess.run(
            [str(programs.folder / "pg_waldump"), "--rmgr=Transaction", "--path", scratch, found[0].stem, found[-1].stem],
            capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"} | programs.environ,
        ).stdout  # fmt: skip
    _, xmax, under_way = (snapshot.split(":") + [""])[:3]
    unseen = {int(each) for each in under_way.split(",") if each}
    place = None
    for line in listed.splitlines():
        if (match := _COMMIT.search(line)) and int(match[1]) < int(xmax) and int(match[1]) not in unseen:
            place = match[2]
    if place is None:
        raise ArchiveError(f"nothing that the snapshot {snapshot} sees was written after the backup; restore the backup itself")
    return place


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "'\\''").replace("%", "%%") + "'"


def _value(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
