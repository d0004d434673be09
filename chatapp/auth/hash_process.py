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
            found = answer(hasher, *json.loads(line))
            os.write(sys.stdout.fileno(), json.dumps(found).encode() + b"\n")


def answer(hasher: PasswordHasher, password_hash: str | None, password: str) -> str | bool:
    """Whether the password belongs to the hash; without a hash, the one to be kept."""
    encoded = password.encode("utf-8", "surrogatepass")  # whatever a form may bring
    if password_hash is None:
        return hasher.hash(encoded)
    try:
        return hasher.verify(password_hash, encoded)
    except (VerifyMismatchError, InvalidHashError):
        return False


if __name__ == "__main__":
    main()
