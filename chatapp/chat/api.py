"""HTTP with JSON, for the page's own scripts: the same cookie, the CSRF token for writes."""

from __future__ import annotations

from typing import Any, TypeVar

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required
from pydantic import BaseModel

from chatapp.chat import conversation_views, conversations, history, people
from chatapp.chat.schemas import ChangesQuery, ConversationCreate, ConversationsQuery, MessagesQuery, UsersQuery
from chatapp.extensions import throttle
from chatapp.lib.errors import ChatError, rate_limited

api = Blueprint("api", __name__, url_prefix="/api")
T = TypeVar("T", bound=BaseModel)


@api.get("/conversations")
@login_required
def list_conversations() -> ResponseReturnValue:
    """A page of one's conversations, most recent first; or the direct one with a person."""
    query = _query(ConversationsQuery)
    if query.with_user:
        return {"conversations": conversation_views.direct_with(_me(), query.with_user), "next": None}
    return conversation_views.page_of(_me(), query.after, query.limit)


@api.post("/conversations")
@login_required
def create_conversation() -> ResponseReturnValue:
    """Open the direct conversation with a person: 201 where it was made, 200 where it was there."""
    wanted = ConversationCreate.model_validate(_json())
    if wait := throttle.hit("conversation_create", _me()):
        raise rate_limited(wait)
    conversation, is_new = conversations.open_direct(_me(), wanted.user_id)
    return {"conversation": conversation}, 201 if is_new else 200


@api.get("/conversations/<row_id:conversation_id>")
@login_required
def show_conversation(conversation_id: int) -> ResponseReturnValue:
    """One conversation."""
    return {"conversation": conversation_views.one_of(_me(), conversation_id)}


@api.get("/conversations/<row_id:conversation_id>/messages")
@login_required
def list_messages(conversation_id: int) -> ResponseReturnValue:
    """A page of messages, ascending."""
    return history.messages_page(_me(), conversation_id, **_query(MessagesQuery).model_dump())


@api.get("/conversations/<row_id:conversation_id>/changes")
@login_required
def list_changes(conversation_id: int) -> ResponseReturnValue:
    """What changed since a version."""
    query = _query(ChangesQuery)
    return history.changes(_me(), conversation_id, query.since, query.limit)


@api.get("/users")
@login_required
def list_users() -> ResponseReturnValue:
    """A page of people, never all of them."""
    query = _query(UsersQuery)
    return people.page_for(_me(), query.q, query.after, query.limit)


@api.before_request
def _count() -> None:
    if current_user.is_authenticated and (wait := throttle.hit("api", _me())):
        raise rate_limited(wait)


def _me() -> int:
    user_id: int = current_user.user.id
    return user_id


def _query(schema: type[T]) -> T:
    return schema.model_validate(request.args.to_dict())


def _json() -> Any:
    data = request.get_json(silent=True)
    if not isinstance(data, dict):
        raise ChatError("bad_request", "The body must be one JSON object.")
    return data
