"""What is done to groups: making them, their name, who is in them and as what."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import current_app
from sqlalchemy import select

from chatapp.chat import conversation_views, group_lines
from chatapp.chat.group_change import GroupChange, changing
from chatapp.extensions import db
from chatapp.lib.errors import ChatError
from chatapp.models import Conversation, Membership, User
from chatapp.models.transaction import locked, write


def create(
    creator_id: int, user_ids: Collection[int], title: str | None = None, client_id: str | None = None
) -> tuple[dict[str, Any], bool]:
    """A group of the creator and these people, and whether it was made just now.

    The same ``client_id`` again gives the same group. Without a title, so do the same people.
    """
    picked = sorted({*user_ids} - {creator_id})
    _check_size(len(picked) + 1)
    creation_key = f"{creator_id}:{client_id.lower()}" if client_id else None
    with write():
        _wait_for_turn(creator_id, min([creator_id, *picked]))
        existing = _made_before(creator_id, creation_key)
        people = {} if existing else _active([creator_id, *picked])
        if not existing and not title:
            existing = _untitled_of([creator_id, *picked])
        change = None if existing else _make(people[creator_id], picked, title, creation_key)
    if change is None:
        return conversation_views.one_of(creator_id, existing or 0), False
    change.tell()
    return conversation_views.one_of(creator_id, change.conversation.id), True


def rename(actor_id: int, conversation_id: int, title: str) -> dict[str, Any]:
    """Give a group another name; any member may."""
    with changing(actor_id, conversation_id) as change:
        if title != change.conversation.title:
            change.conversation.rename(title)
            change.write_line(group_lines.renamed(change.actor.display_name, title))
    return conversation_views.one_of(actor_id, conversation_id)


def add_members(actor_id: int, conversation_id: int, user_ids: Collection[int], *, all_history: bool) -> dict[str, Any]:
    """Take people into a group; any member may. Those who are in it already stay as they are.

    They see all that the actor may see, or nothing that was before.
    """
    with changing(actor_id, conversation_id) as change:
        present = Membership.present_in(conversation_id)
        new = sorted({*user_ids} - present)
        _check_size(len(present) + len(new))
        people = _active(new)
        if new:
            names = [people[user_id].display_name for user_id in new]
            change.write_line(group_lines.added(change.actor.display_name, names))
            first = change.membership.visible_from_seq if all_history else change.conversation.last_seq
            change.add(new, first)
    return conversation_views.one_of(actor_id, conversation_id)


def remove_member(actor_id: int, conversation_id: int, user_id: int) -> dict[str, Any] | None:
    """Leave (then there is nothing more to show), or, as an owner, remove somebody else."""
    with changing(actor_id, conversation_id) as change:
        if user_id == actor_id:
            _leave(change)
        else:
            membership = _managed(change, user_id)
            change.write_line(group_lines.removed(change.actor.display_name, _name_of(user_id)))
            change.remove(membership)
    return None if user_id == actor_id else conversation_views.one_of(actor_id, conversation_id)


def set_role(actor_id: int, conversation_id: int, user_id: int, role: str) -> dict[str, Any]:
    """Make a member an owner, or no longer."""
    with changing(actor_id, conversation_id) as change:
        membership = _managed(change, user_id)
        if membership.role != role:
            if role == "member" and change.is_only_owner(user_id):
                raise _only_owner("step down")
            membership.role = role
            change.write_line(group_lines.role_set(change.actor.display_name, _name_of(user_id), role))
    return conversation_views.one_of(actor_id, conversation_id)


def _wait_for_turn(creator_id: int, lowest_id: int) -> None:
    """Whoever makes a group of the same people at the same moment waits here, as does a request beside its retry."""
    for user_id in sorted({lowest_id, creator_id}):
        user = db.session.get(User, user_id)
        if user is None:
            raise _no_such_person()
        locked(user)


def _make(creator: User, picked: list[int], title: str | None, creation_key: str | None) -> GroupChange:
    conversation = Conversation(kind="group", creation_key=creation_key, last_seq=0, version=0)
    conversation.rename(title)
    db.session.add(conversation)
    db.session.flush()
    owner = Membership(conversation_id=conversation.id, user_id=creator.id, last_read_seq=0)
    change = GroupChange(conversation, creator, owner)
    change.write_line(group_lines.made(creator.display_name, title))
    db.session.flush()
    change.add([creator.id], 1, role="owner")
    change.add(picked, 1)
    return change


def _made_before(creator_id: int, creation_key: str | None) -> int | None:
    """The group that was made by this very request."""
    if creation_key is None:
        return None
    made = db.session.scalar(select(Conversation.id).where(Conversation.creation_key == creation_key))
    if made and Membership.current(made, creator_id) is None:
        raise ChatError("conflict", "This client_id was used for a group that you have left.")
    return made


def _untitled_of(user_ids: list[int]) -> int | None:
    """The untitled group of exactly these people."""
    same = Conversation.member_key == Conversation.key_of_members(user_ids)
    statement = select(Conversation.id).where(same, Conversation.title.is_(None))
    return db.session.scalar(statement.order_by(Conversation.id.desc()).limit(1))


def _leave(change: GroupChange) -> None:
    if change.is_only_owner(change.actor.id) and change.has_others():
        raise _only_owner("leave")
    change.write_line(group_lines.left(change.actor.display_name))
    change.remove(change.membership)


def _managed(change: GroupChange, user_id: int) -> Membership:
    """The membership of somebody whom the actor may remove or give another role."""
    if not change.may_manage():
        raise ChatError("forbidden", "Only an owner of the group can do that.")
    membership = Membership.current(change.conversation.id, user_id)
    if membership is None:
        raise ChatError("not_found", "There is no such person in this group.")
    return membership


def _active(user_ids: Collection[int]) -> dict[int, User]:
    people = {user.id: user for user in db.session.scalars(select(User).where(User.id.in_(user_ids), User.is_active))}
    if len(people) != len(user_ids):
        raise _no_such_person()
    return people


def _name_of(user_id: int) -> str:
    return db.session.get_one(User, user_id).display_name


def _check_size(count: int) -> None:
    most = current_app.config["GROUP_MEMBERS_MAX"]
    if count > most:
        raise ChatError("bad_request", f"user_ids: a group has {most:,} members at most; this would be {count:,}.")


def _no_such_person() -> ChatError:
    return ChatError("not_found", "There is no such person.")


def _only_owner(what: str) -> ChatError:
    return ChatError("conflict", f"You are the only owner. Make someone else an owner before you {what}.")
