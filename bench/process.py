"""What a process has used."""

from pathlib import Path

NANOSECONDS = 1e9


def cpu_seconds(pid: int) -> float:
    """CPU time of all threads of a process so far, in seconds; finer than the clock ticks of /proc/<pid>/stat."""
    total = 0
    for schedstat in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        total += int(schedstat.read_text().split()[0])
    return total / NANOSECONDS
