"""Submitted files are evidence: each is kept as it came, under the hash of its bytes."""

import hashlib
from pathlib import Path

from forestapi.services import keeping
from forestapi.services.keeping import CHUNK_BYTES


def sha256_of(path: Path) -> str:
    """Hash a file in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while chunk := source.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def private(folder: Path) -> None:
    """Make a folder that nobody but the server's own user enters: a sheet of shifts holds names."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


def keep(path: Path, sha256: str, data: Path, suffix: str | None = None) -> Path:
    """Copy a submitted file into the instance, whole or not at all; the same bytes are kept once."""
    kept = data / "files" / sha256[:2] / f"{sha256}{path.suffix.lower() if suffix is None else suffix}"
    if kept.exists():
        return kept
    private(data / "files")
    with path.open("rb") as source:
        keeping.keep(source, kept, data / "files")
    return kept
