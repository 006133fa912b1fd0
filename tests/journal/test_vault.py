"""What is sealed for a person opens for that person alone; without the key it says nothing to anybody."""

from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.journal.entry import Owner
from shared.journal.signing import NodeKey, seal_to
from shared.journal.vault import (
    PARCEL_KEYS_MAX,
    PARCEL_TAG,
    PHONE,
    Parcel,
    PersonKey,
    SealBroken,
    open_contact_key,
    open_parcel,
    open_text,
    pack_parcel,
    phone_digest,
    seal_contact_key,
    seal_text,
)
from shared.kernel.codec import encode
from shared.kernel.errors import BadSignature

ORG, OTHER_ORG, MARA, INES = (UUID(int=number) for number in (0xA, 0xB, 0x11, 0x12))
KEY, NONCE = b"k" * 32, b"n" * 12
UNIT, HUB, THIEF = (NodeKey(bytes([seed]) * 32, bytes([seed + 1]) * 32) for seed in (1, 3, 5))
OWNER = Owner(ORG, UUID(int=0xC), 2)
PEOPLE = [PersonKey(MARA, b"d" * 16, KEY), PersonKey(INES, b"e" * 16, b"l" * 32)]
phones = st.from_regex(r"\+[1-9][0-9]{7,14}", fullmatch=True)
keys = st.binary(min_size=32, max_size=32)
people = st.builds(PersonKey, st.uuids(), st.binary(min_size=16, max_size=16), keys)


def sealed(phone: str = "+447700900123", key: bytes = KEY) -> bytes:
    return seal_text(phone, key, org=ORG, person=MARA, purpose=PHONE, nonce=NONCE)


@given(phones, keys, st.binary(min_size=12, max_size=12))
def test_a_phone_opens_again_and_none_of_it_shows_from_outside(phone: str, key: bytes, nonce: bytes) -> None:
    found = seal_text(phone, key, org=ORG, person=MARA, purpose=PHONE, nonce=nonce)
    assert open_text(found, key, org=ORG, person=MARA, purpose=PHONE) == phone
    assert phone.encode() not in found
    assert phone[1:].encode() not in found


@pytest.mark.parametrize(
    ("org", "person", "purpose", "key"),
    [
        (OTHER_ORG, MARA, PHONE, KEY),
        (ORG, INES, PHONE, KEY),
        (ORG, MARA, "name", KEY),
        (ORG, MARA, PHONE, b"x" * 32),
    ],
)
def test_under_another_organisation_person_purpose_or_key_it_stays_shut(
    org: UUID, person: UUID, purpose: str, key: bytes
) -> None:
    with pytest.raises(SealBroken):
        open_text(sealed(), key, org=org, person=person, purpose=purpose)


