import threading

import pytest

from web.review.kept import Kept


def test_what_was_not_asked_for_longest_goes_first() -> None:
    kept, made = Kept(10), []

    def get(name: str, size: int = 4) -> str:
        return kept.get(name, lambda: made.append(name) or name, lambda _: size)

    for name in "ababcab":
        get(name)
    # For c, a went: b was asked for after it. For a, b went, and so on.
    assert made == ["a", "b", "c", "a", "b"]
    assert kept.bytes == 8
    get("huge", 11)
    assert kept.bytes == 8


def test_a_thing_is_made_once_however_many_ask() -> None:
    kept, made, gate = Kept(100), [], threading.Event()

    def make() -> int:
        gate.wait(5)
        made.append(1)
        return 3

    got: list[int] = []
    threads = [
        threading.Thread(target=lambda: got.append(kept.get("k", make, lambda _: 1)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join(5)
    assert (made, got) == ([1], [3, 3, 3, 3])


def test_after_a_failure_it_is_tried_again() -> None:
    kept = Kept(100)
    with pytest.raises(OSError, match="gone"):
        kept.get("k", lambda: (_ for _ in ()).throw(OSError("gone")), lambda _: 1)
    assert kept.get("k", lambda: 2, lambda _: 1) == 2
