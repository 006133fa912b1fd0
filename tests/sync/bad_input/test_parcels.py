"""Keys of buyers that come beside a bundle: whatever they are, the bundle is taken, and they are kept or not."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.journal.entry import Owner
from shared.journal.signing import NodeKey
from shared.journal.vault import PARCEL_KEYS_MAX, PARCEL_TAG, Parcel, PersonKey, pack_parcel
from shared.kernel.codec import decode, encode
from shared.sync.protocol import ParcelPush, PushAnswer
from tests.support.profile import EACH
from tests.sync.bad_input.door import Door
from tests.sync.bad_input.strategies import DAMAGE, NUMBERS, VALUES, claims

ENDS = "select node_id, epoch, seq from journal.head where node_id = %s and branch = 0"
PERSON = PersonKey(UUID(int=5), bytes(16), bytes(32))


def parcel(door: Door, people: list[PersonKey], owner: Owner | None = None, key: NodeKey | None = None) -> bytes:
    """Keys, sealed to the hub and signed by the handheld unless somebody else is named."""
    return pack_parcel(
        people, owner=owner or door.owner, first=1, last=door.card.tip.seq,
        hub_seal_key=door.running.hub.key.seal_public, key=key or door.card.key,
    )  # fmt: skip


def kept(door: Door, vault: bytes) -> bool:
    """Send it beside a bundle that the hub knows: that one is taken, and the answer says whether the keys are."""
    said = encode(ParcelPush(bundle=door.known, vault=vault))
    answer = door.post("parcel", said, session=door.session(door.card))
    assert answer.status_code == 200, answer.text
    found = decode(answer.content, PushAnswer)
    assert found.seq == door.behind
    return found.keys_kept


@pytest.mark.parametrize("kind", DAMAGE)
def test_damaged_keys_hold_no_bundle_up(door: Door, kind: str) -> None:
    @given(DAMAGE[kind])
    @EACH
    def spoil(damage: Any) -> None:
        assert not kept(door, damage.of(parcel(door, [PERSON])))

    spoil()
    assert kept(door, parcel(door, [PERSON]))
    door.goes_on()


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_request_is_refused(door: Door, kind: str) -> None:
    @given(DAMAGE[kind])
    @EACH
    def spoil(damage: Any) -> None:
        said = encode(ParcelPush(bundle=door.waiting, vault=parcel(door, [PERSON])))
        door.post("parcel", damage.of(said), session=door.session(door.card))

    spoil()
    door.behind = max(door.behind, *[row[2] for row in door.fetch(ENDS, door.owner.node_id)])
    door.goes_on()


@pytest.mark.parametrize("kind", ["another key", "another node", "another organisation", "another epoch"])
def test_keys_that_another_signed_or_sealed_are_not_kept(door: Door, kind: str) -> None:
    @given(st.uuids(), st.integers(2, 2**62))
    @EACH
    def forge(stranger: UUID, epoch: int) -> None:
        owner = door.owner
        key = NodeKey(stranger.bytes * 2, stranger.bytes * 2) if kind == "another key" else None
        owners = {
            "another key": owner,
            "another node": Owner(owner.org_id, stranger, 1),
            "another organisation": Owner(door.foreign_org, owner.node_id, 1),
            "another epoch": Owner(owner.org_id, owner.node_id, epoch),
        }
        assert not kept(door, parcel(door, [PERSON], owners[kind], key))

    forge()
    door.goes_on()


def test_what_is_sealed_may_be_anything(door: Door) -> None:
    @given(VALUES, NUMBERS, NUMBERS)
    @EACH
    def odd(value: Any, first: int, last: int) -> None:
        owner = door.owner
        try:
            made = encode(Parcel(owner.org_id, owner.node_id, owner.epoch, first, last, encode(value)))
        except OverflowError:
            return
        assert not kept(door, door.card.key.document(PARCEL_TAG, made))

    odd()
    door.goes_on()


def test_more_keys_than_a_parcel_holds_are_not_kept_nor_is_a_claim_of_more(door: Door) -> None:
    @given(st.integers(1, 50), claims(b"\xdd"))
    @EACH
    def grow(more: int, claim: bytes) -> None:
        assert not kept(door, door.card.key.document(PARCEL_TAG, claim))
        if more == 1:
            assert not kept(door, parcel(door, [PERSON] * (PARCEL_KEYS_MAX + more)))

    grow()
    door.goes_on()
