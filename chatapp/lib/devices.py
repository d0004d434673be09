"""A browser in words, from what it says of itself. Only what is plain is told; browsers say much that is not so."""

from __future__ import annotations

import re

# The first that fits counts: most of them also name those whose place they want to take.
_BROWSERS = (
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Opera", r"\bOPR/|\bOpera\b|\bOPT/"),
    ("Edge", r"\bEdg(e|A|iOS)?/"),
    ("Vivaldi", r"\bVivaldi/"),
    ("Firefox", r"\bFirefox/|\bFxiOS/"),
    ("Chrome", r"\bChrome/|\bCriOS/|\bChromium/"),
    ("Safari", r"\bVersion/[\d.]+.* Safari/"),
)
_SYSTEMS = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("Windows", r"\bWindows NT\b"),
    ("a Mac", r"\bMacintosh\b"),
    ("Linux", r"\bLinux\b|\bX11\b"),
)


def describe(user_agent: str) -> str:
    """ "Firefox on Windows"; "Unknown browser" where nothing in it is known."""
    browser, system = _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)
    if browser is None:
        return f"Unknown browser on {system}" if system else "Unknown browser"
    return f"{browser} on {system}" if system else browser


def _first(names: tuple[tuple[str, str], ...], text: str) -> str | None:
    return next((name for name, pattern in names if re.search(pattern, text)), None)
