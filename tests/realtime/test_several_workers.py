"""What one worker does is seen by those who are connected to another."""

import json
import os
import signal
import time
from collections.abc import Callable

import pytest
import redis

from tests.support.groups import add, make_group
from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.stacks import ManyWorkers
from tests.support.waiting import eventually
from tests.support.workers import on_both_workers, worker_of

pytestmark = pytest.mark.several_workers

SIGNED_OUT_WITHIN = 1 + 4  # the contract: a second; the slack is for a busy machine


@pytest.fixture(scope="module")
def several(four_workers: ManyWorkers, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    server = Server(tmp_path_factory.mktemp("several"), four_workers.with_workers(2)).start()
    yield server
    server.close()


@pytest.fixture
def server(several: Server):  # type: ignore[no-untyped-def]
    yield several
    several.check_log()


@pytest.fixture
def spread(server: Server, connect: Callable[..., Socket]) -> Callable[[Person], list[Socket]]:
    """Connects a person to both workers."""

    return lambda person: on_both_workers(server, connect, person)


Spread = Callable[[Person], list[Socket]]


def test_a_message_reaches_everybody_once(cast: Cast, spread: Spread) -> None:
    conversation = cast.alice.talk_to(cast.bob)
    hers, his = spread(cast.alice), spread(cast.bob)
    message = hers[0].send(conversation, "to all")
    for socket in [hers[1], *his]:
        assert socket.wait_for("message_created")["message"] == message
    for number in range(20):
        last = his[number % 2].send(conversation, f"line {number}")
    for socket in hers:
        socket.wait_for("message_created", lambda data: data["message"]["id"] == last["id"])
        seen = [data["message"]["seq"] for data in socket.got("message_created")]
        assert len(seen) == len(set(seen)), "told twice"


def test_connections_are_shared_out(server: Server, cast: Cast, connect: Callable[..., Socket]) -> None:
    """Whoever comes is taken in by the worker that has the fewest, other tests' people included."""
    workers = [worker_of(server, connect(cast.alice)) for _ in range(20)]
    assert all(workers.count(worker) >= 3 for worker in set(workers))
    assert len(set(workers)) == 2


def test_an_outsider_hears_nothing_on_any_worker(cast: Cast, spread: Spread) -> None:
    outside = spread(cast.charlie)
    conversation = cast.alice.talk_to(cast.bob)
    (hers, _), his = spread(cast.alice), spread(cast.bob)
    message = hers.send(conversation, "between us")
    for socket in his:
        socket.wait_for("message_created", lambda data: data["message"]["id"] == message["id"])
        socket.request("read_mark", {"conversation_id": conversation, "seq": 1})
    for socket in outside:
        socket.settle()
        assert {event for event, _ in socket.events} <= {"user_added"}


def test_a_new_conversation_and_its_first_message(cast: Cast, spread: Spread) -> None:
    his = spread(cast.bob)
    conversation = cast.alice.talk_to(cast.bob)
    (hers, _) = spread(cast.alice)
    for socket in his:
        socket.wait_until_in(conversation)
    message = hers.send(conversation, "hello")
    for socket in his:
        socket.wait_for("message_created", lambda data: data["message"]["id"] == message["id"])


def test_a_read_mark_and_a_new_person(cast: Cast, spread: Spread) -> None:
    conversation = cast.alice.talk_to(cast.bob)
    hers, his = spread(cast.alice), spread(cast.bob)
    hers[0].send(conversation, "seen?")
    his[0].request("read_mark", {"conversation_id": conversation, "seq": 1})
    newcomer = cast.person()
    for socket in hers:
        socket.wait_for("read_marked", lambda data: data["user_id"] == cast.bob.id)
        socket.wait_for("user_added", lambda data: data["user"]["id"] == newcomer.id)


def test_a_log_out_closes_all_pages_of_that_log_in(cast: Cast, spread: Spread) -> None:
    sockets = spread(cast.alice)
    elsewhere = spread(cast.keep(cast.alice.elsewhere()))
    start = time.monotonic()
    cast.alice.log_out()
    for socket in sockets:
        assert socket.wait_for("signed_out")["reason"] == "logged_out"
        socket.wait_for_end()
    assert time.monotonic() - start < SIGNED_OUT_WITHIN
    for socket in elsewhere:
        socket.settle()
        assert socket.got("signed_out") == []


def test_somebody_made_by_the_cli_shows_up_at_once(server: Server, cast: Cast, spread: Spread) -> None:
    sockets = spread(cast.alice)
    server.create_user("made_by_the_cli", "correct horse battery")
    for socket in sockets:
        socket.wait_for("user_added", lambda data: data["user"]["username"] == "made_by_the_cli")


def test_guesses_are_counted_together(
    start_server: Callable[..., Server], four_workers: ManyWorkers, make_cast
) -> None:  # type: ignore[no-untyped-def]
    cast = make_cast(start_server(four_workers, RATE_LIMITS="on"))
    cast.alice.log_out()
    answers = [cast.alice.copy_of_cookies().try_log_in(password="a wrong guess").status_code for _ in range(14)]
    assert answers == [401] * 10 + [429] * 4


def test_what_was_said_before_somebody_was_let_in_is_told(server: Server, cast: Cast, spread: Spread) -> None:
    """Word of somebody's coming may arrive after the first message that was written afterwards."""
    conversation = cast.alice.talk_to(cast.bob)
    (hers, _), his = spread(cast.alice), spread(cast.bob)
    message = hers.send(conversation, "said too early")
    for socket in his:
        socket.wait_for("message_created", lambda data: data["message"]["id"] == message["id"])
    assert server.ground.redis is not None
    word = {"from": "another worker", "packet": '2/chat,["noted",{}]', "join": [conversation, 0, 0]}
    with redis.Redis.from_url(server.ground.redis.url) as queue:
        (channel,) = queue.pubsub_channels(f"*:user:{cast.bob.id}")
        queue.publish(channel, json.dumps(word))
    for socket in his:
        assert socket.wait_for("head") == {"conversation_id": conversation, "version": 1}


def test_what_was_written_before_somebody_came_is_not_told_to_them(server: Server, cast: Cast, spread: Spread) -> None:
    """A worker that is slow publishes it after word of their coming."""
    group = make_group(cast.alice, cast.bob)
    (hers, _), his, news = spread(cast.alice), spread(cast.bob), spread(cast.charlie)
    message = hers.send(group, "before Charlie comes")
    assert add(cast.alice, group, cast.charlie, history="from_now").status_code == 200
    for socket in news:
        socket.wait_until_in(group)
    word = {"from": "another worker", "packet": '2/chat,["noted",{}]', "skip_sid": None}
    assert server.ground.redis is not None
    with redis.Redis.from_url(server.ground.redis.url) as queue:
        (channel,) = queue.pubsub_channels(f"*:conversation:{group}")
        queue.publish(channel, json.dumps({**word, "version": message["version"], "members_version": 1}))
    for socket in his:
        socket.wait_for("noted")
    for socket in news:
        socket.settle()
        assert socket.got("noted") == []
    after = hers.send(group, "welcome")
    for socket in news:
        socket.wait_for("message_created", lambda data: data["message"]["id"] == after["id"])


def test_whoever_asks_is_answered_while_others_are_heard(server: Server, cast: Cast, spread: Spread) -> None:
    """A worker that has much to hear at once is asked something when it has begun to."""
    there = 20_000
    (socket, _) = spread(cast.alice)
    worker = worker_of(server, socket)

    def ask(_socket: Socket, event: str, _data: object) -> None:
        if event == "noted" and not asked:
            asked.append(True)
            socket.emit("presence_set", {"is_away": False}, lambda _ack: answered.append(len(socket.got("noted"))))

    asked: list[bool] = []
    answered: list[int] = []
    socket.on_event = ask
    assert server.ground.redis is not None
    word = json.dumps({"from": "another worker", "packet": '2/chat,["noted",{}]'})
    with redis.Redis.from_url(server.ground.redis.url) as queue, queue.pipeline(transaction=False) as trip:
        (channel,) = queue.pubsub_channels(f"*:user:{cast.alice.id}")
        for _ in range(there):
            trip.publish(channel, word)
        os.kill(worker, signal.SIGSTOP)
        try:
            trip.execute()
        finally:
            os.kill(worker, signal.SIGCONT)
    eventually(lambda: answered and len(socket.got("noted")) == there, within=60)
    assert answered[0] < there / 2
