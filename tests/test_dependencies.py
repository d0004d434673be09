"""The pinned versions: above the floors under which there are known holes, and the same in both locks."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
FLOORS = {
    "python-socketio": "5.16.2",
    "python-engineio": "4.13.2",
    "flask": "3.1.3",
    "flask-socketio": "5.6.1",
    "werkzeug": "3.1.6",
    "gunicorn": "26",
    "gevent": "25.4.1",
    "eventlet": "0.40.3",
}


# What chatapp/realtime/hooks.py reaches into. A newer one is read first, then written here.
HOOKED = {"python-socketio": "5.18.1", "python-engineio": "4.15.1", "flask-socketio": "5.7.0"}


def pins(name: str) -> dict[str, str]:
    return {pin.lower(): version for pin, version in PIN.findall((ROOT / name).read_text())}


def key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


@pytest.mark.parametrize("package", FLOORS)
def test_version_is_at_or_above_its_floor(package: str) -> None:
    pinned = pins("requirements.txt").get(package)
    assert pinned is not None, f"{package} is not pinned"
    assert key(pinned) >= key(FLOORS[package])


@pytest.mark.parametrize("package", HOOKED)
def test_what_is_reached_into_is_the_version_that_was_read(package: str) -> None:
    assert pins("requirements.txt")[package] == HOOKED[package]


def test_both_locks_agree() -> None:
    """The development packages are the runtime's plus some: bin/_env relies on it."""
    development = pins("requirements-dev.txt")
    assert {package: development.get(package) for package in pins("requirements.txt")} == pins("requirements.txt")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_pin_is_hashed(name: str) -> None:
    for block in re.split(r"\n(?=\S)", (ROOT / name).read_text()):
        if PIN.match(block):
            assert "--hash=sha256:" in block, block


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_no_registry_is_named(name: str) -> None:
    assert "://" not in (ROOT / name).read_text()
