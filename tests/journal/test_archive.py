"""An archive and a stick hold what was put in, byte for byte; anything else is refused in one sentence."""

import hashlib
import tracemalloc
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.journal import archive, stick
from shared.journal.archive import Archive, ArchivedJournal, Checkpoint, read_archive, write_archive
from shared.journal.bundle import pack
from shared.journal.entry import Owner
from shared.journal.head import cosign, sign_head
from shared.journal.stick import Stick, read_stick, write_stick
from shared.kernel.codec import encode
from shared.kernel.errors import InputRefused
from shared.kernel.limits import BUNDLE_BYTES_MAX, ENTRY_BYTES_MAX
from tests.journal.histories import KEY, OTHER_KEY, UNIT, history
from tests.support.profile import EACH

HUB = Owner(UNIT.org_id, UUID(int=0xF0), 1)
ENTRIES, TIP = history(4)
HEAD = sign_head(UNIT, TIP, KEY)
JOURNAL = ArchivedJournal(
    org=UNIT.org_id,
    node=UNIT.node_id,
    epoch=1,
    branch=0,
    public=KEY.sign_public,
    checkpoint=None,
    entries=tuple(ENTRIES),
    heads=(HEAD,),
    receipts=(cosign(HEAD, HUB, OTHER_KEY),),
)
WHOLE = Archive(HUB.node_id, (JOURNAL,))
DATA = write_archive(WHOLE)
BUNDLE = pack(UNIT, 1, ENTRIES, TIP, KEY)
STICK = write_stick((BUNDLE, BUNDLE[::-1]), (b"sealed",))
replace = msgspec.structs.replace


def _sealed(body: bytes) -> bytes:
    """Any body with the right first line, digest and last line."""
    text = archive.MAGIC + body
    return text + hashlib.sha256(text).digest() + archive.END


def _odd(**other: object) -> bytes:
    """An archive that this program would not write."""
    return _sealed(encode(Archive(HUB.node_id, (replace(JOURNAL, **other),))))


def test_what_is_written_is_read_back_byte_for_byte() -> None:
    assert read_archive(DATA) == WHOLE
    assert all(entry in DATA for entry in ENTRIES)
    assert read_stick(STICK) == Stick(stick.FORMAT, (BUNDLE, BUNDLE[::-1]), (b"sealed",))


def test_a_purged_journal_begins_behind_its_checkpoint() -> None:
    entries, tip = history(2, tip=TIP)
    later = replace(JOURNAL, checkpoint=Checkpoint(TIP.seq, TIP.hash), entries=tuple(entries))
    later = replace(later, heads=(sign_head(UNIT, tip, KEY),))
    assert read_archive(write_archive(Archive(HUB.node_id, (JOURNAL, later)))).journals == (JOURNAL, later)


def test_an_archive_or_a_stick_cut_anywhere_is_refused() -> None:
    for data, read in ((DATA, read_archive), (STICK, read_stick)):
        for length in range(len(data)):
            with pytest.raises(InputRefused):
                read(data[:length])


def test_any_changed_byte_of_an_archive_is_refused() -> None:
    for at in range(len(DATA)):
        spoilt = bytearray(DATA)
        spoilt[at] ^= 0x20
        with pytest.raises(InputRefused):
            read_archive(bytes(spoilt))


def test_bytes_behind_the_end_are_refused() -> None:
    for data in (DATA + b"x", _sealed(encode(WHOLE) + b"\xc0"), STICK + b"x"):
        with pytest.raises(InputRefused):
            read_stick(data) if data.startswith(STICK) else read_archive(data)


@given(st.binary(max_size=300))
@EACH
def test_random_bytes_are_neither_an_archive_nor_a_stick(noise: bytes) -> None:
    for data in (noise, archive.MAGIC + noise, _sealed(noise)):
        with pytest.raises(InputRefused):
            read_archive(data)
    with pytest.raises(InputRefused):
        read_stick(noise)


@given(st.data())
@EACH
def test_a_spoilt_archive_is_refused_whatever_the_damage(chance: st.DataObject) -> None:
    at = chance.draw(st.integers(0, len(DATA) - 1))
    piece = chance.draw(st.binary(max_size=8))
    end = chance.draw(st.integers(at, len(DATA)))
    spoilt = DATA[:at] + piece + DATA[end:]
    if spoilt != DATA:
        with pytest.raises(InputRefused):
            read_archive(spoilt)


@pytest.mark.parametrize(
    "data",
    [
        _odd(epoch=0),
        _odd(branch=-1),
        _odd(public=b"short"),
        _odd(checkpoint=Checkpoint(0, bytes(32))),
        _odd(checkpoint=Checkpoint(3, b"short")),
        _odd(entries=(bytes(ENTRY_BYTES_MAX + 1),)),
        _odd(heads=(), receipts=()),
        _odd(heads=(bytes(archive.HEAD_BYTES_MAX + 1),)),
        _odd(certificate=bytes(archive.CERTIFICATE_BYTES_MAX + 1)),
        _odd(entries="none"),
        _sealed(encode(Archive(HUB.node_id, ()))),
        _sealed(encode(Archive(HUB.node_id, (JOURNAL, replace(JOURNAL, node=UUID(int=0xD)))))),
        _sealed(b"\x91" * 100_000),
    ],
)
def test_a_well_formed_file_of_the_wrong_contents_is_refused(data: bytes) -> None:
    with pytest.raises(InputRefused, match="Archive"):
        read_archive(data)


def test_an_archive_that_nobody_could_read_is_not_written() -> None:
    for odd in (replace(JOURNAL, heads=(), receipts=()), replace(JOURNAL, entries=(bytes(ENTRY_BYTES_MAX + 1),))):
        with pytest.raises(InputRefused):
            write_archive(Archive(HUB.node_id, (odd,)))


@pytest.mark.parametrize(
    "made",
    [
        Stick("tillhouse/stick/v2", (BUNDLE,)),
        Stick(stick.FORMAT, ()),
        Stick(stick.FORMAT, (b"",) * (stick.STICK_BUNDLES_MAX + 1)),
        Stick(stick.FORMAT, (bytes(BUNDLE_BYTES_MAX + 1),)),
        Stick(stick.FORMAT, (BUNDLE,), (b"",) * (stick.STICK_PARCELS_MAX + 1)),
        Stick(stick.FORMAT, (BUNDLE,), (bytes(stick.PARCEL_BYTES_MAX + 1),)),
    ],
)
def test_a_stick_over_its_limits_or_of_another_format_is_refused(made: Stick) -> None:
    with pytest.raises(InputRefused, match="File"):
        read_stick(encode(made))


def test_a_stick_that_the_hub_would_not_take_is_not_written() -> None:
    for bundles in ((), (bytes(BUNDLE_BYTES_MAX + 1),)):
        with pytest.raises(InputRefused):
            write_stick(bundles)


def test_files_larger_than_their_limit_are_refused_before_they_are_read() -> None:
    with pytest.raises(InputRefused, match=str(stick.STICK_BYTES_MAX)):
        read_stick(bytes(stick.STICK_BYTES_MAX + 1))


def test_a_small_file_that_claims_a_million_bundles_takes_no_memory() -> None:
    claim = encode(stick.FORMAT)
    bomb = b"\x93" + claim + b"\xdd\x7f\xff\xff\xff" + b"\xc4\x00" * 100_000
    tracemalloc.start()
    try:
        with pytest.raises(InputRefused):
            read_stick(bomb)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
