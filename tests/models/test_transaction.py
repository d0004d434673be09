"""Two who change the same thing at the same time, on PostgreSQL, where nobody locks the whole database.

The other one is a connection of the test's own that has changed something and not yet committed.
"""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from flask import Flask

from chatapp import create_app
from chatapp.auth import accounts, logins
from chatapp.chat import conversation_views, conversations, groups, messages, read_marks
from chatapp.chat.messages import Draft, Stored
from chatapp.chat.read_marks import Mark, Marked
from chatapp.extensions import db
from chatapp.models import Conversation, Login, User, pipeline
from config import Config
from tests.support.database import Database
from tests.support.people import fresh_name
from tests.support.services import Postgres
from tests.support.stacks import ManyWorkers
from tests.support.waiting import eventually

PASSWORD = "a lantern at sea"


@pytest.fixture(scope="module")
def database(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    name = f"races_{uuid.uuid4().hex[:8]}"
    folder = tmp_path_factory.mktemp("races")
    yield Database(ManyWorkers.migrated(postgres, name, folder))
    postgres.drop_database(name)


@pytest.fixture(scope="module")
def app(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    environment = {"DATABASE_URL": database.url, "INSTANCE_PATH": str(tmp_path_factory.mktemp("races"))}
    made = create_app(Config(environment, is_serving=False))
    yield made
    pipeline.close_idle()
    with made.app_context():
        db.engine.dispose()


@pytest.fixture
def people(app: Flask) -> tuple[int, int]:
    with app.app_context():
        return accounts.create(fresh_name("ann"), PASSWORD).id, accounts.create(fresh_name("ben"), PASSWORD).id


@pytest.fixture
def other(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database.url) as connection:
        yield connection


@pytest.fixture
def beside(app: Flask) -> Iterator[Callable[..., "Future[Any]"]]:
    """Runs an operation in a thread, as another worker would."""

    def call(work: Callable[[], Any]) -> Any:
        with app.app_context():
            return work()

    with ThreadPoolExecutor(8) as pool:
        yield lambda work: pool.submit(call, work)


def finish(other: psycopg.Connection[Any], running: "Future[Any]") -> Any:
    """Once the operation waits for what the other one has changed, lets that be committed."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with psycopg.connect(other.info.dsn, autocommit=True) as watcher:
        eventually(lambda: running.done() or watcher.execute(query).fetchone() != (0,), within=10)
    assert not running.done(), f"it did not wait: {running.result()}"
    other.commit()
    return running.result(10)


def test_no_log_in_begins_with_a_password_that_was_just_changed(
    app: Flask, people: tuple[int, int], other: psycopg.Connection[Any], beside: Callable[..., "Future[Any]"]
) -> None:
    def log_in() -> Any:
        return logins.begin(db.session.get_one(User, people[0]), "", "")

    with app.app_context():
        assert log_in() is not None
    other.execute('UPDATE "user" SET password_hash = %s WHERE id = %s', ("new", people[0]))
    assert finish(other, beside(log_in)) is None


def test_changing_a_password_ends_a_log_in_that_has_just_begun(
    people: tuple[int, int],
    database: Database,
    other: psycopg.Connection[Any],
    beside: Callable[..., "Future[Any]"],
) -> None:
    other.execute('SELECT 1 FROM "user" WHERE id = %s FOR NO KEY UPDATE', (people[0],))
    other.execute(
        "INSERT INTO login (user_id, token_hash, device, address, created_at, last_used_at)"
        " VALUES (%s, %s, '', '', now(), now())",
        (people[0], uuid.uuid4().hex),
    )
    changing = beside(lambda: accounts.set_password(db.session.get_one(User, people[0]), "another lantern at sea"))
    finish(other, changing)
    ends = database.rows("SELECT end_reason FROM login WHERE user_id = ?", people[0])
    assert ends == [{"end_reason": "password_changed"}]


def test_a_log_in_is_ended_once(
    app: Flask, people: tuple[int, int], other: psycopg.Connection[Any], beside: Callable[..., "Future[Any]"]
) -> None:
    with app.app_context():
        begun = logins.begin(db.session.get_one(User, people[0]), "", "")
        assert begun is not None
        login_id = begun.login.id
    other.execute("UPDATE login SET ended_at = now(), end_reason = 'first' WHERE id = %s", (login_id,))
    assert finish(other, beside(lambda: logins.end("second", login_id=login_id))) == 0
    with app.app_context():
        assert db.session.get_one(Login, login_id).end_reason == "first"


def test_two_who_open_the_same_conversation_share_it(
    people: tuple[int, int], other: psycopg.Connection[Any], beside: Callable[..., "Future[Any]"]
) -> None:
    made = other.execute(
        "INSERT INTO conversation (kind, pair_key, last_seq, version, created_at, active_at)"
        " VALUES ('direct', %s, 0, 0, now(), now()) RETURNING id",
        (Conversation.key_of_pair(*people),),
    ).fetchone()
    assert made is not None
    for user_id in people:
        other.execute(
            "INSERT INTO membership"
            " (conversation_id, user_id, role, last_read_seq, visible_from_seq, notify, joined_at)"
            " VALUES (%s, %s, 'member', 0, 1, 'all', now())",
            (made[0], user_id),
        )
    conversation, is_new = finish(other, beside(lambda: conversations.open_direct(*people)))
    assert (conversation["id"], is_new) == (made[0], False)


def test_a_read_mark_never_goes_back(app: Flask, people: tuple[int, int], other: psycopg.Connection[Any]) -> None:
    conversation = talk(app, people, 9)
    reader = people[1]
    other.execute(
        "UPDATE membership SET last_read_seq = 7 WHERE conversation_id = %s AND user_id = %s", (conversation, reader)
    )
    with app.app_context():
        assert read_marks.save([Mark(reader, conversation, 5)]) == [None], "it waits for nobody"
        other.commit()
        (marked,) = read_marks.save([Mark(reader, conversation, 5)])
    assert isinstance(marked, Marked)
    assert (marked.last_read_seq, marked.is_moved) == (7, False)


def test_senders_on_several_workers_number_without_gaps_or_doubles(
    app: Flask, people: tuple[int, int], database: Database, beside: Callable[..., "Future[Any]"]
) -> None:
    """Each saves batches; half of the messages come twice, by two of them at the same time."""
    conversation = talk(app, people, 1)
    ids = [str(uuid.uuid4()) for _ in range(120)]

    def save(number: int) -> list[Stored]:
        mine = [ids[(place + number * 15) % len(ids)] for place in range(30)]
        saved: list[Stored] = []
        for start in range(0, len(mine), 3):
            drafts = [Draft(conversation, people[0], client_id, client_id) for client_id in mine[start : start + 3]]
            for outcome in messages.save(drafts):
                assert isinstance(outcome, Stored)
                saved.append(outcome)
        return saved

    running = [beside(lambda number=number: save(number)) for number in range(8)]
    saved = [outcome for one in running for outcome in one.result(60)]
    rows = database.rows("SELECT client_id, seq, version FROM message WHERE conversation_id = ?", conversation)
    stored = {row["client_id"]: row["seq"] for row in rows}
    assert sorted(stored.values()) == list(range(1, len(ids) + 2))
    assert [row for row in rows if row["seq"] != row["version"]] == []
    assert {outcome.client_id: outcome.seq for outcome in saved}.items() <= stored.items()
    assert sum(outcome.is_new for outcome in saved) == len(ids)


def test_what_is_told_of_a_conversation_is_of_one_moment(app: Flask, people: tuple[int, int]) -> None:
    """Also after it was read before in the same request, as whatever changes it does."""
    conversation = talk(app, people, 3)
    with app.app_context():
        assert conversations.change_settings(people[1], conversation, {})["unread"] == 3
        talk(app, people, 2)
        view = conversation_views.one_of(people[1], conversation)
        (other_view,) = conversation_views.views_for(conversation, [people[1]]).values()
    assert (view["last_seq"], view["version"], view["last_message"]["seq"], view["unread"]) == (5, 5, 5, 5)
    assert other_view == view


def test_a_change_of_a_group_counts_with_a_mark_that_was_just_moved(
    app: Flask,
    people: tuple[int, int],
    database: Database,
    other: psycopg.Connection[Any],
    beside: Callable[..., "Future[Any]"],
) -> None:
    """What one does to a group moves one's own mark when nothing unread lay before it."""
    with app.app_context():
        group, _ = groups.create(people[0], [people[1]], "Lunch")
        messages.save([Draft(group["id"], people[0], str(uuid.uuid4()), "hello")])
    whose = (group["id"], people[1])
    other.execute(
        "UPDATE membership SET last_read_seq = 2, seen_seq = 2 WHERE conversation_id = %s AND user_id = %s", whose
    )
    finish(other, beside(lambda: groups.rename(people[1], group["id"], "Dinner")))
    query = "SELECT last_read_seq, seen_seq FROM membership WHERE conversation_id = ? AND user_id = ?"
    assert database.rows(query, *whose) == [{"last_read_seq": 3, "seen_seq": 3}]


def talk(app: Flask, people: tuple[int, int], count: int) -> int:
    """A conversation with messages of the first."""
    with app.app_context():
        conversation, _ = conversations.open_direct(*people)
        found: int = conversation["id"]
        messages.save([Draft(found, people[0], str(uuid.uuid4()), str(number)) for number in range(count)])
        return found
