"""The flask CLI for administration, against a database that a server is using."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.people import Cast, Person, fresh_name
from tests.support.running import run_program
from tests.support.server import Server, run_flask
from tests.support.sockets import Socket


def flask(server: Server, *arguments: str, password: str = "") -> str:
    settings = server.settings | ({"CHAT_PASSWORD": password} if password else {})
    return run_flask(*arguments, **settings)


def test_somebody_made_here_logs_in_and_is_listed(server: Server, cast: Cast) -> None:
    name = fresh_name("made")
    assert name in flask(server, "user", "create", name, "--display-name", "Made Here", password="a lantern at sea")
    listed = flask(server, "user", "list", "--search", name)
    assert "Made Here" in listed
    assert "admin" not in listed
    person = cast.keep(Person(server.url, name, "a lantern at sea")).log_in()
    assert person.me["display_name"] == "Made Here"


def test_the_first_administrator_is_made_here(server: Server) -> None:
    name = fresh_name("chief")
    flask(server, "user", "create", name, "--admin", password="a lantern at sea")
    assert "admin" in flask(server, "user", "list", "--search", name)
    flask(server, "user", "promote", name, "--undo")
    assert "admin" not in flask(server, "user", "list", "--search", name)
    flask(server, "user", "promote", name.upper())
    assert "admin" in flask(server, "user", "list", "--search", name)


def test_a_new_password_ends_what_is_open(server: Server, alice: Person, connect: Callable[..., Socket]) -> None:
    page = connect(alice)
    flask(server, "user", "set-password", alice.username, password="another lantern at sea")
    assert page.wait_for("signed_out") == {"reason": "password_changed"}
    page.wait_for_end()
    assert alice.get("/chat").status_code == 302
    assert Person(server.url, alice.username, alice.password).try_log_in().status_code == 401
    Person(server.url, alice.username, "another lantern at sea").log_in().close()


def test_deactivating_closes_open_pages(server: Server, alice: Person, connect: Callable[..., Socket]) -> None:
    page = connect(alice)
    flask(server, "user", "deactivate", alice.username)
    assert page.wait_for("signed_out") == {"reason": "deactivated"}
    assert "deactivated" in flask(server, "user", "list", "--search", alice.username)


def test_who_was_deactivated_by_mistake_comes_back(server: Server, alice: Person, bob: Person) -> None:
    conversation = alice.talk_to(bob)
    flask(server, "user", "deactivate", alice.username)
    flask(server, "user", "deactivate", alice.username, "--undo")
    assert "deactivated" not in flask(server, "user", "list", "--search", alice.username)
    again = Person(server.url, alice.username, alice.password).log_in()
    assert again.messages(conversation) == []
    again.close()
    found = bob.json(f"/api/users?q={alice.username}")["users"]
    assert [one["id"] for one in found] == [alice.id]


def test_without_a_migrated_database_a_command_says_so_in_one_line(tmp_path: Path) -> None:
    done = run_program("-m", "flask", "user", "list", APP_ENV="development", INSTANCE_PATH=str(tmp_path))
    assert done.returncode == 1
    (said,) = done.stderr.splitlines()
    assert "flask db upgrade" in said


def test_the_demo_is_not_for_a_chat_that_is_in_use(own_server: Server) -> None:
    flask(own_server, "user", "create", "robin", password="a lantern at sea")
    with pytest.raises(AssertionError, match="not the demo's") as refused:
        flask(own_server, "chat", "demo")
    assert "Traceback" not in str(refused.value)
    assert re.search(r"^people +1$", flask(own_server, "chat", "stats"), re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "password", "words"),
    [
        (("user", "create", "x y"), "a lantern at sea", "username"),
        (("user", "create", "fine"), "short", "at least 8 characters"),
        (("user", "promote", "nobody-of-that-name"), "", "There is no account"),
        (("user", "deactivate", "nobody-of-that-name"), "", "There is no account"),
        (("user", "set-password", "nobody-of-that-name"), "a lantern at sea", "There is no account"),
    ],
)
def test_what_cannot_be_is_said_in_words(server: Server, arguments: tuple[str, ...], password: str, words: str) -> None:
    with pytest.raises(AssertionError, match=words) as refused:
        flask(server, *arguments, password=password)
    assert "Traceback" not in str(refused.value)


def test_the_demo_is_there_to_look_at_and_counted(own_server: Server) -> None:
    told = flask(own_server, "chat", "demo", "--messages", "100")
    name, password = re.search(r"Log in as (\S+) with the password (.+)", told).groups()  # type: ignore[union-attr]
    viewer = Person(own_server.url, name, password).log_in()
    conversations = viewer.json("/api/conversations")["conversations"]
    assert sum(conversation["unread"] for conversation in conversations) == 10
    assert len([conversation for conversation in conversations if conversation["kind"] == "group"]) == 1
    stats = dict(re.findall(r"^(\D+?) +([\d,]+)$", flask(own_server, "chat", "stats"), re.MULTILINE))
    assert int(stats["messages"]) == sum(conversation["last_seq"] for conversation in conversations)
    assert int(stats["conversations"]) == len(conversations)
    flask(own_server, "chat", "demo", "--messages", "100")  # again: more to read, in the same conversations
    assert len(viewer.json("/api/conversations")["conversations"]) == len(conversations)
    viewer.close()
