"""HTTP with JSON, for the page's own scripts: the same cookie, the CSRF token for writes."""

from __future__ import annotations

from typing import TypeVar

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required
from pydantic import BaseModel

from chatapp.auth import preferences
from chatapp.chat import (
    conversation_lists,
    conversation_views,
    conversations,
    groups,
    history,
    members,
    people,
    receipts,
)
from chatapp.chat.schemas import (
    AccountChange,
    ChangesQuery,
    ConversationCreate,
    ConversationRename,
    ConversationsQuery,
    DirectCreate,
    MembersAdd,
    MembersQuery,
    MessagesQuery,
    ReadersQuery,
    RoleSet,
    SettingsChange,
    UsersQuery,
)
from chatapp.web.json_calls import count, count_call, json_object

api = Blueprint("api", __name__, url_prefix="/api")
api.before_request(count_call)
T = TypeVar("T", bound=BaseModel)


@api.get("/conversations")
@login_required
def list_conversations() -> ResponseReturnValue:
    """A page of one's conversations, most recent first; or those with certain people, or groups by a part of a name."""
    query = _query(ConversationsQuery)
    if query.with_user:
        return {"conversations": conversation_lists.direct_with(_me(), query.with_user), "next": None}
    if query.with_users:
        return {"conversations": conversation_lists.groups_of(_me(), query.with_users), "next": None}
    if query.q:
        return {"conversations": conversation_lists.search(_me(), query.q), "next": None}
    return conversation_lists.page_of(_me(), query.after, query.limit, query.shelf)


@api.post("/conversations")
@login_required
def create_conversation() -> ResponseReturnValue:
    """Open the direct conversation with a person, or a group: 201 where it was made, 200 where it was there."""
    count("conversation_create")
    wanted = ConversationCreate.validate_python(json_object())
    if isinstance(wanted, DirectCreate):
        conversation, is_new = conversations.open_direct(_me(), wanted.user_id)
    else:
        conversation, is_new = groups.create(_me(), wanted.user_ids, wanted.title, wanted.client_id)
    return {"conversation": conversation}, 201 if is_new else 200


@api.get("/conversations/<row_id:conversation_id>")
@login_required
def show_conversation(conversation_id: int) -> ResponseReturnValue:
    """One conversation."""
    return {"conversation": conversation_views.one_of(_me(), conversation_id)}


@api.patch("/conversations/<row_id:conversation_id>")
@login_required
def rename_conversation(conversation_id: int) -> ResponseReturnValue:
    """Give a group another name."""
    _count_change()
    title = ConversationRename.model_validate(json_object()).title
    return {"conversation": groups.rename(_me(), conversation_id, title)}


@api.patch("/conversations/<row_id:conversation_id>/membership")
@login_required
def change_settings(conversation_id: int) -> ResponseReturnValue:
    """Change one's own settings of a conversation; what is left out stays."""
    _count_change()
    changes = SettingsChange.model_validate(json_object()).model_dump(exclude_unset=True)
    return {"conversation": conversations.change_settings(_me(), conversation_id, changes)}


@api.get("/conversations/<row_id:conversation_id>/members")
@login_required
def list_members(conversation_id: int) -> ResponseReturnValue:
    """A page of members."""
    query = _query(MembersQuery)
    return members.page_of(_me(), conversation_id, query.q, query.after, query.limit)


@api.post("/conversations/<row_id:conversation_id>/members")
@login_required
def add_members(conversation_id: int) -> ResponseReturnValue:
    """Take people into a group."""
    _count_change()
    wanted = MembersAdd.model_validate(json_object())
    all_history = wanted.history == "all"
    return {"conversation": groups.add_members(_me(), conversation_id, wanted.user_ids, all_history=all_history)}


@api.patch("/conversations/<row_id:conversation_id>/members/<row_id:user_id>")
@login_required
def set_role(conversation_id: int, user_id: int) -> ResponseReturnValue:
    """Make a member an owner, or no longer."""
    _count_change()
    role = RoleSet.model_validate(json_object()).role
    return {"conversation": groups.set_role(_me(), conversation_id, user_id, role)}


@api.delete("/conversations/<row_id:conversation_id>/members/<row_id:user_id>")
@login_required
def remove_member(conversation_id: int, user_id: int) -> ResponseReturnValue:
    """Leave a group, or remove somebody else."""
    _count_change()
    return {"conversation": groups.remove_member(_me(), conversation_id, user_id)}


@api.get("/conversations/<row_id:conversation_id>/messages")
@login_required
def list_messages(conversation_id: int) -> ResponseReturnValue:
    """A page of messages, ascending."""
    return history.messages_page(_me(), conversation_id, **_query(MessagesQuery).model_dump())


@api.get("/conversations/<row_id:conversation_id>/messages/<row_id:seq>/readers")
@login_required
def list_readers(conversation_id: int, seq: int) -> ResponseReturnValue:
    """Who has seen a message."""
    return receipts.readers_of(_me(), conversation_id, seq, _query(ReadersQuery).limit)


@api.get("/conversations/<row_id:conversation_id>/changes")
@login_required
def list_changes(conversation_id: int) -> ResponseReturnValue:
    """What changed since a version."""
    query = _query(ChangesQuery)
    return history.changes(_me(), conversation_id, query.since, query.limit)


@api.get("/users")
@login_required
def list_users() -> ResponseReturnValue:
    """A page of people, never all of them; or those of certain ids."""
    query = _query(UsersQuery)
    if query.ids:
        return people.by_ids(query.ids)
    return people.page_for(_me(), query.q, query.after, query.limit)


@api.get("/account")
@login_required
def show_account() -> ResponseReturnValue:
    """One's own settings."""
    return preferences.of(current_user.user)


@api.patch("/account")
@login_required
def change_account() -> ResponseReturnValue:
    """Change one's own settings."""
    _count_change()
    change = AccountChange.model_validate(json_object())
    return preferences.change(current_user.user, change.model_dump(exclude_unset=True))


def _count_change() -> None:
    count("conversation_change")


def _me() -> int:
    user_id: int = current_user.user.id
    return user_id


def _query(schema: type[T]) -> T:
    return schema.model_validate(request.args.to_dict())