@given(st.data())
def test_one_changed_bit_and_it_stays_shut(data: st.DataObject) -> None:
    whole = bytearray(sealed())
    place = data.draw(st.integers(0, len(whole) * 8 - 1))
    whole[place // 8] ^= 1 << place % 8
    with pytest.raises(SealBroken):
        open_text(bytes(whole), KEY, org=ORG, person=MARA, purpose=PHONE)


@given(st.binary(max_size=60))
def test_random_bytes_open_nowhere(data: bytes) -> None:
    with pytest.raises(SealBroken):
        open_text(data, KEY, org=ORG, person=MARA, purpose=PHONE)


@given(phones, phones, keys, keys)
def test_a_digest_is_the_phones_own_under_one_key_and_another_under_another(
    one: str, other: str, key: bytes, other_key: bytes
) -> None:
    assert len(phone_digest(key, one)) == 16
    assert (phone_digest(key, one) == phone_digest(key, other)) == (one == other)
    assert (phone_digest(key, one) == phone_digest(other_key, one)) == (key == other_key)


def test_the_contact_key_opens_for_the_epoch_of_the_node_it_was_sealed_to() -> None:
    data = seal_contact_key(KEY, OWNER, UNIT.seal_public)
    assert open_contact_key(data, OWNER, UNIT) == KEY
    others = [msgspec.structs.replace(OWNER, epoch=3), msgspec.structs.replace(OWNER, org_id=OTHER_ORG)]
    for owner, key in [(OWNER, THIEF), *((other, UNIT) for other in others)]:
        with pytest.raises(BadSignature):
            open_contact_key(data, owner, key)
    with pytest.raises(BadSignature):
        open_contact_key(seal_contact_key(b"short", OWNER, UNIT.seal_public), OWNER, UNIT)


def packed(of: list[PersonKey] = PEOPLE, key: NodeKey = UNIT) -> bytes:
    return pack_parcel(of, owner=OWNER, first=5, last=9, hub_seal_key=HUB.seal_public, key=key)


def opened(data: bytes, *, owner: Owner = OWNER, hub: NodeKey = HUB) -> list[PersonKey]:
    return open_parcel(data, owner=owner, node_public=UNIT.sign_public, hub_key=hub)


@given(st.lists(people, max_size=20))
def test_a_parcel_brings_the_hub_what_the_unit_put_in_and_shows_no_key_on_the_way(of: list[PersonKey]) -> None:
    data = packed(of)
    assert opened(data) == of
    assert all(one.key not in data and one.digest not in data for one in of)


def test_a_parcel_of_another_journal_for_another_hub_or_by_another_hand_is_refused() -> None:
    data = packed()
    tries = [
        (data, msgspec.structs.replace(OWNER, epoch=1), HUB),
        (data, OWNER, THIEF),
        (packed(key=THIEF), OWNER, HUB),
    ]
    for found, owner, hub in tries:
        with pytest.raises(BadSignature):
            opened(found, owner=owner, hub=hub)


@pytest.mark.parametrize(
    "range_of", [(0, 2**63), (-1, 5), (9, 5), (6, 9)], ids=["too far", "below one", "backwards", "another bundle's"]
)
def test_a_parcel_whose_range_was_changed_by_its_own_unit_is_refused_without_a_crash(range_of: tuple[int, int]) -> None:
    info = Parcel(ORG, OWNER.node_id, 2, 5, 9, b"").info
    forged = Parcel(ORG, OWNER.node_id, 2, *range_of, seal_to(HUB.seal_public, encode(PEOPLE), info))
    with pytest.raises(BadSignature):
        opened(UNIT.document(PARCEL_TAG, encode(forged)))


@pytest.mark.parametrize(
    "inside",
    [b"", b"\xc1", encode([1, 2]), encode([(MARA, b"short", KEY)]), encode([PEOPLE[0]] * (PARCEL_KEYS_MAX + 1))],
    ids=["empty", "no msgpack", "no people", "a short digest", "too many"],
)
def test_a_parcel_with_anything_but_keys_inside_is_refused(inside: bytes) -> None:
    empty = Parcel(ORG, OWNER.node_id, 2, 5, 9, b"")
    forged = msgspec.structs.replace(empty, sealed=seal_to(HUB.seal_public, inside, empty.info))
    with pytest.raises(BadSignature):
        opened(UNIT.document(PARCEL_TAG, encode(forged)))


@given(st.data())
def test_a_damaged_parcel_is_refused(data: st.DataObject) -> None:
    whole = bytearray(packed())
    place = data.draw(st.integers(0, len(whole) * 8 - 1))
    whole[place // 8] ^= 1 << place % 8
    cut = data.draw(st.integers(0, len(whole)))
    for damaged in (bytes(whole), packed()[:cut][: len(whole) - 1]):
        with pytest.raises(BadSignature):
            opened(damaged)


@given(st.binary(max_size=200))
def test_random_bytes_are_no_parcel(data: bytes) -> None:
    with pytest.raises(BadSignature):
        opened(data)
