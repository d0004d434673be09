"""The flask CLI for administration: ``flask user ...``, ``chat ...``, ``push ...`` and ``files ...``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import func, select

from chatapp.auth import accounts
from chatapp.chat import demo
from chatapp.extensions import db
from chatapp.files import removals, tidiness
from chatapp.lib.clock import iso
from chatapp.models import Conversation, Login, Message, User, database
from chatapp.notify import keys, subscriptions


class Commands(AppGroup):
    """Commands that need the database, and say in one line when it cannot be used or is not migrated."""

    def command(  # type: ignore[override]
        self, *args: Any, **kwargs: Any
    ) -> Callable[[Callable[..., Any]], click.Command]:
        """As of ``click.Group``."""
        register = super().command(*args, **kwargs)

        def add(function: Callable[..., Any]) -> click.Command:
            @functools.wraps(function)
            def checked(*given: Any, **named: Any) -> Any:
                database.require_current(current_app._get_current_object())  # type: ignore[attr-defined]
                return function(*given, **named)

            return register(checked)

        return add


user = Commands("user", help="Accounts: create, list, promote, deactivate, set-password.")
chat = Commands("chat", help="The chat: demo, stats.")
push = Commands("push", help="Push notifications: key, status.")
files = Commands("files", help="Files: check, stats.")


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(user)
    app.cli.add_command(chat)
    app.cli.add_command(push)
    app.cli.add_command(files)


@user.command("create")
@click.argument("username")
@click.option("--display-name", help="Shown instead of the username.")
@click.option("--admin", is_flag=True, help="Make an administrator.")
@click.password_option(envvar="CHAT_PASSWORD", help="Asked for when neither this nor CHAT_PASSWORD is given.")
def create_user(username: str, display_name: str | None, admin: bool, password: str) -> None:
    """Make an account."""
    try:
        made = accounts.create(username, password, display_name, is_admin=admin)
    except accounts.AccountError as error:
        raise click.ClickException(f"{error.field}: {error}") from error
    click.echo(f"Made {'administrator' if admin else 'account'} {made.username}.")


@user.command("list")
@click.option("--limit", default=100, show_default=True, help="How many at most.")
@click.option("--search", default="", help="Only usernames that contain this.")
def list_users(limit: int, search: str) -> None:
    """List accounts, newest first."""
    statement = select(User).where(User.username.icontains(search, autoescape=True))
    for found in db.session.scalars(statement.order_by(User.id.desc()).limit(limit)):
        marks = " ".join(
            mark for mark, holds in (("admin", found.is_admin), ("deactivated", not found.is_active)) if holds
        )
        click.echo(
            f"{found.id:>6}  {found.username:<32}  {iso(found.created_at)}  {found.display_name}  {marks}".rstrip()
        )


@user.command("promote")
@click.argument("username")
@click.option("--undo", is_flag=True, help="Take the role away again.")
def promote_user(username: str, undo: bool) -> None:
    """Make someone an administrator."""
    accounts.set_admin(_find(username), not undo)
    click.echo(f"{username} is {'no longer' if undo else 'now'} an administrator.")


@user.command("deactivate")
@click.argument("username")
@click.option("--undo", is_flag=True, help="Open it again, with the password it had.")
def deactivate_user(username: str, undo: bool) -> None:
    """Close an account: its open pages close, its messages stay."""
    change = accounts.reactivate if undo else accounts.deactivate
    change(_find(username))
    click.echo(f"{username} is {'no longer' if undo else 'now'} deactivated.")


@user.command("set-password")
@click.argument("username")
@click.password_option(envvar="CHAT_PASSWORD", help="Asked for when neither this nor CHAT_PASSWORD is given.")
def set_password(username: str, password: str) -> None:
    """Set a new password; ends all log-ins of the account."""
    try:
        accounts.set_password(_find(username), password)
    except accounts.AccountError as error:
        raise click.ClickException(f"{error.field}: {error}") from error
    click.echo(f"The password of {username} is set; its log-ins have ended.")


@chat.command("demo")
@click.option("--messages", default=400, show_default=True, help="How many messages in all.")
def fill_demo(messages: int) -> None:
    """Fill in people, conversations and history to look at."""
    if User.by_username(demo.VIEWER) and not accounts.authenticate(demo.VIEWER, demo.PASSPHRASE):
        raise click.ClickException(
            f"There is an account {demo.VIEWER} that is not the demo's. It is for an empty chat."
        )
    made = demo.fill(messages)
    click.echo(f"{made.people} people and {made.messages} messages.")
    click.echo(f"Log in as {demo.VIEWER} with the password {demo.PASSPHRASE}")


@chat.command("stats")
def show_stats() -> None:
    """Count what there is."""
    for name, statement in {
        "people": select(func.count()).select_from(User).where(User.is_active),
        "deactivated": select(func.count()).select_from(User).where(~User.is_active),
        "live log-ins": select(func.count()).select_from(Login).where(Login.ended_at.is_(None)),
        "conversations": select(func.count()).select_from(Conversation),
        "messages": select(func.count()).select_from(Message),
    }.items():
        click.echo(f"{name:<14} {db.session.scalar(statement):>10,}")


@push.command("key")
def show_push_key() -> None:
    """Show the public key by which push services know this server; make it where there is none yet."""
    click.echo(keys.public_key())


@push.command("status")
def show_push_status() -> None:
    """Count the browsers that are subscribed, and those whose push service has trouble."""
    for name, count in subscriptions.counts().items():
        click.echo(f"{name:<14} {count:>10,}")


@files.command("check")
@click.option("--repair", is_flag=True, help="Remove what no row needs.")
def check_files(repair: bool) -> None:
    """Compare the storage with the database: objects without a row, rows without their object."""
    found = tidiness.check()
    for name in found.orphans:
        click.echo(f"orphan  {name}")
    for name in found.holes:
        click.echo(f"hole    {name}")
    click.echo(f"{found.objects:,} objects, {len(found.orphans):,} orphans, {len(found.holes):,} holes.")
    if repair and found.orphans:
        tidiness.repair(found)
        removals.remove_all_due()
        click.echo("The orphans are removed, or will be.")
    if found.holes or (found.orphans and not repair):
        raise click.exceptions.Exit(1)


@files.command("stats")
def show_file_stats() -> None:
    """Count what there is."""
    for name, count in tidiness.stats().items():
        click.echo(f"{name:<14} {count:>16,}")


def _find(username: str) -> User:
    found = User.by_username(username)
    if found is None:
        raise click.ClickException(f"There is no account {username!r}. See: flask user list")
    return found
