"""Who is called by name in a message: ``@username``."""

from __future__ import annotations

import re

# As usernames are (models/user.py). What stands before the @ is no part of a word, so that ann@example.org calls
# nobody; nor is what comes after the name.
_MENTION = re.compile(r"(?<![\w@/+])@([A-Za-z0-9][A-Za-z0-9._-]{0,31})(?![\w@])")


def mentions_of(body: str) -> set[str]:
    """The usernames, in lower case, that a message calls; whether there are such people is not looked up.

    A full stop, a hyphen or an underscore at the end may be the name's or the sentence's: both are taken.
    """
    found = set()
    for name in _MENTION.findall(body):
        while name:
            found.add(name.lower())
            name = name[:-1] if name[-1] in "._-" else ""
    return found
