"""One's own settings of a conversation: archived, hidden, silent; and counts that are whole beyond the first page."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.groups import add, make_group, rename, settings, view
from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.workers import beside

Connect = Callable[..., Socket]


def listed(person: Person, query: str = "") -> list[int]:
    return [one["id"] for one in person.json(f"/api/conversations?{query}")["conversations"]]


def own(person: Person, group: int) -> tuple[str, str | None]:
    shown = view(person, group)
    return shown["notify"], shown["shelf"]


def synced(socket: Socket) -> dict[str, Any]:
    ack = socket.request("sync", {"cursors": {}})
    return ack["settings"]


@pytest.fixture
def group(cast: Cast) -> int:
    return make_group(cast.alice, cast.bob)


@pytest.mark.parametrize("shelf", ["archived", "hidden"])
def test_put_away_and_back_when_it_moves(server: Server, cast: Cast, connect: Connect, group: int, shelf: str) -> None:
    hers, his = connect(cast.alice), connect(cast.bob)
    other = beside(server, connect, hers, cast.bob)
    answer = settings(cast.bob, group, shelf=shelf)
    assert (answer.status_code, answer.json()["conversation"]["shelf"]) == (200, shelf)
    for socket in (his, other):
        assert socket.wait_for("conversation_changed")["conversation"] == {"id": group, "notify": "all", "shelf": shelf}
    assert (listed(cast.bob), listed(cast.bob, f"shelf={shelf}")) == ([], [group])
    assert listed(cast.bob, "shelf=" + {"archived": "hidden", "hidden": "archived"}[shelf]) == []
    assert cast.bob.boot()["conversations"]["conversations"] == []
    assert synced(his) == {str(group): {"notify": "all", "shelf": shelf}}
    hers.settle()
    assert (hers.got("conversation_changed"), listed(cast.alice)) == ([], [group]), "nobody else's business"
    hers.send(group, "are you there")
    assert own(cast.bob, group) == ("all", None)
    assert (listed(cast.bob), listed(cast.bob, f"shelf={shelf}")) == ([group], [])
    assert synced(his) == {}


def test_a_line_brings_it_back_too_and_a_read_mark_does_not(cast: Cast, connect: Connect, group: int) -> None:
    settings(cast.bob, group, shelf="archived")
    connect(cast.bob).request("read_mark", {"conversation_id": group, "seq": 1})
    assert own(cast.bob, group) == ("all", "archived")
    rename(cast.alice, group, "Dinner")
    assert own(cast.bob, group) == ("all", None)


def test_taken_back_by_hand_and_put_away_again(cast: Cast, connect: Connect, group: int) -> None:
    hers = connect(cast.alice)
    for shelf in ("archived", "hidden", None, "archived"):
        assert settings(cast.bob, group, shelf=shelf).status_code == 200
        assert own(cast.bob, group) == ("all", shelf)
        assert listed(cast.bob) == ([] if shelf else [group])
    hers.send(group, "news")
    settings(cast.bob, group, shelf="archived")
    assert own(cast.bob, group) == ("all", "archived"), "what was there then does not bring it back"
    assert view(cast.bob, group)["unread"] == 1


def test_what_is_left_out_stays(cast: Cast, connect: Connect, group: int) -> None:
    his = connect(cast.bob)
    assert settings(cast.bob, group, notify="nothing").status_code == 200
    assert settings(cast.bob, group, shelf="archived").status_code == 200
    assert own(cast.bob, group) == ("nothing", "archived")
    assert settings(cast.bob, group).status_code == 200
    assert settings(cast.bob, group, nonsense=7).status_code == 200
    assert own(cast.bob, group) == ("nothing", "archived")
    assert settings(cast.bob, group, notify="mentions").status_code == 200
    assert own(cast.bob, group) == ("mentions", "archived")
    assert synced(his) == {str(group): {"notify": "mentions", "shelf": "archived"}}
    connect(cast.alice).send(group, "hello")
    assert synced(his) == {str(group): {"notify": "mentions", "shelf": None}}
    assert own(cast.alice, group) == ("all", None)


def test_a_silent_one_keeps_its_count_and_stays_silent_for_who_comes_back(
    cast: Cast, connect: Connect, group: int
) -> None:
    settings(cast.bob, group, notify="nothing")
    connect(cast.alice).send(group, "hello")
    shown = view(cast.bob, group)
    assert (shown["notify"], shown["unread"]) == ("nothing", 1)
    cast.alice.call("DELETE", f"/api/conversations/{group}/members/{cast.bob.id}")
    add(cast.alice, group, cast.bob)
    assert own(cast.bob, group) == ("nothing", None)


def test_direct_ones_are_put_away_too(cast: Cast, connect: Connect) -> None:
    conversation = cast.alice.talk_to(cast.bob)
    connect(cast.alice).send(conversation, "hello")
    settings(cast.bob, conversation, shelf="hidden", notify="nothing")
    assert (listed(cast.bob), listed(cast.bob, "shelf=hidden")) == ([], [conversation])
    assert listed(cast.bob, f"with_user={cast.alice.id}") == [conversation], "asked for by name it is there"
    assert cast.alice.talk_to(cast.bob) == conversation
    connect(cast.bob).send(conversation, "hello to you")
    assert listed(cast.bob) == [conversation], "one's own message brings it back as well"


def test_found_by_name_wherever_it_is(cast: Cast, group: int) -> None:
    settings(cast.bob, group, shelf="hidden")
    assert listed(cast.bob, "q=lun") == [group]
    assert listed(cast.bob, f"with_users={cast.alice.id}") == [group]
    assert listed(cast.charlie, "q=lun") == []


def test_by_a_part_of_the_name_or_without_one_of_a_members(cast: Cast) -> None:
    named = make_group(cast.alice, cast.bob, title="Straße 100% sicher_")
    plain = make_group(cast.alice, cast.bob, cast.charlie, title=None)

    def found(q: str) -> list[int]:
        return [one["id"] for one in cast.alice.get("/api/conversations", params={"q": q}).json()["conversations"]]

    for q in ("strasse", "RASSE 1", "100%", "sicher_", " straße "):
        assert found(q) == [named], q
    assert found(cast.charlie.username[:12]) == [plain]
    assert found(cast.bob.username.upper()) == [plain], "the named one goes by its name only"
    assert found("r_s") == found("1%s") == []


def test_pages_of_each_shelf(cast: Cast, connect: Connect) -> None:
    groups = [make_group(cast.alice, cast.bob, title=f"Group {number}") for number in range(9)]
    for place, group in enumerate(groups):
        settings(cast.bob, group, shelf=("archived", "hidden", None)[place % 3])
    newest = groups[::-1]
    for query, wanted in (("", newest[0::3]), ("shelf=hidden&", newest[1::3]), ("shelf=archived&", newest[2::3])):
        found: list[int] = []
        after = ""
        while True:
            page = cast.bob.json(f"/api/conversations?{query}limit=2{after}")
            found += [one["id"] for one in page["conversations"]]
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
        assert found == wanted
    connect(cast.alice).send(groups[0], "hello")
    assert listed(cast.bob, "limit=1") == [groups[0]]


def test_counts_are_whole_beyond_the_first_page(server: Server, cast: Cast, connect: Connect) -> None:
    hers, his = connect(cast.alice), connect(cast.bob)
    old = [make_group(cast.alice, cast.bob, title=f"Old {number}") for number in range(4)]
    for group in old[:3]:
        hers.send(group, "unread")
    settings(cast.bob, old[1], notify="nothing")
    settings(cast.bob, old[2], shelf="archived")
    his.request("read_mark", {"conversation_id": old[0], "seq": 2})
    his.request("unread_mark", {"conversation_id": old[0], "seq": 1})
    few = cast.bob.boot()
    assert few["conversations"]["next"] is None
    assert [one["id"] for one in few["unread_elsewhere"]] == [old[2]], "what was put away unread counts as well"
    for number in range(50):
        hers.send(make_group(cast.alice, cast.bob, title=f"New {number}"), "hello")
    boot = cast.bob.boot()
    shown = [one["id"] for one in boot["conversations"]["conversations"]]
    assert (len(shown), set(shown) & set(old)) == (50, set())
    elsewhere = {one["id"]: one for one in boot["unread_elsewhere"]}
    assert list(elsewhere) == old[2::-1], "most recent first, and not those that are read"
    assert {one["unread"] for one in elsewhere.values()} == {1}
    assert elsewhere[old[0]] == view(cast.bob, old[0])
    assert (elsewhere[old[1]]["notify"], elsewhere[old[2]]["shelf"]) == ("nothing", "archived")
