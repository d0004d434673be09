"""What a server's processes take of the machine."""

import os
from pathlib import Path

from tests.support.server import Server

MEGABYTE = 1 << 20


def memory_of(server: Server) -> int:
    """The bytes in memory of those that answer, together."""
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in server.worker_pids())
    return pages * os.sysconf("SC_PAGE_SIZE")


def connections_of(server: Server) -> int:
    """The descriptors that the server holds of its clients' connections."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening, no_descriptor = "0A", "0"
    return sum(
        fields[1].endswith(f":{server.port:04X}") and fields[3] != listening and fields[9] != no_descriptor
        for fields in lines
    )
