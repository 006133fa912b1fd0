"""What an edge does next, decided without a network."""

from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.journal.chain import Tip
from shared.sync.pacing import REPORT_MS
from shared.sync.protocol import HelloAnswer
from shared.sync.uplink import (
    DELAY_MS_MAX,
    DELAY_MS_MIN,
    PULL_MS,
    PUSHING_MS_MAX,
    SESSION_AGAIN_MS,
    AskLease,
    Pull,
    Push,
    Report,
    Rest,
    SayHello,
    ShowEvidence,
    Uplink,
)

EVENT = UUID(int=5)


def greeted(*, hub_seq: int = 0, own_seq: int = 0, common: int | None = 0, generation: int = 1) -> Uplink:
    """An uplink after hello."""
    uplink = Uplink(generation=1, position=0, acked_seq=0)
    answer = HelloAnswer(session=b"s", seq=hub_seq, hash=b"h", generation=generation, hub_time_ms=1)
    uplink.on_hello(answer, Tip(own_seq, b"t"), common)
    return uplink


def test_an_edge_says_hello_before_anything_else() -> None:
    uplink = Uplink(generation=0, position=0, acked_seq=0)
    assert uplink.next_step(tip_seq=5, wanted=[EVENT], now_ms=0) == SayHello()


def test_sales_go_up_before_rows_come_down() -> None:
    assert greeted(own_seq=5).next_step(tip_seq=5, wanted=[EVENT], now_ms=0) == Push(0)


def test_uploading_begins_behind_the_hubs_cursor() -> None:
    assert greeted(hub_seq=3, own_seq=5, common=3).next_step(tip_seq=5, wanted=[], now_ms=0) == Push(3)


def test_an_edge_behind_the_hub_uploads_nothing() -> None:
    uplink = greeted(hub_seq=9, own_seq=5, common=None)
    assert uplink.refused
    assert not isinstance(uplink.next_step(tip_seq=6, wanted=[], now_ms=0), Push)


def test_another_hash_at_the_hubs_cursor_uploads_nothing() -> None:
    assert greeted(hub_seq=3, own_seq=5, common=None).refused


def test_a_new_generation_reads_the_feed_from_the_beginning() -> None:
    uplink = Uplink(generation=1, position=70, acked_seq=0)
    uplink.on_hello(HelloAnswer(session=b"s", seq=0, hash=b"h", generation=2, hub_time_ms=1), Tip(0, b""), 0)
    assert uplink.next_step(tip_seq=0, wanted=[], now_ms=0) == Pull(0)


def test_a_unit_that_may_not_read_hears_of_a_restored_hub_by_the_word_on_how_it_stands() -> None:
    uplink = greeted()
    assert uplink.on_standing("forked", 1)
    assert not uplink.on_standing("forked", 1)
    assert uplink.next_step(tip_seq=0, wanted=[], now_ms=0) == Report()
    assert not uplink.on_standing("forked", 2)
    assert uplink.next_step(tip_seq=0, wanted=[], now_ms=0) == SayHello()


def test_after_the_rows_come_numbers_then_a_report_then_rest() -> None:
    uplink = greeted()
    assert uplink.next_step(tip_seq=0, wanted=[EVENT], now_ms=0) == Pull(0)
    uplink.on_page(upto=8, end=True, now_ms=0)
    assert uplink.next_step(tip_seq=0, wanted=[EVENT], now_ms=0) == AskLease(EVENT)
    assert uplink.next_step(tip_seq=0, wanted=[], now_ms=0) == Report()
    uplink.on_reported(feed_end=8, now_ms=0)
    assert uplink.next_step(tip_seq=0, wanted=[], now_ms=0) == Rest(REPORT_MS)


def test_news_in_a_report_are_read_at_once() -> None:
    uplink = greeted()
    uplink.on_page(upto=8, end=True, now_ms=0)
    uplink.on_reported(feed_end=9, now_ms=0)
    assert uplink.next_step(tip_seq=0, wanted=[], now_ms=1) == Pull(8)


def test_a_long_feed_is_read_page_after_page() -> None:
    uplink = greeted()
    uplink.on_page(upto=8, end=False, now_ms=0)
    assert uplink.next_step(tip_seq=0, wanted=[], now_ms=1) == Pull(8)


def test_the_feed_is_looked_at_now_and_then_without_news() -> None:
    uplink = greeted()
    uplink.on_page(upto=8, end=True, now_ms=0)
    uplink.on_reported(feed_end=8, now_ms=PULL_MS)
    assert uplink.next_step(tip_seq=0, wanted=[], now_ms=PULL_MS) == Pull(8)


def test_a_fork_stops_uploading_and_nothing_else() -> None:
    uplink = greeted(own_seq=5)
    uplink.on_fork()
    assert uplink.next_step(tip_seq=5, wanted=[], now_ms=0) == Pull(0)


