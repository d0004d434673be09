"""Who is online: right with many tabs, quiet through a reload, told to those who watch and nobody else."""

import ast
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chatapp.realtime import presence_here, sockets
from tests.support.people import Cast, Person, is_recent
from tests.support.presence import set_away, share, told, wait_until, watch, watch_until
from tests.support.running import run_python
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.stacks import ManyWorkers
from tests.support.waiting import eventually
from tests.support.workers import beside, on_both_workers

Connect = Callable[..., Socket]

GRACE = 10.0
# At once means without the grace time.
AT_ONCE = GRACE - 2


def test_the_last_tab_counts_and_a_reload_does_not_show(cast: Cast, connect: Connect) -> None:
    """All that takes the grace time, at once: one who goes, one who reloads, one who hides."""
    alice, bob, charlie, dan = cast.alice, cast.bob, cast.charlie, cast.person("dan")
    hers = connect(alice)
    first = watch(hers, bob, charlie, dan)
    assert set(first["presence"].values()) == {"offline"}
    his, hidden = connect(bob), connect(dan)
    assert wait_until(hers, bob, "online")["last_seen_at"] is None
    wait_until(hers, dan, "online")
    idle = connect(charlie, auth={"is_away": True})
    wait_until(hers, charlie, "away")
    connect(charlie).close()
    wait_until(hers, charlie, "online")
    share(dan, False)
    wait_until(hers, dan, "offline")
    start = time.monotonic()
    for socket in (his, hidden, idle):
        socket.close()
    third = connect(charlie, auth={"is_away": False})
    word = wait_until(hers, bob, "offline")
    assert time.monotonic() - start >= GRACE - 0.5
    assert is_recent(word["last_seen_at"], 30)
    # who reloaded, once from an active tab beside an idle one, was not away for a moment
    wait = max(0.0, start + GRACE + 1 - time.monotonic())
    time.sleep(wait)
    hers.settle()
    assert told(hers, charlie) == ["away", "online"]
    assert told(hers, dan) == ["online", "offline"]
    set_away(third, True)
    eventually(lambda: told(hers, charlie) == ["away", "online", "away"])
    # and so it is for those who look later, once it is saved
    later = connect(alice)

    def look_anew() -> dict[str, Any]:
        watch(later)
        return watch(later, bob, dan)

    again = eventually(lambda: (found := look_anew())["last_seen"] and found, every=0.2)
    assert again["presence"] == {str(bob.id): "offline", str(dan.id): "offline"}
    assert again["last_seen"] == {str(bob.id): word["last_seen_at"]}
    share(dan, True)
    assert wait_until(hers, dan, "offline")["last_seen_at"] is None  # the first word of it
    word = hers.wait_for("presence", lambda d: d["user_id"] == dan.id and d["last_seen_at"])
    assert (word["state"], is_recent(word["last_seen_at"], 60)) == ("offline", True)


def test_away_and_back_is_told_once(server: Server, alice: Person, bob: Person, connect: Connect) -> None:
    """Of two pages on one worker; of others it may be heard in the other order that one is back and one has gone."""
    hers, his = connect(alice), connect(bob)
    other = beside(server, connect, his, bob, auth={"is_away": True})
    set_away(other, False)
    watch_until(hers, {bob: "online"})
    for is_away in (True, True, False, False):
        set_away(his, is_away)
    set_away(other, True)  # the first one is still at it
    set_away(his, True)
    wait_until(hers, bob, "away")
    set_away(other, False)
    wait_until(hers, bob, "online")
    assert told(hers, bob) == ["away", "online"]


def test_a_list_that_is_replaced_is_told_of_no_more(server: Server, cast: Cast, connect: Connect) -> None:
    alice, bob, charlie = cast.alice, cast.bob, cast.charlie
    hers = connect(alice)
    witness = beside(server, connect, hers, alice)
    his, third = connect(bob), connect(charlie)
    watch_until(hers, {bob: "online"})
    watch_until(witness, {bob: "online", charlie: "online"})
    watch_until(hers, {charlie: "online"})
    for socket in (his, third):
        set_away(socket, True)
    wait_until(hers, charlie, "away")
    wait_until(witness, bob, "away")
    watch(hers)
    set_away(third, False)
    wait_until(witness, charlie, "online")
    for socket in (hers, his, third):
        socket.settle()
    assert (told(hers, bob), told(hers, charlie)) == ([], ["away"])
    assert his.got("presence") == third.got("presence") == []


