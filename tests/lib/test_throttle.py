import pytest

from chatapp.lib.throttle import LIMITS, Throttle, of_address


@pytest.fixture
def throttle(monkeypatch: pytest.MonkeyPatch) -> Throttle:
    monkeypatch.setitem(LIMITS, "test_throttle", (3, 60))
    return Throttle()


def test_lets_through_up_to_the_limit_and_then_says_how_long_to_wait(throttle: Throttle) -> None:
    assert [throttle.hit("test_throttle", "ann") for _ in range(3)] == [0, 0, 0]
    assert 0 < throttle.hit("test_throttle", "ann") <= 60


def test_keys_are_apart(throttle: Throttle) -> None:
    for _ in range(4):
        throttle.hit("test_throttle", "ann")
    assert throttle.hit("test_throttle", "bob") == 0


def test_what_is_forgiven_does_not_count(throttle: Throttle) -> None:
    for _ in range(10):
        assert throttle.hit("test_throttle", "ann") == 0
        throttle.forgive("test_throttle", "ann")
    for _ in range(3):
        throttle.hit("test_throttle", "ann")
    assert throttle.hit("test_throttle", "ann") > 0


def test_memory_is_bounded_whatever_keys_come(throttle: Throttle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatapp.lib.throttle.KEYS_MAX", 100)
    for number in range(1000):
        throttle.hit("test_throttle", number)
    assert len(throttle._uses) <= 100


def test_an_address_of_ipv6_counts_with_its_network() -> None:
    assert of_address("2001:db8:1:2:3:4:5:6") == of_address("2001:db8:1:2::1") != of_address("2001:db8:1:3::1")
    assert of_address("::ffff:192.0.2.1") == of_address("192.0.2.1") == "192.0.2.1"


def test_switched_off_it_lets_all_through(throttle: Throttle) -> None:
    throttle.enabled = False
    assert {throttle.hit("test_throttle", "ann") for _ in range(10)} == {0}
