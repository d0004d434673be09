"""Logging: one line an event, to standard error, ``name=value`` where something is worth searching for."""

import logging

# Libraries that tell, at INFO, what nobody asked for.
_TALKATIVE = ("alembic",)


def set_up(*, is_serving: bool) -> None:
    """INFO for a server, WARNING for a command, whose output is its own."""
    level = logging.INFO if is_serving else logging.WARNING
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
