"""Files and pictures in the page: how they come to a message, how it gets to the others, how they are looked at."""

import io
import os
import re
import wave
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Route, expect

from tests.support.browser import Window
from tests.support.files import fetch, opened, picture, send_files, upload
from tests.support.people import Person
from tests.support.pictures import BLUE, GREEN, RED, encoded, is_near
from tests.support.proxy import Proxy
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.timeline import choose
from tests.support.waiting import eventually
from tests.system.test_accessibility import TWO_LOOKS, check_page
from tests.system.test_layout import PHONE, WIDER_THAN_THE_WINDOW
from tests.system.test_message_menu import long_press
from tests.system.test_offline import BACK_WITHIN

Open = Callable[..., Window]
OpenByWire = Callable[[Person, str], tuple[Window, Proxy]]
Connect = Callable[..., Socket]

HAS_UNSENT = "() => !dispatchEvent(new Event('beforeunload', { cancelable: true }))"
# As a browser tells of what is dragged over the conversation, dropped on it, or pasted: [name, type, base64 or a size].
HAND_OVER = """([kind, files]) => {
  const data = new DataTransfer();
  for (const [name, type, content] of files) {
    const bytes = typeof content === 'number' ? new Uint8Array(content)
      : Uint8Array.from(atob(content), character => character.charCodeAt(0));
    data.items.add(new File([bytes], name, { type }));
  }
  const options = { bubbles: true, cancelable: true };
  const event = kind === 'paste' ? new ClipboardEvent(kind, { ...options, clipboardData: data })
    : new DragEvent(kind, { ...options, dataTransfer: data });
  document.querySelector('[data-part=message]').dispatchEvent(event);
}"""
PICTURE_WITHIN = 60_000  # ms; they are decoded with whatever time the machine has left
SIZE = "node => [node.offsetWidth, node.offsetHeight]"


def photo() -> bytes:
    """Of 4000 by 3000 pixels, lying on its side, and it tells where it was taken: red is on top once it stands."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it right
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    return picture(size=(4000, 3000), exif=exif)


def second_of_silence() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setparams((1, 1, 8000, 0, "NONE", "not compressed"))
        sound.writeframes(b"\x80" * 8000)
    return buffer.getvalue()


def pick(window: Window, *files: tuple[str, bytes]) -> None:
    """By the button."""
    with window.page.expect_file_chooser() as chooser:
        window.page.get_by_role("button", name="Attach files").click()
    chooser.value.set_files([{"name": name, "mimeType": mime(name), "buffer": data} for name, data in files])


def mime(name: str) -> str:
    return {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif"}.get(name.rpartition(".")[2], "text/plain")


def hand_over(window: Window, kind: str, *files: tuple[str, bytes | int]) -> None:
    given = [(name, mime(name), data if isinstance(data, int) else b64encode(data).decode()) for name, data in files]
    window.page.evaluate(HAND_OVER, [kind, given])


def tray(window: Window) -> Locator:
    return window.page.get_by_role("group", name="Files to send").get_by_role("listitem")


def expect_uploaded(window: Window, count: int) -> None:
    expect(tray(window)).to_have_count(count)
    progress = window.page.get_by_role("group", name="Files to send").get_by_role("progressbar")
    expect(progress).to_have_count(0, timeout=PICTURE_WITHIN)


def expect_broken(window: Window) -> None:
    """The server's word about a picture that it could not decode."""
    expect(tray(window).filter(has_text="This picture is broken")).to_be_visible(timeout=PICTURE_WITHIN)


def attachments(person: Person, conversation: int) -> list[list[str]]:
    """The names of the files of each message."""
    return [[file["name"] for file in message["attachments"]] for message in person.messages(conversation)]


def uploads_of(page: Page) -> list[str]:
    """Fills with the requests that upload something from now on."""
    seen: list[str] = []
    page.on("request", lambda request: request.url.endswith("/api/files") and seen.append(request.method))
    return seen


