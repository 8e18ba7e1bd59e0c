"""Suggesting how a boundary could be mended, in a child process that can be killed. Nothing is mended by itself.

`make_valid` on a hostile ring runs for minutes and can crash whoever calls it; here it gets 5 s of processor time in all,
512 MiB and, once it has started, one second of processor time for the repair: on a machine that is not overloaded an
answer comes within two seconds, and on one that is, a good boundary is not called too slow.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from typing import Any

import msgspec

from geo.reading import child_environment
from geo.repair_child import Suggestion

CPU_SECONDS = 5
MEMORY_MB = 512
WORK_SECONDS = 1.0
PATIENCE_S = 20.0
"""How long whoever asks waits at most, for a child that gets no processor."""


def suggest(
    geometry: dict[str, Any],
    *,
    patience_s: float = PATIENCE_S,
    cpu_s: int = CPU_SECONDS,
    work_s: float = WORK_SECONDS,
    memory_mb: int = MEMORY_MB,
) -> Suggestion:
    """Suggest a repair of a GeoJSON Polygon or MultiPolygon, read leniently; never raises for what it holds."""
    request = msgspec.json.encode({"geometry": geometry, "cpu_s": cpu_s, "work_s": work_s, "memory_mb": memory_mb})
    with tempfile.TemporaryDirectory(prefix="forest-repair-") as scratch:
        child = subprocess.Popen(
            [sys.executable, "-m", "geo.repair_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=scratch,
            env=child_environment(scratch),
            start_new_session=True,
        )
        try:
            answer, _ = child.communicate(request, timeout=patience_s)
        except subprocess.TimeoutExpired:
            return Suggestion(failure="too-slow")
        finally:
            if child.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                child.communicate()
    if child.returncode == 0:
        with contextlib.suppress(msgspec.DecodeError):
            return msgspec.json.decode(answer, type=Suggestion)
    slow = child.returncode in (-signal.SIGPROF, -signal.SIGXCPU, -signal.SIGKILL)
    return Suggestion(failure="too-slow" if slow else "crashed")
