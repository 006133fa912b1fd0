"""Signatures say what was signed and for what; a key opens only for what it was sealed for."""

from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.journal.signing import SignedDocument, open_document, pae, seal_to
from shared.kernel.codec import decode, encode
from shared.kernel.errors import BadSignature
from shared.sync.lease import LEASE_TAG, LeaseDocument, lease_info, open_lease_key, read_lease
from tests.journal.histories import KEY, OTHER_KEY, UNIT

TAG = "tillhouse/lease/v1"
LEASE = LeaseDocument(
    org=UNIT.org_id,
    event=UUID(int=1),
    lease=UUID(int=2),
    request=UUID(int=3),
    granter=UUID(int=4),
    granter_epoch=1,
    holder=UNIT.node_id,
    holder_epoch=1,
    first=1,
    last=100,
    granted_ms=0,
    sealed_key=seal_to(KEY.seal_public, b"k" * 32, lease_info(UNIT.org_id, UUID(int=1), UUID(int=2), UNIT.node_id, 1)),
)


def _opens(data: bytes, tag: str = TAG, public: bytes = KEY.sign_public) -> bool:
    try:
        open_document(data, tag=tag, public=public)
    except BadSignature:
        return False
    return True


@given(st.tuples(st.text(max_size=9), st.binary(max_size=9)), st.tuples(st.text(max_size=9), st.binary(max_size=9)))
def test_no_two_documents_are_signed_as_the_same_bytes(one: tuple[str, bytes], two: tuple[str, bytes]) -> None:
    assert (pae(*one) == pae(*two)) == (one == two)


def test_letters_moved_between_tag_and_payload_change_what_is_signed() -> None:
    assert pae("a", b"1 b") != pae("a 1", b"b")
    assert pae("DSSEv1", b"") != pae("", b"DSSEv1")


def test_a_signed_document_opens_to_its_exact_bytes() -> None:
    assert open_document(KEY.document(TAG, b"\x00\xff"), tag=TAG, public=KEY.sign_public) == b"\x00\xff"


def test_a_document_for_one_purpose_serves_no_other() -> None:
    data = KEY.document(TAG, b"numbers")
    assert not _opens(data, tag="tillhouse/feed/v1")
    renamed = msgspec.structs.replace(decode(data, SignedDocument), tag="tillhouse/feed/v1")
    assert not _opens(encode(renamed), tag="tillhouse/feed/v1")


def test_a_document_of_another_signer_is_refused() -> None:
    assert not _opens(OTHER_KEY.document(TAG, b"numbers"))


def test_any_changed_byte_or_cut_of_a_document_is_refused() -> None:
    data = KEY.document(TAG, b"numbers 100001 to 100100")
    for at in range(len(data)):
        tampered = bytearray(data)
        tampered[at] ^= 0x01
        assert not _opens(bytes(tampered))
        assert not _opens(data[:at])


@given(st.binary(max_size=100))
def test_random_bytes_are_no_document(noise: bytes) -> None:
    assert not _opens(noise)


def test_a_public_key_of_the_wrong_length_verifies_nothing() -> None:
    assert not _opens(KEY.document(TAG, b"x"), public=b"short")


def test_a_sealed_key_opens_for_its_holder_and_purpose_alone() -> None:
    sealed = seal_to(KEY.seal_public, b"secret", b"lease 7")
    assert KEY.unseal(sealed, b"lease 7") == b"secret"
    for key, info, data in (
        (KEY, b"lease 8", sealed),
        (OTHER_KEY, b"lease 7", sealed),
        (KEY, b"lease 7", sealed[:-1]),
        (KEY, b"lease 7", b""),
        (KEY, b"lease 7", sealed[:-1] + bytes([sealed[-1] ^ 1])),
    ):
        with pytest.raises(BadSignature):
            key.unseal(data, info)


def test_a_lease_opens_its_key_for_the_unit_it_names() -> None:
    data = OTHER_KEY.document(LEASE_TAG, encode(LEASE))
    read = read_lease(data, granter_key=OTHER_KEY.sign_public, holder=UNIT.node_id, epoch=1)
    assert read == LEASE
    assert open_lease_key(read, KEY) == b"k" * 32


@pytest.mark.parametrize(
    "other",
    [
        {"org": UUID(int=9)},
        {"event": UUID(int=9)},
        {"lease": UUID(int=9)},
        {"holder": UUID(int=9)},
        {"holder_epoch": 2},
    ],
)
def test_a_lease_rewritten_for_something_else_does_not_open(other: dict[str, object]) -> None:
    with pytest.raises(BadSignature):
        open_lease_key(msgspec.structs.replace(LEASE, **other), KEY)


def test_a_lease_for_another_unit_epoch_or_turned_around_is_refused() -> None:
    def read(document: LeaseDocument, holder: UUID = UNIT.node_id, epoch: int = 1) -> None:
        data = OTHER_KEY.document(LEASE_TAG, encode(document))
        read_lease(data, granter_key=OTHER_KEY.sign_public, holder=holder, epoch=epoch)

    with pytest.raises(BadSignature):
        read(LEASE, holder=UUID(int=9))
    with pytest.raises(BadSignature):
        read(LEASE, epoch=2)
    with pytest.raises(BadSignature):
        read(msgspec.structs.replace(LEASE, first=101))
    with pytest.raises(BadSignature):
        read_lease(
            OTHER_KEY.document(LEASE_TAG, b"\x80"), granter_key=OTHER_KEY.sign_public, holder=UUID(int=9), epoch=1
        )
