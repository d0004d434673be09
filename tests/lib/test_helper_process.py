"""Programs that answer lines with lines: what they do to whoever asks when they are slow, gone, or silent."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatapp.lib.helper_process import HelperProcess

ECHO = """
import os, sys, time
for line in sys.stdin.buffer:
    if line == b"end\\n":
        break
    if line == b"late\\n":
        time.sleep(1)
    if line != b"silent\\n":
        os.write(1, line)
"""


@pytest.fixture
def helper(tmp_path: Path) -> Iterator[HelperProcess]:
    program = tmp_path / "echo.py"
    program.write_text(ECHO)
    helper = HelperProcess(program)
    yield helper
    helper._end()


def test_it_answers(helper: HelperProcess) -> None:
    long = b"x" * 300_000
    assert helper.ask(b"one", 10) == b"one\n"
    assert helper.ask(long, 10) == long + b"\n"


@pytest.mark.parametrize("question", [b"silent", b"late", b"end"])
def test_without_an_answer_it_is_none_and_the_next_gets_its_own(helper: HelperProcess, question: bytes) -> None:
    assert helper.ask(b"one", 10) == b"one\n"
    assert helper.ask(question, 0.2) is None
    assert helper.ask(b"two", 10) == b"two\n"


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    helper = HelperProcess(tmp_path / "nothing.py")
    assert helper.ask(b"one", 10) is None


def test_it_ends_with_who_asked(helper: HelperProcess) -> None:
    assert helper.ask(b"one", 10) == b"one\n"
    assert helper._wire
    assert helper._process
    helper._wire.close()
    assert helper._process.wait(10) == 0
