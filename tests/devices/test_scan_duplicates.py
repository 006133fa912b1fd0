"""One ticket under two scanners, or left under one, is one scan; the same ticket later is a new one."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from edge.devices.duplicates import TEXTS_MAX, Duplicates

WINDOW_MS = 1_000
TEXTS_KEPT = 4


def test_two_scanners_that_see_one_ticket_tell_of_it_once() -> None:
    seen = Duplicates(window_ms=WINDOW_MS)
    assert seen.is_new("7K3M", 0)
    assert not seen.is_new("7K3M", 40)
    assert seen.is_new("9QWX", 50)


def test_a_ticket_left_under_the_scanner_is_told_once_and_again_when_it_comes_back() -> None:
    seen = Duplicates(window_ms=WINDOW_MS)
    assert [seen.is_new("7K3M", now_ms) for now_ms in range(0, 10_000, 300)] == [True, *[False] * 33]
    assert not seen.is_new("7K3M", 9_900 + WINDOW_MS - 1)
    assert seen.is_new("7K3M", 9_900 + 2 * WINDOW_MS)


@given(st.lists(st.tuples(st.text(max_size=6), st.integers(0, 5)), max_size=600))
def test_a_flood_of_scans_is_remembered_only_so_far(scans: list[tuple[str, int]]) -> None:
    seen, now_ms = Duplicates(window_ms=WINDOW_MS, texts_max=TEXTS_KEPT), 0
    for text, pause_ms in scans:
        now_ms += pause_ms
        seen.is_new(text, now_ms)
        assert 1 <= len(seen) <= TEXTS_KEPT


def test_the_usual_memory_holds_a_busy_second() -> None:
    seen = Duplicates()
    for number in range(1_000):
        assert seen.is_new(str(number), number)
    assert len(seen) == TEXTS_MAX


class Desk(RuleBasedStateMachine):
    """Scans at a desk beside the plainest possible record of them."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = Duplicates(window_ms=WINDOW_MS, texts_max=TEXTS_KEPT)
        self.record: list[tuple[str, int]] = []
        self.now_ms = 0

    @rule(pause_ms=st.sampled_from([0, 1, 300, 999, 1_000, 5_000]))
    def time_passes(self, pause_ms: int) -> None:
        """A pause."""
        self.now_ms += pause_ms

    @rule(text=st.sampled_from("ABCDEF"))
    def scan(self, text: str) -> None:
        """One scan, by any scanner."""
        lately = [one for one, seen_ms in self.record if self.now_ms - seen_ms < WINDOW_MS]
        kept = list(dict.fromkeys(reversed(lately)))[:TEXTS_KEPT]
        assert self.seen.is_new(text, self.now_ms) is (text not in kept)
        self.record.append((text, self.now_ms))

    @invariant()
    def memory_is_bounded(self) -> None:
        """Whatever happened."""
        assert len(self.seen) <= TEXTS_KEPT


TestDesk = Desk.TestCase
