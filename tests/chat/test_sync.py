"""`sync`: what a page that comes back has missed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.support.demo import send_many, stamp
from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.sockets import Socket

Connect = Callable[..., Socket]


def sync(socket: Socket, **cursors: int) -> dict[str, object]:
    ack = socket.request("sync", {"cursors": {name.lstrip("_"): version for name, version in cursors.items()}})
    assert ack["ok"] is True, ack
    return ack


def ids(ack: dict) -> list[int]:  # type: ignore[type-arg]
    return [conversation["id"] for conversation in ack["conversations"]]


def test_tells_what_is_ahead_and_what_is_new(
    alice: Person, bob: Person, charlie: Person, conversation: int, connect: Connect
) -> None:
    his = connect(bob)
    send_many(connect(alice), conversation, 3)
    other = charlie.talk_to(bob)
    send_many(connect(charlie), other, 2)
    assert ids(sync(his)) == [other, conversation], "most recent first"
    assert ids(sync(his, **{f"_{conversation}": 2})) == [other, conversation]
    assert ids(sync(his, **{f"_{conversation}": 3})) == [other]
    assert ids(sync(his, **{f"_{conversation}": 3, f"_{other}": 2})) == []


def test_has_the_same_shape_as_the_list(alice: Person, bob: Person, conversation: int, connect: Connect) -> None:
    connect(alice).send(conversation)
    (listed,) = bob.json("/api/conversations")["conversations"]
    ack = sync(connect(bob))
    assert ack["conversations"] == [listed]
    assert ack["more"] is False
    assert ack["removed"] == []


def test_reads_has_all_of_ones_own_marks(alice: Person, bob: Person, conversation: int, connect: Connect) -> None:
    hers = connect(alice)
    send_many(hers, conversation, 4)
    his = connect(bob)
    his.request("read_mark", {"conversation_id": conversation, "seq": 3})
    ack = sync(his, **{f"_{conversation}": 4})
    assert ack["reads"] == {str(conversation): 3}


def test_what_is_not_ones_own_is_removed_whether_it_exists_or_not(
    charlie: Person, conversation: int, connect: Connect
) -> None:
    ack = sync(connect(charlie), **{f"_{conversation}": 0, "_999999999": 5})
    assert ack["conversations"] == []
    assert sorted(ack["removed"]) == sorted([conversation, 999_999_999])
    assert ack["reads"] == {}


def test_a_cursor_from_the_future_is_harmless(alice: Person, conversation: int, connect: Connect) -> None:
    hers = connect(alice)
    hers.send(conversation)
    assert ids(sync(hers, **{f"_{conversation}": 10**9})) == []


def test_too_many_cursors_are_refused(alice: Person, connect: Connect) -> None:
    hers = connect(alice)
    ack = hers.request("sync", {"cursors": {str(number): 1 for number in range(1, 12_000)}})
    assert ack["error"]["code"] == "bad_request"
    hers.settle()


def newcomers(socket: Socket, newest_id: int) -> tuple[list[int], int]:
    ack = socket.request("sync", {"cursors": {}, "newest_user_id": newest_id})
    assert ack["ok"] is True, ack
    return [user["id"] for user in ack["users"]], ack["newest_user_id"]


def test_tells_who_signed_up_meanwhile(
    own_server: Server, make_cast: Callable[[Server], Cast], connect: Connect
) -> None:
    cast = make_cast(own_server)
    hers, newest = connect(cast.alice), cast.alice.boot()["newest_user_id"]
    others = [cast.bob.id, cast.charlie.id]
    own_server.database.execute('UPDATE "user" SET created_at = ?', stamp(datetime.now(UTC)))
    assert newcomers(hers, newest) == (others, newest), "without oneself; told again until they are settled"
    own_server.database.execute('UPDATE "user" SET created_at = ?', stamp(datetime.now(UTC) - timedelta(minutes=1)))
    assert newcomers(hers, newest) == (others, others[-1])
    assert newcomers(hers, others[-1]) == ([], others[-1])
    assert cast.alice.boot()["newest_user_id"] == others[-1]
    own_server.flask("user", "deactivate", cast.bob.username)
    assert newcomers(hers, 0)[0] == [cast.charlie.id]
    assert "users" not in sync(hers), "only when asked for"
    assert hers.request("sync", {"cursors": {}, "newest_user_id": -1})["error"]["code"] == "bad_request"


def changes(socket: Socket, newest_id: int) -> tuple[list[tuple[int, str]], int]:
    ack = socket.request("sync", {"cursors": {}, "newest_change_id": newest_id})
    assert ack["ok"] is True, ack
    return [(user["id"], user["display_name"]) for user in ack["changed_users"]], ack["newest_change_id"]


def rename(person: Person, name: str) -> None:
    assert person.post_form("/account/profile", person.token, display_name=name).status_code == 303


def test_tells_who_has_another_name_meanwhile(
    own_server: Server, make_cast: Callable[[Server], Cast], connect: Connect
) -> None:
    cast = make_cast(own_server)
    alice, bob, charlie = cast.alice, cast.bob, cast.charlie
    hers, newest = connect(alice), alice.boot()["newest_change_id"]
    assert changes(hers, newest) == ([], newest)
    rename(bob, "Robert")
    rename(charlie, "Carl")
    rename(bob, "Rob")
    rename(alice, "Al")
    told = [(charlie.id, "Carl"), (bob.id, "Rob"), (alice.id, "Al")]
    own_server.database.execute("UPDATE user_change SET changed_at = ?", stamp(datetime.now(UTC)))
    assert changes(hers, newest) == (told, newest), "each once, oneself too; told again until they are settled"
    assert alice.boot()["newest_change_id"] == newest
    own_server.database.execute(
        "UPDATE user_change SET changed_at = ?", stamp(datetime.now(UTC) - timedelta(minutes=1))
    )
    _, settled = changes(hers, newest)
    assert settled > newest
    assert changes(hers, settled) == ([], settled)
    assert alice.boot()["newest_change_id"] == settled
    rename(alice, "Alice")  # the highest number, which was hers, may not come a second time
    assert changes(hers, settled) == ([(alice.id, "Alice")], settled)
    assert "changed_users" not in sync(hers), "only when asked for"
    assert hers.request("sync", {"cursors": {}, "newest_change_id": -1})["error"]["code"] == "bad_request"


def test_who_is_deactivated_is_told_as_such(
    own_server: Server, make_cast: Callable[[Server], Cast], connect: Connect
) -> None:
    cast = make_cast(own_server)
    hers = connect(cast.alice)
    rename(cast.bob, "Rob")
    own_server.flask("user", "deactivate", cast.bob.username)
    ack = hers.request("sync", {"cursors": {}, "newest_change_id": 0})
    assert [(user["display_name"], user["is_active"]) for user in ack["changed_users"]] == [("Rob", False)]
    assert cast.alice.json("/api/users")["users"] == []
