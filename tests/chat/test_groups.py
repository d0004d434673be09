"""Groups: made, named, joined and left; each step a line in the history, live for all who are in."""

from collections.abc import Callable

import pytest

from tests.support.groups import add, leave, lines, make_group, remove, rename, set_role, view
from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.workers import beside

Connect = Callable[..., Socket]


def test_three_members_see_one_message_and_a_stranger_nothing(server: Server, cast: Cast, connect: Connect) -> None:
    dora = cast.person("dora")
    sockets = {person: connect(person) for person in (cast.alice, cast.bob, dora, cast.charlie)}
    stranger = sockets[cast.charlie]
    witness = beside(server, connect, stranger, dora)
    group = make_group(cast.alice, cast.bob, dora)
    for person in (cast.alice, cast.bob, dora):
        added = sockets[person].wait_for("conversation_added")["conversation"]
        assert (added["id"], added["kind"], added["title"]) == (group, "group", "Lunch")
        assert added["role"] == ("owner" if person is cast.alice else "member")
        assert {member["id"] for member in added["members"]} == {cast.alice.id, cast.bob.id, dora.id}
        sockets[person].wait_until_in(group)
    witness.wait_until_in(group)
    message = sockets[cast.bob].send(group, "who is hungry")
    for person in (cast.alice, dora):
        assert (
            sockets[person].wait_for("message_created", lambda data: data["message"]["kind"] == "text")["message"]
            == message
        )
    assert lines(dora, group) == [f"{cast.alice.username} made the group Lunch", "who is hungry"]
    witness.wait_for("message_created", lambda data: data["message"] == message)
    stranger.settle()
    assert stranger.got("message_created") == stranger.got("conversation_added") == []
    for path in ("", "/messages", "/changes?since=0", "/members", "/messages/1/readers"):
        assert cast.charlie.get(f"/api/conversations/{group}{path}").status_code == 404


def test_a_retried_creation_makes_one(alice: Person, bob: Person, charlie: Person) -> None:
    body = {
        "kind": "group",
        "title": "Once",
        "user_ids": [bob.id],
        "client_id": "6b1c3c5e-0d5a-4a53-9d0e-0c8f5d2a7f11",
    }
    answers = [alice.call("POST", "/api/conversations", body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert len({answer.json()["conversation"]["id"] for answer in answers}) == 1


def test_the_same_people_again_are_the_same_group(alice: Person, bob: Person, charlie: Person) -> None:
    body = {"kind": "group", "user_ids": [bob.id, charlie.id]}
    first = alice.call("POST", "/api/conversations", body)
    again = bob.call("POST", "/api/conversations", {"kind": "group", "user_ids": [charlie.id, alice.id]})
    assert (first.status_code, again.status_code) == (201, 200)
    group = first.json()["conversation"]["id"]
    assert again.json()["conversation"]["id"] == group
    found = charlie.json(f"/api/conversations?with_users={alice.id},{bob.id}")["conversations"]
    assert [conversation["id"] for conversation in found] == [group]
    assert alice.json(f"/api/conversations?with_users={bob.id}")["conversations"] == []


def test_each_change_is_a_line_and_live_for_all(cast: Cast, connect: Connect) -> None:
    alice, bob, charlie = cast.alice, cast.bob, cast.charlie
    group = make_group(alice, bob)
    hers, his = connect(alice), connect(bob)
    steps = [
        (lambda: rename(bob, group, "Dinner"), f"{bob.username} named the group Dinner"),
        (lambda: add(bob, group, charlie), f"{bob.username} added {charlie.username}"),
        (lambda: set_role(alice, group, bob, "owner"), f"{alice.username} made {bob.username} an owner"),
        (lambda: remove(bob, group, charlie), f"{bob.username} removed {charlie.username}"),
        (lambda: leave(alice, group), f"{alice.username} left"),
    ]
    for number, (act, line) in enumerate(steps, start=2):
        assert act().status_code == 200
        message = his.wait_for("message_created", lambda data, seq=number: data["message"]["seq"] == seq)["message"]
        assert (message["kind"], message["body"], message["version"]) == ("system", line, number)
        changed = his.wait_for("conversation_changed", lambda data, at=number: data["conversation"]["version"] == at)
        fresh = view(bob, group)
        assert changed["conversation"].items() <= fresh.items()
    hers.wait_for("conversation_removed")
    hers.settle()
    assert [data["conversation"] for data in hers.got("conversation_removed")] == [{"id": group}]
    assert view(bob, group)["unread"] == 0, "system lines are nothing to read"


def test_from_now_on_means_by_every_way(cast: Cast, connect: Connect) -> None:
    alice, bob, charlie = cast.alice, cast.bob, cast.charlie
    group = make_group(alice, bob)
    hers = connect(alice)
    hers.send(group, "an old secret")
    assert add(alice, group, charlie, history="from_now").status_code == 200
    assert lines(charlie, group) == [f"{alice.username} added {charlie.username}"]
    assert [message["seq"] for message in charlie.changes(group)[0]] == [3]
    for query in ("before=3", "around=1", "at=2020-01-01T00:00:00Z"):
        page = charlie.json(f"/api/conversations/{group}/messages?{query}")
        assert "an old secret" not in str(page)
    assert "an old secret" not in charlie.get(f"/chat/{group}/2").text
    assert charlie.get(f"/api/conversations/{group}/messages/2/readers").status_code == 404
    dora = cast.person("dora")
    assert add(charlie, group, dora, history="all").status_code == 200
    assert "an old secret" not in lines(dora, group), "nobody gives away more than one sees"
    hers.send(group, "news")
    assert lines(charlie, group)[-1] == lines(dora, group)[-1] == "news"


@pytest.mark.parametrize("how", ["removed", "left"])
def test_nothing_is_heard_afterwards(server: Server, cast: Cast, connect: Connect, how: str) -> None:
    alice, bob, charlie = cast.alice, cast.bob, cast.charlie
    group = make_group(alice, bob, charlie)
    hers, his = connect(alice), connect(charlie)
    witness = beside(server, connect, his, bob)
    answer = remove(alice, group, charlie) if how == "removed" else leave(charlie, group)
    assert answer.status_code == 200
    his.wait_for("conversation_removed")
    seen = len(his.got("message_created"))
    hers.send(group, "without you")
    connect(bob).request("read_mark", {"conversation_id": group, "seq": 3})
    witness.wait_for("message_created", lambda data: data["message"]["body"] == "without you")
    witness.wait_for("read_marked", lambda data: data["last_read_seq"] == 3)
    assert his.request("sync", {"cursors": {str(group): 1}})["removed"] == [group]
    assert len(his.got("message_created")) == seen
    assert his.got("read_marked") == []
    assert his.try_send(group, "let me in")["error"]["code"] == "not_found"
    assert charlie.get(f"/chat/{group}").status_code == 404


def test_the_only_owner_does_not_go(alice: Person, bob: Person) -> None:
    group = make_group(alice, bob)
    for answer in (leave(alice, group), set_role(alice, group, alice, "member")):
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
    assert set_role(alice, group, bob, "owner").status_code == 200
    assert leave(alice, group).status_code == 200
    assert view(bob, group)["member_count"] == 1
    assert leave(bob, group).status_code == 200, "alone one may"


def test_too_many_are_refused_with_the_limit(alice: Person) -> None:
    answer = alice.call("POST", "/api/conversations", {"kind": "group", "user_ids": list(range(1, 5001))})
    assert answer.status_code == 400
    assert "1,000 members at most" in answer.json()["error"]["message"]
