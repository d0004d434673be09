"""A message reaches those who have no page open, in the browsers that they subscribed, and nobody else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from tests.notify.conftest import CONTACT
from tests.support import groups
from tests.support.files import picture, send_files, upload
from tests.support.people import Cast, Person
from tests.support.push_service import Browser, PushService
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.waiting import eventually
from tests.support.workers import on_both_workers

BrowserOf = Callable[[Person], Browser]
Send = Callable[..., dict[str, Any]]
Connect = Callable[..., Socket]
# Who closes a page may count as connected for as long as a line may be dead, 25 s.
CLOSED_FOR_SURE = 40


@pytest.fixture
def fence(
    server: Server, can_poll: bool, cast: Cast, browser_of: BrowserOf, connect: Connect
) -> Callable[[Person], None]:
    """Returns when whatever a person's messages so far were to cause has happened: of each worker a later one of
    theirs has come to somebody else, by the same round or a later one. It is the worker that a message was sent by
    that tells of it."""
    others = [cast.person("fence") for _ in range(1 if can_poll else 2)]
    browsers = [browser_of(other) for other in others]

    def wait(person: Person) -> None:
        sockets = [connect(person)] if can_poll else on_both_workers(server, connect, person)
        places = [person.talk_to(other) for other in others]
        before = [len(browser.got()) for browser in browsers]
        for sent in (1, 2):  # the second one was sent after the first one's round
            for socket, place in zip(sockets, places, strict=True):
                socket.send(place, f"fence {sent}")
            for browser, count in zip(browsers, before, strict=True):
                browser.wait_for(count=count + sent)
        for socket in sockets:
            socket.close()

    return wait


def test_who_is_away_gets_it(
    alice: Person, bob: Person, charlie: Person, conversation: int, his: Browser, browser_of: BrowserOf, send: Send
) -> None:
    hers, strangers = browser_of(alice), browser_of(charlie)
    message = send(alice, conversation, "Lunch\tat\nnoon? " + "x" * 5000)
    content = his.wait_for()
    assert content == {
        "type": "message",
        "user_id": bob.id,
        "conversation_id": conversation,
        "seq": message["seq"],
        "title": alice.me["display_name"],
        "body": content["body"],
        "url": f"/chat/{conversation}/{message['seq']}",
        "count": 1,
        "unread": 1,
    }
    assert content["body"].startswith("Lunch at noon? xxx")
    assert content["body"].endswith("x…")
    assert len(content["body"]) == 200
    push = his.pushes[0]
    assert push.claims["sub"] == CONTACT
    assert push.headers["Urgency"] == "high"
    send(alice, conversation, "or at one")
    assert (his.wait_for(count=2)["count"], his.pushes[1].headers["Topic"]) == (2, push.headers["Topic"])
    assert [hers.pushes, strangers.pushes] == [[], []]


def test_what_has_no_text_is_told_by_its_files(
    alice: Person, conversation: int, his: Browser, connect: Connect
) -> None:
    hers = connect(alice)
    files = [upload(alice, name, data) for name, data in (("a.jpg", picture()), ("b.jpg", picture()), ("c.txt", b"c"))]
    for count, (sent, words) in enumerate(
        ((files[:1], "sent a picture"), (files[2:], "sent a file: c.txt"), (files[1:2], "sent a picture")), start=1
    ):
        send_files(hers, conversation, *sent)
        assert his.wait_for(count=count)["body"] == words
    send_files(hers, conversation, *[upload(alice, f"{number}.jpg", picture()) for number in range(3)])
    assert his.wait_for(count=4)["body"] == "sent 3 pictures"
    send_files(hers, conversation, *[upload(alice, name, picture()) for name in ("x.jpg", "y.jpg")], body="Look")
    assert his.wait_for(count=5)["body"] == "Look"


def test_each_of_ones_browsers_gets_one_but_the_connected_one(
    alice: Person, bob: Person, conversation: int, browser_of: BrowserOf, connect: Connect, cast: Cast
) -> None:
    """Who is at one of their pages has some time to read it there before the others ring."""
    desk, phone, tablet = bob, cast.keep(bob.elsewhere()), cast.keep(bob.elsewhere())
    browsers = [browser_of(person) for person in (desk, phone, tablet)]
    page, hers = connect(desk), connect(alice)
    hers.send(conversation, "read at once")
    page.wait_for("message_created")
    page.request("read_mark", {"conversation_id": conversation, "seq": 1})
    hers.send(conversation, "not read")
    for browser in browsers[1:]:
        assert browser.wait_for()["body"] == "not read"
    assert [len(browser.pushes) for browser in browsers] == [0, 1, 1]


def last_of(browser: Browser, body: str) -> dict[str, Any] | None:
    """The newest push, once it is of this message."""
    told = browser.got()
    return told[-1] if told and told[-1]["body"].endswith(body) else None


def test_in_a_group(cast: Cast, alice: Person, bob: Person, browser_of: BrowserOf, send: Send, fence: Any) -> None:
    """By who spoke and where; whom a level keeps out hears nothing; a line of the group is no message."""
    muted, mentioned, late = cast.person("muted"), cast.person("Mentioned"), cast.person("late")
    group = groups.make_group(alice, bob, muted, mentioned, title="Lunch")
    for person, level in ((muted, "nothing"), (mentioned, "mentions")):
        assert groups.settings(person, group, notify=level).status_code == 200
    browsers = {person.username: browser_of(person) for person in (bob, muted, mentioned, late)}
    groups.add(alice, group, late, history="from_now")
    send(alice, group, f"soup? mail@{mentioned.username}.org")
    assert browsers[bob.username].wait_for()["title"] == f"{alice.me['display_name']} in Lunch"
    send(alice, group, f"@{mentioned.username.upper()}, @{muted.username}: you?")
    assert browsers[mentioned.username].wait_for()["body"].endswith("you?")
    send(alice, group, "anybody?")
    groups.rename(alice, group, "Dinner")
    fence(alice)
    assert browsers[muted.username].pushes == []
    assert len(browsers[mentioned.username].pushes) == 1
    for browser in (browsers[bob.username], browsers[late.username]):  # another worker may tell a little later
        newest = eventually(partial(last_of, browser, "anybody?"))
        assert newest
        assert newest["unread"] == 3


def test_nothing_in_quiet_hours(alice: Person, bob: Person, dan: Person, browser_of: BrowserOf, send: Send, fence: Any):  # type: ignore[no-untyped-def]
    present = datetime.now(UTC)
    start, end = ((present + timedelta(hours=hours)).strftime("%H:%M") for hours in (-2, 2))
    quiet = {"time_zone": "UTC", "quiet_from": start, "quiet_until": end}
    loud = {"time_zone": "UTC", "quiet_from": end, "quiet_until": start}
    assert bob.call("PATCH", "/api/account", quiet).status_code == 200
    assert dan.call("PATCH", "/api/account", loud).status_code == 200
    his, dans = browser_of(bob), browser_of(dan)
    send(alice, alice.talk_to(bob))
    send(alice, alice.talk_to(dan))
    dans.wait_for()
    fence(alice)
    assert his.pushes == []
    assert bob.json("/api/conversations")["conversations"][0]["unread"] == 1


def test_without_text_for_who_prefers_so(
    alice: Person, bob: Person, conversation: int, his: Browser, send: Send
) -> None:
    assert bob.call("PATCH", "/api/account", {"push_shows_text": False}).status_code == 200
    send(alice, conversation, "secret")
    content = his.wait_for()
    assert (content["title"], content["body"]) == (alice.me["display_name"], "New message")


def test_without_text_and_at_once_where_the_operator_prefers_so(
    start_server: Callable[..., Server],
    make_cast: Callable[[Server], Cast],
    push_service: PushService,
    browser_of: BrowserOf,
    send: Send,
) -> None:
    cast = make_cast(start_server(PUSH_SERVICES=push_service.origin, PUSH_TEXT="off"))
    his = browser_of(cast.bob)
    send(cast.alice, cast.alice.talk_to(cast.bob), "secret")
    assert his.wait_for()["body"] == "New message"
    assert his.pushes[0].claims["sub"] == "mailto:nobody@chat.invalid"


def test_what_was_read_elsewhere_is_withdrawn(
    cast: Cast, alice: Person, bob: Person, conversation: int, browser_of: BrowserOf, send: Send, connect: Connect
) -> None:
    """In the browsers that have no page open; and what is unread once more by one's own wish is no news."""
    desk, phone = bob, cast.keep(bob.elsewhere())
    his_desk, his_phone, hers = browser_of(desk), browser_of(phone), browser_of(alice)
    message = send(alice, conversation)
    his_desk.wait_for()
    his_phone.wait_for()
    page = connect(desk)
    page.request("read_mark", {"conversation_id": conversation, "seq": message["seq"]})
    assert his_phone.wait_for("read") == {
        "type": "read",
        "user_id": bob.id,
        "conversation_id": conversation,
        "seq": message["seq"],
        "unread": 0,
    }
    assert his_phone.pushes[1].headers["Topic"] == his_phone.pushes[0].headers["Topic"]
    page.request("unread_mark", {"conversation_id": conversation, "seq": 1})
    page.close()
    send(alice, conversation, "news")
    assert his_phone.wait_for(count=2)["count"] == 2
    his_desk.wait_for(count=2, within=CLOSED_FOR_SURE)
    assert [push["seq"] for push in his_desk.got()] == [1, 2]
    assert (his_desk.got("read"), hers.pushes) == ([], [])


def test_an_ended_log_in_gets_nothing(
    cast: Cast,
    server: Server,
    alice: Person,
    bob: Person,
    conversation: int,
    browser_of: BrowserOf,
    send: Send,
    fence: Any,
) -> None:
    """Nor does anybody whose account was closed."""
    other = cast.keep(bob.elsewhere())
    ended, living = browser_of(bob), browser_of(other)
    bob.log_out()
    send(alice, conversation)
    living.wait_for()
    server.flask("user", "deactivate", other.username)
    send(alice, conversation, "nobody is there")
    fence(alice)
    assert (ended.pushes, len(living.pushes)) == ([], 1)


def test_who_was_removed_gets_nothing(cast: Cast, browser_of: BrowserOf, send: Send, fence: Any) -> None:
    group = groups.make_group(cast.alice, cast.bob, cast.charlie)
    his, theirs = browser_of(cast.bob), browser_of(cast.charlie)
    groups.remove(cast.alice, group, cast.bob)
    send(cast.alice, group, "among ourselves")
    theirs.wait_for()
    fence(cast.alice)
    assert his.pushes == []
