"""The settings of a private cluster, sized for the machine that it is on."""

import os
from collections.abc import Mapping
from pathlib import Path

MAX_CONNECTIONS = 60
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def memory_mb() -> int:
    """Give the memory that this machine or container has, in MiB."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if CGROUP_LIMIT.exists() and (limit := CGROUP_LIMIT.read_text().strip()).isdigit():
        total = min(total, int(limit))
    return total // 2**20


def configuration(socket: Path, machine_mb: int | None = None, further: Mapping[str, str] | None = None) -> str:
    """Write the server's configuration: no network, a private socket, a share of the memory.

    An eighth of the memory (64 MiB to 1 GiB) is the server's own cache, because the machine is shared with
    the web server, imports and the operator's other work. `further` are settings of this start, written as they are.
    """
    machine_mb = memory_mb() if machine_mb is None else machine_mb
    values = {
        "listen_addresses": "''",
        "port": 5432,
        "unix_socket_directories": f"'{str(socket).replace(chr(39), chr(39) * 2)}'",
        "unix_socket_permissions": "0700",
        "max_connections": MAX_CONNECTIONS,
        "shared_buffers": f"{_within(machine_mb // 8, 64, 1024)}MB",
        "effective_cache_size": f"{_within(machine_mb // 2, 128, 65536)}MB",
        "maintenance_work_mem": f"{_within(machine_mb // 32, 32, 512)}MB",
        "work_mem": f"{_within(machine_mb // 512, 4, 32)}MB",
        "random_page_cost": 1.1,
        "jit": "off",
        "wal_compression": "on",
        "max_wal_size": "2GB",
        "track_commit_timestamp": "on",  # the past is asked for by time: what had been committed by then
        "logging_collector": "off",
        "log_line_prefix": "'%m [%p] '",
        "log_error_verbosity": "terse",  # the detail of an error repeats the row, which nobody should find in a log
        "log_timezone": "'UTC'",
        "timezone": "'UTC'",
        **(further or {}),
    }
    lines = "".join(f"{name} = {value}\n" for name, value in values.items())
    return f"# Written at every start; settings of your own go to the end of postgresql.conf.\n{lines}"


def _within(value: int, low: int, high: int) -> int:
    return max(low, min(high, value))
