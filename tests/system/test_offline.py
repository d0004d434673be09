"""The wire is cut for real: what was typed waits, goes out by itself, once, in order; what was missed arrives."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.browser import Window
from tests.support.demo import send_many
from tests.support.people import Cast, Person
from tests.support.proxy import Proxy
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.waiting import eventually

Open = Callable[..., Window]
OpenByWire = Callable[[Person, str], tuple[Window, Proxy]]
Connect = Callable[..., Socket]
MakeProxy = Callable[[Server], Proxy]

# A client tries again after at most 5 s plus jitter; the slack is for a busy machine.
BACK_WITHIN = 20_000


def test_three_sent_without_a_wire_arrive_once_and_in_order(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, open_by_wire: OpenByWire
) -> None:
    hers, wire = open_by_wire(alice, f"/chat/{conversation}")
    his = open_window(server, bob, f"/chat/{conversation}")
    hers.send("before")
    his.expect_messages(["before"])
    hers.expect_all_sent(1)
    wire.cut()
    hers.expect_connection("Offline")
    for text in ("one", "two", "three"):
        hers.send(text)
    hers.expect_messages(["before", "one", "two", "three"])
    expect(hers.page.get_by_text("3 messages waiting")).to_be_visible()
    his.send("meanwhile")
    his.send("and another")
    his.expect_all_sent(2)
    wire.restore()
    wanted = ["before", "meanwhile", "and another", "one", "two", "three"]
    for window in (hers, his):
        window.expect_messages(wanted, within=BACK_WITHIN)
    hers.expect_all_sent(4)
    hers.expect_connection("Live")
    assert [message["body"] for message in bob.messages(conversation)] == wanted


@pytest.mark.thorough
def test_cut_again_and_again_while_both_write(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, proxy_to: MakeProxy
) -> None:
    wire = proxy_to(server)
    windows = [
        open_window(server, person, f"/chat/{conversation}", url=wire.url, network_may_fail=True)
        for person in (alice, bob)
    ]
    for number in range(12):
        windows[number % 2].send(f"number {number}")
        if number % 3 == 2:
            wire.drop()
    for window in windows:
        window.expect_all_sent(6, within=2 * BACK_WITHIN)
        expect(window.log.get_by_role("article")).to_have_count(12, timeout=BACK_WITHIN)
    stored = [message["body"] for message in alice.messages(conversation)]
    assert sorted(stored) == sorted(f"number {number}" for number in range(12))
    for window in windows:
        window.expect_messages(stored)
    for person in (0, 1):
        own = [body for body in stored if int(body.split()[1]) % 2 == person]
        assert own == [f"number {number}" for number in range(person, 12, 2)]


def test_kill_9_and_the_page_recovers_by_itself(
    own_server: Server, make_cast: Callable[[Server], Cast], open_window: Open
) -> None:
    cast = make_cast(own_server)
    alice, bob = cast.alice, cast.bob
    conversation = alice.talk_to(bob)
    hers = open_window(own_server, alice, f"/chat/{conversation}", network_may_fail=True)
    his = open_window(own_server, bob, f"/chat/{conversation}", network_may_fail=True)
    hers.send("before")
    his.expect_messages(["before"])
    own_server.kill()
    for window in (hers, his):
        window.expect_connection("Offline")
    for text in ("one", "two", "three"):
        hers.send(text)
    his.send("his own")
    hers.expect_messages(["before", "one", "two", "three"])
    own_server.start()
    hers.expect_all_sent(4, within=BACK_WITHIN)
    his.expect_all_sent(1, within=BACK_WITHIN)
    stored = [message["body"] for message in bob.messages(conversation)]
    assert sorted(stored) == sorted(["before", "one", "two", "three", "his own"])
    assert [body for body in stored if body != "his own"] == ["before", "one", "two", "three"]
    for window in (hers, his):
        window.expect_messages(stored, within=BACK_WITHIN)
        window.expect_connection("Live")


def test_what_waits_survives_a_reload(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, open_by_wire: OpenByWire
) -> None:
    """Pages get through, the socket does not: the reload works, and what waited is still waiting."""
    hers, wire = open_by_wire(alice, f"/chat/{conversation}")
    his = open_window(server, bob, f"/chat/{conversation}")
    wire.block("/socket.io/")
    hers.expect_connection("Offline|Connecting")
    hers.send("one")
    hers.send("two")
    eventually(lambda: hers.kept_unsent() == 2)
    for _ in range(2):
        hers.page.reload()
        hers.expect_messages(["one", "two"])
    expect(hers.log.get_by_label("Sent", exact=True)).to_have_count(0)
    assert bob.messages(conversation) == []
    wire.restore()
    his.expect_messages(["one", "two"], within=BACK_WITHIN)
    hers.expect_all_sent(2, within=BACK_WITHIN)
    hers.page.reload()
    hers.expect_messages(["one", "two"])


@pytest.mark.thorough
def test_what_waits_survives_the_closing_of_the_tab(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, open_by_wire: OpenByWire
) -> None:
    hers, wire = open_by_wire(alice, f"/chat/{conversation}")
    wire.cut()
    hers.expect_connection("Offline")
    hers.send("kept")
    expect(hers.page.get_by_text("1 message waiting")).to_be_visible()
    blank = hers.new_tab()
    hers.page.close()
    wire.restore()
    hers.page = blank
    hers.open("/chat")  # another page of the chat than the one it was written on
    hers.expect_live()
    his = open_window(server, bob, f"/chat/{conversation}")
    his.expect_messages(["kept"], within=BACK_WITHIN)


@pytest.mark.thorough
def test_two_tabs_that_come_back_send_each_message_once(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, open_by_wire: OpenByWire
) -> None:
    hers, wire = open_by_wire(alice, f"/chat/{conversation}")
    second = hers.new_tab()
    hers.open(f"/chat/{conversation}", second)
    his = open_window(server, bob, f"/chat/{conversation}")
    wire.cut()
    hers.expect_connection("Offline")
    hers.send("from the first tab")
    hers.expect_messages(["from the first tab"], second)
    hers.send("from the second tab", second)
    hers.expect_messages(["from the first tab", "from the second tab"])
    wire.restore()
    his.expect_messages(["from the first tab", "from the second tab"], within=BACK_WITHIN)
    for page in (hers.page, second):
        hers.expect_all_sent(2, page, within=BACK_WITHIN)
        hers.expect_messages(["from the first tab", "from the second tab"], page)
    assert len(bob.messages(conversation)) == 2


@pytest.mark.thorough
def test_what_waits_can_be_edited_and_cancelled(
    alice: Person, bob: Person, conversation: int, open_by_wire: OpenByWire
) -> None:
    hers, wire = open_by_wire(alice, f"/chat/{conversation}")
    wire.cut()
    hers.expect_connection("Offline")
    for text in ("kept", "to be cancelled", "to be edtied"):
        hers.send(text)
    hers.message("to be cancelled").get_by_role("button", name="Cancel").click()
    hers.expect_messages(["kept", "to be edtied"])
    hers.message("to be edtied").get_by_role("button", name="Edit").click()
    editor = hers.log.get_by_role("textbox")
    editor.fill("edited")
    editor.press("Enter")
    hers.expect_messages(["kept", "edited"])
    wire.restore()
    hers.expect_all_sent(2, within=BACK_WITHIN)
    assert [message["body"] for message in bob.messages(conversation)] == ["kept", "edited"]


@pytest.mark.thorough
def test_a_long_absence_is_caught_up(
    alice: Person, bob: Person, conversation: int, open_by_wire: OpenByWire, connect: Connect
) -> None:
    """More than a page of changes arrives while the wire is cut."""
    his = connect(bob)
    his.send(conversation, "before")
    hers, wire = open_by_wire(alice, f"/chat/{conversation}")
    hers.expect_messages(["before"])
    wire.cut()
    hers.expect_connection("Offline")
    send_many(his, conversation, 450)
    wire.restore()
    expect(hers.message("line 450")).to_be_visible(timeout=BACK_WITHIN)
    hers.expect_connection("Live")
    texts = hers.log.locator("article .message-text").all_inner_texts()
    assert texts[-50:] == [f"line {number}" for number in range(401, 451)]


def test_one_that_is_refused_for_good_steps_aside(
    alice: Person, bob: Person, conversation: int, open_by_wire: OpenByWire
) -> None:
    """The retry of what became a conflict is shown as failed, and the next one goes out."""
    hers, wire = open_by_wire(alice, f"/chat/{conversation}")
    wire.cut()
    hers.expect_connection("Offline")
    hers.send("refused")
    hers.send("goes out")
    spoil_outbox(hers, "refused")
    wire.restore()
    expect(hers.message("goes out").get_by_label("Sent", exact=True)).to_be_visible(timeout=BACK_WITHIN)
    expect(hers.page.get_by_text("Not sent.")).to_be_visible()
    expect(hers.page.get_by_role("button", name="Retry")).to_be_visible()
    assert [message["body"] for message in bob.messages(conversation)] == ["goes out"]
    hers.page.get_by_role("button", name="Cancel").click()
    hers.expect_messages(["goes out"])


def spoil_outbox(window: Window, body: str) -> None:
    """Puts a NUL into a waiting message, which the server will never take."""
    changed = window.page.evaluate(
        """async body => {
            let changed = 0;
            for (const {name} of await indexedDB.databases()) {
                const database = await new Promise((resolve, reject) => {
                    const request = indexedDB.open(name);
                    request.onsuccess = () => resolve(request.result);
                    request.onerror = () => reject(request.error);
                });
                for (const store of database.objectStoreNames) {
                    const transaction = database.transaction(store, 'readwrite');
                    const done = new Promise(resolve => { transaction.oncomplete = resolve; });
                    const cursor = transaction.objectStore(store).openCursor();
                    cursor.onsuccess = () => {
                        if (!cursor.result) return;
                        if (cursor.result.value?.body === body) {
                            cursor.result.update({...cursor.result.value, body: body + String.fromCharCode(0)});
                            changed += 1;
                        }
                        cursor.result.continue();
                    };
                    await done;
                }
                database.close();
            }
            return changed;
        }""",
        body,
    )
    assert changed == 1


@pytest.mark.soak
@pytest.mark.thorough
def test_a_half_open_connection_is_noticed(
    alice: Person, bob: Person, conversation: int, open_by_wire: OpenByWire
) -> None:
    """Nothing is closed, nothing gets through: only the missing heartbeats tell."""
    hers, wire = open_by_wire(alice, f"/chat/{conversation}")
    wire.black_hole()
    hers.send("into the void")
    hers.expect_connection("Offline", within=60_000)
    wire.restore()
    hers.expect_all_sent(1, within=BACK_WITHIN)
    assert [message["body"] for message in bob.messages(conversation)] == ["into the void"]
