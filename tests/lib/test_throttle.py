import pytest

from chatapp.lib.throttle import LIMITS, Throttle


@pytest.fixture
def throttle(monkeypatch: pytest.MonkeyPatch) -> Throttle:
    monkeypatch.setitem(LIMITS, "test_throttle", "3 per minute")
    return Throttle()


def test_lets_through_up_to_the_limit_and_then_says_how_long_to_wait(throttle: Throttle) -> None:
    assert [throttle.hit("test_throttle", "ann") for _ in range(3)] == [0, 0, 0]
    assert 0 < throttle.hit("test_throttle", "ann") <= 60


def test_keys_are_apart(throttle: Throttle) -> None:
    for _ in range(4):
        throttle.hit("test_throttle", "ann")
    assert throttle.hit("test_throttle", "bob") == 0


def test_check_does_not_count(throttle: Throttle) -> None:
    for _ in range(10):
        assert throttle.check("test_throttle", "ann") == 0
    for _ in range(3):
        throttle.hit("test_throttle", "ann")
    assert throttle.check("test_throttle", "ann") > 0


def test_switched_off_it_lets_all_through(throttle: Throttle) -> None:
    throttle.enabled = False
    assert {throttle.hit("test_throttle", "ann") for _ in range(10)} == {0}
