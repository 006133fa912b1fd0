"""Evidence that is none: a hub believes its own signature alone, and a spoilt request makes it forget nothing."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.raffle.facts import LeaseTaken
from shared.journal.head import cosign, sign_head
from shared.journal.signing import NodeKey
from shared.kernel.codec import decode, encode
from shared.sync.certificate import CERTIFICATE_TAG
from shared.sync.evidence import EVIDENCE_BYTES_MAX, EVIDENCE_LEASES_MAX, EVIDENCE_RECEIPTS_MAX, Evidence, FeedEvidence
from shared.sync.feed import FEED_TAG
from shared.sync.lease import LEASE_TAG
from tests.support.profile import EACH
from tests.sync.bad_input.door import Door
from tests.sync.bad_input.strategies import BODIES, DAMAGE, NUMBERS, VALUES, claims

REFUSED = ("input.invalid", "evidence.bad_signature")
LEASES = "select lease_id, first_number, last_number from raffle.raffle_lease order by first_number"


def documents(door: Door) -> Evidence:
    """What the handheld really holds."""
    taken = next(one.entry.body for one in door.card.sealed if isinstance(one.entry.body, LeaseTaken))
    head = sign_head(door.owner, door.card.at(door.behind).tip, door.card.key)
    receipt = cosign(head, door.running.hub.owner(door.running.org_id), door.running.hub.key)
    return Evidence(receipts=(receipt,), leases=(taken.document,), feed=FeedEvidence(1, 1))


def show(door: Door, data: bytes) -> Any:
    """Show it; leases and the hub's state stay as they are."""
    return door.post("evidence", data, session=door.session(door.card))


def refused(door: Door, data: bytes) -> None:
    """Nothing of it is taken."""
    answer = show(door, data)
    assert answer.status_code != 200
    assert answer.json()["code"] in REFUSED, answer.text


def unmoved(door: Door, leases: list[Any]) -> None:
    """No lease more or less, no generation begun, and everybody goes on."""
    assert door.fetch(LEASES) == leases
    assert not door.fetch("select * from sync.hub_state where state = 'recovering'")
    assert show(door, encode(documents(door))).status_code == 200
    door.goes_on()


@pytest.mark.parametrize("kind", DAMAGE)
@pytest.mark.parametrize("part", ["all", "receipts", "leases"])
def test_damaged_evidence_moves_nothing(door: Door, kind: str, part: str) -> None:
    leases, whole = door.fetch(LEASES), documents(door)

    @given(DAMAGE[kind])
    @EACH
    def spoil(damage: Any) -> None:
        if part == "all":
            show(door, damage.of(encode(whole)))
            return
        [document] = whole.receipts if part == "receipts" else whole.leases
        shown = (document, damage.of(document))
        answer = show(door, encode(Evidence(receipts=shown) if part == "receipts" else Evidence(leases=shown)))
        # Behind a receipt may stand lines of others that nobody here reads.
        assert answer.status_code != 200 or part == "receipts"

    spoil()
    unmoved(door, leases)


@pytest.mark.parametrize("tag", [LEASE_TAG, CERTIFICATE_TAG, FEED_TAG])
def test_documents_that_another_signed_are_refused(door: Door, tag: str) -> None:
    leases = door.fetch(LEASES)

    @given(VALUES, st.binary(min_size=32, max_size=32))
    @EACH
    def forge(value: Any, seed: bytes) -> None:
        for key in (NodeKey(seed, seed), door.card.key):
            data = key.document(tag, encode(value))
            said = {
                LEASE_TAG: Evidence(leases=(data,)),
                CERTIFICATE_TAG: Evidence(certificate=data),
                FEED_TAG: Evidence(feed=FeedEvidence(1, 1, data)),
            }
            refused(door, encode(said[tag]))

    forge()
    unmoved(door, leases)


def test_a_neighbours_documents_prove_nothing_here(door: Door) -> None:
    leases, whole = door.fetch(LEASES), documents(door)

    @given(st.sampled_from(["receipts", "leases"]), st.uuids())
    @EACH
    def show_to_another(part: str, _stranger: UUID) -> None:
        one = Evidence(receipts=whole.receipts) if part == "receipts" else Evidence(leases=whole.leases)
        data = encode(one)
        answer = door.post("evidence", data, session=door.session(door.other))
        assert answer.json()["code"] == "evidence.bad_signature"

    show_to_another()
    unmoved(door, leases)


def test_any_numbers_beside_true_documents_move_nothing(door: Door) -> None:
    leases, whole = door.fetch(LEASES), decode(encode(documents(door)), dict[str, Any])

    @given(NUMBERS, NUMBERS, BODIES, st.booleans())
    @EACH
    def odd(generation: int, position: int, more: dict[str, Any], complete: bool) -> None:
        feed = {"generation": generation, "position": position}
        later = {f"later {name}": value for name, value in more.items()}
        show(door, encode(later | whole | {"feed": feed, "complete": complete}))

    odd()
    unmoved(door, leases)


def test_more_than_one_part_may_hold_is_refused(door: Door) -> None:
    leases = door.fetch(LEASES)

    @given(st.integers(1, 200), claims(b"\xdf"), st.sampled_from(["leases", "receipts", "bytes", "claim"]))
    @EACH
    def grow(more: int, claim: bytes, kind: str) -> None:
        made = {
            "leases": lambda: encode(Evidence(leases=(b"",) * (EVIDENCE_LEASES_MAX + more))),
            "receipts": lambda: encode(Evidence(receipts=(b"",) * (EVIDENCE_RECEIPTS_MAX + more))),
            "bytes": lambda: bytes(EVIDENCE_BYTES_MAX + more),
            "claim": lambda: claim,
        }
        answer = show(door, made[kind]())
        assert answer.status_code in (413, 422)

    grow()
    unmoved(door, leases)
