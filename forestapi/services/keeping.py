"""Keeping bytes in the instance's folder: whole or not at all, and still there after a power cut."""

import os
import shutil
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

CHUNK_BYTES = 1 << 20


def keep(source: BinaryIO, path: Path, top: Path) -> None:
    """Write what `source` holds to `path`, for the server's own user only; `top` is the folder that all of it lies in."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            shutil.copyfileobj(source, target, CHUNK_BYTES)
            target.flush()
            os.fsync(target.fileno())
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
    for folder in path.parents:  # the names have to outlive a power cut as well
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if folder == top:
            break
