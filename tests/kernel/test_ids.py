"""Ids: UUIDv7 that sort by time, and derived ids that every side computes alike."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.ids import derived_id, uuid7

instants = st.integers(min_value=0, max_value=2**48 - 1)
chances = st.binary(min_size=10, max_size=10)


@given(unix_ms=instants, chance=chances)
def test_an_id_is_a_uuid_of_version_seven_that_carries_its_instant(unix_ms: int, chance: bytes) -> None:
    made = uuid7(unix_ms, chance)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == unix_ms


@given(earlier=instants, chance=chances, other=chances)
def test_a_later_id_sorts_after_an_earlier_one(earlier: int, chance: bytes, other: bytes) -> None:
    later = min(earlier + 1, 2**48 - 1)
    assert earlier == later or uuid7(earlier, chance) < uuid7(later, other)


@given(unix_ms=instants, chance=chances)
def test_the_same_time_and_chance_make_the_same_id(unix_ms: int, chance: bytes) -> None:
    assert uuid7(unix_ms, chance) == uuid7(unix_ms, chance)


def test_too_little_chance_is_our_own_bug() -> None:
    with pytest.raises(AssertionError, match="ten bytes"):
        uuid7(0, b"short")


@given(source=st.uuids(), word=st.text(max_size=20), other=st.text(max_size=20))
def test_a_derived_id_follows_from_source_and_word_alone(source: UUID, word: str, other: str) -> None:
    made = derived_id(source, word)
    assert (made.version, made == derived_id(source, word)) == (8, True)
    assert (made == derived_id(source, other)) == (word == other)


@given(unix_ms=instants, chance=chances, word=st.text(max_size=20))
def test_a_derived_id_keeps_the_instant_of_its_source(unix_ms: int, chance: bytes, word: str) -> None:
    assert derived_id(uuid7(unix_ms, chance), word).int >> 80 == unix_ms
