"""Who comes back sees what was chosen this time; accounts that are switched off; members by the page."""

from collections.abc import Callable

import pytest

from tests.support.crowd import deactivated, join_directly, make_crowd
from tests.support.groups import add, leave, lines, make_group, remove, set_role, settings, view
from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.sockets import Socket

Connect = Callable[..., Socket]


@pytest.fixture
def group(cast: Cast) -> int:
    """Alice's, with Bob and Charlie."""
    return make_group(cast.alice, cast.bob, cast.charlie)


def roles(who: Person, group: int) -> dict[int, str]:
    return {member["id"]: member["role"] for member in view(who, group)["members"]}


@pytest.mark.parametrize("history", ["all", "from_now"])
def test_who_comes_back_starts_over(cast: Cast, connect: Connect, group: int, history: str) -> None:
    alice, bob, charlie = cast.alice, cast.bob, cast.charlie
    hers, his = connect(alice), connect(charlie)
    his.request("read_mark", {"conversation_id": group, "seq": hers.send(group, "one")["seq"]})
    settings(charlie, group, shelf="archived")
    set_role(alice, group, charlie, "owner")
    assert leave(charlie, group).status_code == 200
    hers.send(group, "while away")
    assert add(bob, group, charlie, history=history).status_code == 200
    shown = his.wait_for("conversation_added")["conversation"]
    seen = lines(charlie, group)
    assert seen[-1] == f"{bob.username} added {charlie.username}"
    assert ("one" in seen, "while away" in seen) == ((history == "all"),) * 2
    assert (shown["role"], shown["shelf"], shown["unread"]) == ("member", None, 0)
    assert shown["visible_from_seq"] == (1 if history == "all" else shown["last_seq"])
    assert shown["last_read_seq"] == shown["last_seq"]
    message = hers.send(group, "welcome back")
    assert his.wait_for("message_created", lambda data: data["message"]["seq"] == message["seq"])
    assert view(charlie, group)["unread"] == 1
    reads = alice.json(f"/api/conversations/{group}/messages")["reads"]
    assert str(charlie.id) not in reads, "has not read anything since"


def test_what_was_read_before_leaving_is_no_receipt_of_what_came_after(
    cast: Cast, connect: Connect, group: int
) -> None:
    hers, his = connect(cast.alice), connect(cast.charlie)
    asked = hers.send(group, "seen?")
    leave(cast.charlie, group)
    add(cast.alice, group, cast.charlie, history="from_now")
    his.request("read_mark", {"conversation_id": group, "seq": hers.send(group, "and this?")["seq"]})
    readers = cast.alice.json(f"/api/conversations/{group}/messages/{asked['seq']}/readers")
    assert readers["users"] == [], "it was never shown to him"


def test_from_now_once_is_from_now_for_all_whom_one_brings(cast: Cast, connect: Connect, group: int) -> None:
    connect(cast.alice).send(group, "a secret")
    dora, eve = cast.person("dora"), cast.person("eve")
    add(cast.alice, group, dora, history="from_now")
    add(dora, group, eve, history="all")
    leave(dora, group)
    add(eve, group, dora, history="all")
    for person in (dora, eve):
        assert "a secret" not in lines(person, group)
    add(cast.bob, group, dora, history="all")
    assert "a secret" not in lines(dora, group), "who is there stays as they are"


def test_a_deactivated_member_stays_and_can_be_removed_but_not_brought_back(
    server: Server, cast: Cast, group: int
) -> None:
    with deactivated(server.database, cast.charlie):
        assert view(cast.bob, group)["member_count"] == 3
        assert set_role(cast.alice, group, cast.charlie, "owner").status_code == 200
        assert leave(cast.alice, group).status_code == 409, "an owner who is away is no owner to ask"
        assert remove(cast.alice, group, cast.charlie).status_code == 200
        assert add(cast.alice, group, cast.charlie).status_code == 404
    assert roles(cast.bob, group) == {cast.alice.id: "owner", cast.bob.id: "member"}


def test_without_an_active_owner_everybody_may_until_there_is_one(server: Server, cast: Cast, group: int) -> None:
    alice, bob, charlie = cast.alice, cast.bob, cast.charlie
    dora = cast.person("dora")
    add(bob, group, dora)
    assert remove(bob, group, dora).status_code == 403
    with deactivated(server.database, alice):
        assert remove(bob, group, dora).status_code == 200
        assert set_role(bob, group, charlie, "owner").status_code == 200
        assert set_role(bob, group, charlie, "member").status_code == 403, "now there is one"
        assert set_role(charlie, group, alice, "member").status_code == 200
        assert set_role(charlie, group, charlie, "member").status_code == 409
    assert remove(alice, group, bob).status_code == 403


def test_who_is_left_with_deactivated_ones_only_may_go(server: Server, cast: Cast) -> None:
    group = make_group(cast.alice, cast.bob)
    with deactivated(server.database, cast.bob):
        assert leave(cast.alice, group).status_code == 200
    assert view(cast.bob, group)["member_count"] == 1


def test_who_is_no_member_cannot_be_removed_or_made_an_owner(cast: Cast, group: int) -> None:
    dora = cast.person("dora")
    for answer in (remove(cast.alice, group, dora), set_role(cast.alice, group, dora, "owner")):
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
        assert "person" in answer.json()["error"]["message"]


def test_members_by_the_page_in_the_order_in_which_they_came(server: Server, cast: Cast, group: int) -> None:
    crowd = make_crowd(server.database, 60)
    join_directly(server.database, group, crowd)
    wanted = [cast.alice.id, cast.bob.id, cast.charlie.id, *crowd]
    found: list[int] = []
    after = ""
    while True:
        page = cast.bob.json(f"/api/conversations/{group}/members?limit=25{after}")
        found += [member["id"] for member in page["members"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert found == wanted
    shown = view(cast.bob, group)
    assert ([member["id"] for member in shown["members"]], shown["member_count"]) == (wanted[:50], 63)
    assert page["members"][0].keys() == shown["members"][0].keys()


def test_members_by_the_start_of_a_name(cast: Cast, group: int) -> None:
    def found(q: str) -> list[int]:
        page = cast.alice.get(f"/api/conversations/{group}/members", params={"q": q}).json()
        return [member["id"] for member in page["members"]]

    assert found(cast.bob.username.upper()) == [cast.bob.id]
    assert found(cast.person("dora").username) == []
    assert found("\U0010ffff") == found("%") == []
    leave(cast.bob, group)
    assert found(cast.bob.username) == []
