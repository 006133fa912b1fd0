"""A bundle carries a run of entries to the hub; what is no whole bundle is refused in one sentence."""

import struct
import tracemalloc

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.journal.bundle import Bundle, fitting, pack, unpack, verify_bundle
from shared.journal.chain import Tip, empty_tip, entry_hash
from shared.journal.head import sign_head
from shared.kernel.codec import encode
from shared.kernel.errors import BadSignature, ChainBroken, InputRefused
from shared.kernel.limits import BUNDLE_BYTES_MAX, BUNDLE_ENTRIES_MAX, ENTRY_BYTES_MAX
from tests.journal.histories import KEY, NEIGHBOUR, OTHER_KEY, UNIT, history

ENTRIES, TIP = history(6)
PACKED = pack(UNIT, 1, ENTRIES, TIP, KEY)


def _tip(seq: int) -> Tip:
    return Tip(seq, entry_hash(ENTRIES[seq - 1])) if seq else empty_tip(UNIT)


def _bundle(first: int, last: int) -> Bundle:
    return unpack(pack(UNIT, first, ENTRIES[first - 1 : last], _tip(last), KEY))[0]


def _compressed(bundle: Bundle) -> bytes:
    return zstandard.compress(encode(bundle))


def test_what_a_unit_packs_the_hub_reads_byte_for_byte() -> None:
    bundle, head = unpack(PACKED)
    read = verify_bundle(bundle, UNIT, empty_tip(UNIT), KEY.sign_public)
    assert [one.data for one in read] == ENTRIES
    assert head.tip == TIP
    assert [one.hash for one in read] == [entry_hash(data) for data in ENTRIES]


def test_a_bundle_cut_at_any_length_is_refused() -> None:
    for length in range(len(PACKED)):
        with pytest.raises(InputRefused, match="send it again"):
            unpack(PACKED[:length])


@given(st.binary(max_size=300))
def test_random_bytes_are_refused(noise: bytes) -> None:
    with pytest.raises(InputRefused, match="send it again"):
        unpack(noise)


@given(st.binary(max_size=300))
def test_random_bytes_inside_a_good_wrapping_are_refused(noise: bytes) -> None:
    with pytest.raises(InputRefused, match="send it again"):
        unpack(zstandard.compress(noise))


def test_bytes_behind_a_bundle_are_refused() -> None:
    with pytest.raises(InputRefused):
        unpack(PACKED + b"x")


@pytest.mark.parametrize("nest", [b"\x91", b"\x81\x01"])
def test_a_bundle_nested_without_end_is_refused(nest: bytes) -> None:
    with pytest.raises(InputRefused):
        unpack(
            zstandard.compress(
                encode(Bundle(1, 1, b"", []))[:-1].replace(b"\x94", b"\x95", 1) + b"\x90" + nest * 99_999
            )
        )


def test_a_small_file_that_swells_is_refused_before_it_takes_memory() -> None:
    bomb = zstandard.compress(bytes(64 * 1024 * 1024))
    tracemalloc.start()
    with pytest.raises(InputRefused):
        unpack(bomb)
    assert tracemalloc.get_traced_memory()[1] < 2 * BUNDLE_BYTES_MAX
    tracemalloc.stop()


def test_a_small_file_that_does_not_say_how_far_it_swells_is_refused() -> None:
    compressor = zstandard.ZstdCompressor().compressobj()
    bomb = compressor.compress(bytes(BUNDLE_BYTES_MAX + 1)) + compressor.flush()
    assert zstandard.frame_content_size(bomb) == -1
    with pytest.raises(InputRefused):
        unpack(bomb)


def test_a_file_that_claims_a_terabyte_is_refused() -> None:
    claim = b"\x28\xb5\x2f\xfd\xe0" + struct.pack("<Q", 2**40) + b"\x01\x00\x00"
    with pytest.raises(InputRefused):
        unpack(claim)


