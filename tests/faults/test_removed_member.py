"""Who was removed hears nothing that was written afterwards, on any worker, whatever is away; who was added does."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chatapp import create_app
from chatapp.chat import groups
from chatapp.extensions import db
from config import Config
from tests.faults.conftest import is_told
from tests.support.groups import add, make_group, remove, view
from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.services import Postgres, Redis
from tests.support.sockets import Socket
from tests.support.stacks import ManyWorkers
from tests.support.waiting import eventually
from tests.support.workers import on_both_workers, worker_of

pytestmark = pytest.mark.several_workers

Connect = Callable[..., Socket]
CAUGHT_UP_WITHIN = 30.0
LIVE_AGAIN_WITHIN = 5.0
AWAY = ["up", "killed", "stopped"]


@pytest.fixture
def server(two_workers: Server) -> Server:
    return two_workers


@contextmanager
def away(redis: Redis, how: str) -> Iterator[None]:
    if how == "up":
        yield
        return
    redis.take_away(how)
    yield
    redis.bring_back(how)


class Scene:
    """Alice's group with Bob, Charlie and Dora, each connected to both workers; Dora is not in it yet."""

    def __init__(self, server: Server, cast: Cast, connect: Connect) -> None:
        self.alice, self.bob, self.charlie, self.dora = cast.alice, cast.bob, cast.charlie, cast.person("dora")
        self.group = make_group(self.alice, self.bob, self.charlie)
        people = (self.alice, self.bob, self.charlie, self.dora)
        by_worker = {person: self._in_order(server, on_both_workers(server, connect, person)) for person in people}
        self.hers, self.his, self.thirds, self.news = (by_worker[person] for person in people)
        self.sent: list[dict[str, Any]] = []

    @staticmethod
    def _in_order(server: Server, sockets: list[Socket]) -> list[Socket]:
        return sorted(sockets, key=lambda socket: worker_of(server, socket))

    @contextmanager
    def traffic(self) -> Iterator[None]:
        """Alice talks on one worker and Bob on the other, as fast as they are answered."""
        ended = threading.Event()

        def talk(socket: Socket) -> None:
            while not ended.wait(0.005):
                self.sent.append(socket.send(self.group, "and another thing"))

        threads = [threading.Thread(target=talk, args=(socket,)) for socket in (self.hers[0], self.his[1])]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            ended.set()
            for thread in threads:
                thread.join(30)

    def flow(self, count: int) -> None:
        """Wait until so many more have been said."""
        there = len(self.sent)
        eventually(lambda: len(self.sent) >= there + count, within=60)

    def heard(self, socket: Socket) -> list[int]:
        """The seqs that a socket was told live."""
        told = socket.got("message_created", lambda data: data["message"]["conversation_id"] == self.group)
        return [data["message"]["seq"] for data in told]

    def hears(self, speaker: Socket, listener: Socket, within: float = 1.5) -> bool:
        return is_told(listener, speaker.send(self.group, "can you hear me"), within)

    def expect_live(self, *pairs: tuple[Socket, Socket]) -> None:
        """Speakers and listeners of different workers: Redis is back for them."""
        for speaker, listener in pairs:
            eventually(lambda: self.hears(speaker, listener), within=LIVE_AGAIN_WITHIN)  # noqa: B023 (called at once)

    def line(self, words: str) -> int:
        """The seq of a line of the group's history."""
        (found,) = [one["seq"] for one in self.alice.messages(self.group) if words in one["body"]]
        return int(found)

    def check_silent(self, person: Person, sockets: list[Socket], *, is_live: bool = True) -> None:
        """Nothing that was written after the removal has come, nor comes now. Where the workers hear each other
        (``is_live``), each has told its people of what was said on the other by then."""
        last = self.line(f" removed {person.username}")
        hers = self.hers[0].send(self.group, "among ourselves")
        his = self.his[1].send(self.group, "quite")
        if is_live:
            assert is_told(self.hers[1], hers, within=20)
            assert is_told(self.his[0], his, within=20)
        self.his[0].request("read_mark", {"conversation_id": self.group, "seq": last + 1})
        for socket in sockets:
            assert socket.request("sync", {"cursors": {str(self.group): 1}})["removed"] == [self.group]
            assert [seq for seq in self.heard(socket) if seq > last] == []
            of_group = [data.get("version", 0) for data in socket.got("head") if data["conversation_id"] == self.group]
            assert [version for version in of_group if version > last] == []


@pytest.fixture
def scene(server: Server, make_cast: Callable[[Server], Cast], connect: Connect) -> Scene:
    return Scene(server, make_cast(server), connect)


