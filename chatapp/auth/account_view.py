"""What the page of one's own settings shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from chatapp.auth import logins, preferences
from chatapp.lib import devices, pictures, time_zones
from chatapp.lib.clock import iso, now, zone
from chatapp.models import Login, User
from chatapp.models.user import DISPLAY_NAME_MAX
from chatapp.realtime.wire import user_wire

# Open pages say that they are in use each 10 minutes (LOGIN_TOUCH_SECONDS).
_IN_USE = timedelta(minutes=15)
_SAVED = {
    "profile": "Your name is saved. Everybody sees it at once.",
    "picture": "Your picture is saved. Everybody sees it at once.",
    "no_picture": "Your picture is removed.",
    "login": "That log-in has ended.",
    "other_logins": "All other log-ins have ended.",
    "password": "Your password is changed. Everywhere else you were logged in, you are now logged out.",
}
# Where else than in the section of its name a word of it belongs.
_SECTIONS = {"no_picture": "picture", "login": "logins", "other_logins": "logins"}


def of(user: User, current: Login, saved: str | None) -> dict[str, Any]:
    """All but the forms; ``saved`` is what was saved just now, as an address may say."""
    words = words_of(saved, user) if saved else None
    others = [login for login in logins.live_of(user.id) if login.id != current.id]
    place = zone(user.time_zone) if user.time_zone else None
    return {
        "user": user,
        "avatar_url": avatar_url(user),
        "saved": {_SECTIONS.get(saved, saved): words} if saved and words else {},
        "logins": [_described(login, current, place or UTC) for login in (current, *others)],
        "time_zones": time_zones.by_region(),
        "name_chars": DISPLAY_NAME_MAX,
        "picture_types": ",".join(pictures.MIMETYPES),
        "picture_bytes": pictures.BYTES_MAX,
    }


def words_of(saved: str, user: User) -> str | None:
    """What to say about something that was saved; None for what nothing is known of."""
    account = preferences.of(user)
    if saved == "notifications":
        quiet = f"on, from {account['quiet_from']} until {account['quiet_until']}" if account["quiet_from"] else "off"
        return f"Saved. Quiet hours are {quiet}."
    if saved == "privacy":
        reads = "on" if account["shares_reads"] else "off"
        presence = "see when you are here" if account["shares_presence"] else "see you as offline"
        return f"Saved. Read receipts are {reads}. Others {presence}."
    return _SAVED.get(saved)


def avatar_url(user: User) -> str | None:
    """The address of somebody's picture."""
    url: str | None = user_wire(user)["avatar_url"]
    return url


def _described(login: Login, current: Login, place: Any) -> dict[str, Any]:
    return {
        "id": login.id,
        "device": devices.describe(login.device),
        "address": login.address,
        "begun": _moment(login.created_at, place),
        "used": _moment(login.last_used_at, place),
        "is_current": login.id == current.id,
        "is_in_use": login.last_used_at > now() - _IN_USE,
    }


def _moment(moment: datetime, place: Any) -> dict[str, str | None]:
    local = moment.astimezone(place)
    return {"iso": iso(moment), "text": f"{local.day} {local:%B %Y, %H:%M} {local.tzname()}"}
