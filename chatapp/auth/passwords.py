"""Passwords: which are good enough (OWASP ASVS 5.0, 6.2) and how they are kept (Argon2id)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from chatapp.lib import offload
from chatapp.lib.text import is_storable

MIN_CHARS = 8
MAX_CHARS = 256

# 19 MiB, two passes: the least that OWASP recommends for Argon2id, some 20 ms of one core.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
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
    return _workers.run(_hasher.hash, password.encode("utf-8", "surrogatepass"))


def is_correct(password_hash: str | None, password: str) -> bool:
    """Whether the password belongs to the hash; as slow for None (no such account) as for a wrong password."""
    matches = _workers.run(_verify, password_hash or _NOBODY, password.encode("utf-8", "surrogatepass"))
    return matches and password_hash is not None


def _verify(password_hash: str, password: bytes) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _common() -> frozenset[str]:
    lines = Path(__file__).with_name("common_passwords.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))
