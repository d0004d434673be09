"""HTTP with JSON, for browsers that want to be reached: the same cookie, the CSRF token for writes."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required
from pydantic import StringConstraints

from chatapp.chat.schemas import Command
from chatapp.lib.errors import ChatError
from chatapp.notify import keys, subscriptions
from chatapp.notify.envelope import check_keys
from chatapp.notify.rounds import notifier
from chatapp.notify.sender import Push
from chatapp.notify.services import place_of
from chatapp.web.json_calls import count, count_call, json_object

push = Blueprint("push", __name__, url_prefix="/api/push")
push.before_request(count_call)

Key = Annotated[str, StringConstraints(max_length=128)]


class Named(Command):
    endpoint: Annotated[str, StringConstraints(min_length=1, max_length=2048, pattern=r"^[!-~]+$")]


class Keys(Command):
    p256dh: Key
    auth: Key


class Subscribe(Named):
    keys: Keys


@push.get("/key")
@login_required
def show_key() -> ResponseReturnValue:
    """What to subscribe for."""
    return {"public_key": keys.public_key()}


@push.post("/subscriptions")
@login_required
def subscribe() -> ResponseReturnValue:
    """Have this browser reached: 201 where it is new, 200 where it was known."""
    wanted = Subscribe.model_validate(json_object())
    count("push_subscribe")
    place_of(wanted.endpoint, current_app.config["PUSH_SERVICES"])
    if problem := check_keys(wanted.keys.p256dh, wanted.keys.auth):
        raise ChatError("bad_request", problem)
    keys.note_address(request.host_url.rstrip("/"))
    me, login_id = current_user.user.id, current_user.login.id
    is_new = subscriptions.keep(me, login_id, wanted.endpoint, wanted.keys.p256dh, wanted.keys.auth)
    return {}, 201 if is_new else 200


@push.delete("/subscriptions")
@login_required
def unsubscribe() -> ResponseReturnValue:
    """Have this browser left in peace."""
    wanted = Named.model_validate(json_object())
    subscriptions.remove(current_user.user.id, wanted.endpoint)
    return {}


@push.post("/test")
@login_required
def send_test() -> ResponseReturnValue:
    """Show that it works."""
    wanted = Named.model_validate(json_object())
    browser = subscriptions.own(current_user.user.id, wanted.endpoint)
    count("push_test")
    payload = {
        "type": "test",
        "title": current_app.config["SITE_NAME"],
        "body": "Notifications work in this browser.",
    }
    notifier.sender.put(Push(browser, payload, "test", is_urgent=True, is_wanted=lambda: True))
    return {}
