"""The hub's words to a unit — certificate, standing, watermark, lease — believed as they were signed, or not at all."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.journal.entry import Owner
from shared.journal.signing import NodeKey
from shared.kernel.codec import decode, encode
from shared.kernel.errors import BadSignature
from shared.sync.certificate import CERTIFICATE_TAG, Certificate, read_certificate
from shared.sync.lease import LEASE_TAG, LeaseDocument, read_lease
from shared.sync.standing import STANDING_TAG, Standing, read_standing
from shared.sync.watermark import WATERMARK_TAG, Watermark, read_watermark
from tests.support.profile import EACH
from tests.sync.bad_input.strategies import BODIES, DAMAGE, VALUES, claims

HUB = NodeKey(b"\x01" * 32, b"\x02" * 32)
OWNER = Owner(UUID(int=0xA), UUID(int=0xC), 1)
MINE: dict[str, Any] = {"org": OWNER.org_id, "node": OWNER.node_id, "epoch": 1}
CERTIFICATE = Certificate(
    **MINE, venue=UUID(int=1), kind="rsu", code="R07", name="RSU 07", scopes=("org",), sign_key=b"s" * 32,
    seal_key=b"k" * 32, hub_node=UUID(int=2), hub_key=HUB.sign_public, hub_seal_key=HUB.seal_public, generation=1,
    from_ms=1, until_ms=2,
)  # fmt: skip
LEASE = LeaseDocument(
    org=OWNER.org_id, event=UUID(int=3), lease=UUID(int=4), request=UUID(int=5), granter=UUID(int=2), granter_epoch=1,
    holder=OWNER.node_id, holder_epoch=1, first=1, last=9, granted_ms=1, sealed_key=b"",
)  # fmt: skip
Reader = Callable[[bytes], Any]
WORDS: dict[str, tuple[Any, Reader]] = {
    CERTIFICATE_TAG: (CERTIFICATE, lambda data: read_certificate(data, hub_key=HUB.sign_public, owner=OWNER)),
    STANDING_TAG: (
        Standing(**MINE, state="enabled", reason="", generation=1, signed_ms=1),
        lambda data: read_standing(data, hub_key=HUB.sign_public, owner=OWNER),
    ),
    WATERMARK_TAG: (
        Watermark(**MINE, seq=4, hash=bytes(32), backup_ms=1),
        lambda data: read_watermark(data, hub_key=HUB.sign_public, owner=OWNER),
    ),
    LEASE_TAG: (LEASE, lambda data: read_lease(data, granter_key=HUB.sign_public, holder=OWNER.node_id, epoch=1)),
}


def disbelieved(read: Reader, data: bytes) -> None:
    """It is no word of the hub to this unit."""
    with pytest.raises(BadSignature):
        read(data)


@pytest.mark.parametrize("tag", WORDS)
@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_word_is_not_believed_and_the_whole_one_is(tag: str, kind: str) -> None:
    word, read = WORDS[tag]
    whole = HUB.document(tag, encode(word))

    @given(DAMAGE[kind])
    @EACH
    def spoil(damage: Any) -> None:
        disbelieved(read, damage.of(whole))

    spoil()
    assert read(whole) == word


@pytest.mark.parametrize("tag", WORDS)
def test_a_word_to_another_by_another_or_of_another_kind_is_not_believed(tag: str) -> None:
    word, read = WORDS[tag]
    names = [name for name in ("node", "epoch", "holder", "holder_epoch", "org") if hasattr(word, name)]
    names = [name for name in names if name != "org" or tag != LEASE_TAG]

    @given(st.uuids(), st.integers(2, 2**62), st.sampled_from(names), st.binary(min_size=32, max_size=32))
    @EACH
    def forge(stranger: UUID, epoch: int, name: str, seed: bytes) -> None:
        other = msgspec.structs.replace(word, **{name: epoch if name.endswith("epoch") else stranger})
        disbelieved(read, HUB.document(tag, encode(other)))
        disbelieved(read, NodeKey(seed, seed).document(tag, encode(word)))
        for another in WORDS.keys() - {tag}:
            disbelieved(read, HUB.document(another, encode(word)))

    forge()


@pytest.mark.parametrize("tag", WORDS)
def test_signed_nonsense_is_not_believed_and_a_later_hubs_word_is_as_far_as_it_goes(tag: str) -> None:
    word, read = WORDS[tag]

    @given(VALUES, BODIES, claims(b"\xdf"))
    @EACH
    def odd(value: Any, more: dict[str, Any], claim: bytes) -> None:
        disbelieved(read, HUB.document(tag, encode(value)))
        disbelieved(read, HUB.document(tag, claim))
        said = decode(encode(word), dict[str, Any])
        assert read(HUB.document(tag, encode({f"later {name}": one for name, one in more.items()} | said))) == word

    odd()
