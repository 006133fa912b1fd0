"""A journal is a chain over exact bytes: whoever changes, drops or moves an entry is found."""

import itertools
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.raffle.facts import EventClosed
from shared.journal.chain import Tip, assert_same, empty_tip, entry_hash, follow, seal
from shared.journal.entry import Owner
from shared.kernel.errors import ChainBroken, Fork
from tests.journal.histories import MOMENT, NEIGHBOUR, UNIT, history, stamp

ENTRIES, TIP = history(4)


def _ends_at_tip(entries: list[bytes]) -> bool:
    """Whether these entries pass as the journal that ends at TIP."""
    try:
        read = follow(UNIT, empty_tip(UNIT), entries)
    except ChainBroken:
        return False
    return bool(read) and Tip(read[-1].envelope.seq, read[-1].hash) == TIP


def test_an_untouched_journal_follows_to_its_tip() -> None:
    assert _ends_at_tip(ENTRIES)


@pytest.mark.parametrize("place", range(4))
def test_any_changed_byte_of_any_entry_is_found(place: int) -> None:
    for at, mask in itertools.product(range(len(ENTRIES[place])), (0x01, 0x80, 0xFF)):
        tampered = bytearray(ENTRIES[place])
        tampered[at] ^= mask
        assert not _ends_at_tip([*ENTRIES[:place], bytes(tampered), *ENTRIES[place + 1 :]])


@given(st.integers(0, 3), st.binary(min_size=1, max_size=8))
def test_bytes_behind_an_entry_are_found(place: int, more: bytes) -> None:
    assert not _ends_at_tip([*ENTRIES[:place], ENTRIES[place] + more, *ENTRIES[place + 1 :]])


def test_a_missing_entry_is_found_and_named() -> None:
    with pytest.raises(ChainBroken) as broken:
        follow(UNIT, empty_tip(UNIT), [ENTRIES[0], *ENTRIES[2:]])
    assert broken.value.values["seq"] == 2


def test_an_entry_that_follows_by_its_hash_but_skips_a_number_is_found() -> None:
    for seq in (3, 5, 6):
        skipping, _ = history(1, UNIT, Tip(seq, TIP.hash))
        with pytest.raises(ChainBroken):
            follow(UNIT, TIP, skipping)


def test_any_other_order_of_the_same_entries_is_found() -> None:
    for order in itertools.permutations(range(4)):
        assert _ends_at_tip([ENTRIES[place] for place in order]) == (order == (0, 1, 2, 3))


def test_an_entry_that_comes_twice_is_found() -> None:
    assert not _ends_at_tip([*ENTRIES[:2], ENTRIES[1], *ENTRIES[2:]])


@pytest.mark.parametrize(
    "other",
    [NEIGHBOUR, msgspec.structs.replace(UNIT, epoch=2), msgspec.structs.replace(UNIT, org_id=NEIGHBOUR.node_id)],
)
def test_an_entry_fits_into_no_other_journal(other: Owner) -> None:
    with pytest.raises(ChainBroken):
        follow(other, empty_tip(other), ENTRIES)
    with pytest.raises(ChainBroken):
        follow(other, empty_tip(UNIT), ENTRIES)


def test_two_journals_begin_at_different_tips() -> None:
    owners = [UNIT, NEIGHBOUR, msgspec.structs.replace(UNIT, epoch=2)]
    assert len({empty_tip(owner).hash for owner in owners}) == 3


def test_the_facts_of_one_command_stand_behind_each_other() -> None:
    facts = [(UUID(int=place), EventClosed(event_id=UUID(int=place), closed_ms=place)) for place in (1, 2)]
    sealed, tip = seal(UNIT, TIP, stamp(9), facts)
    assert [one.entry.seq for one in sealed] == [5, 6]
    assert sealed[1].entry.envelope.prev == sealed[0].entry.hash == entry_hash(sealed[0].data)
    assert tip == Tip(6, sealed[1].entry.hash)
    assert {one.entry.wall_ms for one in sealed} == {MOMENT.wall_ms}


@given(st.binary(max_size=200))
def test_bytes_that_are_no_entry_break_the_chain_and_nothing_else(noise: bytes) -> None:
    with pytest.raises(ChainBroken):
        follow(UNIT, TIP, [noise])


@pytest.mark.parametrize("nest", [b"\x91", b"\x81\x01"])
def test_bytes_nested_without_end_break_the_chain_and_nothing_else(nest: bytes) -> None:
    body_at = ENTRIES[0].index(b"\x82\xa8event_id")
    with pytest.raises(ChainBroken):
        follow(UNIT, empty_tip(UNIT), [ENTRIES[0][:body_at] + nest * 100_000])


def test_the_same_seq_with_other_bytes_is_a_fork() -> None:
    assert_same(UNIT, 3, entry_hash(ENTRIES[2]), entry_hash(ENTRIES[2]))
    with pytest.raises(Fork, match="entry 3"):
        assert_same(UNIT, 3, entry_hash(ENTRIES[2]), entry_hash(ENTRIES[1]))
