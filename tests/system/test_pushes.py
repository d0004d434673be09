"""What the service worker does with what is pushed to it, and how the page keeps the server able to push."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.support.browser import Window
from tests.support.notices import Notices, Pusher, Scene
from tests.support.people import Cast, Person
from tests.support.server import Server
from tests.support.waiting import eventually

Open = Callable[..., Window]

# A subscription as a browser with a push service would give it.
_PUSH_SERVICE = """
(() => {
  if (!globalThis.ServiceWorkerRegistration) return;
  const KEPT = 'test.subscription';
  const made = (endpoint) => ({
    endpoint,
    options: { applicationServerKey: null },
    toJSON: () => ({ endpoint, keys: { p256dh: 'p', auth: 'a' } }),
    unsubscribe: async () => localStorage.removeItem(KEPT),
  });
  PushManager.prototype.getSubscription = async () => {
    const endpoint = localStorage.getItem(KEPT);
    return endpoint && made(endpoint);
  };
  PushManager.prototype.subscribe = async () => {
    localStorage.setItem(KEPT, `https://push.example/${Math.random()}`);
    return made(localStorage.getItem(KEPT));
  };
})();
"""


@pytest.fixture
def scene(server: Server, cast: Cast, open_window: Open, connect: Callable[..., Any]) -> Scene:
    return Scene(server, cast, open_window, connect)


def test_with_no_page_open_pushes_are_shown_counted_and_withdrawn(scene: Scene) -> None:
    notices, alice, id_ = scene.notices, scene.alice, scene.with_charlie
    pusher = Pusher(notices)
    pusher.leave_chat()
    about = {"user_id": alice.id, "conversation_id": id_, "unread": 1}
    message = {"type": "message", **about, "title": "Charlie", "url": f"/chat/{id_}/1", "seq": 1, "count": 1}
    pusher.push({**message, "body": "one"})
    eventually(lambda: [one["body"] for one in notices.shown()] == ["one"])
    [shown] = notices.shown()
    assert (shown["title"], shown["tag"]) == ("Charlie", f"conversation-{id_}")
    assert shown["data"]["url"] == f"/chat/{id_}/1"
    pusher.push({**message, "body": "two", "seq": 3, "count": 3})
    eventually(lambda: [one["body"] for one in notices.shown()] == ["3 new messages\ntwo"])
    # Not hers, not whole, or overtaken: nothing of it is told.
    pusher.push({**message, "user_id": scene.bob.id, "conversation_id": id_ + 1, "title": "Secret", "body": "secret"})
    pusher.push({**message, "body": "one", "seq": 2, "count": 2})
    pusher.push({"type": "read", **about, "seq": 2})
    pusher.push("{not JSON")
    eventually(lambda: len(notices.shown()) == 2)
    assert {one["title"]: one["body"] for one in notices.shown()} == {
        "Charlie": "3 new messages\ntwo",
        "You have new messages": "",
    }
    pusher.push({"type": "read", **about, "seq": 3, "unread": 0})
    pusher.push({"type": "something of a later version", **about})
    pusher.push({**message, "body": "read already", "seq": 3})
    pusher.push({"type": "test", "title": "Notifications work", "body": "From the server."})
    eventually(
        lambda: sorted(one["title"] for one in notices.shown()) == ["Notifications work", "You have new messages"]
    )


def test_without_text_and_gone_once_it_is_read(scene: Scene) -> None:
    notices, id_ = scene.notices, scene.with_charlie
    pusher = Pusher(notices)
    pusher.leave_chat()
    about = {"user_id": scene.alice.id, "conversation_id": id_, "unread": 1}
    pusher.push(
        {"type": "message", **about, "title": "Charlie", "url": f"/chat/{id_}/4", "seq": 4, "count": 1, "body": ""}
    )
    eventually(lambda: [one["body"] for one in notices.shown()] == ["New message"])
    # Back in the chat: it is unread there no longer, as far as the page knows.
    scene.window.open("/chat")
    eventually(lambda: f"conversation-{id_}" not in [one["tag"] for one in notices.shown()])


def test_page_and_push_do_not_tell_twice(scene: Scene) -> None:
    notices, id_ = scene.notices, scene.with_charlie
    pusher = Pusher(notices)
    worker = notices.worker()
    worker.evaluate(
        """() => {
          self.calls = [];
          const show = registration.showNotification.bind(registration);
          registration.showNotification = (title, options) => {
            self.calls.push(options);
            return show(title, options);
          };
          self.handled = 0;
          const handle = self.pushed;
          self.pushed = (news) => handle(news).finally(() => { self.handled += 1; });
        }"""
    )
    about = {"type": "message", "user_id": scene.alice.id, "conversation_id": id_, "title": "Charlie", "unread": 1}
    # In sight the page tells it.
    seq = scene.theirs.send(id_, "one")["seq"]
    pusher.push({**about, "seq": seq, "body": "one", "count": 1, "url": f"/chat/{id_}/{seq}"})
    expect(notices.cards()).to_have_count(1)
    eventually(lambda: worker.evaluate("() => self.handled") == 1)
    # The page first, then the push: it takes the place of the page's, in silence.
    notices.put_out_of_sight(scene.page)
    worker.evaluate("() => { self.openPages = async () => []; }")  # a worker sees what the browser sees of a tab
    seq = scene.theirs.send(id_, "two")["seq"]
    notices.expect_shown(1)
    pusher.push({**about, "seq": seq, "body": "two", "count": 2, "url": f"/chat/{id_}/{seq}"})
    eventually(lambda: worker.evaluate("() => self.calls.length") == 1)
    [call] = worker.evaluate("() => self.calls")
    assert (call["renotify"], call["silent"]) == (False, True)
    [shown] = notices.expect_shown(1)
    assert shown["body"] == "2 new messages\ntwo"
    # The push first: the page leaves it at that.
    pusher.push({**about, "seq": seq + 1, "body": "three", "count": 3, "url": f"/chat/{id_}/{seq + 1}"})
    eventually(lambda: worker.evaluate("() => self.calls.length") == 2)
    assert worker.evaluate("() => self.calls[1].renotify")
    scene.theirs.send(id_, "three")
    scene.his.send(scene.with_bob, "afterwards")
    notices.expect_shown(2)
    assert [call["body"] for call in notices.calls()] == ["2 new messages\ntwo", "afterwards"]


def test_the_server_is_told_once_and_on_log_out_no_more_comes(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open
) -> None:
    window = open_window(server)
    notices = Notices(window)
    window.context.add_init_script(_PUSH_SERVICE)
    told: list[tuple[str, str]] = []

    def answer(route: Route) -> None:
        told.append((route.request.method, json.loads(route.request.post_data or "{}")["endpoint"]))
        assert route.request.headers["x-csrftoken"]
        route.fulfill(body="{}", content_type="application/json", status=201)

    window.context.route("**/api/push/subscriptions", answer)
    window.become(alice)
    window.open(f"/chat/{conversation}")
    eventually(lambda: window.page.evaluate("localStorage.getItem('chat.push')"))
    [(method, endpoint)] = told
    assert method == "POST"
    pusher = Pusher(notices)
    message = {"type": "message", "user_id": alice.id, "conversation_id": conversation, "seq": 1, "title": "Bob"}
    second = window.new_tab()
    window.open("/chat", second)
    notices.expect_ready(second)
    assert len(told) == 1
    notices.put_out_of_sight(window.page, second)
    window.page.get_by_role("button", name="Log out").click()
    window.page.wait_for_url("**/login")
    assert told[1:] == [("DELETE", endpoint)]
    assert window.page.evaluate("[localStorage.getItem('chat.push'), localStorage.getItem('test.subscription')]") == [
        None,
        None,
    ]
    second.close()
    pusher.push({**message, "body": "for nobody here", "count": 1, "url": "/chat"})
    pusher.push({"type": "test", "title": "afterwards", "body": ""})
    assert [one["title"] for one in notices.expect_shown(1)] == ["afterwards"]
    # Somebody else's log-in is told of anew.
    window.log_in(bob)
    eventually(lambda: window.page.evaluate("localStorage.getItem('chat.push')"))
    assert len(told) == 3
    assert told[2][0] == "POST"
    assert told[2][1] != endpoint


def test_it_can_be_installed(scene: Scene) -> None:
    session = scene.window.context.new_cdp_session(scene.page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert json.loads(manifest["data"])["start_url"] == "/chat"
    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [error["errorId"] for error in errors] == ["in-incognito"]
    for icon in json.loads(manifest["data"])["icons"]:
        answer = scene.alice.get(icon["src"])
        assert answer.headers["Content-Type"] == "image/png"
        width = int.from_bytes(answer.content[16:20])
        assert icon["sizes"] == f"{width}x{width}"


def test_the_worker_and_the_manifest_stay_current(alice: Person) -> None:
    for path, kind in [
        ("/service-worker.js", "text/javascript"),
        ("/manifest.webmanifest", "application/manifest+json"),
    ]:
        answer = alice.get(path)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith(kind)
        assert answer.headers["Cache-Control"] == "no-cache"
    assert alice.get("/service-worker.js").headers["Service-Worker-Allowed"] == "/"
    assert "worker-src 'self'" in alice.get("/chat").headers["Content-Security-Policy"]
