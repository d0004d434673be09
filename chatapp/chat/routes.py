"""The chat page. Everything on it comes from one JSON snapshot; scripts draw it and keep it up to date."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from chatapp.auth import preferences
from chatapp.chat import conversation_lists, conversation_views, history, people
from chatapp.models import Conversation, User
from chatapp.realtime.wire import user_wire
from chatapp.web.static_files import module_urls

chat = Blueprint("chat", __name__)


@chat.get("/")
def index() -> ResponseReturnValue:
    """The way in."""
    return redirect(url_for("chat.home"))


@chat.get("/chat")
@login_required
def home() -> ResponseReturnValue:
    """The list of conversations and people, nobody picked yet."""
    return _page(None)


@chat.get("/chat/<row_id:conversation_id>")
@login_required
def conversation(conversation_id: int) -> ResponseReturnValue:
    """One conversation."""
    return _page(_opened(conversation_id))


@chat.get("/chat/<row_id:conversation_id>/<row_id:seq>")
@login_required
def message(conversation_id: int, seq: int) -> ResponseReturnValue:
    """One message, in its place."""
    return _page({**_opened(conversation_id, seq), "seq": seq})


@chat.get("/chat/with/<username>")
@login_required
def with_user(username: str) -> ResponseReturnValue:
    """The direct conversation with a person. Looking makes nothing; the first message does."""
    other = User.by_username(username)
    if other is None or other.id == current_user.user.id:
        abort(404)
    existing = Conversation.direct_between(current_user.user.id, other.id)
    if existing:
        return _page({**_opened(existing.id), "user": user_wire(other)})
    if not other.is_active:
        abort(404)
    nothing: dict[str, Any] = {
        "conversation": None,
        "messages": [],
        "more": False,
        "version": 0,
        "first_unread_seq": None,
    }
    return _page({**nothing, "user": user_wire(other)})


def _opened(conversation_id: int, seq: int | None = None) -> dict[str, Any]:
    me = current_user.user.id
    shown = conversation_views.one_of(me, conversation_id)
    first_unread = history.first_unread_seq(me, conversation_id) if shown["unread"] else None
    is_there = seq is not None and shown["visible_from_seq"] <= seq <= shown["last_seq"]
    page = history.messages_page(me, conversation_id, around=seq if is_there else first_unread)
    return {"conversation": shown, "user": None, "first_unread_seq": first_unread, **page}


def _page(opened: dict[str, Any] | None) -> str:
    me = current_user.user.id
    conversations = conversation_lists.page_of(me)
    newest_user_id = people.newest_id()  # before the people: who comes in between is told again
    boot = {
        "me": {**user_wire(current_user.user), **preferences.of(current_user.user)},
        "site_name": current_app.config["SITE_NAME"],
        "limits": {
            "body_chars": current_app.config["BODY_MAX_CHARS"],
            "group_members": current_app.config["GROUP_MEMBERS_MAX"],
            "upload_bytes": current_app.config["MAX_UPLOAD_BYTES"],
            "attachments": current_app.config["ATTACHMENTS_MAX"],
        },
        "conversations": conversations,
        "has_archived": conversation_lists.has_on(me, "archived"),
        "unread_elsewhere": conversation_lists.unread_beyond(me, conversations),
        "users": people.page_for(me),
        "newest_user_id": newest_user_id,
        "newest_change_id": people.newest_change_id(),
        "open": opened,
        "login_id": current_user.login.id,
    }
    return render_template("chat/page.html", boot=boot, static_modules=module_urls())
