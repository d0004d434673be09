"""When somebody was last here is when their last socket went, whenever that is saved."""

from dataclasses import dataclass
from typing import Any

import pytest

from chatapp.realtime import last_seen, presence_here


@dataclass(eq=False)
class Line:
    """What is asked of a socket here."""

    user_id: int
    is_away: bool = False
    is_ended: bool = False
    end_reason: str | None = None
    shares_presence: bool | None = None


def test_who_has_just_gone_was_not_here_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the grace time they still count as online; the round that notes who is here must pass them over."""
    noted: dict[int, Any] = {}
    monkeypatch.setattr(last_seen, "_write", noted.update)
    monkeypatch.setattr(presence_here.socketio, "start_background_task", lambda *_: None)  # the end of the grace time
    monkeypatch.setattr(last_seen.socketio, "sleep", lambda _: None)
    monkeypatch.setattr(presence_here, "_people", {})
    monkeypatch.setattr(presence_here, "_leaving", type(presence_here._leaving)())
    gone, here = Line(1), Line(2)
    for socket in (gone, here):
        presence_here.came(socket, shares=True)  # type: ignore[arg-type]
    presence_here.went(gone)  # type: ignore[arg-type]
    assert presence_here.state_of(1) == presence_here.ONLINE
    last_seen.touch()
    assert set(noted) == {2}
