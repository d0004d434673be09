"""What a browser gets of scripts and sheets: little, and still to be found by its line."""

import re
from pathlib import Path

import pytest

from tests.support.people import Person
from tests.support.server import ROOT

STATIC = ROOT / "chatapp" / "static"
OWN = sorted(path for path in STATIC.rglob("*") if path.suffix in (".js", ".css") and "vendor" not in path.parts)
FIRST_LOAD_BYTES = 150 * 1024


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_no_text_and_no_comment_begins_within_a_line_and_goes_over_several(path: Path) -> None:
    """So that what is taken out by lines is of no meaning."""
    for line in path.read_text().splitlines():
        assert line.count("`") % 2 == 0, line
        assert not re.search(r"\S.*/\*(?!.*\*/)", line), line


def test_comments_do_not_travel_and_lines_keep_their_numbers(alice: Person) -> None:
    url = re.search(r'"(/static/\w+/)js/', alice.get("/chat").text)
    assert url
    for path in OWN:
        name = path.relative_to(STATIC).as_posix()
        if name == "js/service_worker.js":
            continue
        answer = alice.get(url[1] + name)
        for sent, line in zip(answer.content.decode().split("\n"), path.read_text().split("\n"), strict=True):
            assert sent in ("", line.strip())
            assert not sent.startswith(("//", "/*"))


def test_the_chat_page_is_light(alice: Person) -> None:
    page = alice.get("/chat", headers={"Accept-Encoding": "gzip, br"}, stream=True)
    total = len(page.raw.read(decode_content=False))
    urls = set(re.findall(r'(?:href|src)="(/static/[^"]+\.(?:js|css))"', alice.get("/chat").text))
    assert len(urls) > 50
    for url in urls:
        answer = alice.get(url, headers={"Accept-Encoding": "gzip, br"})
        total += int(answer.headers["Content-Length"])
        total += sum(len(f"{name}: {value}\r\n") for name, value in answer.headers.items())
    assert total < FIRST_LOAD_BYTES, f"{total:,} bytes"