@pytest.mark.parametrize("how", AWAY)
def test_who_is_removed_amid_the_talk_hears_no_more(scene: Scene, redis: Redis, how: str) -> None:
    with scene.traffic():
        scene.flow(30)
        for socket in scene.thirds:
            assert scene.heard(socket), "there was something to hear"
        with away(redis, how):
            scene.flow(10)
            assert remove(scene.alice, scene.group, scene.charlie).status_code == 200
            for socket in scene.thirds:
                assert socket.wait_for("conversation_removed")["conversation"] == {"id": scene.group}
            scene.flow(60)
    scene.check_silent(scene.charlie, scene.thirds, is_live=how == "up")
    last = scene.line(f" removed {scene.charlie.username}")
    assert max(message["seq"] for message in scene.sent) > last + 50
    scene.expect_live((scene.hers[0], scene.his[1]), (scene.his[1], scene.hers[0]))
    scene.check_silent(scene.charlie, scene.thirds)


@pytest.mark.parametrize("how", AWAY)
def test_who_is_removed_in_silence_hears_nothing_of_what_is_said_later(scene: Scene, redis: Redis, how: str) -> None:
    """Nobody has said anything on the other worker by which it could have noticed."""
    with away(redis, how):
        assert remove(scene.alice, scene.group, scene.charlie).status_code == 200
        for speaker in (scene.his[0], scene.his[1]):
            speaker.send(scene.group, "now that we are alone")
        scene.check_silent(scene.charlie, scene.thirds, is_live=how == "up")
    scene.expect_live((scene.hers[0], scene.his[1]), (scene.his[1], scene.hers[0]))
    scene.check_silent(scene.charlie, scene.thirds)


@pytest.mark.parametrize("how", AWAY)
def test_who_is_added_gets_the_group_on_every_worker(scene: Scene, redis: Redis, how: str) -> None:
    with away(redis, how):
        assert add(scene.alice, scene.group, scene.dora, history="from_now").status_code == 200
        start = time.monotonic()
        for socket in scene.news:
            eventually(
                lambda socket=socket: (  # type: ignore[misc]
                    socket.got("conversation_added")
                    or socket.got("head", lambda data: data["conversation_id"] == scene.group)
                ),
                within=CAUGHT_UP_WITHIN - (time.monotonic() - start),
            )
        assert view(scene.dora, scene.group)["visible_from_seq"] == 2
        for speaker, listener in zip(scene.his, scene.news, strict=True):
            assert scene.hears(speaker, listener, within=10), "on the same worker it is live at once"
    scene.expect_live((scene.his[0], scene.news[1]), (scene.his[1], scene.news[0]))


# With the database away there has to be one that may be stopped.


@pytest.fixture(scope="module")
def cluster() -> Iterator[Postgres]:
    made = Postgres()
    made.start()
    yield made
    made.close()


@pytest.fixture
def apart(
    start_server: Callable[..., Server], cluster: Postgres, tmp_path: Path, make_cast: Any, connect: Connect
) -> Iterator[tuple[Server, Scene]]:
    server = start_server(ManyWorkers(tmp_path, cluster, 2))
    yield server, Scene(server, make_cast(server), connect)
    cluster.resume()
    for pid in server.worker_pids():
        os.kill(pid, signal.SIGCONT)


def remove_unheard(server: Server, actor_id: int, group: int, other_id: int, folder: Path) -> None:
    """As a worker does it whose every word to the others is lost."""
    environment = {"DATABASE_URL": server.database.url, "INSTANCE_PATH": str(folder)}
    app = create_app(Config(environment, is_serving=False))
    with app.app_context():
        groups.remove_member(actor_id, group, other_id)
    with app.app_context():  # the session has given its connection back by now, so it is closed with the others
        db.engine.dispose()


def test_while_nobody_can_say_who_is_in_nobody_hears(
    apart: tuple[Server, Scene], cluster: Postgres, tmp_path: Path
) -> None:
    """The other worker hears of a new message, with the database away before it can look up for whom it is."""
    server, scene = apart
    other = worker_of(server, scene.his[1])
    assert other != worker_of(server, scene.his[0])
    actor_id, other_id = scene.alice.id, scene.charlie.id  # asked for while everybody answers
    os.kill(other, signal.SIGSTOP)
    remove_unheard(server, actor_id, scene.group, other_id, tmp_path)
    message = scene.his[0].send(scene.group, "now that we are alone")
    scene.hers[0].wait_for("message_created", lambda data: data["message"]["id"] == message["id"])
    cluster.pause()
    os.kill(other, signal.SIGCONT)
    time.sleep(4)  # the fault itself; longer than any query is waited for
    assert message["seq"] not in scene.heard(scene.his[1]), "it waits"
    assert message["seq"] not in scene.heard(scene.thirds[1])
    cluster.resume()
    scene.his[1].wait_for("message_created", lambda data: data["message"]["id"] == message["id"], CAUGHT_UP_WITHIN)
    assert scene.thirds[1].wait_for("conversation_removed")["conversation"] == {"id": scene.group}
    scene.check_silent(scene.charlie, scene.thirds)
