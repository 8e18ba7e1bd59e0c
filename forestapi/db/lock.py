"""One running server per instance: a locked file in its folder, which says who holds it."""

import fcntl
import os
import signal
import time
from pathlib import Path
from typing import TextIO

from msgspec import DecodeError, Struct, json

ATTEMPTS = 4
ATTEMPT_SECONDS = 0.05
"""`holder` locks the file for a moment too, which must not look like a running server."""


class Holder(Struct):
    """The process that runs an instance, and where it serves (an empty URL while it is still starting)."""

    pid: int
    url: str = ""


class InstanceLock:
    """The file `forest.lock`. The operating system frees it however its holder ends, even by kill -9."""

    def __init__(self, data: Path) -> None:
        """Name the lock of the instance folder `data`; nothing is opened yet."""
        self.path = data / "forest.lock"
        self._file: TextIO | None = None

    def take(self) -> Holder | None:
        """Take the lock for this process; if another holds it, say who and take nothing."""
        file = self.path.open("a+")
        for _ in range(ATTEMPTS):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(ATTEMPT_SECONDS)
                continue
            self._file = file
            self.announce("")
            return None
        file.close()
        return self._read()

    def announce(self, url: str) -> None:
        """Write into the held lock where this process serves."""
        assert self._file is not None, "the lock is not held"
        self._file.seek(0)
        self._file.truncate()
        self._file.write(json.encode(Holder(os.getpid(), url)).decode())
        self._file.flush()

    def release(self) -> None:
        """Give the lock back; the file stays, as the sign that this folder is an instance."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def holder(self) -> Holder | None:
        """Say who runs the instance; None when nobody does."""
        if not self.path.exists():
            return None
        with self.path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return self._read()
        return None

    def end_holder(self, wait_s: float) -> bool:
        """Ask the holder to stop and wait until it has; False when it still runs after `wait_s` seconds.

        Raises:
            PermissionError: it belongs to another user.

        """
        deadline = time.monotonic() + wait_s
        asked = 0
        while (holder := self.holder()) is not None:
            if holder.pid and holder.pid != asked:
                os.kill(holder.pid, signal.SIGTERM)
                asked = holder.pid
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True

    def _read(self) -> Holder:
        try:
            return json.decode(self.path.read_text(), type=Holder)
        except DecodeError:
            return Holder(0)
