"""Whatever is written is shown as text: in messages, the list, the title and names."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.browser import Window
from tests.support.people import Person
from tests.support.server import Server
from tests.support.sockets import Socket

Open = Callable[..., Window]

STRINGS = [
    "<script>window.harm = 1</script>",
    "<img src=x onerror='window.harm = 1'>",
    "<svg onload=window.harm=1>",
    "<svg><script>window.harm=1</script></svg>",
    '"><script>window.harm = 1</script>',
    "'\"><img src=x onerror=window.harm=1>",
    "</script><script>window.harm = 1</script>",
    "</textarea><img src=x onerror=window.harm=1>",
    "<!--<img src='--><img src=x onerror=window.harm=1>//'>",
    "<iframe srcdoc='<script>parent.harm=1</script>'></iframe>",
    "<a href='javascript:window.harm=1'>click</a>",
    "javascript:window.harm=1",
    "javascript://example.org/%0awindow.harm=1",
    "data:text/html,<script>window.harm=1</script>",
    "vbscript:msgbox(1)",
    "[click](javascript:window.harm=1)",
    'https://example.org/"onmouseover=window.harm=1',
    "https://example.org/'><script>window.harm=1</script>",
    "http://javascript:window.harm=1@example.org",
    "&lt;script&gt;window.harm=1&lt;/script&gt;",
    "{{7*7}} ${7*7} <%= 7*7 %> #{7*7}",
    "__proto__ constructor.constructor('window.harm=1')()",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=window.harm=1>",
    "<form action=javascript:window.harm=1><input type=submit>",
    "<details open ontoggle=window.harm=1>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "\u202egnp.exe \u2066hidden\u2069 \u200f",
    "<style>*{display:none}</style>",
    "<b>bold</b> & < > \" ' `",
]


def test_messages_are_text(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, connect: Callable[..., Socket]
) -> None:
    his = connect(bob)
    window = open_window(server, alice, f"/chat/{conversation}")
    window.expect_live()
    for text in STRINGS:
        his.send(conversation, text)  # live
    expect(window.log.get_by_role("article")).to_have_count(len(STRINGS))
    check_texts(window)
    window.page.reload()  # from the snapshot
    expect(window.log.get_by_role("article")).to_have_count(len(STRINGS))
    check_texts(window)


def check_texts(window: Window) -> None:
    shown = window.log.locator("article .message-text").evaluate_all("nodes => nodes.map(node => node.textContent)")
    assert shown == [text.strip() for text in STRINGS]
    assert window.page.evaluate("window.harm") is None
    for link in window.log.get_by_role("link").all():
        address = link.get_attribute("href") or ""
        assert address.startswith(("http://", "https://", "mailto:")), address
        assert "noopener" in (link.get_attribute("rel") or "")
    assert window.log.locator("img, script, iframe, form, style, base, meta, details, math").count() == 0


@pytest.mark.thorough
def test_the_list_and_drafts_are_text_too(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, connect: Callable[..., Socket]
) -> None:
    his = connect(bob)
    window = open_window(server, alice)
    window.expect_live()
    people = window.page.get_by_role("navigation", name="People")
    for text in STRINGS[:8]:
        his.send(conversation, text)
        expect(people).to_contain_text(text)
    window.open(f"/chat/{conversation}")
    window.box.fill(STRINGS[7])
    window.page.reload()
    expect(window.box).to_have_value(STRINGS[7])
    window.page.get_by_role("searchbox", name="Find people").fill("<img src=x onerror=window.harm=1>")
    expect(people).to_contain_text("Nobody here is called")
    assert window.page.evaluate("window.harm") is None


@pytest.mark.thorough
def test_a_display_name_is_text(server: Server, alice: Person, open_window: Open) -> None:
    name = "<img src=x onerror=harm=1> & co"
    mallory = Person(server.url)
    server.create_user(mallory.username, mallory.password, "--display-name", name)
    mallory.log_in()
    mallory.talk_to(alice)
    window = open_window(server, alice, f"/chat/with/{mallory.username}")
    expect(window.page.get_by_role("heading", name=name)).to_be_visible()
    window.send("hello")
    window.expect_all_sent(1)
    expect(window.person_link(mallory)).to_be_visible()
    assert window.page.evaluate("window.harm") is None
    mallory.close()


def test_links_are_links_and_line_breaks_stay(
    server: Server, alice: Person, bob: Person, conversation: int, open_window: Open, connect: Callable[..., Socket]
) -> None:
    connect(bob).send(conversation, "see https://example.org/a?b=c#d,\nand www.example.org or mail ann@example.org")
    window = open_window(server, alice, f"/chat/{conversation}")
    links = window.log.get_by_role("link")
    expect(links).to_have_count(3)
    assert [link.get_attribute("href") for link in links.all()] == [
        "https://example.org/a?b=c#d",
        "https://www.example.org",
        "mailto:ann@example.org",
    ]
    assert window.log.locator("article .message-text").inner_text().count("\n") == 1
