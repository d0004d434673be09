"""Passwords: which are good enough (OWASP ASVS 5.0, 6.2) and how they are kept (Argon2id)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from chatapp.auth import hash_process
from chatapp.lib import offload
from chatapp.lib.helper_process import HelperProcess
from chatapp.lib.text import is_storable

MIN_CHARS = 8
MAX_CHARS = 256

# 19 MiB, two passes: the least that OWASP recommends for Argon2id, some 20 ms of one core.
_PASSES, _MEMORY_KIB = 2, 19 * 1024
_hasher = PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=1)
# Who chats comes first: a process beside the server hashes while nobody else wants the core. Whoever has waited for it
# so long, because the machine is busy or many log in at once, is served by the server's own threads.
_helper = HelperProcess(Path(hash_process.__file__), str(_PASSES), str(_MEMORY_KIB))
_HELPER_SECONDS = 1.0
# In threads of their own: each thread that ever hashed keeps its 19 MiB, and database calls need the shared ones.
_workers = offload.Workers(2)
# Verified in place of a real one when there is no such account, so that both answers take equally long.
_NOBODY = _hasher.hash("nobody has this password")


def problem(password: str, *words: str) -> str | None:
    """Why a password is refused, in words for the person, or None when it is good.

    ``words`` are what it may not consist of, such as the username.
    """
    if len(password) < MIN_CHARS:
        return f"Use at least {MIN_CHARS} characters."
    if len(password) > MAX_CHARS:
        return f"Use at most {MAX_CHARS} characters."
    if not is_storable(password):
        return "This has a character that cannot be used in a password."
    if password.lower() in _common():
        return "This password is on lists that attackers try first. Use a different one."
    if password.lower() in {word.lower() for word in words} | {word.lower() * 2 for word in words}:
        return "This is too close to your username. Use a different one."
    return None


def make_hash(password: str) -> str:
    """The Argon2id hash, made off the event loop."""
    made: str = _answer(None, password)
    return made


def is_correct(password_hash: str | None, password: str) -> bool:
    """Whether the password belongs to the hash; as slow for None (no such account) as for a wrong password."""
    matches: bool = _answer(password_hash or _NOBODY, password)
    return matches and password_hash is not None


def _answer(password_hash: str | None, password: str) -> Any:
    """What ``hash_process.answer`` says, there or in a thread."""
    if offload.has_loop():
        line = _helper.ask(json.dumps([password_hash, password]).encode(), _HELPER_SECONDS)
        if line is not None:
            return json.loads(line)
    return _workers.run(hash_process.answer, _hasher, password_hash, password)


@cache
def _common() -> frozenset[str]:
    lines = Path(__file__).with_name("common_passwords.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))