def slow_down(page: Page) -> Callable[[], None]:
    """Uploads crawl, until what is returned is called."""
    wire = page.context.new_cdp_session(page)

    def limit(bytes_a_second: int) -> None:
        usual = {"offline": False, "latency": 0, "downloadThroughput": -1}
        wire.send("Network.emulateNetworkConditions", usual | {"uploadThroughput": bytes_a_second})

    wire.send("Network.enable")
    limit(200_000)
    return lambda: limit(-1)


def drag_and_drop(page: Page, x: int, y: int, *paths: Path, text: str = "") -> None:
    """Files and folders of the disk, or a text, as the browser itself takes them from elsewhere."""
    wire = page.context.new_cdp_session(page)
    items = [{"mimeType": "text/plain", "data": text}] if text else []
    data = {"items": items, "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        wire.send("Input.dispatchDragEvent", {"type": kind, "x": x, "y": y, "data": data})
    wire.detach()


def swipe(page: Page, start: int, end: int) -> None:
    """With a finger, sideways."""
    wire = page.context.new_cdp_session(page)
    wire.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": start, "y": 350}]})
    for x in range(start, end, 20 if end > start else -20):
        wire.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": 350}]})
    wire.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    wire.detach()


def spread(page: Page) -> None:
    """Two fingers enlarge the page."""
    wire = page.context.new_cdp_session(page)
    for kind, step in (("touchStart", 0), *(("touchMove", step) for step in range(10, 120, 10)), ("touchEnd", None)):
        points = [] if step is None else [{"x": 170 - step, "y": 350, "id": 0}, {"x": 200 + step, "y": 350, "id": 1}]
        wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    wire.detach()
    eventually(lambda: page.evaluate("visualViewport.scale") > 1)


def test_a_photo_keeps_its_place_stands_upright_and_is_gone_when_deleted(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open
) -> None:
    hers = open_window(server, alice, f"/chat/{conversation}")
    his = open_window(server, bob, f"/chat/{conversation}", network_may_fail=True)
    his.expect_live()
    held: list[Route] = []
    his.page.route("**/thumbnail.webp", lambda route: held.append(route))
    pick(hers, ("beach.jpg", photo()))
    expect_uploaded(hers, 1)
    assert hers.page.evaluate(HAS_UNSENT) is True
    hers.page.get_by_role("button", name="Send", exact=True).click()
    hers.expect_all_sent(1)
    assert hers.page.evaluate(HAS_UNSENT) is False
    shown = his.log.get_by_role("button", name="beach.jpg")
    expect(shown).to_be_visible()
    expect(his.log.locator(".bubble")).to_be_hidden()
    his.until(lambda: held)
    place = shown.evaluate(SIZE)
    assert place == [240, 320]
    held[0].continue_()
    assert shown.get_by_role("img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 480
    assert shown.evaluate(SIZE) == place
    expect(his.person_link(alice)).to_have_accessible_description(re.compile("^Online Picture"))
    [file] = bob.messages(conversation)[0]["attachments"]
    data = fetch(bob, file["url"]).content
    image = opened(data)
    assert b"Exif" not in data
    assert image.size == (3000, 4000)
    assert is_near(image.getpixel((1500, 100)), (255, 0, 0))

    choose(hers, hers.log.get_by_role("article"), "Delete")
    undo = hers.page.get_by_role("button", name="Undo")
    undo.hover()  # it stays while one points at it
    for window in (hers, his):
        expect(window.log.get_by_text("This message was deleted.")).to_be_visible()
        expect(window.log.get_by_role("img", name="beach.jpg")).to_have_count(0)
    assert [fetch(person, file["url"]).status_code for person in (alice, bob)] == [404, 404]
    his.page.unroute_all()
    undo.click()
    for window in (hers, his):
        back = window.log.get_by_role("img", name="beach.jpg")
        assert back.evaluate("image => image.decode().then(() => true)")
    choose(hers, hers.log.get_by_role("article"), "Delete")
    expect(shown).to_have_count(0)
    assert [fetch(person, file["thumbnail_url"]).status_code for person in (alice, bob)] == [404, 404]


def test_dropped_and_pasted_with_a_text_they_are_one_message(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open
) -> None:
    hers = open_window(server, alice, f"/chat/{conversation}")
    his = open_window(server, bob, f"/chat/{conversation}")
    target = hers.page.get_by_text(re.compile("^Drop files here"))
    hand_over(hers, "dragenter", ("notes.txt", b"notes"))
    expect(target).to_be_visible()
    hand_over(hers, "drop", ("notes.txt", b"notes"), ("أغنية.png", picture("PNG")))
    expect(target).to_be_hidden()
    hand_over(hers, "paste", ("image.png", picture("PNG")))
    expect_uploaded(hers, 3)
    expect(hers.page.get_by_role("status").filter(has_text="3 files ready to send")).to_be_attached()
    hers.box.fill("look")
    hers.box.press("Enter")
    expect(tray(hers)).to_have_count(0)
    hers.expect_all_sent(1)
    his.expect_messages(["look"])
    assert attachments(bob, conversation) == [["notes.txt", "أغنية.png", "image.png"]]
    message = his.log.get_by_role("article")
    expect(message.get_by_role("img", name=re.compile("png$"))).to_have_count(2)
    with his.page.expect_download() as download:
        message.get_by_role("link", name="notes.txt").click()
    assert download.value.suggested_filename == "notes.txt"
    assert download.value.path().read_bytes() == b"notes"


@pytest.mark.thorough
def test_what_will_not_do_is_refused_before_anything_is_sent(
    server: Server, alice: Person, conversation: int, open_window: Open
) -> None:
    window = open_window(server, alice, f"/chat/{conversation}", network_may_fail=True)
    sent = uploads_of(window.page)
    fault = window.page.get_by_role("alert")
    hand_over(window, "drop", ("film.mov", 25 * 1024 * 1024 + 1), ("nothing.txt", 0))
    expect(fault.filter(has_text="“film.mov” is too large. A file may have 25 MB at most.")).to_be_visible()
    expect(fault.filter(has_text="“nothing.txt” is empty.")).to_be_visible()
    expect(tray(window)).to_have_count(0)
    assert sent == []
    hand_over(window, "drop", *((f"{number}.txt", b"x") for number in range(12)))
    expect(fault.filter(has_text="A message can have 10 files at most: 2 were left out.")).to_be_visible()
    expect_uploaded(window, 10)
    assert len(sent) == 10
    # The server's own word, with what can be done about it
    window.page.get_by_role("button", name="Remove 9.txt").click()
    pick(window, ("broken.jpg", b"\xff\xd8\xff and no more"))
    expect_broken(window)
    check_page(window)
    window.send("with that")
    expect(fault.filter(has_text="A file was not uploaded. Retry it or remove it, then send.")).to_be_visible()
    window.page.get_by_role("button", name="Retry broken.jpg").click()
    expect_broken(window)
    expect(fault.filter(has_text="A file was not uploaded.")).to_have_count(0)
    window.box.press("Enter")
    expect(fault.filter(has_text="A file was not uploaded.")).to_be_visible()
    window.page.get_by_role("button", name="Remove broken.jpg").click()
    expect(window.page.get_by_role("button", name="Remove 8.txt")).to_be_focused()
    expect(fault.filter(has_text="A file was not uploaded.")).to_have_count(0)
    window.box.press("Enter")
    window.expect_messages(["with that"])
    window.expect_all_sent(1)
    assert len(attachments(alice, conversation)[0]) == 9


def test_folders_texts_and_what_is_dropped_elsewhere(
    server: Server, alice: Person, conversation: int, open_window: Open, tmp_path: Path
) -> None:
    folder, file = tmp_path / "folder", tmp_path / "real.txt"
    folder.mkdir()
    (folder / "inside.txt").write_text("inside")
    file.write_text("real")
    window = open_window(server, alice, f"/chat/{conversation}")
    page, fault = window.page, window.page.get_by_role("alert")
    address = page.url
    for paths in ([folder], [folder, file]):
        drag_and_drop(page, 700, 300, *paths)
        expect(fault.filter(has_text="Folders cannot be shared, only the files in them.")).to_be_visible()
    expect(tray(window)).to_have_count(1)
    expect(tray(window)).to_contain_text("real.txt")
    expect(window.box).to_be_focused()
    drag_and_drop(page, 100, 400, file)
    box = window.box.bounding_box()
    assert box
    drag_and_drop(page, round(box["x"]) + 40, round(box["y"]) + 10, text="some words")
    expect(window.box).to_have_value("some words")
    expect(tray(window)).to_have_count(1)
    expect(page.get_by_text(re.compile("^Drop files here"))).to_be_hidden()
    assert (page.url, len(window.context.pages)) == (address, 1)


def test_a_wire_cut_in_the_middle_and_a_message_that_waits_for_its_file(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, open_by_wire: OpenByWire
) -> None:
    hers, wire = open_by_wire(alice, f"/chat/{conversation}")
    his = open_window(server, bob, f"/chat/{conversation}")
    data = os.urandom(3_000_000)
    hurry = slow_down(hers.page)
    pick(hers, ("big.bin", data), ("unwanted.bin", data))
    progress = tray(hers).filter(has_text="big.bin").get_by_role("progressbar")
    eventually(lambda: progress.evaluate("node => node.value") > 0.1)
    hers.page.get_by_role("button", name="Remove unwanted.bin").click()
    expect(tray(hers)).to_have_count(1)
    hers.send("the file")
    expect(hers.page.get_by_text("Sends as soon as the files are uploaded.")).to_be_visible()
    wire.cut()
    expect(tray(hers).filter(has_text="Waiting for the connection")).to_be_visible()
    hurry()
    hers.expect_messages([])
    wire.restore()
    his.expect_messages(["the file"], within=BACK_WITHIN)
    hers.expect_all_sent(1, within=BACK_WITHIN)
    expect(hers.box).to_have_value("")
    [message] = bob.messages(conversation)
    assert [file["name"] for file in message["attachments"]] == ["big.bin"]
    assert fetch(bob, message["attachments"][0]["url"]).content == data
    assert server.database.rows("SELECT id FROM attachment WHERE user_id = ? AND message_id IS NULL", alice.id) == []


def test_files_stay_with_their_conversation_and_go_out_from_elsewhere(
    server: Server, alice: Person, bob: Person, charlie: Person, conversation: int, open_window: Open, connect: Connect
) -> None:
    connect(charlie).send(charlie.talk_to(alice), "hello")
    window = open_window(server, alice, f"/chat/{conversation}")
    window.page.wait_for_load_state("networkidle")  # axe waits for that, too, and would wait for the upload
    hurry = slow_down(window.page)
    pick(window, ("big.bin", os.urandom(3_000_000)))
    window.send("with a file")
    expect(window.page.get_by_text("Sends as soon as the files are uploaded.")).to_be_visible()
    progress = tray(window).get_by_role("progressbar", name="Uploading big.bin")
    expect(progress).to_be_visible()
    check_page(window)
    expect(progress).to_be_visible()
    window.person_link(charlie).click()
    expect(tray(window)).to_have_count(0)
    expect(window.box).to_have_value("")
    pick(window, ("for charlie.txt", b"text"))
    hurry()
    expect(window.person_link(bob)).to_contain_text("You: with a file")
    expect(window.person_link(bob).get_by_role("img", name="has unsent messages")).to_have_count(0)
    assert attachments(bob, conversation) == [["big.bin"]]
    expect_uploaded(window, 1)
    window.person_link(bob).click()
    window.expect_messages(["with a file"])
    expect(tray(window)).to_have_count(0)
    window.person_link(charlie).click()
    expect_uploaded(window, 1)


def test_a_message_whose_file_fails_is_not_sent_and_that_is_told(
    server: Server, alice: Person, bob: Person, charlie: Person, conversation: int, open_window: Open, connect: Connect
) -> None:
    connect(charlie).send(charlie.talk_to(alice), "hello")
    connect(bob).send(conversation, "hello")
    window = open_window(server, alice, f"/chat/{conversation}", network_may_fail=True)
    held: list[Route] = []
    window.page.route("**/api/files", lambda route: held.append(route))
    for is_elsewhere in (False, True):
        pick(window, ("broken.jpg", b"\xff\xd8\xff and no more"))
        window.send("look")
        expect(window.page.get_by_text("Sends as soon as the files are uploaded.")).to_be_visible()
        if is_elsewhere:
            window.person_link(charlie).click()
            expect(tray(window)).to_have_count(0)
        window.until(lambda: held)
        held.pop().continue_()
        if is_elsewhere:
            words = f"Your message to {bob.me['display_name']} was not sent: a file was not uploaded."
            expect(window.page.get_by_role("status").filter(has_text=words)).to_be_visible()
            window.person_link(bob).click()
        else:
            words = "A file was not uploaded. Retry it or remove it, then send."
            expect(window.page.get_by_role("alert").filter(has_text=words)).to_be_visible()
        expect(window.box).to_have_value("look")
        expect_broken(window)
        window.page.get_by_role("button", name="Remove broken.jpg").click()
    assert [message["body"] for message in alice.messages(conversation)] == ["hello"]


@pytest.mark.thorough
def test_files_wait_in_the_outbox_over_a_reload(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, open_by_wire: OpenByWire
) -> None:
    hers, wire = open_by_wire(alice, f"/chat/{conversation}")
    his = open_window(server, bob)
    pick(hers, ("a.png", picture("PNG")), ("b.txt", b"text"))
    expect_uploaded(hers, 2)
    wire.block("/socket.io/")
    hers.expect_connection("Offline|Connecting")
    hers.box.press("Enter")
    for reload in (False, True):
        if reload:
            eventually(lambda: hers.kept_unsent() == 1)
            hers.page.reload()
        expect(hers.log.get_by_label("Waiting to be sent")).to_be_visible()
        expect(hers.log.get_by_role("img", name="a.png")).to_be_visible()
        expect(hers.log.get_by_role("link", name="b.txt")).to_be_visible()
    assert bob.messages(conversation) == []
    wire.restore()
    news = his.page.get_by_role("complementary", name="New messages").get_by_role("link")
    expect(news).to_contain_text("sent 2 files", timeout=BACK_WITHIN)
    expect(his.person_link(alice)).to_contain_text("2 files")
    news.click()
    expect(his.log.get_by_role("img", name="a.png")).to_be_visible()
    hers.expect_all_sent(1, within=BACK_WITHIN)
    assert attachments(bob, conversation) == [["a.png", "b.txt"]]


@pytest.mark.parametrize("look", TWO_LOOKS)
def test_the_full_view_by_keyboard(
    server: Server,
    alice: Person,
    bob: Person,
    conversation: int,
    open_window: Open,
    connect: Connect,
    look: dict[str, Any],
) -> None:
    his = connect(bob)
    files = [upload(bob, name, picture(kind)) for name, kind in (("one.jpg", "JPEG"), ("two.webp", "WEBP"))]
    send_files(his, conversation, *files, upload(bob, "report.pdf", b"%PDF-1.4"))
    last = send_files(his, conversation, upload(bob, "last.png", picture("PNG")), body="and one more")
    window = open_window(server, alice, f"/chat/{conversation}", **look)
    page, view = window.page, window.page.get_by_role("dialog")
    address = page.url
    window.expect_connected()
    pick(window, ("mine.jpg", picture()), ("mine.txt", b"text"))
    expect_uploaded(window, 2)
    check_page(window)
    first = window.log.get_by_role("button", name="one.jpg")
    first.focus()
    page.keyboard.press("Enter")
    expect(view).to_be_visible()
    for key, name, place in (("Tab", "one.jpg", 1), ("ArrowRight", "two.webp", 2), ("ArrowRight", "last.png", 3)):
        page.keyboard.press(key)
        expect(view).to_have_accessible_name(name)
        expect(view.get_by_text(re.compile(f"^{place} of 3"))).to_be_visible()
        assert view.get_by_role("img", name=name).evaluate("image => image.decode().then(() => true)")
    expect(view.get_by_role("link", name="Download")).to_have_attribute("download", "last.png")
    check_page(window)
    page.keyboard.press("Escape")
    expect(view).to_have_count(0)
    expect(first).to_be_focused()
    eventually(lambda: not page.evaluate("history.state.covered"))
    page.keyboard.press("Enter")
    expect(view).to_be_visible()
    page.go_back()
    expect(view).to_have_count(0)
    expect(page).to_have_url(address)
    # Gone while it is looked at
    window.log.get_by_role("button", name="last.png").click()
    expect(view).to_be_visible()
    assert his.request("message_delete", {"message_id": last["id"]})["ok"] is True
    expect(view).to_have_count(0)
    expect(page.get_by_text("That picture was deleted.")).to_be_visible()


@pytest.mark.parametrize("look", [{}, PHONE], ids=["desk", "phone"])
def test_a_picture_larger_than_the_window_is_seen_in_its_actual_size(
    server: Server,
    alice: Person,
    bob: Person,
    conversation: int,
    open_window: Open,
    connect: Connect,
    look: dict[str, Any],
) -> None:
    his = connect(bob)
    for name, size in (("small.png", (60, 10)), ("wide.png", (3000, 300))):
        send_files(his, conversation, upload(bob, name, picture("PNG", size)))
    window = open_window(server, alice, f"/chat/{conversation}", **look)
    page, view = window.page, window.page.get_by_role("dialog")
    actual = view.get_by_role("button", name="Actual size")
    assert min(window.log.get_by_role("button", name="small.png").evaluate(SIZE)) >= 44
    window.log.get_by_role("button", name="wide.png").click()
    image = view.get_by_role("img", name="wide.png")
    expect(actual).to_have_attribute("aria-pressed", "false")
    shown = image.evaluate("image => image.clientWidth")
    assert shown <= page.viewport_size["width"]  # type: ignore[index]
    expect(actual).to_be_visible()
    actual.focus()
    page.keyboard.press("Enter")
    expect(actual).to_have_attribute("aria-pressed", "true")
    assert image.evaluate("image => [image.clientWidth, image.clientHeight]") == [3000, 300]
    check_page(window)
    left = "document.querySelector('.viewer-stage').scrollLeft"
    middle = page.evaluate(left)
    page.keyboard.press("ArrowRight")
    eventually(lambda: page.evaluate(left) > middle)
    expect(view).to_have_accessible_name("wide.png")
    image.click()
    expect(actual).to_have_attribute("aria-pressed", "false")
    assert image.evaluate("image => image.clientWidth") == shown
    page.keyboard.press("ArrowLeft")
    expect(view).to_have_accessible_name("small.png")
    expect(actual).to_have_count(0)


def test_tab_leads_past_the_pictures_of_what_is_not_in_sight(
    server: Server, alice: Person, conversation: int, open_window: Open, connect: Connect
) -> None:
    hers = connect(alice)
    for number in range(6):
        send_files(hers, conversation, upload(alice, f"{number}.jpg", picture(size=(800, 600))))
    window = open_window(server, alice, f"/chat/{conversation}")
    page, messages = window.page, window.log.get_by_role("article")
    expect(messages).to_have_count(6)
    expect(messages.last).to_be_in_viewport()
    window.log.focus()
    for key, place in (
        ("Tab", messages.last),
        ("Tab", messages.last.get_by_role("button", name="More")),
        ("Tab", window.log.get_by_role("button", name="5.jpg")),
        ("Tab", page.get_by_role("button", name="Attach files")),
        ("Shift+Tab", window.log.get_by_role("button", name="5.jpg")),
        ("Shift+Tab", messages.last.get_by_role("button", name="More")),
        ("Shift+Tab", messages.last),
        ("Shift+Tab", window.log),
    ):
        page.keyboard.press(key)
        expect(place).to_be_focused()
    expect(messages.last).to_be_in_viewport()


def test_a_picture_that_did_not_come_says_so_and_is_loaded_by_a_press(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, connect: Connect
) -> None:
    send_files(connect(bob), conversation, upload(bob, "beach.jpg", picture(size=(800, 600))))
    window = open_window(server, alice, network_may_fail=True)
    window.expect_live()  # else it loads them again by itself as soon as it is
    window.page.route("**/thumbnail.webp", lambda route: route.abort())
    window.person_link(bob).click()
    again = window.log.get_by_role("button", name="beach.jpg Load again")
    expect(again).to_be_visible()
    place = again.evaluate(SIZE)
    check_page(window)
    window.page.unroute_all()
    again.click()
    shown = window.log.get_by_role("button", name="beach.jpg", exact=True)
    assert shown.get_by_role("img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    assert shown.evaluate(SIZE) == place
    expect(window.page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.thorough
def test_nothing_moves_by_itself_for_who_does_not_want_it(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, connect: Connect
) -> None:
    first, *more = [Image.new("RGB", (200, 100), color) for color in (RED, GREEN, BLUE)]
    data = encoded(first, "GIF", save_all=True, append_images=more, duration=100, loop=0)
    file = upload(bob, "moving.gif", data)
    send_files(connect(bob), conversation, file)
    addresses = {"no-preference": file["url"], "reduce": file["thumbnail_url"]}
    for wish, address in addresses.items():
        window = open_window(server, alice, f"/chat/{conversation}", reduced_motion=wish)
        image = window.log.get_by_role("img", name="moving.gif")
        expect(image).to_have_attribute("src", address)
    image.click()
    expect(image).to_have_attribute("src", file["url"])
    image.click()
    expect(window.page.get_by_role("dialog", name="moving.gif")).to_be_visible()


@pytest.mark.thorough
def test_sound_is_played_in_place_and_what_cannot_be_played_is_a_card(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, connect: Connect
) -> None:
    his = connect(bob)
    send_files(his, conversation, upload(bob, "noise.mp3", b"ID3" + b"no music" * 500))
    send_files(his, conversation, upload(bob, "beep.wav", second_of_silence()))
    window = open_window(server, alice, f"/chat/{conversation}", network_may_fail=True)
    player = window.log.locator("audio")
    expect(player).to_have_count(1)
    assert eventually(lambda: player.evaluate("sound => sound.duration")) == 1
    expect(player).to_have_accessible_name("beep.wav")
    expect(window.log.get_by_role("link", name="noise.mp3")).to_be_visible()
    expect(window.person_link(bob)).to_contain_text("Recording")
    check_page(window)


@pytest.mark.thorough
def test_the_menu_downloads_and_a_phone_has_it_by_a_long_press(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, connect: Connect
) -> None:
    his = connect(bob)
    for name in ("beach.jpg", "sea.jpg"):
        send_files(his, conversation, upload(bob, name, picture(size=(300, 200))))
    window = open_window(server, alice, f"/chat/{conversation}", **PHONE)
    page = window.page
    window.expect_connected()
    box = window.log.get_by_role("button", name="beach.jpg").bounding_box()
    assert box
    long_press(page, box["x"] + 50, box["y"] + 50)
    expect(page.get_by_role("menuitem", name="Copy link")).to_be_visible()
    expect(page.get_by_role("menuitem", name="Copy text")).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Download").tap()
    assert download.value.suggested_filename == "beach.jpg"
    assert page.evaluate(WIDER_THAN_THE_WINDOW) is False
    window.log.get_by_role("button", name="beach.jpg").tap()
    expect(page.get_by_role("dialog", name="beach.jpg")).to_be_visible()
    swipe(page, 300, 80)
    expect(page.get_by_role("dialog", name="sea.jpg")).to_be_visible()
    swipe(page, 80, 300)
    expect(page.get_by_role("dialog", name="beach.jpg")).to_be_visible()
    spread(page)
    expect(page.locator("[data-pinched]")).to_be_attached()
    swipe(page, 300, 80)
    expect(page.get_by_role("dialog", name="beach.jpg")).to_be_visible()