def test_who_hides_looks_offline_to_everybody_at_once(alice: Person, bob: Person, connect: Connect) -> None:
    hers, his = connect(alice), connect(bob)
    watch_until(hers, {bob: "online"})
    share(bob, False)
    assert wait_until(hers, bob, "offline", within=AT_ONCE)["last_seen_at"] is None
    set_away(his, True)
    set_away(his, False)
    tab = connect(bob)
    assert watch_until(connect(alice), {bob: "offline"})["last_seen"] == {}
    share(bob, True)
    wait_until(hers, bob, "online")
    set_away(tab, True)
    set_away(his, True)
    wait_until(hers, bob, "away")
    assert told(hers, bob) == ["offline", "online", "away"]


def test_who_logs_out_or_is_deactivated_is_offline_at_once(
    server: Server, alice: Person, bob: Person, charlie: Person, connect: Connect
) -> None:
    hers = connect(alice)
    connect(bob), connect(charlie)
    watch_until(hers, {bob: "online", charlie: "online"})
    bob.log_out()
    assert is_recent(wait_until(hers, bob, "offline", within=AT_ONCE)["last_seen_at"])
    server.flask("user", "deactivate", charlie.username)
    assert wait_until(hers, charlie, "offline", within=AT_ONCE)["last_seen_at"] is None
    assert watch(connect(alice), charlie)["last_seen"] == {}


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("presence_watch", {}),
        ("presence_watch", {"user_ids": list(range(1, 202))}),
        ("presence_watch", {"user_ids": ["1"]}),
        ("presence_watch", {"user_ids": [0]}),
        ("presence_watch", {"user_ids": [True]}),
        ("presence_watch", {"user_ids": [2**60]}),
        ("presence_set", {}),
        ("presence_set", {"is_away": "yes"}),
        ("typing", {"conversation_id": 1}),
        ("typing", {"conversation_id": "1", "on": True}),
    ],
)
def test_what_cannot_be_understood_is_refused(alice: Person, connect: Connect, event: str, data: Any) -> None:
    ack = connect(alice).request(event, data)
    assert (ack["ok"], ack["error"]["code"]) == (False, "bad_request")


def test_two_hundred_at_once_and_those_that_do_not_exist(alice: Person, connect: Connect) -> None:
    ids = [alice.id, *range(9_000_000, 9_000_198), alice.id]
    ack = connect(alice).request("presence_watch", {"user_ids": ids})
    assert len(ack["presence"]) == 199
    assert ack["presence"].pop(str(alice.id)) == "online"
    assert set(ack["presence"].values()) == {"offline"}
    assert ack["last_seen"] == {}


def test_it_is_slowed_down(
    start_server: Callable[..., Server], make_cast: Callable[[Server], Cast], connect: Connect
) -> None:
    socket = connect(make_cast(start_server(RATE_LIMITS="on")).alice)
    acks = socket.request_all("presence_watch", [{"user_ids": []}] * 31)
    assert [ack["ok"] for ack in acks] == [True] * 30 + [False]
    assert acks[-1]["error"]["code"] == "rate_limited"
    acks = socket.request_all("presence_set", [{"is_away": True}] * 15 + [{}] * 15 + [{"is_away": True}])
    assert [ack["ok"] for ack in acks] == [True] * 15 + [False] * 16
    assert [ack["error"]["code"] for ack in acks[-2:]] == ["bad_request", "rate_limited"], "nonsense counts too"


def test_a_server_that_ends_notes_who_was_there(
    own_server: Server, make_cast: Callable[[Server], Cast], connect: Connect
) -> None:
    cast = make_cast(own_server)
    connect(cast.bob)
    own_server.restart()
    hers = connect(cast.alice)
    noted = watch(hers, cast.bob)["last_seen"].get(str(cast.bob.id))  # not yet where he still counts on another worker
    assert is_recent(noted or wait_until(hers, cast.bob, "offline")["last_seen_at"])


PROBE = """
from chatapp import create_app
from chatapp.realtime import presence
create_app()
found = presence.connections_of({ids})
print([(found[id].is_active, sorted(found[id].login_ids)) for id in {ids}])
"""