@pytest.mark.parametrize("count", [0, BUNDLE_ENTRIES_MAX + 1])
def test_too_many_entries_or_none_are_refused(count: int) -> None:
    head = sign_head(UNIT, TIP, KEY)
    with pytest.raises(InputRefused, match=f"1 to {BUNDLE_ENTRIES_MAX}"):
        unpack(_compressed(Bundle(1, 1, head, [b"x"] * count)))


def test_a_format_of_the_future_is_refused() -> None:
    with pytest.raises(InputRefused, match="format 1"):
        unpack(_compressed(Bundle(2, 1, sign_head(UNIT, TIP, KEY), ENTRIES)))


def test_a_bundle_with_a_torn_head_is_refused() -> None:
    with pytest.raises(BadSignature):
        unpack(_compressed(Bundle(1, 1, b"tillhouse/x\n6\n", ENTRIES)))


@settings(max_examples=60)
@given(st.integers(1, 6), st.integers(0, 5), st.integers(0, 6))
def test_a_bundle_that_overlaps_the_cursor_brings_only_what_is_new(first: int, more: int, cursor: int) -> None:
    last = min(6, first + more)
    if first > cursor + 1:
        with pytest.raises(ChainBroken):
            verify_bundle(_bundle(first, last), UNIT, _tip(cursor), KEY.sign_public)
        return
    read = verify_bundle(_bundle(first, last), UNIT, _tip(cursor), KEY.sign_public)
    assert [one.envelope.seq for one in read] == list(range(cursor + 1, last + 1))


def test_a_bundle_signed_by_another_key_is_refused() -> None:
    bundle, _ = unpack(pack(UNIT, 1, ENTRIES, TIP, OTHER_KEY))
    with pytest.raises(BadSignature):
        verify_bundle(bundle, UNIT, empty_tip(UNIT), KEY.sign_public)


def test_a_bundle_of_another_unit_is_refused() -> None:
    entries, tip = history(3, NEIGHBOUR)
    bundle, _ = unpack(pack(NEIGHBOUR, 1, entries, tip, KEY))
    with pytest.raises(BadSignature):
        verify_bundle(bundle, UNIT, empty_tip(UNIT), KEY.sign_public)


@pytest.mark.parametrize("cursor", [0, 3, 6])
def test_a_head_that_does_not_stand_at_the_last_entry_is_refused(cursor: int) -> None:
    for head in (Tip(5, TIP.hash), Tip(7, TIP.hash), Tip(6, bytes(32))):
        bundle, _ = unpack(pack(UNIT, 1, ENTRIES, head, KEY))
        with pytest.raises(ChainBroken):
            verify_bundle(bundle, UNIT, _tip(cursor), KEY.sign_public)


def test_an_entry_swapped_under_a_good_head_is_refused() -> None:
    other, _ = history(1, UNIT, _tip(2))
    swapped = [*ENTRIES[:2], other[0].replace(b"raffle.event_closed", b"raffle.event_opened"), *ENTRIES[3:]]
    bundle, _ = unpack(pack(UNIT, 1, swapped, TIP, KEY))
    with pytest.raises(ChainBroken):
        verify_bundle(bundle, UNIT, empty_tip(UNIT), KEY.sign_public)


@pytest.mark.parametrize("sizes", [[], [1] * 2_500, [ENTRY_BYTES_MAX] * 40, [ENTRY_BYTES_MAX, 1] * 30, [5_000] * 1_500])
def test_what_a_unit_uploads_at_once_always_fits_into_a_bundle(sizes: list[int]) -> None:
    entries = [bytes(size) for size in sizes]
    behind = 0
    while taken := fitting(entries[behind:]):
        plain = encode(Bundle(1, behind + 1, PACKED[:300], taken))
        assert (len(taken) <= BUNDLE_ENTRIES_MAX, len(plain) <= BUNDLE_BYTES_MAX) == (True, True)
        behind += len(taken)
    assert behind == len(entries)
