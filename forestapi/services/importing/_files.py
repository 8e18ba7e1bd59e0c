"""Submitted files are evidence: each is kept as it came, under the hash of its bytes."""

import hashlib
import os
import shutil
from pathlib import Path
from uuid import uuid4

CHUNK_BYTES = 1 << 20


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
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    partial = kept.with_name(f".{kept.name}.{uuid4().hex}")
    secret = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with path.open("rb") as source, open(secret, "wb") as target:
        shutil.copyfileobj(source, target, CHUNK_BYTES)
        target.flush()
        os.fsync(target.fileno())
    partial.rename(kept)
    folder = os.open(kept.parent, os.O_RDONLY)  # the name has to outlive a power cut as well
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return kept