@given(st.integers(min_value=1, max_value=60), st.floats(min_value=0, max_value=1, exclude_max=True))
def test_waiting_for_the_hub_is_bounded_and_never_zero(failures: int, chance: float) -> None:
    uplink = greeted()
    for _ in range(failures):
        delay_ms = uplink.on_failure(chance)
        assert DELAY_MS_MIN <= delay_ms <= DELAY_MS_MAX
    assert uplink.next_step(tip_seq=0, wanted=[], now_ms=0) == SayHello()


def test_two_edges_that_lost_the_hub_together_do_not_return_together() -> None:
    one, two = greeted(), greeted()
    for _ in range(6):
        one.on_failure(0.1)
        two.on_failure(0.9)
    assert two.on_failure(0.9) - one.on_failure(0.1) > DELAY_MS_MAX // 2


@settings(deadline=None)
@given(st.integers(100, 3_000))
def test_sales_without_end_keep_no_unit_from_its_numbers_its_rows_and_its_report(round_trip_ms: int) -> None:
    """Whatever a round trip takes; and uploading never waits for more than one of each."""
    began_ms = now_ms = 1_000_000
    uplink, wants, steps = greeted(), [EVENT], list[tuple[int, object]]()
    while now_ms < began_ms + 10 * PUSHING_MS_MAX:
        step = uplink.next_step(tip_seq=uplink.acked_seq + 9, wanted=wants, now_ms=now_ms)
        steps.append((now_ms, step))
        now_ms += round_trip_ms
        if isinstance(step, Push):
            uplink.on_pushed(uplink.acked_seq + 1)
        elif isinstance(step, Pull):
            uplink.on_page(upto=1, end=True, now_ms=now_ms)
        elif isinstance(step, AskLease):
            wants = []
        elif isinstance(step, Report):
            uplink.on_reported(feed_end=1, now_ms=now_ms)
    kinds = [type(step) for _, step in steps]
    assert kinds[0] is Push
    assert kinds.count(AskLease) == 1
    asked_ms = next(at for at, step in steps if isinstance(step, AskLease))
    assert asked_ms <= began_ms + PUSHING_MS_MAX + 3 * round_trip_ms
    assert kinds.count(Report) >= 2
    assert kinds.count(Pull) >= 2
    assert all(Push in kinds[place : place + 4] for place in range(len(kinds) - 4))


def test_a_unit_that_is_refused_its_rows_again_and_again_uploads_all_the_same() -> None:
    """A restored hub knows it as forked and waits for its entries, and the unit does not know yet."""
    uplink = greeted(own_seq=5)
    assert uplink.next_step(tip_seq=5, wanted=[], now_ms=0) == Push(0)
    assert uplink.next_step(tip_seq=5, wanted=[], now_ms=PUSHING_MS_MAX) == Pull(0)
    for now_ms in range(2 * PUSHING_MS_MAX, 5 * PUSHING_MS_MAX, PUSHING_MS_MAX):
        uplink.on_failure(0.5)
        uplink.on_hello(
            HelloAnswer(session=b"s", seq=0, hash=b"h", generation=1, hub_time_ms=1), Tip(5, b"t"), 0
        )  # fmt: skip
        assert uplink.next_step(tip_seq=5, wanted=[], now_ms=now_ms) == Push(0)


def test_a_restored_hub_that_is_crowded_gets_the_sales_first_and_its_own_words_later() -> None:
    uplink = Uplink(generation=1, position=70, acked_seq=0)
    answer = HelloAnswer(session=b"s", seq=0, hash=b"h", generation=2, hub_time_ms=1, recovering=True)
    uplink.on_hello(answer, Tip(5, b"t"), 0)
    assert uplink.next_step(tip_seq=5, wanted=[EVENT], now_ms=0) == ShowEvidence()
    uplink.on_crowded(0.0, 10_000, now_ms=0)
    assert uplink.next_step(tip_seq=5, wanted=[EVENT], now_ms=1) == Push(0)
    uplink.on_pushed(5)
    assert uplink.next_step(tip_seq=5, wanted=[EVENT], now_ms=2_000) == Rest(8_000)
    assert uplink.next_step(tip_seq=6, wanted=[EVENT], now_ms=3_000 + 2 * PUSHING_MS_MAX) == ShowEvidence()


def test_a_place_in_the_feed_that_the_hub_does_not_know_is_left_and_hello_waits() -> None:
    uplink = greeted()
    uplink.on_page(upto=23, end=True, now_ms=1_000)
    assert uplink.on_session_refused(2_000)
    assert uplink.next_step(tip_seq=0, wanted=[], now_ms=2_000) == SayHello()
    assert not uplink.on_session_refused(2_100)
    assert uplink.position == 0
    assert uplink.on_session_refused(2_100 + SESSION_AGAIN_MS + 1)