@pytest.mark.several_workers
def test_whose_log_ins_are_connected_anywhere(
    two_workers: Server, make_cast: Callable[[Server], Cast], connect: Connect
) -> None:
    """What pushes go by: real connections on all workers, without the grace time."""
    cast = make_cast(two_workers)
    alice, bob = cast.alice, cast.bob
    device = cast.keep(bob.elsewhere())
    on_both_workers(two_workers, lambda person: connect(person, auth={"is_away": True}), bob)
    second = connect(device)
    rows = two_workers.database.rows("SELECT id FROM login WHERE user_id = ? ORDER BY id", bob.id)
    first_id, second_id = [row["id"] for row in rows]

    def ask() -> Any:
        return ast.literal_eval(run_python(PROBE.format(ids=[alice.id, bob.id]), **two_workers.settings))

    eventually(lambda: ask() == [(False, []), (True, [first_id, second_id])], every=0.1)
    second.close()
    eventually(lambda: ask() == [(False, []), (False, [first_id])], within=GRACE / 2, every=0.1)


@pytest.mark.several_workers
@pytest.mark.parametrize("is_heard", [True, False])
def test_who_hides_while_a_page_connects_is_hidden(
    start_server: Callable[..., Server],
    four_workers: ManyWorkers,
    make_cast: Callable[[Server], Cast],
    connect: Connect,
    is_heard: bool,
) -> None:
    """It connects for as long as Redis does not answer, which is too short here for all to be asked anew afterwards;
    said to this worker, or to another one that cannot be heard."""
    server = start_server(four_workers.with_workers(1))
    cast = make_cast(server)
    alice, bob, redis = cast.alice, cast.bob, server.ground.redis
    assert redis is not None
    hers = connect(alice)
    with ThreadPoolExecutor(1) as pool:
        redis.pause()
        try:
            coming = pool.submit(connect, bob)
            time.sleep(0.3)  # by now it waits
            if is_heard:
                share(bob, False)
            else:
                server.database.execute('UPDATE "user" SET shares_presence = FALSE WHERE id = ?', bob.id)
        finally:
            redis.resume()
        coming.result()
    watch_until(hers, {bob: "offline"})
    server.database.execute('UPDATE "user" SET shares_presence = TRUE WHERE id = ?', bob.id)
    connect(bob)  # and so what is read again counts
    watch_until(hers, {bob: "online"})


def test_word_that_comes_while_the_setting_is_read_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence_here, "_changed", lambda *_, **__: None)
    monkeypatch.setattr(presence_here, "_people", {})
    tabs = [sockets.Socket(sid, -1, -1, None) for sid in ("earlier", "later")]
    for tab in tabs:
        sockets.add(tab)
    try:
        presence_here.came(tabs[0], shares=True)
        presence_here.set_sharing(-1, shares=False)
        presence_here.came(tabs[1], shares=True)
        assert presence_here.state_of(-1) == presence_here.HIDDEN
        presence_here.set_sharing(-1, shares=True)
        assert presence_here.state_of(-1) == presence_here.ONLINE
    finally:
        for tab in tabs:
            sockets.remove(tab.sid)


@pytest.mark.several_workers
def test_two_workers_agree(two_workers: Server, make_cast: Callable[[Server], Cast], connect: Connect) -> None:
    cast = make_cast(two_workers)
    alice, bob, charlie = cast.alice, cast.bob, cast.charlie
    watchers = on_both_workers(two_workers, connect, alice)
    for socket in watchers:
        watch_until(socket, {bob: "offline"})
    his: list[Socket] = []

    def connect_and_keep(person: Person) -> Socket:
        his.append(connect(person))
        return his[-1]

    on_both_workers(two_workers, connect_and_keep, bob)  # two or more
    extra = connect(charlie)
    for socket in watchers:
        wait_until(socket, bob, "online")
        watch_until(socket, {bob: "online", charlie: "online"})
    for one in his:
        set_away(one, True)
    for socket in watchers:
        wait_until(socket, bob, "away")
    share(bob, False)
    for socket in watchers:
        wait_until(socket, bob, "offline")
    share(bob, True)
    extra.close()
    for socket in watchers:
        eventually(lambda socket=socket: told(socket, bob)[-2:] == ["offline", "away"])  # type: ignore[misc]
        wait_until(socket, charlie, "offline")
        assert set(told(socket, bob)) <= {"online", "away", "offline"}
        assert told(socket, charlie) == ["offline"]
