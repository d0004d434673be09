"""The options that runs share."""

from __future__ import annotations

import argparse
from typing import Any


def parser(description: str | None, seconds: float = 10) -> argparse.ArgumentParser:
    """A parser with the length of each measurement."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--seconds", type=float, default=seconds, help="of each measurement (default: %(default)s)")
    made.add_argument("--warmup", type=float, default=3, help="seconds before it (default: %(default)s)")
    return made


def plan_of(options: argparse.Namespace) -> dict[str, Any]:
    """What they mean for the load generator."""
    return {"seconds": options.seconds, "warmup": options.warmup}
