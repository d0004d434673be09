"""However sends, resends and senders interleave: seq is dense, and each client_id is there exactly once."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.people import Person
from tests.support.sockets import Socket

Connect = Callable[..., Socket]

# What one sender does: the numbers of its messages, in order; a number that comes again is a resend.
scripts = st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=8), min_size=2, max_size=6)


@pytest.fixture
def tabs(alice: Person, bob: Person, connect: Connect) -> list[Socket]:
    return [connect(person) for person in (alice, bob) for _ in range(3)]


@settings(max_examples=25)
@given(scripts=scripts, shared=st.booleans())
def test_dense_and_exactly_once(
    alice: Person, bob: Person, conversation: int, tabs: list[Socket], scripts: list[list[int]], shared: bool
) -> None:
    """With `shared`, the tabs of one person send the same messages at the same time."""
    start = alice.json(f"/api/conversations/{conversation}")["conversation"]["last_seq"]
    run = uuid.uuid4()

    def client_id(tab: int, number: int) -> str:
        owner = tabs[tab].person.username if shared else str(tab)
        return str(uuid.uuid5(run, f"{owner} {number}"))

    def play(tab: int) -> dict[str, int]:
        acked = {}
        for number in scripts[tab]:
            wanted = client_id(tab, number)
            message = tabs[tab].send(conversation, f"message {number}", wanted)
            assert acked.setdefault(wanted, message["seq"]) == message["seq"]
        return acked

    with ThreadPoolExecutor(6) as pool:
        acked = list(pool.map(play, range(len(scripts))))
    new = [message for message in alice.messages(conversation) if message["seq"] > start]
    assert [message["seq"] for message in new] == list(range(start + 1, start + 1 + len(new)))
    assert [message["version"] for message in new] == [message["seq"] for message in new]
    stored = {(message["sender_id"], message["client_id"]): message["seq"] for message in new}
    assert len(stored) == len(new)
    assert stored == {
        (tabs[tab].person.id, wanted): seq for tab, answers in enumerate(acked) for wanted, seq in answers.items()
    }
    assert bob.changes(conversation, start)[0] == new
