"""A program of its own: makes and checks password hashes with what CPU nobody else wants.

In a thread of the server a hash takes its share of the cores from the loop and the database, and with a lower priority
it could hold up the loop: it needs the interpreter's lock. Imports nothing of ours: it has to start quickly.

    python -I hash_process.py TIME_COST MEMORY_KIB      # a line of JSON for each line: the hash, or whether it matches
"""

from __future__ import annotations

import contextlib
import json
import os
import sys

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError


def main() -> None:
    """Until the other end closes."""
    hasher = PasswordHasher(time_cost=int(sys.argv[1]), memory_cost=int(sys.argv[2]), parallelism=1)
    with contextlib.suppress(OSError, AttributeError):  # not every system has it
        os.nice(19)
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # nobody waits for an answer any more
        for line in sys.stdin.buffer:
            password_hash, text = json.loads(line)
            password = text.encode("utf-8", "surrogatepass")
            answer = _matches(hasher, password_hash, password) if password_hash else hasher.hash(password)
            os.write(sys.stdout.fileno(), json.dumps(answer).encode() + b"\n")


def _matches(hasher: PasswordHasher, password_hash: str, password: bytes) -> bool:
    try:
        return hasher.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


if __name__ == "__main__":
    main()
